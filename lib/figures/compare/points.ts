/** Comparing values one by one: how far a new value lies from an old one, in units of what is allowed. */
import type { Coordinate, Value } from './coordinates'
import type { Difference } from './status'

export interface Tolerance {
  readonly rtol: number
  readonly atol: number
}

/** A figure's numbers have six digits: these are equal but for the rounding of the last. */
export const lastDigit: Tolerance = { rtol: 1e-5, atol: 0 }

/**
 * 0 for equal values, at most 1 for values within the tolerance, more beyond it, infinite for what no tolerance covers (a
 * gap against a number, another category, a sign on a log axis).
 * Linear axis: |new - old| against atol + rtol |old|. Log axis: |ln(new / old)| against rtol. Dates: equal to the
 * millisecond.
 */
export function distance(before: Value, after: Value, { kind, log }: Coordinate, { rtol, atol }: Tolerance): number {
  if (before === after) return 0
  if (typeof before !== 'number' || typeof after !== 'number' || kind === 'date') return Number.POSITIVE_INFINITY
  if (!Number.isFinite(before) || !Number.isFinite(after)) return Number.POSITIVE_INFINITY
  if (log && (before > 0 || after > 0)) {
    if (!(before > 0 && after > 0)) return Number.POSITIVE_INFINITY
    return Math.abs(Math.log(after / before)) / rtol
  }
  return Math.abs(after - before) / (atol + rtol * Math.abs(before))
}

/** Equal as a figure's canonical form writes them: to six significant digits. */
export function sameDigits(before: Value, after: Value): boolean {
  if (before === after) return true
  return typeof before === 'number' && typeof after === 'number' && before.toPrecision(6) === after.toPrecision(6)
}

/** Describes a point: 'y at x = 3', 'z at x = 0.1, y = 5'. */
export function placeOf(coordinates: readonly Coordinate[], name: string, index: number): string {
  const coordinate = coordinates.find((c) => c.name === name)
  const at = (axis: string, i: number): string[] => {
    const c = coordinates.find(({ name }) => name === axis)
    return c && i < c.values.length ? [`${axis} = ${valueText(c.values[i]!, c.kind)}`] : []
  }
  if (coordinate?.rows) {
    const { row, column } = cellOf(coordinate.rows, index)
    const place = [...at('x', column), ...at('y', row)]
    return `${name} at ${place.length === 2 ? place.join(', ') : `row ${row}, column ${column}`}`
  }
  const place = name === 'x' ? at('y', index) : at('x', index)
  return place.length > 0 ? `${name} at ${place.join(', ')}` : `${name}[${index}]`
}

function cellOf(rows: readonly number[], index: number): { row: number; column: number } {
  let [row, column] = [0, index]
  while (row < rows.length && column >= rows[row]!) column -= rows[row++]!
  return { row, column }
}

export function valueText(value: Value | undefined, kind: Coordinate['kind']): string {
  if (value === null || value === undefined) return 'gap'
  if (typeof value === 'string') return `'${value.replaceAll('<br>', ' ')}'`
  if (kind === 'date') return new Date(value).toISOString().replace('T00:00:00.000Z', '')
  return String(Number(value.toPrecision(6)))
}

/** How far apart two values are, for people: in per cent of the old one, as a factor from 2 on, else as a difference. */
export function byText(before: Value | undefined, after: Value | undefined, kind: Coordinate['kind']): string {
  if (typeof before !== 'number' || typeof after !== 'number') return ''
  const change = after - before
  if (!Number.isFinite(change)) return ''
  const sign = change > 0 ? '+' : '-'
  if (kind === 'date') return `${sign}${shortest(Math.abs(change) / 1000)} s`
  const ratio = after / before
  if (before !== 0 && (ratio >= 2 || (ratio > 0 && ratio <= 0.5))) return `${shortest(ratio)} times`
  return before === 0 ? `${sign}${shortest(Math.abs(change))}` : `${sign}${shortest(Math.abs(change / before) * 100)} %`
}

const shortest = (x: number): string => String(Number(x.toPrecision(3)))

export function difference(
  coordinates: readonly Coordinate[],
  { name, kind }: Coordinate,
  index: number,
  before: Value | undefined,
  after: Value | undefined,
): Difference {
  return {
    where: placeOf(coordinates, name, index),
    old: valueText(before, kind),
    new: valueText(after, kind),
    by: byText(before, after, kind),
  }
}
