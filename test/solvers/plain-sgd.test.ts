/** Plain SGD against differences of its loss in float64. */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { type SgdState, sgd } from 'blockwise/dist/solvers/plain-sgd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { expect } from 'chai'
import { drain } from './drain'

const widths = [5, 4, 3]
const rows = 12
const random = keyedRandom('plain-sgd')
const x = Array.from({ length: rows }, () => Array.from({ length: 5 }, () => Math.fround(random.uniform())))
const y = x.map((_, i) => [0, 1, 2].map((k) => (i % 3 === k ? 1 : 0)))

/** All parameters in one list: W1, W2, b1, b2. */
const flat = ({ kernels, biases }: SgdState): number[] =>
  [...kernels.flat(), ...biases].flatMap((tensor) => Array.from(tensor!.dataSync()))

function outputs(parameters: readonly number[], row: readonly number[]): number[] {
  const [w1, w2, b1, b2] = [
    parameters.slice(0, 20),
    parameters.slice(20, 32),
    parameters.slice(32, 36),
    parameters.slice(36),
  ]
  const affine = (w: readonly number[], b: readonly number[], input: readonly number[]): number[] =>
    b.map((bias, j) => input.reduce((sum, value, k) => sum + w[j * input.length + k]! * value, bias))
  return affine(
    w2,
    b2,
    affine(w1, b1, row).map((value) => Math.max(0, value)),
  )
}

const meanLoss = {
  squared: (p: readonly number[]): number =>
    x.reduce((sum, row, i) => sum + outputs(p, row).reduce((s, out, k) => s + (out - y[i]![k]!) ** 2, 0), 0) /
    (3 * rows),
  'cross-entropy': (p: readonly number[]): number =>
    x.reduce((sum, row, i) => {
      const out = outputs(p, row)
      return sum + Math.log(out.reduce((s, z) => s + Math.exp(z), 0)) - out[y[i]!.indexOf(1)]!
    }, 0) / rows,
}

const gradient = (f: (p: readonly number[]) => number, p: readonly number[]): number[] =>
  p.map((_, k) => {
    const at = (step: number): number => f(p.map((value, j) => (j === k ? value + step : value)))
    return (at(1e-5) - at(-1e-5)) / 2e-5
  })

describe('sgd', () => {
  for (const loss of ['squared', 'cross-entropy'] as const)
    it(`two updates with momentum follow differences of the mean loss: ${loss}`, () => {
      const architecture = sequential(widths, { bias: true })
      const problem: Problem = { architecture, x: tf.tensor2d(x), y: tf.tensor2d(y) }
      const start = heNormal(architecture, 2)
      const [rate, momentum] = [0.05, 0.7]
      const solver = sgd({ learningRate: rate, momentum, batch: rows, loss })
      const state = solver.init(problem, start)
      let velocity = flat(state).map(() => 0)
      for (let t = 1; t <= 2; t++) {
        const before = flat(state)
        const report = drain(solver.step(state, problem, t, keyedRandom(t)))
        expect(report['mean_batch_loss']! / meanLoss[loss](before)).to.be.closeTo(1, 1e-5)
        const g = gradient(meanLoss[loss], before)
        velocity = velocity.map((h, k) => momentum * h + g[k]!)
        flat(state).forEach((value, k) => {
          expect(value, `parameter ${k}, update ${t}`).to.be.closeTo(before[k]! - rate * velocity[k]!, 1e-6)
        })
      }
      solver.dispose(state)
      disposeWeights(start)
      tf.dispose([problem.x, problem.y])
    })

  it('an epoch goes over every row once, the last batch smaller', () => {
    const architecture = sequential(widths, { bias: true })
    const problem: Problem = { architecture, x: tf.tensor2d(x), y: tf.tensor2d(y) }
    const start = heNormal(architecture, 2)
    const solver = sgd({ batch: 5, learningRate: 1e-12 }) // the weights stand still
    const state = solver.init(problem, start)
    const report = drain(solver.step(state, problem, 1, keyedRandom(1)))
    expect(report['batches']).to.equal(3)
    const order = keyedRandom(1).permutation(rows)
    const per = Array.from(
      order,
      (row) => outputs(flat(state), x[row]!).reduce((s, out, k) => s + (out - y[row]![k]!) ** 2, 0) / 3,
    )
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
    const expected = mean([mean(per.slice(0, 5)), mean(per.slice(5, 10)), mean(per.slice(10))])
    expect(report['mean_batch_loss']! / expected).to.be.closeTo(1, 1e-5)
    solver.dispose(state)
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
  })

  it('refuses settings by name, and names what differs from the defaults', () => {
    expect(() => sgd({ learningRate: 0 })).to.throw(RangeError, /learningRate is 0; expected a positive number/)
    expect(() => sgd({ momentum: 1 })).to.throw(RangeError, /momentum is 1; expected a number in \[0, 1\)/)
    expect(() => sgd({ batch: 1.5 })).to.throw(RangeError, /batch is 1.5; expected a whole number/)
    expect(() => sgd({ loss: 'mse' as 'squared' })).to.throw(
      RangeError,
      /loss is 'mse'; expected squared or cross-entropy/,
    )
    expect(() => sgd({ rate: 1 } as object)).to.throw(RangeError, /no setting 'rate'; expected one of learningRate/)
    expect(sgd().setting).to.equal('')
    expect(sgd({ loss: 'cross-entropy', momentum: 0.9, learningRate: 0.1 }).setting).to.equal(
      'lr=0.1;m=0.9;loss=cross-entropy',
    )
  })
})
