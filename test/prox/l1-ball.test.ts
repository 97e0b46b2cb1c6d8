import { tf } from 'blockwise/dist/engine/tensorflow'
import { largestEigenvalue, projectRowsOntoL1Ball, regressInL1Ball } from 'blockwise/dist/prox/l1-ball'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

/** By sorting (Duchi et al. 2008), in float64: another algorithm than the one under test. */
function projectBySorting(row: readonly number[], radius: number): number[] {
  const size = row.map(Math.abs)
  if (size.reduce((a, b) => a + b, 0) <= radius) return [...row]
  const sorted = [...size].sort((a, b) => b - a)
  let [sum, tau] = [0, 0]
  for (const [k, value] of sorted.entries()) {
    sum += value
    const candidate = (sum - radius) / (k + 1)
    if (value > candidate) tau = candidate
  }
  return row.map((w) => Math.sign(w) * Math.max(0, Math.abs(w) - tau))
}

const rowsOf = (w: tf.Tensor2D): number[][] => w.arraySync()

describe('the l1 ball', () => {
  it('projects thousands of rows as sorting does, whatever their spread', () => {
    const random = keyedRandom('l1-ball')
    for (const [width, scale] of [
      [1, 3],
      [7, 0.2],
      [50, 1],
      [784, 0.1],
      [784, 100],
    ] as const) {
      // Cubed: a few large entries among many small ones, as weights have.
      const rows = Array.from({ length: 1000 }, () =>
        Array.from({ length: width }, () => Math.fround(scale * (2 * random.uniform() - 1) ** 3)),
      )
      const got = rowsOf(tf.tidy(() => projectRowsOntoL1Ball(tf.tensor2d(rows), 1)))
      for (const [i, row] of rows.entries()) {
        const expected = projectBySorting(row, 1)
        const off = Math.max(...expected.map((w, k) => Math.abs(w - got[i]![k]!)))
        expect(off, `row ${i} of width ${width}`).to.be.below(2e-6 * Math.max(1, scale))
        expect(got[i]!.reduce((sum, w) => sum + Math.abs(w), 0)).to.be.below(1 + 1e-6 * Math.max(10, scale))
      }
    }
  })

  it('leaves rows inside as they are to the bit, and knows ties, zeros and radius 0', () => {
    const project = (rows: number[][], radius: number) =>
      rowsOf(tf.tidy(() => projectRowsOntoL1Ball(tf.tensor2d(rows), radius)))
    expect(project([[0.25, -0.5, 0.25]], 1)).to.deep.equal([[0.25, -0.5, 0.25]])
    expect(project([[0, 0, 0]], 1)).to.deep.equal([[0, 0, 0]])
    expect(project([[2, 2, -2, 2]], 1)).to.deep.equal([[0.25, 0.25, -0.25, 0.25]])
    expect(project([[5, 0, 0]], 2)).to.deep.equal([[2, 0, 0]])
    expect(project([[3, 3, 0]], 2)).to.deep.equal([[1, 1, 0]])
    for (const row of project(
      [
        [3, 3, 0],
        [1, 2, 3],
        [0, 0, 0],
      ],
      0,
    ))
      expect(row.map(Math.abs)).to.deep.equal([0, 0, 0])
  })

  it('gives back its memory', () => {
    const w = tf.randomNormal<tf.Rank.R2>([20, 30])
    const before = tf.memory().numTensors
    tf.tidy(() => projectRowsOntoL1Ball(w, 1)).dispose()
    expect(tf.memory().numTensors).to.equal(before)
    w.dispose()
  })
})

