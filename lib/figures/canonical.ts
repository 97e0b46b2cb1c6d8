/**
 * The canonical text of a figure: equal figures have equal bytes, so that git shows what changed and only that.
 *
 * - Keys are sorted by code unit; a key whose value is undefined is left out, undefined inside an array is null.
 * - Typed arrays become arrays, also in plotly's encoded form `{ dtype, bdata, shape? }`.
 * - Numbers have 6 significant digits (float32 carries 7); -0 is 0.
 * - NaN, Infinity and -Infinity become the strings "NaN", "Infinity" and "-Infinity". Plotly leaves a gap there on an
 *   axis of a stated type, and a comparison can still tell them apart.
 * - Only data, layout, frames and meta are kept of a figure, and of a trace all but `uid`.
 * - Arrays of scalars stand on one line; the text ends with a newline.
 */
import type { Figure, Json } from './figure'

const digits = 6

/** Readers of plotly's base64 arrays (little-endian), by dtype. */
const readers: Readonly<Record<string, [bytes: number, read: (view: DataView, offset: number) => number]>> = {
  i1: [1, (v, o) => v.getInt8(o)],
  u1: [1, (v, o) => v.getUint8(o)],
  u1c: [1, (v, o) => v.getUint8(o)],
  i2: [2, (v, o) => v.getInt16(o, true)],
  u2: [2, (v, o) => v.getUint16(o, true)],
  i4: [4, (v, o) => v.getInt32(o, true)],
  u4: [4, (v, o) => v.getUint32(o, true)],
  f4: [4, (v, o) => v.getFloat32(o, true)],
  f8: [8, (v, o) => v.getFloat64(o, true)],
}

/** The canonical text. The figure may be one read back from JSON, or one that plotly or Python made. */
export function canonicalJson(figure: Figure | Json): string {
  return `${print(canonicalFigure(figure), '')}\n`
}

/** The canonical value behind `canonicalJson`: plain JSON with sorted keys. */
export function canonicalFigure(figure: Figure | Json): { [key: string]: Json } {
  const whole = canonicalValue(figure, 'figure', new Set())
  if (whole === null || typeof whole !== 'object' || !('data' in whole) || !Array.isArray(whole.data))
    throw new TypeError('canonicalJson: expected a figure, an object whose data is an array of traces')
  const kept: { [key: string]: Json } = {}
  for (const key of ['data', 'frames', 'layout', 'meta'])
    if (key in whole) kept[key] = (whole as { [k: string]: Json })[key]!
  kept.data = whole.data.map((trace: Json) => {
    if (trace === null || typeof trace !== 'object' || Array.isArray(trace)) return trace
    const { uid: _, ...rest } = trace as { [k: string]: Json }
    return rest
  })
  return kept
}

function canonicalValue(value: unknown, path: string, above: Set<unknown>): Json | undefined {
  if (value === undefined || value === null) return value
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return canonicalNumber(value)
  if (typeof value === 'bigint') return canonicalNumber(Number(value))
  if (typeof value !== 'object') throw new TypeError(`canonicalJson: ${path} is a ${typeof value}; expected JSON`)
  if (value instanceof Date) return value.toISOString()
  if (ArrayBuffer.isView(value)) {
    if (value instanceof DataView) throw new TypeError(`canonicalJson: ${path} is a DataView; expected a typed array`)
    return Array.from(value as unknown as ArrayLike<number | bigint>, (n) => canonicalNumber(Number(n)))
  }
  if (above.has(value)) throw new TypeError(`canonicalJson: ${path} contains itself`)
  above.add(value)
  const result = Array.isArray(value)
    ? value.map((item, i) => canonicalValue(item, `${path}[${i}]`, above) ?? null)
    : canonicalObject(value, path, above)
  above.delete(value)
  return result
}

function canonicalObject(value: object, path: string, above: Set<unknown>): Json {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw new TypeError(`canonicalJson: ${path} is a ${value.constructor.name}; expected plain JSON`)
  const entries = Object.entries(value)
  const { dtype, bdata, shape } = value as Record<string, unknown>
  if (typeof dtype === 'string' && typeof bdata === 'string') return decodeArray(dtype, bdata, shape, path)
  const sorted = Object.create(null) as { [key: string]: Json }
  for (const [key, item] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const json = canonicalValue(item, `${path}.${key}`, above)
    if (json !== undefined) sorted[key] = json
  }
  return sorted
}

function canonicalNumber(x: number): number | string {
  if (!Number.isFinite(x)) return String(x)
  return Number(x.toPrecision(digits)) + 0
}

/** A list in plotly's encoded form `{ dtype, bdata, shape? }`, nested by its shape. @throws TypeError naming `path` */
export function decodeArray(dtype: string, bdata: string, shape: unknown, path: string): Json {
  const reader = readers[dtype]
  if (!reader)
    throw new TypeError(
      `canonicalJson: ${path} has dtype '${dtype}'; expected one of ${Object.keys(readers).join(', ')}`,
    )
  const [bytes, read] = reader
  const buffer = Buffer.from(bdata, 'base64')
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
  const flat: Json[] = []
  for (let o = 0; o + bytes <= buffer.length; o += bytes) flat.push(canonicalNumber(read(view, o)))
  const sizes = shape === undefined ? [flat.length] : String(shape).split(',').map(Number)
  if (sizes.reduce((a, b) => a * b, 1) !== flat.length)
    throw new TypeError(`canonicalJson: ${path} holds ${flat.length} numbers, its shape is [${sizes.join(', ')}]`)
  let nested = flat
  for (const size of sizes.slice(1).reverse())
    nested = Array.from({ length: nested.length / size }, (_, i) => nested.slice(i * size, (i + 1) * size))
  return nested
}

function print(value: Json, indent: string): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const inner = `${indent} `
  if (Array.isArray(value)) {
    if (value.every((item) => item === null || typeof item !== 'object')) return JSON.stringify(value)
    return `[\n${value.map((item: Json) => inner + print(item, inner)).join(',\n')}\n${indent}]`
  }
  const entries = Object.entries(value as { [key: string]: Json })
  if (entries.length === 0) return '{}'
  return `{\n${entries.map(([k, v]) => `${inner}${JSON.stringify(k)}: ${print(v, inner)}`).join(',\n')}\n${indent}}`
}
