import { tf } from 'blockwise/dist/engine/tensorflow'
import { sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { fullBatch } from 'blockwise/dist/solvers/full-batch'
import { adadelta, adagrad, adam, gd, type Rule } from 'blockwise/dist/solvers/full-batch/rules'
import { expect } from 'chai'
import { drain } from './drain'

/** The steps of a rule for one number, with the gradients 2, then -1, then 0.5. */
function stepsOf(rule: Rule, learningRate: number): number[] {
  let histories = Array.from({ length: rule.histories }, () => tf.scalar(0) as tf.Tensor)
  return [2, -1, 0.5].map((g, i) => {
    const next = tf.tidy(() => rule.step(tf.scalar(g), histories, learningRate, i + 1))
    const [step] = next.step.dataSync()
    tf.dispose([...histories, next.step])
    histories = next.histories
    if (i === 2) tf.dispose(histories)
    return step!
  })
}

/** Computed by hand, to five digits. */
const byHand: [Rule, number, number[]][] = [
  [gd, 0.1, [-0.2, 0.1, -0.05]],
  // h = 4, 5, 5.25: 0.1 g / sqrt(h)
  [adagrad, 0.1, [-0.1, 0.044721, -0.021822]],
  // E[g^2] = 0.2, 0.24, 0.2405: sqrt(1e-7) / sqrt(0.2) 2 = 1.41421e-3; E[step^2] = 1.0e-7, sqrt(2.0e-7) / sqrt(0.24) = 9.1287e-4;
  // then 0.95e-7 + 0.05 (9.1287e-4)^2 = 1.36667e-7 and sqrt(2.36667e-7) / sqrt(0.2405) / 2 = 4.9600e-4
  [adadelta, 1, [-1.41421e-3, 9.1287e-4, -4.96e-4]],
  // m = 0.2, 0.08, 0.122; v = 0.004, 0.004996, 0.005241; corrected by 1 - 0.9^t and 1 - 0.999^t
  [adam, 0.1, [-0.1, -0.026634, -0.034043]],
]

describe('full-batch gradient methods', () => {
  for (const [rule, learningRate, expected] of byHand)
    it(`${rule.name} makes the steps computed by hand`, () => {
      const before = tf.memory().numTensors
      for (const [i, step] of stepsOf(rule, learningRate).entries()) expect(step / expected[i]!).to.be.closeTo(1, 1e-4)
      expect(tf.memory().numTensors).to.equal(before)
    })

  it('gd steps along the gradient of the mean cross-entropy of all rows, as finite differences have it', () => {
    const { uniform } = keyedRandom('full batch')
    const rows = 4500 // more than one chunk
    const architecture = sequential([3, 4, 2], { bias: true })
    const problem = {
      architecture,
      x: tf.tensor2d(Array.from({ length: rows }, () => [uniform(), uniform(), uniform()])),
      y: tf.tensor2d(Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? [1, 0] : [0, 1]))),
    }
    const start = heNormal(architecture, 3)
    const solver = fullBatch.gd({ learningRate: 1 })
    const state = solver.init(problem, start)
    drain(solver.step(state, problem, 1, keyedRandom(0)))
    const moved = solver.weights(state)
    const lossAt = (entry: number, by: number): number => {
      const shifted = {
        ...start,
        kernels: start.kernels.map((row, n) =>
          row.map((w) => {
            const values = Float32Array.from(w.dataSync())
            if (n === 0) values[entry]! += by
            return tf.tensor2d(values, w.shape)
          }),
        ),
      }
      const trial = solver.init(problem, shifted)
      const { objective } = solver.metrics(trial, problem, 0)
      solver.dispose(trial)
      for (const row of shifted.kernels) tf.dispose(row)
      return objective!
    }
    for (const entry of [0, 5, 11]) {
      const slope = (lossAt(entry, 0.01) - lossAt(entry, -0.01)) / 0.02
      const step = moved.kernels[0]![0]!.dataSync()[entry]! - start.kernels[0]![0]!.dataSync()[entry]!
      expect(step).to.be.closeTo(-slope, 1e-4 + 0.02 * Math.abs(slope))
    }
    solver.dispose(state)
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
  })

  it("names learning rates other than the authors' likely ones, and refuses bad ones", () => {
    expect(
      [fullBatch.gd(), fullBatch.adagrad(), fullBatch.adadelta(), fullBatch.adam()].map(
        ({ settings }) => settings.learningRate,
      ),
    ).to.deep.equal([1e-6, 1e-3, 0.1, 1e-3])
    expect(fullBatch.adam({ learningRate: 1e-3 }).setting).to.equal('')
    expect(fullBatch.gd({ learningRate: 1 }).setting).to.equal('lr=1')
    expect(() => fullBatch.gd({ learningRate: 0 })).to.throw(
      RangeError,
      /gd: learningRate is 0; expected a positive number/,
    )
  })
})
