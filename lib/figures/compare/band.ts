/**
 * The policy `band`, for what differs between seeds or machines: at every position the new values must overlap the old spread.
 *
 * The test. The traces of one series (their ids agree but for the last part: mean, low, high, seeds) give at each position a
 * lowest and a highest value. Each of the two ranges, old and new, is widened at both ends by its own width; one without
 * width (a single seed) by 5 % of its value. They must overlap. On a log axis this is done with logarithms.
 */
import type { Coordinate, Value } from './coordinates'
import { byText, lastDigit, valueText } from './points'
import { type Judged, unchanged } from './pointwise'

/** Share of its value by which a single seed's range is widened. */
const alone = 0.05

export const bandText = 'overlap of the ranges over seeds, each widened by its own width (one seed: by 5 %)'

interface Range {
  readonly low: number
  readonly high: number
}

/** What a series draws: position -> range of values. */
export interface Series {
  readonly ranges: ReadonlyMap<string, Range>
  /** Position -> how it reads. */
  readonly places: ReadonlyMap<string, string>
  readonly measured: Coordinate
}

/** The range that values span, widened as the test says. */
export function widened({ low, high }: Range, log: boolean): Range {
  if (log && low > 0) {
    const [a, b] = [Math.log(low), Math.log(high)]
    const width = high > low ? b - a : alone
    return { low: Math.exp(a - width), high: Math.exp(b + width) }
  }
  const width = high > low ? high - low : alone * Math.abs(high)
  return { low: low - width, high: high + width }
}

/** True when two sets of values, one per seed, pass the test. */
export function overlaps(before: readonly number[], after: readonly number[], log = false): boolean {
  return touch(rangeOf(before), rangeOf(after), log)
}

const rangeOf = (values: readonly number[]): Range => ({ low: Math.min(...values), high: Math.max(...values) })

function touch(before: Range, after: Range, log: boolean): boolean {
  if (before.low === after.low && before.high === after.high) return true
  const [a, b] = [widened(before, log), widened(after, log)]
  return Math.max(a.low, b.low) <= Math.min(a.high, b.high)
}

/** Gathers the traces of one series. Null when they measure nothing that has a position (text only, no data). */
export function seriesOf(traces: readonly (readonly Coordinate[])[]): Series | null {
  const ranges = new Map<string, Range>()
  const places = new Map<string, string>()
  let measured: Coordinate | undefined
  for (const coordinates of traces) {
    const value = measuredOf(coordinates)
    if (!value) continue
    measured ??= value
    for (const [i, v] of value.values.entries()) {
      if (typeof v !== 'number') continue
      const { key, text } = positionOf(coordinates, value, i)
      const known = ranges.get(key)
      ranges.set(key, known ? { low: Math.min(known.low, v), high: Math.max(known.high, v) } : { low: v, high: v })
      places.set(key, text)
    }
  }
  return measured ? { ranges, places, measured } : null
}

/** z of a heat map; else y, or x where y holds the categories (horizontal bars). */
function measuredOf(coordinates: readonly Coordinate[]): Coordinate | undefined {
  const named = (name: string) => coordinates.find((c) => c.name === name)
  const [x, y] = [named('x'), named('y')]
  return named('z') ?? (y?.kind === 'number' ? y : x?.kind === 'number' ? x : named('values'))
}

/** A position as a key, numbers to five digits so that rounding does not part equal ones, and as text. */
function positionOf(
  coordinates: readonly Coordinate[],
  value: Coordinate,
  index: number,
): { key: string; text: string } {
  const axes = value.name === 'z' ? ['x', 'y'] : value.name === 'y' ? ['x'] : value.name === 'x' ? ['y'] : ['labels']
  const width = value.rows?.[0] ?? 0
  const parts = axes.map((axis) => {
    const c = coordinates.find(({ name }) => name === axis)
    const i = value.rows && width > 0 ? (axis === 'x' ? index % width : Math.floor(index / width)) : index
    const at: Value = c && i < c.values.length ? c.values[i]! : i
    const kind = c?.kind ?? 'number'
    return { key: typeof at === 'number' ? at.toPrecision(5) : String(at), text: `${axis} = ${valueText(at, kind)}` }
  })
  return { key: parts.map(({ key }) => key).join('|'), text: parts.map(({ text }) => text).join(', ') }
}

/** Judges a series by the test. */
export function compareBands(before: Series, after: Series): Judged {
  const { name, log, kind } = before.measured
  const gone = [...before.ranges.keys()].filter((key) => !after.ranges.has(key))
  const added = [...after.ranges.keys()].filter((key) => !before.ranges.has(key))
  if (gone.length > 0 || added.length > 0) {
    const [list, what, of] = gone.length > 0 ? [gone, 'gone', before] : [added, 'new', after]
    return {
      status: 'changed',
      reason: `${list.length} of ${of.ranges.size} positions are ${what}, the first: ${of.places.get(list[0]!)}`,
      worst: null,
    }
  }
  let [differing, off, furthest] = [0, 0, -1]
  let worst: Judged['worst'] = null
  for (const [key, old] of before.ranges) {
    const now = after.ranges.get(key)!
    if (old.low === now.low && old.high === now.high) continue
    differing++
    const apart = !touch(old, now, log)
    if (apart) off++
    const [a, b] = [middle(old), middle(now)]
    const far = Math.abs(b - a) / (Math.abs(a) + Number.MIN_VALUE) + (apart ? 1e300 : 0)
    if (far <= furthest) continue
    furthest = far
    worst = {
      where: `${name} at ${before.places.get(key)}`,
      old: rangeText(old),
      new: rangeText(now),
      by: byText(a, b, kind),
    }
  }
  if (differing === 0) return unchanged
  return off === 0
    ? {
        status: 'within tolerance',
        reason: `${differing} of ${before.ranges.size} positions differ; all pass the test: ${bandText}`,
        worst,
      }
    : { status: 'changed', reason: `${off} of ${before.ranges.size} positions fail the test: ${bandText}`, worst }
}

/** The first position at which some values lie outside the range of others, beyond rounding; null when they are all inside. */
export function strayFrom(spread: Series, values: Series | null): string | null {
  for (const [key, { low, high }] of values?.ranges ?? []) {
    const range = spread.ranges.get(key)
    const slack = range ? lastDigit.rtol * Math.max(Math.abs(range.low), Math.abs(range.high)) : 0
    if (range && (low < range.low - slack || high > range.high + slack)) return values!.places.get(key)!
  }
  return null
}

const middle = ({ low, high }: Range): number => (low + high) / 2

const rangeText = ({ low, high }: Range): string =>
  low === high ? valueText(low, 'number') : `${valueText(low, 'number')} to ${valueText(high, 'number')}`
