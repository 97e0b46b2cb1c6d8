/**
 * Ticks of a logarithmic axis. Plotly's own label every digit of a decade, '2 3 4 5', which cannot be read beside '10^3'. Here two
 * decades or more are labelled by their powers, less by values at 1, 2, 5 or closer.
 */

/** An axis for these values (positive ones), as plotly's attributes. */
export function logAxis(values: readonly number[]): Record<string, unknown> {
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
  const digits = [
    [1, 2, 5],
    [1, 1.5, 2, 3, 4, 5, 6, 8],
  ]
  const within = digits.map((list) => ticksWithin(low, high, list)).find((ticks) => ticks.length >= 4)
  if (!within) return { type: 'log', nticks: 4 }
  return { type: 'log', tickmode: 'array', tickvals: within, ticktext: within.map(tickText) }
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
