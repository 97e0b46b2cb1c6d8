/**
 * Rule: a number lies near a published one, or near a published range. The mean over seeds decides: within `tolerance` it is
 * reproduced, within `loosely` partly. A seed without a value is left out and named.
 */
import type { Rule } from '../claim'
import type { BySeed, Table } from '../table'
import { digits, mean, present, spreadOf, withSpread } from './numbers'

export interface NearSpec {
  /** What the number is, as it begins the reason: 'non-zeros of W1..W3'. */
  readonly what: string
  readonly columns: readonly string[]
  readonly unit: string
  readonly published: number | readonly [low: number, high: number]
  readonly tolerance: number
  readonly loosely: number
  /** True where seeds differ by more than rounding: then one seed alone is only indicative. */
  readonly varies?: boolean
  readonly value: (rows: Table) => BySeed
  /** What was chosen on the way to the value, for the reason. */
  readonly detail?: (rows: Table) => string
}

export function near({
  what,
  columns,
  unit,
  published,
  tolerance,
  loosely,
  varies = false,
  value,
  detail,
}: NearSpec): Rule {
  const [low, high] = typeof published === 'number' ? [published, published] : published
  const text = low === high ? String(low) : `${low} to ${high}`
  return {
    says: `${what}: mean over seeds within ${tolerance} of ${text} ${unit} (partly: within ${loosely})`,
    columns,
    decide(rows) {
      const all = value(rows)
      const values = present(all)
      const without = all.size - values.length
      if (values.length === 0)
        return {
          verdict: 'not testable',
          value: null,
          unit,
          spread: null,
          margin: null,
          reason: `${what}: none of ${all.size} seeds has a value.`,
          enoughSeeds: true,
        }
      const average = mean(values)
      const off = average > high ? average - high : Math.min(average - low, 0)
      const verdict = Math.abs(off) <= tolerance ? 'reproduced' : Math.abs(off) <= loosely ? 'partly' : 'not reproduced'
      const side =
        off === 0 ? (low === high ? 'equal to' : 'within') : `${digits(Math.abs(off))} ${off > 0 ? 'above' : 'below'}`
      const loose = verdict === 'partly' ? ` (${loosely} for partly)` : ''
      const lacking = without > 0 ? `; ${without} of ${all.size} seeds have no value` : ''
      return {
        verdict,
        value: average,
        unit,
        spread: spreadOf(values),
        margin: tolerance - Math.abs(off),
        reason: `${what}${detail ? ` (${detail(rows)})` : ''}: ${withSpread(values, unit)}, ${side} the published ${text}; ${tolerance} is allowed${loose}${lacking}.`,
        enoughSeeds: !varies || values.length > 1,
      }
    },
  }
}
