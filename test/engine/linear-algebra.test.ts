/** Against properties (residuals, Penrose conditions) evaluated in float64 JavaScript, not against the functions' own output. */
import {
  cholesky,
  invertSpd,
  NotPositiveDefinite,
  solveMinimumNorm,
  solveSpd,
  solveSpdWide,
} from 'blockwise/dist/engine/linear-algebra'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'
import fc from 'fast-check'

type Matrix = number[][]

const product = (a: Matrix, b: Matrix): Matrix => {
  const columns = b[0]!.map((_, j) => b.map((row) => row[j]!))
  return a.map((row) => columns.map((column) => row.reduce((sum, value, k) => sum + value * column[k]!, 0)))
}
const transpose = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!))
const norm = (a: Matrix) => Math.hypot(...a.flat())
const difference = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((value, j) => value - b[i]![j]!))
const random = (rows: number, columns: number, seed: number): Matrix => {
  const { uniform } = keyedRandom('linear-algebra', seed)
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => Math.fround(2 * uniform() - 1)))
}
/** A^T A over more rows than columns, rounded to float32, with a ridge. */
const gram = (n: number, seed: number, ridge = 0.1): Matrix => {
  const a = random(3 * n, n, seed)
  return product(transpose(a), a).map((row, i) => row.map((value, j) => Math.fround(value + (i === j ? ridge : 0))))
}
const solve = (f: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D, a: Matrix, b: Matrix): Matrix =>
  tf.tidy(() => f(tf.tensor2d(a), tf.tensor2d(b)).arraySync() as unknown as string) as unknown as Matrix

describe('linear algebra', () => {
  for (const [name, f] of Object.entries({ solveSpd, solveSpdWide, solveMinimumNorm }))
    it(`${name} leaves a small residual on positive definite systems`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 40 }), fc.nat(9999), (n, k, seed) => {
          const [a, b] = [gram(n, seed), random(n, k, seed + 1)]
          const z = solve(f, a, b)
          expect(norm(difference(product(a, z), b))).to.be.below(1e-4 * (norm(a) * norm(z) + norm(b)))
        }),
        { numRuns: 40 },
      )
    })

  it('cholesky gives a lower triangle whose product is the matrix', () => {
    const a = gram(17, 3)
    const l = tf.tidy(() => cholesky(tf.tensor2d(a)).arraySync() as unknown as string) as unknown as Matrix
    for (const [i, row] of l.entries()) expect(row.slice(i + 1).every((value) => value === 0)).to.equal(true)
    expect(norm(difference(product(l, transpose(l)), a))).to.be.below(1e-5 * norm(a))
  })

  it('invertSpd gives the inverse from both sides', () => {
    const a = gram(20, 5)
    const inverse = tf.tidy(() => invertSpd(tf.tensor2d(a)).arraySync() as unknown as string) as unknown as Matrix
    const identity = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)))
    expect(norm(difference(product(a, inverse), identity))).to.be.below(1e-4)
    expect(norm(difference(product(inverse, a), identity))).to.be.below(1e-4)
  })

  it('solveMinimumNorm on singular systems: solves what can be solved, with no part in the null space, dead rows exactly zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(9999), (n, seed) => {
        // rank about half, and the last coordinate dead
        const rows = random(Math.ceil(n / 2), n, seed).map((row) => row.map((value, j) => (j === n - 1 ? 0 : value)))
        const a = product(transpose(rows), rows).map((row) => row.map(Math.fround))
        const b = product(a, random(n, 3, seed + 1)).map((row) => row.map(Math.fround))
        const z = solve(solveMinimumNorm, a, b)
        expect(norm(difference(product(a, z), b))).to.be.below(2e-3 * norm(b))
        expect(z[n - 1]!.every((value) => value === 0)).to.equal(true)
        // z lies in the row space: z = rows^T c, so removing the projection onto it leaves nothing
        const small = product(rows, transpose(rows)).map((row, i) =>
          row.map((value, j) => value + (i === j ? 1e-9 : 0)),
        )
        const c = solve(solveMinimumNorm, small, product(rows, z))
        expect(norm(difference(product(transpose(rows), c), z))).to.be.below(2e-2 * norm(z))
      }),
      { numRuns: 40 },
    )
  })

  it('says that a matrix is not positive definite, and leaks nothing when it does', () => {
    const a = tf.tensor2d([
      [1, 2],
      [2, 1],
    ])
    const before = tf.memory().numTensors
    expect(() => solveSpd(a, a)).to.throw(NotPositiveDefinite, /\[2, 2\]/)
    expect(() => invertSpd(a)).to.throw(NotPositiveDefinite)
    expect(tf.memory().numTensors).to.equal(before)
    solveMinimumNorm(a, a).dispose()
    expect(tf.memory().numTensors).to.equal(before)
    a.dispose()
  })

  it('refuses shapes and types, saying expected and got', () => {
    const [square, wide, whole] = [tf.eye(3), tf.zeros<tf.Rank.R2>([2, 3]), tf.eye(3, 3, undefined, 'int32')]
    expect(() => solveSpd(wide, wide)).to.throw(RangeError, /square matrix, got shape \[2, 3\]/)
    expect(() => solveSpd(square, wide)).to.throw(RangeError, /\[3, k\], got \[2, 3\]/)
    expect(() => solveMinimumNorm(whole, square)).to.throw(TypeError, /expected float32, got int32/)
    tf.dispose([square, wide, whole])
  })
})
