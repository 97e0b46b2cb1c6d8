/**
 * Rule: a quantity falls at least as fast as a power of the iteration, t^exponent. The exponent is the slope of the quantity against
 * the iteration, both as logarithms, fitted by least squares over the last three quarters of the iterations (from 2 on): the
 * first steps from a random start are no asymptotics. A bound on a rate allows any faster fall.
 * - reproduced: in every curve and seed the slope is at most exponent + tolerance;
 * - partly: every slope is at most half of the exponent: it falls, but slower;
 * - not reproduced: otherwise, or a run diverged. Not testable: fewer than three positive values to fit.
 */
import type { Rule } from '../claim'
import { type Curve, divergedIn, type Point, type Series } from '../curves'
import type { Table } from '../table'
import { fitLine } from './fit'
import { digits, mean, spreadOf, withSpread } from './numbers'

/** What is made of the recorded values v_1 ... v_t before the fit. */
export const reading = {
  /** v_t */
  value: (points: readonly Point[]) => points,
  /** The mean over the iterations so far of v^2. */
  meanSquare: (points: readonly Point[]) => {
    let sum = 0
    return points.map(({ iteration, value }, i) => {
      sum += value ** 2
      return { iteration, value: sum / (i + 1) }
    })
  },
  /** The least v so far. */
  least: (points: readonly Point[]) => {
    let least = Number.POSITIVE_INFINITY
    return points.map(({ iteration, value }) => {
      least = Math.min(least, value)
      return { iteration, value: least }
    })
  },
} satisfies Record<string, (points: readonly Point[]) => readonly Point[]>

export interface RateSpec {
  /** The quantity, as it begins the reason. */
  readonly what: string
  readonly columns: readonly string[]
  readonly series: (rows: Table) => readonly Series[]
  readonly read: keyof typeof reading
  readonly exponent: number
  readonly tolerance: number
}

export function rate({ what, columns, series, read, exponent, tolerance }: RateSpec): Rule {
  const limit = exponent + tolerance
  return {
    says: `${what}: fitted exponent of the iteration at most ${digits(limit)} over the last three quarters of the iterations, in every seed (partly: at most ${digits(exponent / 2)})`,
    columns,
    decide(rows) {
      const none = { value: null, unit: 'exponent', spread: null, margin: null, enoughSeeds: true }
      const all = series(rows)
      const broken = divergedIn(all)
      if (broken.length > 0)
        return { ...none, verdict: 'not reproduced', reason: `${what}: a run diverged (${broken.join(', ')}).` }
      const fitted = all.map(({ name, curves }) => ({ name, slopes: [...curves.values()].map((c) => slope(c, read)) }))
      const short = fitted.filter(({ slopes }) => slopes.includes(null))
      if (short.length > 0)
        return {
          ...none,
          verdict: 'not testable',
          reason: `${what}: a fit needs three positive values, which ${names(short)} lacks.`,
        }
      const slopes = fitted.map(({ name, slopes }) => ({ name, slopes: slopes.filter((s) => s !== null) }))
      const slowest = slopes.reduce((a, b) => (mean(b.slopes) > mean(a.slopes) ? b : a))
      const largest = Math.max(...slopes.flatMap((s) => s.slopes))
      return {
        ...none,
        verdict: largest <= limit ? 'reproduced' : largest <= exponent / 2 ? 'partly' : 'not reproduced',
        value: mean(slowest.slopes),
        spread: spreadOf(slowest.slopes),
        margin: limit - largest,
        reason: `${what} goes as the iteration to the power ${withSpread(slowest.slopes, '')} (${slowest.name}${slopes.length > 1 ? `, the slowest of ${slopes.length}` : ''}); at most ${digits(limit)} is asked for.`,
      }
    },
  }
}

const names = (series: readonly { readonly name: string }[]): string => series.map(({ name }) => name).join(', ')

function slope({ points }: Curve, read: RateSpec['read']): number | null {
  const last = points.at(-1)?.iteration ?? 0
  const fit = reading[read](points.filter(({ iteration }) => iteration >= 1))
    .filter(({ iteration, value }) => iteration >= Math.max(2, last / 4) && value > 0)
    .map(({ iteration, value }) => [Math.log(iteration), Math.log(value)] as const)
  return fit.length < 3 ? null : (fitLine(fit)?.slope ?? null)
}
