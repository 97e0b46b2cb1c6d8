/** The policies `exact` and `close`: the same points, each within a tolerance. */
import type { Coordinate, Value } from './coordinates'
import { difference, distance, placeOf, sameDigits, type Tolerance } from './points'
import type { Difference, Status } from './status'

export interface Judged {
  readonly status: Status
  readonly reason: string | null
  readonly worst: Difference | null
}

export const unchanged: Judged = { status: 'same', reason: null, worst: null }

/** Compares every value of a trace with the value at the same place of the old one. */
export function comparePointwise(
  before: readonly Coordinate[],
  after: readonly Coordinate[],
  tolerance: Tolerance,
  within: string,
): Judged {
  const structure = compareStructure(before, after)
  if (structure) return structure
  let [off, touched, total, furthest] = [0, 0, 0, 0]
  let worst: { coordinate: Coordinate; index: number; old: Value; new: Value } | null = null
  for (const [c, coordinate] of before.entries()) {
    const now = after[c]!.values
    const measured = after[c]!.log === coordinate.log ? coordinate : { ...coordinate, log: true }
    for (const [i, old] of coordinate.values.entries()) {
      total++
      if (old === now[i]) continue
      const far = distance(old, now[i]!, measured, tolerance)
      if (sameDigits(old, now[i]!) && far <= 1) continue
      touched++
      if (far > 1) off++
      if (worst === null || far > furthest) {
        furthest = far
        worst = { coordinate, index: i, old, new: now[i]! }
      }
    }
  }
  if (worst === null) return unchanged
  const point = difference(before, worst.coordinate, worst.index, worst.old, worst.new)
  if (off === 0)
    return {
      status: 'within tolerance',
      reason: `${touched} of ${total} values differ, all within ${within}`,
      worst: point,
    }
  return { status: 'changed', reason: `${off} of ${total} values differ by more than ${within}`, worst: point }
}

/** Whether two traces have the same columns of the same lengths; null when they have. */
export function compareStructure(before: readonly Coordinate[], after: readonly Coordinate[]): Judged | null {
  const changed = (reason: string, worst: Difference | null = null): Judged => ({ status: 'changed', reason, worst })
  const names = (list: readonly Coordinate[]): string => list.map(({ name }) => name).join(', ') || 'no data'
  if (before.length !== after.length || before.some(({ name }, i) => name !== after[i]!.name))
    return changed(`it draws ${names(after)} instead of ${names(before)}`)
  for (const [c, old] of before.entries()) {
    const now = after[c]!
    const [n, m] = [old.values.length, now.values.length]
    if (n !== m) {
      const [longer, shorter, list] = n > m ? [old, now, before] : [now, old, after]
      const gone = longer.values.findIndex(
        (value, i) => i >= shorter.values.length || !sameDigits(value, shorter.values[i]!),
      )
      const place = placeOf(list, old.name, gone)
      return changed(
        `${n > m ? `${n - m} of ${n} points are gone` : `${m - n} points were added to ${n}`}, the first: ${place}`,
      )
    }
    if (old.kind !== now.kind && n > 0) return changed(`${old.name} is of kind ${now.kind}; it was of kind ${old.kind}`)
    if (String(old.rows) !== String(now.rows)) return changed(`the matrix ${old.name} has rows of other lengths`)
  }
  return null
}
