/** Against float64 arithmetic in JavaScript, on systems too ill-conditioned for float32. */
import { Gram64, productByColumns, solveByRows } from 'blockwise/dist/engine/double-precision'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

type Rows = Float32Array[]

/** Rows whose columns differ in size by 1e5, so that their Gram matrix has a condition number of 1e10 and more. */
function makeRows(m: number, n: number, seed: number): Rows {
  const { uniform } = keyedRandom('double-precision', seed)
  return Array.from({ length: m }, () =>
    Float32Array.from({ length: n }, (_, j) => (uniform() - 0.3) * 10 ** ((5 * j) / n)),
  )
}
const vector = (n: number, seed: number): Float64Array => {
  const { uniform } = keyedRandom('vector', seed)
  return Float64Array.from({ length: n }, () => uniform() - 0.5)
}
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)
const norm = (a: ArrayLike<number>) => Math.sqrt(dot(a, a))
/** (ridge I + scale A^T A) z */
const apply = (rows: Rows, ridge: number, scale: number, z: Float64Array): Float64Array => {
  const result = z.map((value) => ridge * value)
  for (const row of rows) {
    const weight = scale * dot(row, z)
    for (const [j, value] of row.entries()) result[j]! += weight * value
  }
  return result
}
const difference = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - b[i]!)
const tensor = (rows: Rows) => tf.tensor2d(rows.map((row) => Array.from(row)))

describe('double precision', () => {
  it('Gram64 solves to a relative residual that float32 could not reach, rows added in parts and taken away again', () => {
    const [rows, others] = [makeRows(60, 25, 1), makeRows(40, 25, 2)]
    const before = tf.memory().numTensors
    const gram = new Gram64(25)
    const [first, second, extra] = [tensor(rows.slice(0, 20)), tensor(rows.slice(20)), tensor(others)]
    gram.add(first)
    gram.add(extra)
    gram.add(second)
    const copy = gram.copy()
    gram.add(extra, -1)
    const b = vector(25, 3)
    const z = gram.solve(1, 2, b)
    expect(norm(difference(apply(rows, 1, 2, z), b))).to.be.below(1e-7 * norm(b))
    const withExtra = copy.solve(1, 2, b)
    expect(norm(difference(apply([...rows, ...others], 1, 2, withExtra), b))).to.be.below(1e-7 * norm(b))
    gram.dispose()
    copy.dispose()
    tf.dispose([first, second, extra])
    expect(tf.memory().numTensors).to.equal(before)
  })

  it('solveByRows solves the same system through the rows', () => {
    for (const m of [1, 7, 24]) {
      const rows = makeRows(m, 25, m)
      const [a, b] = [tensor(rows), vector(25, 9)]
      const z = solveByRows(a, 2, b)
      // backward error: the residual against the size of the products that cancel in it
      const size = 1 + 2 * rows.reduce((sum, row) => sum + dot(row, row), 0)
      expect(norm(difference(apply(rows, 1, 2, z), b)), `${m} rows`).to.be.below(1e-12 * size * norm(b))
      a.dispose()
    }
  })

  it('productByColumns is good to 12 digits both ways, over more rows than one chunk', () => {
    const rows = makeRows(8300, 3, 4)
    const a = tensor(rows)
    const [narrow, wide] = [[vector(3, 5), vector(3, 6)], [vector(8300, 7)]]
    for (const [k, column] of productByColumns(a, narrow, false).entries()) {
      const expected = Float64Array.from(rows, (row) => dot(row, narrow[k]!))
      expect(norm(difference(column, expected))).to.be.below(1e-12 * norm(expected))
    }
    const [transposed] = productByColumns(a, wide, true)
    const expected = Float64Array.from([0, 1, 2], (j) =>
      dot(
        rows.map((row) => row[j]!),
        wide[0]!,
      ),
    )
    expect(norm(difference(transposed!, expected))).to.be.below(1e-11 * norm(expected))
    a.dispose()
  })

  it('gives back its memory', () => {
    const a = tensor(makeRows(400, 300, 8))
    const b = vector(300, 1)
    const once = () => {
      const gram = new Gram64(300)
      gram.add(a)
      gram.solve(1, 1, b)
      gram.dispose()
    }
    for (let i = 0; i < 20; i++) once()
    const before = process.memoryUsage().rss
    for (let i = 0; i < 150; i++) once() // 150 matrices of 300 x 300 x 8 bytes, several each: 300 MB and more if kept
    expect((process.memoryUsage().rss - before) / 2 ** 20).to.be.below(100)
    a.dispose()
  })

  it('refuses other sizes, saying expected and got', () => {
    const a = tf.zeros<tf.Rank.R2>([4, 3])
    const gram = new Gram64(5)
    expect(() => gram.add(a)).to.throw(RangeError, /5 columns, got float32 \[4, 3\]/)
    expect(() => gram.solve(1, 1, new Float64Array(3))).to.throw(RangeError, /5 values, got 3/)
    expect(() => solveByRows(a, 1, new Float64Array(2))).to.throw(RangeError, /3 values, got 2/)
    a.dispose()
  })
})
