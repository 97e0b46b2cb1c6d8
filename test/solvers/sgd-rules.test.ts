/**
 * The six rules against their formulas, written out here in double precision (Caffe's, as quoted in each file of
 * lib/solvers/sgd): several epochs of mini-batches, the last one smaller, with weight decay and a decreasing rate.
 */
import { tf } from 'blockwise/dist/engine/tensorflow'
import type { Architecture } from 'blockwise/dist/network/index'
import { keyedRandom } from 'blockwise/dist/random'
import { type CaffeRule, caffe, caffeRules } from 'blockwise/dist/solvers/caffe-sgd'
import { expect } from 'chai'
import { drain } from './drain'

/** A rule on one scalar weight: history in, update out. `lr` is the rate of this update, t = 1, 2, ... */
type ScalarRule = (g: number, lr: number, t: number, history: { a: number; b: number }) => number

const formulas: Record<CaffeRule, ScalarRule> = {
  sgd(g, lr, _t, h) {
    h.a = 0.9 * h.a + lr * g
    return h.a
  },
  nesterov(g, lr, _t, h) {
    const old = h.a
    h.a = 0.95 * old + lr * g
    return (1 + 0.95) * h.a - 0.95 * old
  },
  adagrad(g, lr, _t, h) {
    h.a += g * g
    return (lr * g) / (Math.sqrt(h.a) + 1e-8)
  },
  rmsprop(g, lr, _t, h) {
    h.a = 0.98 * h.a + 0.02 * g * g
    return (lr * g) / (Math.sqrt(h.a) + 1e-8)
  },
  adadelta(g, lr, _t, h) {
    h.a = 0.95 * h.a + 0.05 * g * g
    const s = g * Math.sqrt((h.b + 1e-6) / (h.a + 1e-6))
    h.b = 0.95 * h.b + 0.05 * s * s
    return lr * s
  },
  adam(g, lr, t, h) {
    h.a = 0.9 * h.a + 0.1 * g
    h.b = 0.999 * h.b + 0.001 * g * g
    return (((lr * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t)) * h.a) / (Math.sqrt(h.b) + 1e-8)
  },
}
/** Weight decay and learning rate of the MNIST demos. */
const demos: Record<CaffeRule, { lr: number; wd: number; inverse: boolean }> = {
  sgd: { lr: 0.01, wd: 5e-4, inverse: true },
  nesterov: { lr: 0.01, wd: 5e-4, inverse: false },
  adagrad: { lr: 0.01, wd: 5e-4, inverse: false },
  rmsprop: { lr: 0.01, wd: 5e-4, inverse: true },
  adadelta: { lr: 1, wd: 5e-4, inverse: false },
  adam: { lr: 0.001, wd: 0, inverse: false },
}

/** One linear layer: the gradient of a batch is sum (W x - y) x^T / B. */
const linear: Architecture = {
  features: 3,
  layers: [{ width: 2, activation: 'identity', bias: false, inputs: [{ from: 0, link: 'weight' }] }],
}
// column 1 is a pixel that is always dark (no gradient but the decay), column 2 is nearly so (a tiny gradient)
const X = [0.5, 0, 1e-4, 0.25, 0, 3e-4, 1, 0, 0, 0.75, 0, 2e-4, 0.125, 0, 5e-4]
const Y = [1, 0, 0, 1, 1, 0, 0, 1, 0, 1]
const START = [0.5, 0.25, -0.75, -0.125, -0.5, 1]
const [N, D, C, BATCH, EPOCHS] = [5, 3, 2, 2, 4]

function reference(rule: CaffeRule, gamma: number): number[] {
  const { lr, wd } = demos[rule]
  const w = [...START]
  const histories = w.map(() => ({ a: 0, b: 0 }))
  let update = 0
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const order = keyedRandom('order', epoch).permutation(N)
    for (let at = 0; at < N; at += BATCH) {
      const rows = order.subarray(at, at + BATCH)
      const g = w.map((value) => wd * value)
      for (const i of rows)
        for (let c = 0; c < C; c++) {
          let out = 0
          for (let d = 0; d < D; d++) out += w[c * D + d]! * X[i * D + d]!
          for (let d = 0; d < D; d++) g[c * D + d]! += ((out - Y[i * C + c]!) * X[i * D + d]!) / rows.length
        }
      const rate = lr * (1 + gamma * update) ** -0.75
      update++
      for (const [j, h] of histories.entries()) w[j]! -= formulas[rule](g[j]!, rate, update, h)
    }
  }
  return w
}

function ours(rule: CaffeRule, gamma: number | undefined): number[] {
  const x = tf.tensor2d(X, [N, D])
  const y = tf.tensor2d(Y, [N, C])
  const start = { kernels: [[tf.tensor2d(START, [C, D])]], biases: [null] }
  const problem = { architecture: linear, x, y }
  const solver = caffe[rule](gamma === undefined ? { batch: BATCH } : { batch: BATCH, gamma })
  const state = solver.init(problem, start)
  for (let epoch = 1; epoch <= EPOCHS; epoch++) drain(solver.step(state, problem, epoch, keyedRandom('order', epoch)))
  const w = [...solver.weights(state).kernels[0]![0]!.dataSync()]
  solver.dispose(state)
  tf.dispose([x, y, ...start.kernels.flat()])
  return w
}

