/**
 * Reading traces: one curve per seed, and the numbers that claims read off curves, one per seed.
 *
 * The last recorded iteration of a run holds every metric that its method has; between, a metric may be left empty (accuracies are
 * costly). So a run whose last row is empty in that column, or that ends before the longest run of its kind, diverged: its curve is
 * not whole, and nothing that rests on its end is read off it.
 */
import { type BySeed, type Cell, groupBySeed, numberIn, select, type Table, type Where } from './table'

export interface Point {
  readonly iteration: number
  readonly value: number
}

export interface Curve {
  /** In order of iteration; iterations without a value are left out. */
  readonly points: readonly Point[]
  /** False when the run diverged. */
  readonly whole: boolean
}

export type CurvesBySeed = ReadonlyMap<Cell, Curve>

/** The curves of one method at one setting, with its name in reasons. */
export interface Series {
  readonly name: string
  readonly curves: CurvesBySeed
}

/** Names of the series of which a run diverged. */
export function divergedIn(series: readonly Series[]): string[] {
  return series.filter(({ curves }) => [...curves.values()].some(({ whole }) => !whole)).map(({ name }) => name)
}

/**
 * One curve per seed.
 * @throws RangeError when a seed has two rows for one iteration: the selection leaves a key column open
 */
export function curvesOf(rows: Table, where: Where, column: string): Map<Cell, Curve> {
  const runs = [...groupBySeed(select(rows, where))].map(([seed, trace]) => {
    const cells = new Map<number, number | null>()
    for (const row of trace) {
      const iteration = numberIn(row, 'iteration')
      if (iteration === null) throw new RangeError(`a row of seed ${seed} has no iteration: ${JSON.stringify(row)}`)
      if (cells.has(iteration))
        throw new RangeError(`two rows for seed ${seed}, iteration ${iteration}; expected one: ${JSON.stringify(row)}`)
      cells.set(iteration, numberIn(row, column))
    }
    return { seed, cells }
  })
  const end = Math.max(...runs.flatMap(({ cells }) => [...cells.keys()]))
  return new Map(
    runs.map(({ seed, cells }) => {
      const points = [...cells]
        .flatMap(([iteration, value]) => (value === null ? [] : [{ iteration, value }]))
        .sort((a, b) => a.iteration - b.iteration)
      return [seed, { points, whole: points.at(-1)?.iteration === end }]
    }),
  )
}

/** Mean over the last `points` recorded values, the untrained start left out, times `scale`; null for a run that diverged. */
export function atEnd(rows: Table, where: Where, column: string, { points = 1, scale = 1 } = {}): BySeed {
  return readEach(curvesOf(rows, where, column), (curve) => {
    const trained = curve.points.filter(({ iteration }) => iteration > 0)
    const last = (trained.length > 0 ? trained : curve.points).slice(-points)
    return curve.whole ? (average(last) ?? 0) * scale : null
  })
}

/** Mean over iterations 1 to `until`, times `scale`; null for a run that was not finite so far. */
export function early(rows: Table, where: Where, column: string, until: number, scale = 1): BySeed {
  return readEach(curvesOf(rows, where, column), (curve) => {
    if (!curve.whole && (curve.points.at(-1)?.iteration ?? 0) < until) return null
    const mean = average(curve.points.filter(({ iteration }) => iteration >= 1 && iteration <= until))
    return mean === null ? null : mean * scale
  })
}

/** Mean over the recorded iterations within `half` of `at`; null when there is none. */
export function around({ points }: Curve, at: number, half: number): number | null {
  return average(points.filter(({ iteration }) => Math.abs(iteration - at) <= half))
}

/** The highest value of the run, or of its iterations `from` to `until`, times `scale`; null for a run that was not finite so far. */
export function highest(
  rows: Table,
  where: Where,
  column: string,
  { from = 0, until = Number.POSITIVE_INFINITY, scale = 1 } = {},
): BySeed {
  return readEach(curvesOf(rows, where, column), ({ points, whole }) => {
    const seen = points.filter(({ iteration }) => iteration >= from && iteration <= until)
    if (seen.length === 0 || (!whole && points.at(-1)!.iteration < until)) return null
    return Math.max(...seen.map(({ value }) => value)) * scale
  })
}

/**
 * Iterations until 95 % of the curve's own whole change, from its first value to its last, is done; null where the last value
 * is not on the `towards` side of the first.
 * @param read what the share is taken of: the values, or their logarithms
 */
export function iterationsToChange(
  rows: Table,
  where: Where,
  column: string,
  towards: 'lower' | 'higher',
  read: (value: number) => number = (value) => value,
): BySeed {
  const sign = towards === 'lower' ? -1 : 1
  return readEach(curvesOf(rows, where, column), ({ points, whole }) => {
    if (!whole) return null
    const [first, last] = [read(points[0]!.value), read(points.at(-1)!.value)]
    const change = sign * (last - first)
    if (!(change > 0)) return null
    return points.find(({ value }) => sign * (read(value) - first) >= 0.95 * change)?.iteration ?? null
  })
}

/** The share of the whole change that is done at the last recorded iteration up to `until`; null as above. */
export function shareOfFall(
  rows: Table,
  where: Where,
  column: string,
  until: (last: number) => number,
  read: (value: number) => number,
): BySeed {
  return readEach(curvesOf(rows, where, column), ({ points, whole }) => {
    if (!whole) return null
    const end = points.at(-1)!
    const then = points.filter(({ iteration }) => iteration <= until(end.iteration)).at(-1)!
    const [first, at, last] = [read(points[0]!.value), read(then.value), read(end.value)]
    return last < first ? (first - at) / (first - last) : null
  })
}

function readEach(curves: CurvesBySeed, read: (curve: Curve) => number | null): BySeed {
  return new Map([...curves].map(([seed, curve]) => [seed, read(curve)]))
}

function average(points: readonly Point[]): number | null {
  return points.length === 0 ? null : points.reduce((sum, { value }) => sum + value, 0) / points.length
}
