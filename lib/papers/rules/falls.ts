/**
 * Rule: a quantity never rises along the iterations. A rise counts when it exceeds `tolerance` times the value before it (float32
 * sums of tens of thousands of terms carry an error of that order).
 * - reproduced: no seed has a rise; partly: some rise, but every seed ends below its start; not reproduced: otherwise.
 * A trace with an empty value (a run that diverged) is judged as not falling.
 */
import type { Rule } from '../claim'
import { groupBySeed, numberIn, select, type Where } from '../table'
import { digits, mean, spreadOf } from './numbers'

export interface FallsSpec {
  readonly what: string
  readonly where: Where
  readonly column: string
  readonly tolerance: number
}

export function falls({ what, where, column, tolerance }: FallsSpec): Rule {
  return {
    says: `${what} never rises by more than ${tolerance} of itself from one recorded iteration to the next, in any seed (partly: it does, but ends below its start)`,
    columns: [...Object.keys(where), 'seed', 'iteration', column],
    decide(rows) {
      const traces = [...groupBySeed(select(rows, where))].map(([seed, trace]) => {
        const sorted = trace
          .map((row) => ({ at: numberIn(row, 'iteration'), value: numberIn(row, column) }))
          .sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
        if (sorted.length < 2)
          throw new RangeError(`seed ${seed} has ${sorted.length} row; a fall needs at least two iterations`)
        return follow(sorted.map(({ value }) => value))
      })
      const steps = traces.reduce((sum, { changes }) => sum + changes.length, 0)
      const seeds = traces.length === 1 ? 'one seed' : `${traces.length} seeds`
      const broken = traces.filter((t) => Number.isNaN(t.last)).length
      const none = { unit: 'of the value before', enoughSeeds: true }
      if (broken > 0)
        return {
          ...none,
          verdict: 'not reproduced',
          value: null,
          spread: null,
          margin: null,
          reason: `${what} has no value at some iteration in ${broken} of ${seeds}.`,
        }
      const worst = traces.map((t) => Math.max(...t.changes))
      const rises = traces.flatMap((t) => t.changes).filter((change) => change > tolerance).length
      const below = traces.every((t) => t.last < t.first)
      return {
        ...none,
        verdict: !below ? 'not reproduced' : rises > 0 ? 'partly' : 'reproduced',
        value: Math.max(...worst),
        spread: spreadOf(worst),
        margin: tolerance - Math.max(...worst),
        reason:
          `${what} goes from ${digits(mean(traces.map((t) => t.first)))} to ${digits(mean(traces.map((t) => t.last)))} (mean) and rises in ${rises} of ${steps} steps over ${seeds}; ` +
          `the largest change of a step, relative to the value before, is ${digits(Math.max(...worst))}.`,
      }
    },
  }
}

/** First and last value and the relative changes between; `last` is NaN when a value is missing anywhere. */
function follow(values: readonly (number | null)[]): { first: number; last: number; changes: number[] } {
  const numbers = values.map((value) => value ?? Number.NaN)
  const changes = numbers.slice(1).map((value, i) => {
    const [change, relative] = [value - numbers[i]!, (value - numbers[i]!) / Math.abs(numbers[i]!)]
    // beside a value of 0 a change has no relative size: it stands for itself
    return Number.isFinite(relative) ? relative : change
  })
  return { first: numbers[0]!, last: numbers.some(Number.isNaN) ? Number.NaN : numbers.at(-1)!, changes }
}
