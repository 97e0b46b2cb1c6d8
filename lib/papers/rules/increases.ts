/**
 * Rule: a quantity increases from each value of another to the next, along one or several lines of a table.
 * - reproduced: at every step of every line; partly: at four fifths of the steps at least; not reproduced: otherwise;
 * - not testable: a line with a single point.
 */
import type { Rule } from '../claim'
import type { Table } from '../table'
import type { Line } from './fit'
import { digits, mean } from './numbers'

export interface IncreasesSpec {
  /** The quantity with the other, as it begins the reason: 'seconds per iteration with rho'. */
  readonly what: string
  readonly columns: readonly string[]
  readonly lines: (rows: Table) => readonly Line[]
}

const share = 0.8

export function increases({ what, columns, lines }: IncreasesSpec): Rule {
  return {
    says: `${what}: larger at every step of every line (partly: at ${share} of the steps)`,
    columns,
    decide(rows) {
      const all = lines(rows).map(({ name, points }) => ({ name, ys: [...points].sort(byX).map(([, y]) => y) }))
      const none = { value: null, unit: 'times', spread: null, margin: null, enoughSeeds: true }
      if (all.length === 0 || all.some(({ ys }) => ys.length < 2))
        return { ...none, verdict: 'not testable', reason: `${what}: a line has a single point.` }
      const steps = all.flatMap(({ ys }) => ys.slice(1).map((y, i) => y - ys[i]!))
      const up = steps.filter((step) => step > 0).length
      const ratios = all.map(({ ys }) => ys.at(-1)! / ys[0]!).filter((ratio) => ratio > 0 && Number.isFinite(ratio))
      const growth = ratios.length > 0 ? mean(ratios) : null
      return {
        ...none,
        verdict: up === steps.length ? 'reproduced' : up >= share * steps.length ? 'partly' : 'not reproduced',
        value: growth,
        reason:
          `${what}: larger at ${up} of ${steps.length} steps of ${all.length} ${all.length === 1 ? 'line' : 'lines'}` +
          `${growth === null ? '' : `; the last value is ${digits(growth)} times the first (mean)`}.`,
      }
    },
  }
}

const byX = (a: readonly [number, number], b: readonly [number, number]): number => a[0] - b[0]
