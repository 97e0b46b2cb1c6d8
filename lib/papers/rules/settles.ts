/**
 * Rule: a curve levels off. What moves over the last tenth of the iterations is compared with the whole range of the curve.
 * - reproduced: at most 2 % in every curve and seed; partly: at most 10 %; not reproduced: more, or a run diverged.
 * - not testable: fewer than ten iterations.
 */
import type { Rule } from '../claim'
import { type Curve, divergedIn, type Series } from '../curves'
import type { Table } from '../table'
import { digits, mean, spreadOf, withSpread } from './numbers'

export interface SettlesSpec {
  /** The curve, as it begins the reason. */
  readonly what: string
  readonly columns: readonly string[]
  readonly series: (rows: Table) => readonly Series[]
}

const [allowed, loosely] = [2, 10]

export function settles({ what, columns, series }: SettlesSpec): Rule {
  return {
    says: `${what}: the last tenth of the iterations moves it by at most ${allowed} % of its range, in every seed (partly: ${loosely} %)`,
    columns,
    decide(rows) {
      const none = { value: null, unit: '% of the range', spread: null, margin: null, enoughSeeds: true }
      const all = series(rows)
      const broken = divergedIn(all)
      if (broken.length > 0)
        return {
          ...none,
          verdict: 'not reproduced',
          reason: `${what}: a run diverged (${broken.join(', ')}).`,
        }
      const moves = all.map(({ name, curves }) => ({ name, moved: [...curves.values()].map(movement) }))
      if (moves.some(({ moved }) => moved.includes(null)))
        return { ...none, verdict: 'not testable', reason: `${what}: fewer than ten iterations were recorded.` }
      const judged = moves.map(({ name, moved }) => ({ name, moved: moved.filter((m) => m !== null) }))
      const worst = judged.reduce((a, b) => (mean(b.moved) > mean(a.moved) ? b : a))
      const most = Math.max(...judged.flatMap(({ moved }) => moved))
      return {
        ...none,
        verdict: most <= allowed ? 'reproduced' : most <= loosely ? 'partly' : 'not reproduced',
        value: mean(worst.moved),
        spread: spreadOf(worst.moved),
        margin: allowed - most,
        reason:
          `${what}: the last tenth of the iterations moves it by ${withSpread(worst.moved, '%')} of its range ` +
          `(${worst.name}${judged.length > 1 ? `, the most of ${judged.length}` : ''}); at most ${digits(allowed)} % is asked for.`,
      }
    },
  }
}

/** Range over the last tenth in % of the whole range; null when there are too few iterations. */
function movement({ points }: Curve): number | null {
  const last = points.at(-1)?.iteration ?? 0
  const tail = points.filter(({ iteration }) => iteration >= last * 0.9)
  if (last < 10 || tail.length < 2) return null
  const range = (of: typeof points): number => {
    const values = of.map(({ value }) => value)
    return Math.max(...values) - Math.min(...values)
  }
  return range(points) > 0 ? (range(tail) / range(points)) * 100 : 0
}
