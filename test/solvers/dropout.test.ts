import { tf } from 'blockwise/dist/engine/tensorflow'
import { sequential } from 'blockwise/dist/network/architecture'
import { forward } from 'blockwise/dist/network/forward'
import { disposeWeights, heNormal, type Weights } from 'blockwise/dist/network/weights'
import { keyedRandom, type Random } from 'blockwise/dist/random'
import { dropout } from 'blockwise/dist/solvers/dropout'
import { dropoutGradients } from 'blockwise/dist/solvers/dropout/pass'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { expect } from 'chai'
import { drain } from './drain'

const architecture = sequential([4, 40, 30, 3], { bias: true })

function setUp(rows: number): { problem: Problem; start: Weights; dispose(): void } {
  const { uniform } = keyedRandom('dropout')
  const labels = Array.from({ length: rows }, (_, i) => i % 3)
  const x = tf.tensor2d(labels.map((k) => [uniform() + k, uniform(), uniform() - k / 2, 1]))
  const y = tf.tensor2d(labels.map((k) => [0, 1, 2].map((c) => Number(c === k))))
  const start = heNormal(architecture, 2)
  return {
    problem: { architecture, x, y },
    start,
    dispose() {
      disposeWeights(start)
      tf.dispose([x, y])
    },
  }
}

/** Gradients of all kernels for one batch, as numbers. */
function gradientsOf({ x, y }: Problem, { kernels, biases }: Weights, rate: number, random: Random): number[][] {
  return tf.tidy(() => {
    const layers = kernels.map(([kernel], i) => ({ kernel: kernel!, bias: biases[i]! }))
    return dropoutGradients(layers, x, y, rate, random).gradients.map(({ kernel }) => Array.from(kernel.dataSync()))
  })
}

/** Mean cross-entropy by the plain forward pass. */
function lossOf({ x, y }: Problem, weights: Weights): number {
  return tf.tidy(
    () => tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(forward(architecture, weights, x))), 1))).dataSync()[0]!,
  )
}

