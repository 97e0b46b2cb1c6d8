/**
 * The policy `timing`: seconds differ between machines and days; what should stay is who is faster and by how much. The times
 * of a trace are summed up by their geometric mean, and set in relation to the geometric mean of all timing traces.
 *
 * - order: of two traces that were clearly apart (by a quarter or more), the faster one may not have become clearly the slower;
 * - ratio: no trace's relation to all may have changed by more than a factor of two.
 */
import type { Coordinate } from './coordinates'
import { type Judged, unchanged } from './pointwise'

const clearly = 1.25
const factor = 2

/** id -> geometric mean of the positive numbers that a trace measures. */
export type Times = ReadonlyMap<string, number>

/** The geometric mean of what a trace measures: y, or x where y holds categories; null without positive numbers. */
export function timeOf(coordinates: readonly Coordinate[]): number | null {
  const measured = ['y', 'x'].map((name) => coordinates.find((c) => c.name === name)).find((c) => c?.kind === 'number')
  const numbers = (coordinates.find(({ name }) => name === 'z') ?? measured)?.values.filter(
    (v): v is number => typeof v === 'number' && v > 0,
  )
  return numbers && numbers.length > 0 ? geometricMean(numbers) : null
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length)
}

/** Judges one trace among those that both figures have. */
export function compareTiming(id: string, before: Times, after: Times): Judged {
  const common = [...before.keys()].filter((other) => after.has(other))
  const [old, now] = [before.get(id), after.get(id)]
  if (old === undefined || now === undefined)
    return old === now ? unchanged : { status: 'changed', reason: 'it has no positive time on one side', worst: null }
  if (common.every((other) => before.get(other) === after.get(other))) return unchanged
  const text = (seconds: number): string => String(Number(seconds.toPrecision(3)))
  const overtaken = common.find((other) => {
    const [a, b] = [old / before.get(other)!, now / after.get(other)!]
    return (a > clearly && b < 1 / clearly) || (a < 1 / clearly && b > clearly)
  })
  if (overtaken !== undefined)
    return {
      status: 'changed',
      reason: `order: it was ${old < before.get(overtaken)! ? 'faster' : 'slower'} than '${overtaken}' and is not any more`,
      worst: { where: 'geometric mean', old: text(old), new: text(now), by: '' },
    }
  const relation = (times: Times, time: number): number =>
    time / geometricMean(common.map((other) => times.get(other)!))
  const change = relation(after, now) / relation(before, old)
  if (change > factor || change < 1 / factor)
    return {
      status: 'changed',
      reason: `ratio: in relation to all it takes ${text(change)} times as long as it did`,
      worst: { where: 'geometric mean', old: text(old), new: text(now), by: '' },
    }
  return {
    status: 'within tolerance',
    reason: `times: order kept, ratio to all ${text(change)} of what it was`,
    worst: null,
  }
}
