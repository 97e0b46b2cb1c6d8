/**
 * Rule: quantities tend to 0 along the iterations. A finite run cannot show a limit; what it can show is how far a quantity has
 * come down and whether it still falls. Per curve, from iteration 1 on (iteration 0 is before any step, and a first step
 * that leaves a random start says nothing about a limit):
 * - it vanishes when its last value is at most `share` of its largest;
 * - it falls when its last value is below its value half-way.
 * Reproduced: every curve vanishes; partly: every one vanishes or falls; not reproduced: one does neither, or a run diverged.
 * Not testable: fewer than two iterations.
 */
import type { Rule } from '../claim'
import type { Curve, Series } from '../curves'
import type { Table } from '../table'
import { digits, mean, spreadOf, withSpread } from './numbers'

export interface VanishesSpec {
  /** What vanishes, as it begins the reason. */
  readonly what: string
  readonly columns: readonly string[]
  readonly series: (rows: Table) => readonly Series[]
}

const share = 0.1

export function vanishes({ what, columns, series }: VanishesSpec): Rule {
  return {
    says: `${what}: at the last iteration at most ${share} of the largest value from iteration 1 on (partly: below the value half-way), in every seed`,
    columns,
    decide(rows) {
      const none = { value: null, unit: 'of the largest value', spread: null, margin: null, enoughSeeds: true }
      const all = series(rows).map(({ name, curves }) => ({ name, runs: [...curves.values()].map(followed) }))
      const broken = all.filter(({ runs }) => runs.includes('diverged')).map(({ name }) => name)
      if (broken.length > 0)
        return { ...none, verdict: 'not reproduced', reason: `${what}: a run diverged (${broken.join(', ')}).` }
      const judged = all.map(({ name, runs }) => ({ name, runs: runs.filter((run) => typeof run === 'object') }))
      if (judged.some(({ runs }) => runs.length === 0))
        return { ...none, verdict: 'not testable', reason: `${what}: fewer than two iterations were recorded.` }
      const ratios = (runs: (typeof judged)[number]['runs']): number[] => runs.map(({ ratio }) => ratio)
      const worst = judged.reduce((a, b) => (mean(ratios(b.runs)) > mean(ratios(a.runs)) ? b : a))
      const largest = Math.max(...judged.flatMap(({ runs }) => ratios(runs)))
      const stuck = judged.filter(({ runs }) => runs.some(({ ratio, falling }) => ratio > share && !falling))
      const stuckText = stuck.length > 0 ? `; not below its value half-way: ${stuck.map((s) => s.name).join(', ')}` : ''
      return {
        ...none,
        verdict: stuck.length > 0 ? 'not reproduced' : largest > share ? 'partly' : 'reproduced',
        value: mean(ratios(worst.runs)),
        spread: spreadOf(ratios(worst.runs)),
        margin: share - largest,
        reason:
          `${what}: ${worst.name} ends at ${withSpread(ratios(worst.runs), '')} of its largest value ` +
          `(${digits(mean(worst.runs.map((run) => run.last)))} after ${worst.runs[0]!.iterations} iterations)` +
          `${judged.length > 1 ? `, the most of ${judged.length}` : ''}${stuckText}; ${share} is asked for.`,
      }
    },
  }
}

interface Followed {
  readonly iterations: number
  readonly last: number
  /** Of its largest value. */
  readonly ratio: number
  readonly falling: boolean
}

function followed(curve: Curve): Followed | 'diverged' | 'short' {
  if (!curve.whole) return 'diverged'
  const points = curve.points.filter(({ iteration }) => iteration >= 1)
  const end = points.at(-1)
  if (!end || points.length < 2) return 'short'
  const half = points.filter(({ iteration }) => iteration <= end.iteration / 2).at(-1) ?? points[0]!
  const largest = Math.max(...points.map(({ value }) => Math.abs(value)))
  return {
    iterations: end.iteration,
    last: Math.abs(end.value),
    ratio: largest > 0 ? Math.abs(end.value) / largest : 0,
    falling: Math.abs(end.value) < Math.abs(half.value),
  }
}
