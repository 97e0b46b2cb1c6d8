import { canonicalJson, type Json } from 'blockwise/dist/figures'
import { expect } from 'chai'
import fc from 'fast-check'

/** A figure around one value, so that any JSON can be put through the canonical form. */
const figure = (value: Json): Json => ({ data: [{ meta: { id: 'a', policy: 'exact' }, value }], layout: {} })
const around = (value: unknown): string => canonicalJson(figure(value as Json))

const leaves = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.boolean(), fc.constant(null))
const json = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, leaves, fc.array(tie('node')), fc.dictionary(fc.string(), tie('node'))),
})).node as fc.Arbitrary<Json>

/** The same value with the keys of every object in reverse order. */
function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(reversed)
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([k, v]) => [k, reversed(v as Json)]),
  )
}

describe('canonical figure JSON', () => {
  it('is idempotent: read back, it gives the same bytes', () => {
    fc.assert(fc.property(json, (value) => around(value) === canonicalJson(JSON.parse(around(value)) as Json)))
  })

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(json, (value) => canonicalJson(figure(value)) === canonicalJson(reversed(figure(value)))))
  })

  it('keeps every finite number to 6 significant digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const kept = (JSON.parse(around(x)) as { data: { value: number }[] }).data[0]!.value
        return Math.abs(kept - x) <= Math.abs(x) * 5.1e-6 + Number.MIN_VALUE
      }),
    )
  })

  it('gives float32 and float64 of the same decimal the same bytes', () => {
    expect(around(new Float32Array([0.1, 1e7 / 3]))).to.equal(around([0.1, 1e7 / 3]))
    expect(around(-0)).to.equal(around(0))
  })

  it('writes what JSON has no number for as text that differs', () => {
    expect(around([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, undefined])).to.include(
      '["NaN","Infinity","-Infinity",null]',
    )
  })

  it("decodes typed arrays and plotly's base64 arrays, with their shape", () => {
    const bdata = Buffer.from(new Float64Array([1, 2, 3, 4, 5, 6]).buffer).toString('base64')
    expect(around({ dtype: 'f8', bdata, shape: '2, 3' })).to.equal(
      around([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    )
    expect(around({ dtype: 'i2', bdata: Buffer.from(new Int16Array([-7, 9]).buffer).toString('base64') })).to.equal(
      around(new Int16Array([-7, 9])),
    )
    expect(() => around({ dtype: 'f2', bdata: '' })).to.throw("has dtype 'f2'; expected one of i1")
    expect(() => around({ dtype: 'f8', bdata, shape: '4, 2' })).to.throw('holds 6 numbers, its shape is [4, 2]')
  })

  it('leaves out uid and whatever plotly adds to a figure, and ends with a newline', () => {
    const plain = { data: [{ type: 'bar', x: [1] }], layout: { width: 9 } }
    const drawn = { ...plain, data: [{ ...plain.data[0], uid: 'f3a1' }], config: { editable: true }, _context: {} }
    expect(canonicalJson(drawn as Json)).to.equal(canonicalJson(plain as Json))
    expect(canonicalJson(plain as Json)).to.match(/[^\n]\n$/)
  })

  it('refuses what is not JSON, by its place', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    expect(() => around(loop)).to.throw('figure.data[0].value.self contains itself')
    expect(() => around(() => 1)).to.throw('figure.data[0].value is a function; expected JSON')
    expect(() => around(new Map())).to.throw('figure.data[0].value is a Map; expected plain JSON')
    expect(() => canonicalJson({ layout: {} })).to.throw('expected a figure')
  })
})
