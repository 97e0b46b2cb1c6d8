import { spellOut } from 'blockwise/dist/notebook/kernel/compiler'
import { expect } from 'chai'

describe('cells: shorthand properties', () => {
  it('are spelled out, which tslab needs to find a variable of an earlier cell', () => {
    expect(spellOut('const both = { train, test, n: 1, ...rest }')).to.equal(
      'const both = { train: train, test: test, n: 1, ...rest }',
    )
    expect(spellOut('f({ a })\ng({ b, c: { d } })')).to.equal('f({ a: a })\ng({ b: b, c: { d: d } })')
  })
  it('leave patterns, types and everything else alone', () => {
    const source =
      "const { a, b: [c] } = f<{ x: number }>(`{ y }`, '{ z }') // { w }\nfunction g({ h }: { h: number }) { return h }"
    expect(spellOut(source)).to.equal(source)
  })
})
