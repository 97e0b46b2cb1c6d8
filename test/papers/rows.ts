/** Small hand-made tables for the rules. */
import type { CurvesBySeed, Series } from 'blockwise/dist/papers/curves'
import { curvesOf } from 'blockwise/dist/papers/curves'
import type { Cell, Table } from 'blockwise/dist/papers/table'

export type Values = readonly (number | null)[]

/** One run per list, seeds 0, 1, ...; iterations count from 0. */
export function trace(...seeds: readonly Values[]): Table {
  return seeds.flatMap((values, seed) => values.map((value, iteration) => ({ method: 'm', seed, iteration, value })))
}

export const columns = ['method', 'seed', 'iteration', 'value']
export const curves = (rows: Table): CurvesBySeed => curvesOf(rows, { method: 'm' }, 'value')
/** The one series of such a table. */
export const series = (rows: Table): Series[] => [{ name: 'the curve', curves: curves(rows) }]
/** One value per seed, off a column of rows with one row per seed. */
export const perSeed = (...values: Values): Map<Cell, number | null> => new Map(values.map((v, seed) => [seed, v]))

/** f(1), ..., f(n), with something larger at iteration 0. */
export const along = (n: number, f: (t: number) => number): number[] =>
  Array.from({ length: n + 1 }, (_, t) => (t === 0 ? 2 * f(1) + 1 : f(t)))
