import { invertSpd } from 'blockwise/dist/engine/linear-algebra'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { halfSquares, overRows, safeguardedDescent } from 'blockwise/dist/prox/safeguarded-descent'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

/** phi(z) = 1/2 |b - sigma(z A^T)|^2 + weight/2 |z - c|^2, row by row, as in the V-step of two-splitting BCD. */
function solve(sigma: 'tanh' | 'relu', weight: number, cap: number) {
  const random = keyedRandom('descent', sigma)
  const draw = (n: number, m: number) =>
    Array.from({ length: n }, () => Array.from({ length: m }, () => 2 * (random.uniform() - 0.5)))
  const [a, b, c] = [draw(4, 6), draw(50, 4), draw(50, 6)]
  const before = tf.memory().numTensors
  const [A, B, C] = [tf.tensor2d(a), tf.tensor2d(b), tf.tensor2d(c)]
  const inverse = tf.tidy(() =>
    invertSpd(tf.add<tf.Tensor2D>(tf.matMul(A, A, true), tf.mul<tf.Tensor2D>(tf.eye(6), weight))),
  )
  const image = (z: tf.Tensor2D) => tf.matMul<tf.Tensor2D>(z, A, false, true)
  const apply = (p: tf.Tensor2D) => (sigma === 'tanh' ? tf.tanh(p) : tf.relu(p))
  const slope = (p: tf.Tensor2D) =>
    sigma === 'tanh' ? tf.sub(1, tf.square(tf.tanh(p))) : tf.cast(tf.greater(p, 0), 'float32')
  const descent = safeguardedDescent(
    C,
    {
      image,
      direction: image,
      gradient: (z, p) =>
        tf.add(tf.matMul(tf.mul<tf.Tensor2D>(tf.sub(apply(p), B), slope(p)), A), tf.mul(tf.sub(z, C), weight)),
      precondition: (g) => tf.matMul(g, inverse),
      value: (z, p) => tf.add(overRows(halfSquares(B, apply(p), 1)), overRows(halfSquares(z, C, weight))),
      total: overRows,
    },
    { tolerance: 1e-8, cap },
  )
  const z = descent.z.arraySync()
  tf.dispose([A, B, C, inverse, descent.z])
  expect(tf.memory().numTensors).to.equal(before)
  return { a, b, c, z, descent }
}

const products = (a: number[][], z: number[]): number[] =>
  a.map((row) => row.reduce((s, value, j) => s + value * z[j]!, 0))

describe('safeguarded descent', () => {
  it('ends at a stationary point of a smooth problem, in float64', () => {
    const weight = 0.3
    const { a, b, c, z, descent } = solve('tanh', weight, 60)
    expect(descent.end).to.equal('tolerance')
    const gradientAt = (row: number[], n: number) => {
      const p = products(a, row)
      return row.map(
        (value, j) =>
          weight * (value - c[n]![j]!) +
          p.reduce((s, q, k) => s + (Math.tanh(q) - b[n]![k]!) * (1 - Math.tanh(q) ** 2) * a[k]![j]!, 0),
      )
    }
    const size = (of: number[][]) => Math.hypot(...of.flatMap((row, n) => gradientAt(row, n)))
    expect(size(z) / size(c)).to.be.below(1e-3)
  })

  it('raises no row of a problem with kinks, whatever the step', () => {
    const weight = 0.01
    const { a, b, c, z } = solve('relu', weight, 5)
    const value = (row: number[], n: number): number =>
      products(a, row).reduce((s, q, k) => s + (Math.max(q, 0) - b[n]![k]!) ** 2 / 2, 0) +
      row.reduce((s, x, j) => s + (weight / 2) * (x - c[n]![j]!) ** 2, 0)
    z.forEach((row, n) => {
      expect(value(row, n)).to.be.at.most(value(c[n]!, n) * (1 + 1e-6))
    })
    expect(z.some((row, n) => value(row, n) < 0.9 * value(c[n]!, n))).to.equal(true)
  })

  it('says what ended it: the cap, its tolerance, or a kink from which no step leads down', () => {
    expect(solve('tanh', 0.3, 1).descent).to.include({ iterations: 1, end: 'cap' })
    expect(solve('tanh', 0.3, 60).descent.iterations).to.be.below(60)
    // 1/2 (-1 - max(0, z))^2 at 0: the slope from the right leads down to the left, where the value stays.
    const end = tf.tidy(() => {
      const [b, same] = [tf.tensor2d([[-1]]), (z: tf.Tensor2D) => z.clone()]
      const { z, ...rest } = safeguardedDescent(
        tf.zeros([1, 1]),
        {
          image: same,
          direction: same,
          gradient: (_, p) => tf.sub(tf.relu(p), b),
          precondition: same,
          value: (_, p) => overRows(halfSquares(b, tf.relu(p), 1)),
          total: overRows,
        },
        { tolerance: 1e-8, cap: 10 },
      )
      return { ...rest, left: z.dataSync()[0]! } as never
    })
    expect(end).to.deep.equal({ iterations: 1, end: 'no step', left: 0 })
  })
})
