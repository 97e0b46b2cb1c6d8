/**
 * Rule: a measured table is a published one times a constant: how a published table of seconds can be compared on another machine.
 * The ratio measured to published of each cell is taken; how far the ratios are apart (the largest divided by the smallest) decides.
 * - reproduced: at most 1.5 times; partly: at most 3 times; not reproduced: more;
 * - not testable: fewer than four cells are in both tables.
 */
import type { Rule } from '../claim'
import type { Table } from '../table'
import { digits } from './numbers'

export interface Cells {
  readonly name: string
  readonly measured: number
  readonly published: number
}

export interface ProportionalSpec {
  /** The table, as it begins the reason. */
  readonly what: string
  readonly columns: readonly string[]
  /** The cells that are in both tables; all values above 0. */
  readonly cells: (rows: Table) => readonly Cells[]
}

const [allowed, loosely] = [1.5, 3]

export function proportional({ what, columns, cells }: ProportionalSpec): Rule {
  return {
    says: `${what}: the ratios measured to published of all cells lie within a factor of ${allowed} (partly: ${loosely})`,
    columns,
    decide(rows) {
      const ratios = cells(rows).map(({ name, measured, published }) => ({ name, ratio: measured / published }))
      const none = { value: null, unit: 'times', spread: null, margin: null, enoughSeeds: true }
      if (ratios.length < 4)
        return {
          ...none,
          verdict: 'not testable',
          reason: `${what}: ${ratios.length} of its cells were measured; a comparison needs four.`,
        }
      const least = ratios.reduce((a, b) => (b.ratio < a.ratio ? b : a))
      const most = ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a))
      const factor = most.ratio / least.ratio
      return {
        ...none,
        verdict: factor <= allowed ? 'reproduced' : factor <= loosely ? 'partly' : 'not reproduced',
        value: factor,
        margin: allowed - factor,
        reason:
          `${what}: over ${ratios.length} cells ours is from ${digits(least.ratio)} (${least.name}) to ${digits(most.ratio)} ` +
          `(${most.name}) times the published value, apart by a factor of ${digits(factor)}; ${allowed} is allowed.`,
      }
    },
  }
}
