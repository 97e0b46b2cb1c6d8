/**
 * Rule: numbers stay on one side of a limit. There may be several series (networks, data sets); all have to, in every seed.
 * - reproduced: every value is on the claimed side, and no seed lacks one;
 * - partly: every value is on the claimed side of `loosely`;
 * - not reproduced: one is beyond `loosely`;
 * - not testable: there is no value at all.
 * The series whose mean is worst is the number reported.
 */
import type { Rule } from '../claim'
import type { BySeed, Table } from '../table'
import { digits, mean, present, spreadOf, withSpread } from './numbers'

export interface Values {
  readonly name: string
  readonly values: BySeed
}

export interface BoundedSpec {
  /** What the numbers are, as it begins the reason. */
  readonly what: string
  readonly columns: readonly string[]
  readonly unit: string
  readonly side: 'at least' | 'at most'
  readonly limit: number
  readonly loosely: number
  /** True where seeds differ by chance: then one seed alone is only indicative. */
  readonly varies: boolean
  readonly series: (rows: Table) => readonly Values[]
}

export function bounded({ what, columns, unit, side, limit, loosely, varies, series }: BoundedSpec): Rule {
  const sign = side === 'at least' ? 1 : -1
  const named = (x: number): string => `${digits(x)}${unit === '' ? '' : ` ${unit}`}`
  return {
    says: `${what}: ${side} ${named(limit)} everywhere, in every seed (partly: ${side} ${named(loosely)})`,
    columns,
    decide(rows) {
      const all = series(rows).map(({ name, values }) => ({ name, size: values.size, values: present(values) }))
      const some = all.filter(({ values }) => values.length > 0)
      const lacking = all
        .filter(({ size, values }) => values.length < size)
        .map(({ name, size, values }) => `${size - values.length} of ${size} seeds of ${name}`)
      if (some.length === 0)
        return {
          verdict: 'not testable',
          value: null,
          unit,
          spread: null,
          margin: null,
          reason: `${what}: no value for ${lacking.join(', ') || 'anything'}.`,
          enoughSeeds: true,
        }
      const worst = some.reduce((a, b) => (sign * mean(b.values) < sign * mean(a.values) ? b : a))
      const margin = Math.min(...some.flatMap(({ values }) => values.map((value) => sign * (value - limit))))
      const loose = some.every(({ values }) => values.every((value) => sign * (value - loosely) >= 0))
      const [least, of] = [side === 'at least' ? 'lowest' : 'highest', some.length]
      const which = of > 1 ? ` (${worst.name}, the ${least} of ${of})` : ''
      return {
        verdict: margin >= 0 && lacking.length === 0 ? 'reproduced' : loose ? 'partly' : 'not reproduced',
        value: mean(worst.values),
        unit,
        spread: spreadOf(worst.values),
        margin,
        reason:
          `${what}: ${withSpread(worst.values, unit)}${which}; ${side} ${named(limit)} is asked for` +
          `${margin >= 0 ? '' : `, one seed is ${named(-margin)} short of it`}` +
          `${lacking.length > 0 ? `; no value for ${lacking.join(', ')}` : ''}.`,
        enoughSeeds: !varies || some.every(({ values }) => values.length > 1),
      }
    },
  }
}
