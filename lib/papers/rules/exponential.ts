/**
 * Rule: a quantity decays exponentially (geometrically), and not as a power of the iteration. Both laws are fitted by least squares
 * to the logarithm of the quantity, against the iteration and against its logarithm; the one that explains more of the variance fits
 * better. For a curve that levels off above 0, what is fitted is its excess over its last value, over the first half of the
 * iterations (further on the excess is made by the subtraction).
 * - reproduced: in every curve and seed the exponential fits better, and explains at least 90 % of the variance;
 * - partly: in some; not reproduced: in none, or a run diverged. Not testable: fewer than four positive values to fit.
 */
import type { Rule } from '../claim'
import { type Curve, divergedIn, type Series } from '../curves'
import type { Table } from '../table'
import { fitLine } from './fit'
import { digits, mean, spreadOf, withSpread } from './numbers'

export interface ExponentialSpec {
  /** The quantity, as it begins the reason. */
  readonly what: string
  readonly columns: readonly string[]
  readonly series: (rows: Table) => readonly Series[]
  /** What the quantity falls to: 0, or its own last value. */
  readonly towards: 'zero' | 'its last value'
}

const explained = 0.9

export function exponential({ what, columns, series, towards }: ExponentialSpec): Rule {
  return {
    says: `${what}: an exponential fits its fall to ${towards} better than a power of the iteration and explains at least ${explained} of the variance, in every seed (partly: in some)`,
    columns,
    decide(rows) {
      const none = { value: null, unit: 'R2', spread: null, margin: null, enoughSeeds: true }
      const all = series(rows)
      const broken = divergedIn(all)
      if (broken.length > 0)
        return {
          ...none,
          verdict: 'not reproduced',
          reason: `${what}: a run diverged (${broken.join(', ')}).`,
        }
      const fits = all.map(({ name, curves }) => {
        const each = [...curves.values()].map((curve) => fitBoth(curve, towards))
        const good = each.filter((fit) => fit !== null)
        return { name, good, lacking: good.length < each.length }
      })
      if (fits.some(({ lacking }) => lacking))
        return { ...none, verdict: 'not testable', reason: `${what}: a fit needs four positive values of every curve.` }
      const runs = fits.flatMap(({ good }) => good)
      const better = runs.filter((fit) => fit.exponential > fit.power && fit.exponential >= explained)
      const lead = ({ good }: (typeof fits)[number]): number => mean(good.map((fit) => fit.exponential - fit.power))
      const worst = fits.reduce((a, b) => (lead(b) < lead(a) ? b : a))
      const r2 = worst.good.map((fit) => fit.exponential)
      return {
        ...none,
        verdict: better.length === runs.length ? 'reproduced' : better.length > 0 ? 'partly' : 'not reproduced',
        value: mean(r2),
        spread: spreadOf(r2),
        margin: Math.min(...runs.map((fit) => Math.min(fit.exponential - fit.power, fit.exponential - explained))),
        reason:
          `${what}: an exponential explains ${withSpread(r2, '')} of the variance of the logarithm, ` +
          `a power of the iteration ${digits(mean(worst.good.map((fit) => fit.power)))} ` +
          `(${worst.name}${fits.length > 1 ? `, the least exponential of ${fits.length}` : ''}); ` +
          `the exponential fits better, and well enough, in ${better.length} of ${runs.length} curves.`,
      }
    },
  }
}

function fitBoth(
  { points }: Curve,
  towards: ExponentialSpec['towards'],
): { exponential: number; power: number } | null {
  const last = points.at(-1)
  if (!last) return null
  const level = towards === 'zero' ? 0 : last.value
  const until = towards === 'zero' ? last.iteration : last.iteration / 2
  const excess = points.filter(({ iteration, value }) => iteration >= 1 && iteration <= until && value > level)
  if (excess.length < 4) return null
  const logs = excess.map(({ iteration, value }) => ({ iteration, log: Math.log(value - level) }))
  const exponential = fitLine(logs.map(({ iteration, log }) => [iteration, log] as const))
  const power = fitLine(logs.map(({ iteration, log }) => [Math.log(iteration), log] as const))
  return exponential && power ? { exponential: exponential.r2, power: power.r2 } : null
}
