import { tf } from 'blockwise/dist/engine/tensorflow'
import { regressInL1Ball } from 'blockwise/dist/prox/l1-regression'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

const rowsOf = (w: tf.Tensor2D): number[][] => w.arraySync()

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
        misfit: tf.sum(tf.square(residual), 0) as tf.Tensor1D,
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
        const { w, ...rest } = regressInL1Ball(problem, 1, problem.old, { tolerance: 1e-6, cap: 5000 })
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
      const { w: _, ...rest } = regressInL1Ball(problem, 1, problem.old, { tolerance: 0, cap: 7 })
      return rest
    })
    expect(iterations).to.equal(7)
    expect(gap).to.be.above(0)
  })

  it('keeps the projected start where all inputs are zero: nothing there is to be fitted', () => {
    const { rows, gap } = tf.tidy(() => {
      const nothing = { gram: tf.zeros<tf.Rank.R2>([3, 3]), correlation: tf.zeros<tf.Rank.R2>([3, 1]) }
      const problem = {
        ...nothing,
        misfit: tf.tensor1d([5]),
        old: tf.tensor2d([[0.1, 0, 0]]),
        weight: 0.1,
        proximity: 0,
      }
      const { w, gap } = regressInL1Ball(problem, 1, tf.tensor2d([[3, 3, 0]]), { tolerance: 1e-2, cap: 100 })
      return { rows: rowsOf(w) as never, gap }
    }) as unknown as { rows: number[][]; gap: number }
    expect(rows).to.deep.equal([[0.5, 0.5, 0]])
    expect(gap).to.equal(0)
  })
})
