import { tf } from 'blockwise/dist/engine/tensorflow'
import { sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { fullBatch } from 'blockwise/dist/solvers/full-batch'
import { expect } from 'chai'
import { drain } from './drain'

/** The update rules in float64: the step for gradient g at update t, from histories that start at zero and are changed in place. */
const rules: Record<keyof typeof fullBatch, (g: number, h: number[], learningRate: number, t: number) => number> = {
  gd: (g, _, learningRate) => -learningRate * g,
  adagrad: (g, h, learningRate) => {
    h[0]! += g * g
    return (-learningRate * g) / (Math.sqrt(h[0]!) + 1e-7)
  },
  adadelta: (g, h, learningRate) => {
    h[0] = 0.95 * h[0]! + 0.05 * g * g
    const step = (Math.sqrt(h[1]! + 1e-7) / Math.sqrt(h[0] + 1e-7)) * g
    h[1] = 0.95 * h[1]! + 0.05 * step * step
    return -learningRate * step
  },
  adam: (g, h, learningRate, t) => {
    h[0] = 0.9 * h[0]! + 0.1 * g
    h[1] = 0.999 * h[1]! + 0.001 * g * g
    // As Keras, and Kingma & Ba's remark after their Algorithm 1: epsilon stands beside the uncorrected root.
    return ((-learningRate * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t) / (Math.sqrt(h[1]) + 1e-7)) * h[0]
  },
}

describe('full-batch gradient methods', () => {
  for (const name of Object.keys(rules) as (keyof typeof rules)[])
    it(`${name} goes where float64 goes: softmax regression, five updates`, () => {
      const before = tf.memory().numTensors
      const { uniform } = keyedRandom('full batch oracle')
      const x = Array.from({ length: 20 }, () => [1, 2, 3].map(() => Math.fround(uniform())))
      const labels = x.map((row) => Number(row[0]! + row[1]! > 1))
      const architecture = sequential([3, 2])
      const problem = { architecture, x: tf.tensor2d(x), y: tf.tensor2d(labels.map((k) => [1 - k, k])) }
      const start = heNormal(architecture, 0)
      const learningRate = 0.5
      const solver = fullBatch[name]({ learningRate })
      const state = solver.init(problem, start)

      const w = start.kernels[0]![0]!.arraySync()
      const histories = w.map((row) => row.map(() => [0, 0]))
      for (let t = 1; t <= 5; t++) {
        drain(solver.step(state, problem, t, keyedRandom(t)))
        const gradient = w.map((row) => row.map(() => 0))
        x.forEach((row, n) => {
          const scores = w.map((weights) => Math.exp(weights.reduce((sum, value, j) => sum + value * row[j]!, 0)))
          scores.forEach((score, k) => {
            const misfit = score / (scores[0]! + scores[1]!) - Number(labels[n] === k)
            for (const [j, value] of row.entries()) gradient[k]![j]! += (misfit * value) / x.length
          })
        })
        gradient.forEach((row, k) => {
          for (const [j, g] of row.entries()) w[k]![j]! += rules[name](g, histories[k]![j]!, learningRate, t)
        })
        const ours = solver.weights(state).kernels[0]![0]!.arraySync()
        for (const [k, row] of w.entries())
          for (const [j, value] of row.entries()) expect(ours[k]![j]).to.be.closeTo(value, 3e-5 * learningRate)
      }
      solver.dispose(state)
      disposeWeights(start)
      tf.dispose([problem.x, problem.y])
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