describe('least squares in the l1 ball', () => {
  /** phi in float64 from the problem's own data, not from its normal equations. */
  function problemOf(rows: number, d: number, samples: number, proximity: number) {
    const random = keyedRandom('l1-regression', rows, d)
    const matrix = (m: number, n: number) =>
      Array.from({ length: m }, () => Array.from({ length: n }, () => 2 * random.uniform() - 1))
    const [inputs, old] = [matrix(samples, d), matrix(rows, d).map((row) => row.map((w) => w / d))]
    const truth = matrix(rows, d).map((row) => row.map((w, k) => (k % 5 === 0 ? w : 0)))
    const target = inputs.map((x) =>
      truth.map((w) => w.reduce((sum, value, k) => sum + value * x[k]!, 0) + (2 * random.uniform() - 1)),
    )
    const weight = 0.1
    const phi = (w: readonly (readonly number[])[]): number => {
      let sum = 0
      for (const [i, x] of inputs.entries())
        for (const [r, row] of w.entries())
          sum += (weight / 2) * (target[i]![r]! - row.reduce((s, value, k) => s + value * x[k]!, 0)) ** 2
      for (const [r, row] of w.entries())
        for (const [k, value] of row.entries()) sum += (proximity / 2) * (value - old[r]![k]!) ** 2
      return sum
    }
    const gradient = (w: readonly (readonly number[])[]): number[][] => {
      const g = w.map((row, r) => row.map((value, k) => proximity * (value - old[r]![k]!)))
      for (const [i, x] of inputs.entries())
        for (const [r, row] of w.entries()) {
          const miss = row.reduce((s, value, k) => s + value * x[k]!, 0) - target[i]![r]!
          for (const [k, value] of x.entries()) g[r]![k]! += weight * miss * value
        }
      return g
    }
    const tensors = () => {
      const [a, b, w] = [tf.tensor2d(inputs), tf.tensor2d(target), tf.tensor2d(old)]
      const residual = tf.sub<tf.Tensor2D>(b, tf.matMul(a, w, false, true))
      return {
        gram: tf.matMul<tf.Tensor2D>(a, a, true, false),
        correlation: tf.matMul<tf.Tensor2D>(a, residual, true, false),
        misfit: tf.sum(tf.square(residual)) as tf.Scalar,
        old: w,
        weight,
        proximity,
      }
    }
    return { phi, gradient, tensors, old }
  }

  for (const proximity of [0, 0.7])
    it(`meets the optimality conditions in float64, proximity ${proximity}`, () => {
      const { phi, gradient, tensors } = problemOf(6, 20, 60, proximity)
      const found = tf.tidy(() => {
        const problem = tensors()
        const { w, ...rest } = regressInL1Ball(problem, 1, problem.old, (value, gap) => gap <= 1e-6 * value, 5000)
        return { ...rest, rows: rowsOf(w) as never }
      }) as unknown as { value: number; gap: number; iterations: number; rows: number[][] }
      const { rows } = found
      expect(found.iterations).to.be.below(5000)
      expect(found.value).to.be.closeTo(phi(rows), 1e-4 * phi(rows))
      const g = gradient(rows)
      let gap = 0
      for (const [r, row] of rows.entries()) {
        expect(row.reduce((s, w) => s + Math.abs(w), 0)).to.be.below(1 + 1e-5)
        gap += row.reduce((s, w, k) => s + w * g[r]![k]!, 0) + Math.max(...g[r]!.map(Math.abs))
        // KKT: where a weight is not zero, its gradient is the largest of the row, against its sign.
        const steepest = Math.max(...g[r]!.map(Math.abs))
        for (const [k, w] of row.entries())
          if (Math.abs(w) > 1e-3) expect(-g[r]![k]! * Math.sign(w)).to.be.closeTo(steepest, 0.02 * steepest + 1e-3)
      }
      expect(gap).to.be.within(-1e-6 * found.value, 1e-4 * found.value)
      expect(rows.flat().filter((w) => w === 0).length).to.be.above(20)
    })

  it('stops at the cap, and says with what gap', () => {
    const { tensors } = problemOf(4, 12, 30, 0)
    const { gap, iterations } = tf.tidy(() => {
      const problem = tensors()
      const { w: _, ...rest } = regressInL1Ball(problem, 1, problem.old, () => false, 7)
      return rest
    })
    expect(iterations).to.equal(7)
    expect(gap).to.be.above(0)
  })

  it('estimates the largest eigenvalue from above, within 2 %', () => {
    const a = tf.diag(tf.tensor1d([1, 5, 3])) as tf.Tensor2D
    expect(tf.tidy(() => largestEigenvalue(a))).to.be.within(5, 5.1001)
    a.dispose()
  })
})
