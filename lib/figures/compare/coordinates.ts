/**
 * What a trace draws, as plain columns of values: positions, heights, cells, error bars, of any of plotly's kinds. Everything
 * else of a trace (colours, names, line styles) is looks.
 */
import { decodeArray } from '../canonical'

/** null is a gap: null, undefined or NaN. Dates are milliseconds since 1970. Text stands on axes of categories. */
export type Value = number | string | null

export interface Coordinate {
  /** Plotly's attribute: 'y', 'z', 'error_y.array'. */
  readonly name: string
  readonly kind: 'number' | 'date' | 'category'
  /** True where the values are positions on a logarithmic axis. */
  readonly log: boolean
  readonly values: readonly Value[]
  /** Lengths of a matrix's rows, which `values` holds one after the other; null for a plain list. */
  readonly rows: readonly number[] | null
}

export type Json = Readonly<Record<string, unknown>>

/** Attributes that hold data, and the axis on which they are positions. */
const attributes: readonly (readonly [name: string, axis: 'x' | 'y' | null])[] = [
  ['x', 'x'],
  ['y', 'y'],
  ...[
    'x0',
    'dx',
    'y0',
    'dy',
    'z',
    'base',
    'r',
    'theta',
    'a',
    'b',
    'c',
    'lat',
    'lon',
    'locations',
    'values',
    'labels',
  ].map((name) => [name, null] as const),
  ...['parents', 'open', 'high', 'low', 'close', 'q1', 'median', 'q3', 'lowerfence', 'upperfence', 'mean', 'sd'].map(
    (name) => [name, null] as const,
  ),
  ...['x', 'y', 'z'].flatMap((d) =>
    ['array', 'arrayminus', 'value', 'valueminus'].map((part) => [`error_${d}.${part}`, null] as const),
  ),
  // Lists of these carry a third quantity; a single value is looks.
  ['marker.size', null],
  ['marker.color', null],
]

/** Names of the attributes that hold data: `error_y.array` is `array` within `error_y`. */
export const dataAttributes: readonly string[] = attributes.map(([name]) => name)

/** Everything that a trace draws. @throws TypeError for a list in plotly's encoded form that cannot be decoded */
export function coordinatesOf(trace: Json, layout: Json): Coordinate[] {
  return attributes.flatMap(([name, axis]) => {
    const held = valueAt(trace, name)
    const list = listOf(held, name)
    if (list === null) return []
    const matrix = list.some(Array.isArray)
    const flat = matrix ? list.flatMap((row) => listOf(row, name) ?? [row]) : list
    const { type } = axis ? axisOf(trace, layout, axis) : { type: undefined }
    const kind = kindOf(type, flat)
    return [
      {
        name,
        kind,
        log: type === 'log',
        values: flat.map((value) => read(value, kind)),
        rows: matrix ? list.map((row) => listOf(row, name)?.length ?? 1) : null,
      },
    ]
  })
}

/** 'x' for the first subplot's axis, 'x2' for the second's. */
export function axisName(trace: Json, axis: 'x' | 'y'): string {
  return typeof trace[`${axis}axis`] === 'string' ? (trace[`${axis}axis`] as string) : axis
}

function axisOf(trace: Json, layout: Json, axis: 'x' | 'y'): { type?: unknown } {
  const name = axisName(trace, axis)
  const found = layout[`${axis}axis${name.slice(1)}`]
  return typeof found === 'object' && found !== null ? found : {}
}

function valueAt(trace: Json, name: string): unknown {
  const dot = name.indexOf('.')
  if (dot < 0) return trace[name]
  const outer = trace[name.slice(0, dot)]
  return typeof outer === 'object' && outer !== null ? (outer as Json)[name.slice(dot + 1)] : undefined
}

function listOf(held: unknown, name: string): readonly unknown[] | null {
  if (held === undefined || held === null) return null
  if (Array.isArray(held)) return held as readonly unknown[]
  if (ArrayBuffer.isView(held)) return Array.from(held as unknown as ArrayLike<number>)
  if (typeof held === 'object') {
    const { dtype, bdata, shape } = held as Json
    return typeof dtype === 'string' && typeof bdata === 'string'
      ? (decodeArray(dtype, bdata, shape, name) as readonly unknown[])
      : null
  }
  return name.startsWith('marker.') ? null : [held]
}

const special: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/** Year, month, day and possibly a time: what plotly takes for a date on an axis of no stated type. */
const dateText = /^\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?$/

function kindOf(type: unknown, values: readonly unknown[]): Coordinate['kind'] {
  if (type === 'category' || type === 'multicategory') return 'category'
  if (type === 'date') return 'date'
  if (type === 'linear' || type === 'log') return 'number'
  const texts = values.filter((v): v is string => typeof v === 'string' && !(v in special))
  if (texts.length === 0 || texts.every((text) => text.trim() !== '' && Number.isFinite(Number(text)))) return 'number'
  return texts.every((text) => dateText.test(text)) ? 'date' : 'category'
}

function read(value: unknown, kind: Coordinate['kind']): Value {
  if (typeof value === 'number' && kind !== 'category') return Number.isNaN(value) ? null : value
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.getTime()
  const text = String(value)
  if (kind === 'category') return text
  // A date without a zone is universal time, so that a comparison does not depend on where it is made.
  const number =
    kind === 'number'
      ? (special[text] ?? Number(text))
      : Date.parse(
          /[Z+]|\d-\d\d:?\d\d$/.test(text.slice(10)) || text.length <= 10 ? text : `${text.replace(' ', 'T')}Z`,
        )
  if (Number.isNaN(number)) return text === 'NaN' ? null : text
  return number
}