describe('dropout', () => {
  it('of rate 0 has the gradient of the network, as finite differences have it', () => {
    const { problem, start, dispose } = setUp(12)
    const gradients = gradientsOf(problem, start, 0, keyedRandom(1))
    for (const [layer, entry] of [
      [0, 3],
      [1, 17],
      [2, 40],
    ] as const) {
      const at = (by: number): number => {
        const values = Float32Array.from(start.kernels[layer]![0]!.dataSync())
        values[entry]! += by
        const shifted = tf.tensor2d(values, start.kernels[layer]![0]!.shape)
        const loss = lossOf(problem, {
          ...start,
          kernels: start.kernels.map((row, i) => (i === layer ? [shifted] : row)),
        })
        shifted.dispose()
        return loss
      }
      const slope = (at(0.01) - at(-0.01)) / 0.02
      expect(gradients[layer]![entry]).to.be.closeTo(slope, 1e-4 + 0.02 * Math.abs(slope))
    }
    dispose()
  })

  it('drops units with its rate and keeps the mean: gradients differ from batch to batch, the last layer input is scaled', () => {
    const { problem, start, dispose } = setUp(300)
    const draws = [1, 2].map((key) => gradientsOf(problem, start, 0.5, keyedRandom(key)))
    expect(draws[0]).to.not.deep.equal(draws[1])
    expect(gradientsOf(problem, start, 0.5, keyedRandom(1))).to.deep.equal(draws[0])
    // One hidden layer of ones, weights zero: the gradient of W_2 is misfit^T u, and u is 0 or 2 with mean 1.
    const one = tf.ones<tf.Rank.R2>([2000, 1])
    const labels = tf.tensor2d(Array.from({ length: 2000 }, () => [1, 0]))
    const layers = [
      { kernel: tf.ones<tf.Rank.R2>([50, 1]), bias: null },
      { kernel: tf.zeros<tf.Rank.R2>([2, 50]), bias: null },
    ]
    const gradient = tf.tidy(() =>
      Array.from(dropoutGradients(layers, one, labels, 0.5, keyedRandom(3)).gradients[1]!.kernel.dataSync()),
    )
    const means = gradient.slice(0, 50).map((g) => g / -0.5)
    expect(means.reduce((a, b) => a + b) / 50).to.be.closeTo(1, 0.02)
    // Shares of 2,000 fair coins: a standard deviation of 2 sqrt(1/4 / 2000) = 0.022.
    for (const mean of means) expect(mean).to.be.closeTo(1, 0.12)
    tf.dispose([one, labels, ...layers.map(({ kernel }) => kernel)])
    dispose()
  })

  it('trains: each rule lowers the loss of the whole network', () => {
    const { problem, start, dispose } = setUp(300)
    const before = lossOf(problem, start)
    for (const rule of ['sgd', 'adam', 'adamax'] as const) {
      const solver = dropout[rule]({ learningRate: 0.01, batch: 50 })
      const state = solver.init(problem, start)
      for (let t = 1; t <= 10; t++) drain(solver.step(state, problem, t, keyedRandom('step', t)))
      expect(lossOf(problem, solver.weights(state)), rule).to.be.below(0.7 * before)
      solver.dispose(state)
    }
    dispose()
  })

  it('makes the steps of momentum, Adam and Adamax, computed by hand from its own gradients', () => {
    const { problem, start, dispose } = setUp(40)
    const all = { rate: 0, batch: 40 }
    for (const [name, lr] of [
      ['sgd', 0.1],
      ['adam', 1e-3],
      ['adamax', 2e-3],
    ] as const) {
      const solver = dropout[name](all)
      const state = solver.init(problem, start)
      const valuesOf = () => solver.weights(state).kernels.map(([kernel]) => Array.from(kernel!.dataSync()))
      let weights = valuesOf()
      const memory = weights.map((w) => w.map(() => [0, 0] as [number, number]))
      for (let t = 1; t <= 3; t++) {
        const gradients = gradientsOf(problem, solver.weights(state), 0, keyedRandom(t))
        const expected = weights.map((w, l) =>
          w.map((value, i) => {
            const g = gradients[l]![i]!
            const h = memory[l]![i]!
            if (name === 'sgd') {
              h[0] = 0.9 * h[0] + lr * g
              return value - h[0]
            }
            h[0] = 0.9 * h[0] + 0.1 * g
            h[1] = name === 'adam' ? 0.999 * h[1] + 0.001 * g * g : Math.max(0.999 * h[1], Math.abs(g))
            const corrected = lr / (1 - 0.9 ** t)
            return name === 'adam'
              ? value - (corrected * Math.sqrt(1 - 0.999 ** t) * h[0]) / (Math.sqrt(h[1]) + 1e-7)
              : value - (corrected * h[0]) / (h[1] + 1e-7)
          }),
        )
        drain(solver.step(state, problem, t, keyedRandom('step', t)))
        weights = valuesOf()
        weights.forEach((w, l) => {
          // Where g is next to nothing, the quotient is rounding.
          const off = w.map((value, i) => (Math.abs(gradients[l]![i]!) > 1e-4 ? Math.abs(value - expected[l]![i]!) : 0))
          expect(Math.max(...off), `${name}, layer ${l + 1}, step ${t}`).to.be.below(1e-5)
        })
      }
      solver.dispose(state)
    }
    dispose()
  })

  it("names what differs from each rule's defaults, and refuses settings by name", () => {
    expect(dropout.sgd().settings).to.include({ learningRate: 0.1, rate: 0.2, batch: 128 })
    expect(dropout.adam({ learningRate: 0.002 }).setting).to.equal('lr=0.002')
    expect(dropout.adamax({ learningRate: 0.002, rate: 0.5 }).setting).to.equal('rate=0.5')
    expect(() => dropout.sgd({ rate: 1 })).to.throw(RangeError, /rate is 1; expected a number from 0 to below 1/)
  })
})
