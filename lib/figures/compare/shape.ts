/** The policy `shape`: only what is asserted of a curve, checked on the new figure. What was asserted of the old one counts. */
import type { Assertion } from '../figure'
import type { Coordinate } from './coordinates'
import { type Judged, unchanged } from './pointwise'

/** A rise smaller than this share of the value is rounding. */
const rounding = 1e-6

export interface Curve {
  readonly x: readonly number[]
  readonly y: readonly number[]
}

/** The points of a trace whose x and y are both numbers, by x. */
export function curveOf(coordinates: readonly Coordinate[]): Curve {
  const [x, y] = ['x', 'y'].map((name) => coordinates.find((c) => c.name === name)?.values ?? [])
  const points = x!.flatMap((at, i) => {
    const value = y![i]
    return typeof at === 'number' && typeof value === 'number' ? [[at, value] as const] : []
  })
  points.sort(([a], [b]) => a - b)
  return { x: points.map(([at]) => at), y: points.map(([, value]) => value) }
}

/**
 * Judges a curve by its assertions.
 * @param old the curve as it was: a crossing must occur as often as it did
 * @param others by trace id, from the new and the old figure
 */
export function compareShapes(
  asserts: readonly Assertion[],
  old: Curve,
  now: Curve,
  others: (id: string) => { readonly old: Curve; readonly now: Curve } | null,
): Judged {
  if (asserts.length === 0)
    return { status: 'not comparable', reason: "its policy is 'shape' and it asserts nothing", worst: null }
  if (now.x.length === 0) return { status: 'changed', reason: 'no point is left of it', worst: null }
  for (const assertion of asserts) {
    const judged = typeof assertion === 'string' ? monotone(assertion, now) : against(assertion, old, now, others)
    if (judged) return judged
  }
  const same = String([old.x, old.y]) === String([now.x, now.y])
  return same
    ? unchanged
    : {
        status: 'within tolerance',
        reason: `what is asserted of it holds: ${asserts.map(assertionText).join(', ')}`,
        worst: null,
      }
}

function monotone(assertion: 'falls' | 'rises', { x, y }: Curve): Judged | null {
  const sign = assertion === 'falls' ? 1 : -1
  const at = y.findIndex((value, i) => i > 0 && sign * (value - y[i - 1]!) > rounding * Math.abs(y[i - 1]!))
  if (at < 0) return null
  const worst = { where: `y from x = ${x[at - 1]} to ${x[at]}`, old: String(y[at - 1]), new: String(y[at]), by: '' }
  return { status: 'changed', reason: `it is asserted that it ${assertion}, and it does not`, worst }
}

function against(
  assertion: Exclude<Assertion, string>,
  old: Curve,
  now: Curve,
  others: (id: string) => { readonly old: Curve; readonly now: Curve } | null,
): Judged | null {
  const id = Object.values(assertion)[0] as string
  const other = others(id)
  if (!other)
    return {
      status: 'not comparable',
      reason: `it is asserted to be ${assertionText(assertion)}, which is not there`,
      worst: null,
    }
  const signs = signsAgainst(now, other.now)
  if (signs.length === 0) return { status: 'not comparable', reason: `it shares no x with '${id}'`, worst: null }
  if ('crosses' in assertion) {
    const [had, has] = [crossings(signsAgainst(old, other.old)), crossings(signs)]
    return has === had && has > 0
      ? null
      : { status: 'changed', reason: `it crosses '${id}' ${has} times; it did ${had} times`, worst: null }
  }
  const wanted = 'below' in assertion ? -1 : 1
  const wrong = signs.find(({ sign }) => sign !== wanted)
  return wrong
    ? { status: 'changed', reason: `it is not ${assertionText(assertion)} at x = ${wrong.x}`, worst: null }
    : null
}

/** Sign of the difference to another curve wherever both have a point. */
function signsAgainst(curve: Curve, other: Curve): { x: number; sign: number }[] {
  const known = new Map(other.x.map((x, i) => [x, other.y[i]!]))
  return curve.x.flatMap((x, i) => (known.has(x) ? [{ x, sign: Math.sign(curve.y[i]! - known.get(x)!) }] : []))
}

function crossings(signs: readonly { sign: number }[]): number {
  const sides = signs.map(({ sign }) => sign).filter((sign) => sign !== 0)
  return sides.filter((sign, i) => i > 0 && sign !== sides[i - 1]).length
}

function assertionText(assertion: Assertion): string {
  if (typeof assertion === 'string') return assertion
  const [[how, id]] = Object.entries(assertion) as [[string, string]]
  return how === 'crosses' ? `crossing '${id}'` : `${how} '${id}'`
}
