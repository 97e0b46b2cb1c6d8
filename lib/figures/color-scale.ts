/**
 * Colours for the cells of a heat map, chosen by what the values mean. Amounts go from light to dark (ColorBrewer's YlGnBu), so that
 * more ink is more. Differences part at 0 and ratios at 1 (ColorBrewer's RdBu: blue below, red above, equal depth for equal distance);
 * a ratio's distance is its logarithm, so that twice and half stand alike. Both scales hold up for colour-blind readers.
 */

/** `amount`: how much. `difference`: how far from 0, either way. `ratio`: how many times 1, more or less. */
export type Meaning = 'amount' | 'difference' | 'ratio'

export interface ColorScale {
  /** Values at the scale's two ends. */
  readonly low: number
  readonly high: number
  /** Colours lie evenly over the logarithm of the values. */
  readonly log: boolean
  /** From low to high, evenly spaced. */
  readonly colors: readonly string[]
}

const sequential = ['ffffd9', 'edf8b1', 'c7e9b4', '7fcdbb', '41b6c4', '1d91c0', '225ea8', '253494', '081d58']
const diverging = [
  '053061',
  '2166ac',
  '4393c3',
  '92c5de',
  'd1e5f0',
  'f7f7f7',
  'fddbc7',
  'f4a582',
  'd6604d',
  'b2182b',
  '67001f',
]

/** The scale that spans these values (at least one; positive ones for a ratio or a log scale). */
export function colorScale(values: readonly number[], meaning: Meaning, log: boolean): ColorScale {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  if (meaning === 'ratio') {
    const most = Math.max(high, 1 / low)
    const end = most > 1 ? most : 2
    return { low: 1 / end, high: end, log: true, colors: hex(diverging) }
  }
  if (meaning === 'difference') {
    const end = Math.max(high, -low) || 1
    return { low: -end, high: end, log: false, colors: hex(diverging) }
  }
  const colors = hex(sequential)
  // One value only has its colour from the middle of the scale.
  if (low < high) return { low, high, log, colors }
  if (log) return { low: low / 2, high: high * 2, log, colors }
  const around = Math.abs(low) / 2 || 1
  return { low: low - around, high: high + around, log, colors }
}

const hex = (colors: readonly string[]): string[] => colors.map((color) => `#${color}`)

/** A value's place on the scale, 0 at the low end, 1 at the high one. */
function placeOf({ low, high, log }: ColorScale, value: number): number {
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
}

/** Steps between two of the scale's colours in which a logarithm is followed by straight pieces. */
const pieces = 8

/**
 * The scale as plotly's `colorscale`, over values between `low` and `high`. Plotly knows no logarithmic colours: the stops are set
 * closer together towards the low end instead.
 */
export function stopsOf(scale: ColorScale): [number, string][] {
  const { low, high, log, colors } = scale
  const parts = (colors.length - 1) * (log ? pieces : 1)
  return Array.from({ length: parts + 1 }, (_, i) => {
    const place = i / parts
    const at = log && i > 0 && i < parts ? (low * (high / low) ** place - low) / (high - low) : place
    return [at, colorAt(scale, place)]
  })
}

/** The colour of a cell. */
export function cellColor(scale: ColorScale, value: number): string {
  return colorAt(scale, placeOf(scale, value))
}

function colorAt({ colors }: ColorScale, place: number): string {
  const at = Math.min(1, Math.max(0, place)) * (colors.length - 1)
  const below = Math.min(Math.floor(at), colors.length - 2)
  const [a, b] = [channels(colors[below]!), channels(colors[below + 1]!)]
  const mixed = a.map((channel, i) => Math.round(channel + (at - below) * (b[i]! - channel)))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

const channels = (color: string): number[] => [1, 3, 5].map((from) => Number.parseInt(color.slice(from, from + 2), 16))

/** Black or white, whichever stands out more: a contrast of 4.5 or better on any colour. */
export function textColor(background: string): '#000000' | '#ffffff' {
  const [red, green, blue] = channels(background).map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
  // Where (L + 0.05) / 0.05 = 1.05 / (L + 0.05), WCAG's contrasts with black and with white.
  return luminance > Math.sqrt(1.05 * 0.05) - 0.05 ? '#000000' : '#ffffff'
}