describe('Caffe update rules', () => {
  for (const rule of caffeRules) {
    it(`${rule} follows its formula at the demo's settings`, () => {
      expectSameChange(ours(rule, undefined), reference(rule, demos[rule].inverse ? 1e-4 : 0))
    })
    it(`${rule} follows its formula with a rate that falls fast (policy inv, gamma = 0.5)`, () => {
      expectSameChange(ours(rule, 0.5), reference(rule, 0.5))
    })
  }

  it('sgd, by hand: w = 1, x = 1, y = 0, so g = w; lr = 0.1, m = 0.5', () => {
    // h = .1, w = .9; h = .05 + .09 = .14, w = .76; h = .07 + .076 = .146, w = .614
    expectScalars('sgd', { learningRate: 0.1, momentum: 0.5 }, [0.9, 0.76, 0.614])
  })
  it('nesterov, by hand: the same; upd = 1.5 h_new - .5 h_old', () => {
    // h = .1: upd .15, w = .85; h = .05 + .085 = .135: upd .2025 - .05 = .1525, w = .6975;
    // h = .0675 + .06975 = .13725: upd .205875 - .0675 = .138375, w = .559125
    expectScalars('nesterov', { learningRate: 0.1, momentum: 0.5 }, [0.85, 0.6975, 0.559125])
  })
  it('adagrad, by hand', () => {
    // H = 1: upd .1, w = .9; H = 1.81: upd .09 / 1.3453624 = .0668965, w = .8331035
    // H = 1.81 + .6940615 = 2.5040615: upd .08331035 / 1.5824227 = .0526473, w = .7804562
    expectScalars('adagrad', { learningRate: 0.1 }, [0.9, 0.8331035, 0.7804562])
  })
  it('rmsprop, by hand, d = .75', () => {
    // H = .25: upd .1 / .5 = .2, w = .8; H = .1875 + .16 = .3475: upd .08 / .5894913 = .1357102, w = .6642898
    // H = .260625 + .1103202 = .3709452: upd .06642898 / .6090527 = .1090693, w = .5552205
    expectScalars('rmsprop', { learningRate: 0.1, rmsDecay: 0.75 }, [0.8, 0.6642898, 0.5552205])
  })
  it('adadelta, by hand, m = .75, delta = 1, lr = 1', () => {
    // G = .25: s = sqrt(1 / 1.25) = .8944272, S = .2, w = .1055728
    // G = .1875 + .0027864 = .1902864: s = .1055728 sqrt(1.2 / 1.1902864) = .1060027, S = .15 + .0028091 = .1528091, w = -.0004299
    expectScalars('adadelta', { momentum: 0.75, delta: 1 }, [0.1055728, -0.0004299])
  })
  it('adam, by hand, b1 = .5, b2 = .75', () => {
    // m = .5, v = .25: rate .1 sqrt(.25) / .5 = .1, upd .1 .5 / .5 = .1, w = .9
    // m = .7, v = .1875 + .2025 = .39: rate .1 sqrt(.4375) / .75 = .0881917, upd .0881917 .7 / .6244998 = .0988536, w = .8011464
    expectScalars('adam', { learningRate: 0.1, beta1: 0.5, beta2: 0.75 }, [0.9, 0.8011464])
  })
})

/** Equal to float32 rounding of the weight and to 1e-4 of how far it moved, so that small steps are seen too. */
function expectSameChange(got: number[], expected: number[]): void {
  for (const [j, start] of START.entries()) {
    const moved = expected[j]! - start
    expect(Math.abs(got[j]! - expected[j]!), `weight ${j}: ${got[j]} for ${expected[j]}`).to.be.below(
      1e-4 * Math.abs(moved) + 12 * 2 ** -24 * Math.abs(start),
    )
  }
}

/** One weight, one sample x = 1, y = 0, no decay, fixed rate; the label's 1 is beside it, at a weight that is right already. */
function expectScalars(rule: CaffeRule, settings: Record<string, number>, expected: number[]): void {
  const problem = {
    architecture: { features: 1, layers: [{ ...linear.layers[0]!, width: 2 }] },
    x: tf.tensor2d([[1]]),
    y: tf.tensor2d([[0, 1]]),
  }
  const kernel = tf.tensor2d([[1], [1]])
  const solver = caffe[rule]({ weightDecay: 0, gamma: 0, ...settings })
  const state = solver.init(problem, { kernels: [[kernel]], biases: [null] })
  const got = expected.map((_, i) => {
    drain(solver.step(state, problem, i + 1, keyedRandom(i)))
    return solver.weights(state).kernels[0]![0]!.dataSync()[0]!
  })
  solver.dispose(state)
  tf.dispose([problem.x, problem.y, kernel])
  for (const [i, value] of expected.entries()) expect(got[i], `after update ${i + 1}`).to.be.closeTo(value, 3e-7)
}
