/**
 * Rule: a curve runs near a published one. At each published iteration the mean over seeds of the values around it (single
 * iterations of such curves jump) is compared with the published value.
 * - reproduced: every one is within `tolerance`;
 * - partly: every one is within `loosely`, or three quarters within `tolerance`; also when the run is too short for some;
 * - not reproduced: otherwise, or a run diverged. Not testable: the run reaches none of the iterations.
 */
import type { Rule } from '../claim'
import { around, curvesOf } from '../curves'
import type { Where } from '../table'
import { digits, mean } from './numbers'

export interface FollowsSpec {
  /** The curve, as it begins the reason. */
  readonly what: string
  readonly where: Where
  readonly column: string
  readonly unit: string
  /** From the column to the unit: 100 for a fraction in %. */
  readonly scale: number
  readonly published: readonly (readonly [iteration: number, value: number])[]
  /** Iterations to either side that are averaged. */
  readonly half: number
  readonly tolerance: number
  readonly loosely: number
}

export function follows(spec: FollowsSpec): Rule {
  const { what, where, column, unit, scale, published, half, tolerance, loosely } = spec
  const window = half > 0 ? ` (means over ${half} to either side)` : ''
  return {
    says: `${what}: within ${tolerance} ${unit} of the published curve at iterations ${published.map(([at]) => at).join(', ')}${window} (partly: within ${loosely}, or three quarters of them within ${tolerance})`,
    columns: [...Object.keys(where), 'seed', 'iteration', column],
    decide(rows) {
      const none = { value: null, unit, spread: null, margin: null, enoughSeeds: true }
      const curves = [...curvesOf(rows, where, column).values()]
      if (curves.some(({ whole }) => !whole))
        return { ...none, verdict: 'not reproduced', reason: `${what}: a run diverged.` }
      const last = Math.max(...curves.map(({ points }) => points.at(-1)!.iteration))
      const compared = published.flatMap(([at, value]) => {
        const own = at > last ? [] : curves.map((curve) => around(curve, at, half)).filter((v) => v !== null)
        return own.length === 0 ? [] : [{ at, value, own: mean(own) * scale }]
      })
      if (compared.length === 0)
        return {
          ...none,
          verdict: 'not testable',
          reason: `${what}: the ${last} iterations hold none of those that were published.`,
        }
      const off = compared.map(({ at, value, own }) => ({ at, value, own, by: Math.abs(own - value) }))
      const worst = off.reduce((a, b) => (b.by > a.by ? b : a))
      const within = off.filter(({ by }) => by <= tolerance).length
      const all = within === published.length
      const some = worst.by <= loosely || within >= 0.75 * off.length
      const missing = published.length - off.length
      return {
        ...none,
        verdict: all ? 'reproduced' : some ? 'partly' : 'not reproduced',
        value: worst.by,
        margin: tolerance - worst.by,
        reason:
          `${what}: ${within} of ${off.length} values are within ${tolerance} ${unit} of the published curve; ` +
          `furthest off at iteration ${worst.at}: ${digits(worst.own)} ${unit} against ${digits(worst.value)}` +
          `${missing > 0 ? `; the run is too short for ${missing} more` : ''}.`,
        enoughSeeds: curves.length > 1,
      }
    },
  }
}
