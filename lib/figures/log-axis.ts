/**
 * Ticks of a logarithmic axis. Plotly's own label every digit of a decade, '2 3 4 5', which cannot be read beside '10^3'. Here two
 * decades or more are labelled by their powers, less by values at 1, 2, 5 or closer.
 */

/** Digits at which a decade is ticked, sparse and dense. */
const ladders = [
  [1, 2, 5],
  [1, 1.5, 2, 3, 4, 5, 6, 8],
]

/**
 * An axis for these values (positive ones), as plotly's attributes.
 * @param apart - least distance of two labels within a decade or two, as a share of the axis: labels that stand side by side need some
 */
export function logAxis(values: readonly number[], apart = 0): Record<string, unknown> {
  const low = Math.min(...values)
  const high = Math.max(...values)
  if (!(low > 0) || !Number.isFinite(high)) return { type: 'log' }
  const decades = Math.log10(high / low)
  if (decades >= 2)
    return {
      type: 'log',
      dtick: Math.max(1, Math.round(decades / 8)),
      minor: { ticks: 'outside', ticklen: 3, dtick: 'D1' },
    }
  const enough = apart > 0 ? 3 : 4
  const within = ladders.map((list) => ticksWithin(low, high, list)).find((ticks) => ticks.length >= enough)
  if (!within) return { type: 'log', nticks: 4 }
  const kept: number[] = []
  for (const tick of within)
    if (kept.length === 0 || Math.log10(tick / kept.at(-1)!) >= apart * decades) kept.push(tick)
  return { type: 'log', tickmode: 'array', tickvals: kept, ticktext: kept.map(tickText) }
}

/** Values to label on a logarithmic colour bar: at most seven powers of ten, or within two decades 1, 2, 5 or closer. */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)]
  const step = Math.max(1, Math.ceil((last - first) / 6))
  if (Math.log10(high / low) >= 2) return powers(first, last, step)
  const within = ladders.map((list) => ticksWithin(low, high, list)).find((ticks) => ticks.length >= 3)
  return within ?? evenTicks(low, high)
}

/** Exponents that `step` divides, so that 1 is among the powers around it. */
function powers(first: number, last: number, step: number): number[] {
  const exponents = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  return exponents.filter((exponent) => exponent % step === 0).map((exponent) => Number(`1e${exponent}`))
}

/** A stretch too short for the digits of a decade is nearly linear: steps of 1, 2 or 5 of some power. */
function evenTicks(low: number, high: number): number[] {
  const power = Math.floor(Math.log10((high - low) / 3))
  const digit = [5, 2, 1].find((d) => Number(`${d}e${power}`) * 3 <= high - low) ?? 1
  const step = Number(`${digit}e${power}`)
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)]
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

function ticksWithin(low: number, high: number, digits: readonly number[]): number[] {
  const ticks: number[] = []
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++)
    for (const digit of digits) {
      const tick = Number(`${digit}e${decade}`)
      if (tick >= low * 0.98 && tick <= high * 1.02) ticks.push(tick)
    }
  return ticks
}

/** 2000 -> '2,000'; 0.05 -> '0.05'; 3e7 -> '3×10<sup>7</sup>'. */
function tickText(value: number): string {
  if (value >= 1e-3 && value < 1e6) return value.toLocaleString('en-US', { maximumFractionDigits: 6 })
  const [digit, exponent] = value.toExponential(0).split('e')
  return `${digit}×10<sup>${Number(exponent)}</sup>`
}
