/**
 * Gradient methods on the full batch, the competitors of the DLAM paper (section 4.1.3, 'the full batch dataset is used'): one update an
 * iteration, by the gradient of the mean cross-entropy of softmax(output) over all samples. The rules are those of `sgd/`, at a fixed
 * learning rate, without weight decay, gradient descent without momentum, and with Keras's epsilon.
 *
 * The paper prints no learning rates. The defaults here are those of its authors' later code for the same experiment: 1e-6 for gradient
 * descent, 1e-3 for Adagrad and Adam, 0.1 for Adadelta.
 */
import { add, crossEntropy, multiply } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'
import { activations, backward } from '../network/backward'
import { meanCrossEntropy } from './full-batch/mean-loss'
import { checkShapes } from './refusals/shapes'
import { adadelta } from './sgd/adadelta'
import { adagrad } from './sgd/adagrad'
import { adam } from './sgd/adam'
import {
  allOf,
  applyRule,
  createParameters,
  disposeParameters,
  forget,
  type Parameter,
  type Parameters,
  readWeights,
  weightsOf,
} from './sgd/parameters'
import type { CommonSettings, Rule } from './sgd/rule'
import { sgd } from './sgd/sgd'
import type { Problem, Solver } from './solver'

export interface FullBatchSettings {
  readonly learningRate: number
}

export interface FullBatchState {
  readonly parameters: Parameters
  /** Updates done so far. */
  updates: number
}

/** Rows at a time: activations of some 4,000 rows stay in the processor's cache. */
const CHUNK = 4000

/** Keras's epsilon. */
const delta = 1e-7

type Given = Partial<FullBatchSettings>

/** A solver for each rule, e.g. `fullBatch.adam({ learningRate: 0.01 })`. */
export const fullBatch = {
  gd: (settings: Given = {}) => solver('gd', sgd, { ...sgd.defaults, momentum: 0 }, 1e-6, settings),
  adagrad: (settings: Given = {}) => solver('adagrad', adagrad, { ...adagrad.defaults, delta }, 1e-3, settings),
  adadelta: (settings: Given = {}) => solver('adadelta', adadelta, { ...adadelta.defaults, delta }, 0.1, settings),
  adam: (settings: Given = {}) => solver('adam', adam, { ...adam.defaults, delta }, 1e-3, settings),
}

function solver<S extends CommonSettings>(
  name: string,
  rule: Rule<S>,
  ofRule: S,
  byDefault: number,
  { learningRate = byDefault }: Given,
): Solver<FullBatchState> {
  if (!(learningRate > 0 && learningRate < Infinity))
    throw new RangeError(`${name}: learningRate is ${learningRate}; expected a positive number`)
  return {
    name,
    setting: learningRate === byDefault ? '' : `lr=${learningRate}`,
    source: __filename,
    settings: { learningRate },

    init(problem, start) {
      checkShapes(name, problem, start)
      return { parameters: createParameters(start, rule.histories), updates: 0 }
    },

    *step(state, problem) {
      const all = allOf(state.parameters)
      const gradients = all.map(({ value }) => tf.zeros([...value.shape]))
      try {
        for (let first = 0; first < problem.x.shape[0]; first += CHUNK) {
          accumulate(state.parameters, problem, first, gradients)
          yield 'gradient'
        }
        forget(state.parameters)
        const { before, after } = rule.scalars(ofRule, learningRate, state.updates)
        state.updates++
        tf.tidy(() => {
          const inputs = { before: before.map((s) => tf.scalar(s)), after: after.map((s) => tf.scalar(s)) }
          for (const [i, parameter] of all.entries()) applyRule(rule, parameter, gradients[i]!, inputs)
        })
        return {}
      } finally {
        tf.dispose(gradients)
      }
    },

    /** Mean cross-entropy over the training rows. */
    metrics: ({ parameters }, problem) => ({ objective: meanCrossEntropy(problem, weightsOf(parameters)) }),

    weights: ({ parameters }) => weightsOf(parameters),

    dispose: ({ parameters }) => disposeParameters(parameters),
  }
}

/** Adds the rows' part of the gradient of the mean loss to `gradients`, which are in the order of `allOf`. */
function accumulate(
  parameters: Parameters,
  { architecture, x, y }: Problem,
  first: number,
  gradients: tf.Tensor[],
): void {
  const rows = Math.min(CHUNK, x.shape[0] - first)
  const sums = tf.tidy(() => {
    const weights = readWeights(parameters)
    const u = activations(architecture, weights, tf.slice(x, [first, 0], [rows, -1]))
    const [, misfit] = crossEntropy(u.at(-1)!, tf.slice(y, [first, 0], [rows, -1]))
    const found = new Map<Parameter, tf.Tensor>()
    backward(architecture, weights, u, multiply(misfit, tf.scalar(1 / x.shape[0])), {
      kernel: (n, k, gradient) => found.set(parameters.kernels[n - 1]![k]!, gradient),
      bias: (n, gradient) => found.set(parameters.biases[n - 1]!, gradient),
    })
    // A layer that does not reach the output has no gradient.
    return allOf(parameters).map((parameter, i) => {
      const part = found.get(parameter)
      return part ? add(gradients[i]!, part) : gradients[i]!.clone()
    })
  })
  tf.dispose(gradients)
  sums.forEach((sum, i) => {
    gradients[i] = sum
  })
}
