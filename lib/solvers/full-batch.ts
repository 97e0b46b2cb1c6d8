/**
 * Gradient methods on the full batch, the competitors of the DLAM paper (section 4.1.3, 'the full batch dataset is used'): one update an
 * iteration, by the gradient of the mean cross-entropy of softmax(output) over all samples. Rules: full-batch/rules.ts.
 *
 * The paper prints no learning rates. The defaults here are those of its authors' later code for the same experiment: 1e-6 for gradient
 * descent, 1e-3 for Adagrad and Adam, 0.1 for Adadelta.
 */
import { add, crossEntropy, multiply } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'
import { activations, backward } from '../network/backward'
import { cloneWeights, type Weights } from '../network/weights'
import { meanCrossEntropy } from './full-batch/mean-loss'
import { adadelta, adagrad, adam, gd, type Rule } from './full-batch/rules'
import { checkShapes } from './sgd/check'
import type { Problem, Solver } from './solver'

export interface FullBatchSettings {
  readonly learningRate: number
}

interface Parameter {
  value: tf.Tensor
  histories: tf.Tensor[]
}

export interface FullBatchState {
  /** Laid out as `Weights`. */
  readonly kernels: Parameter[][]
  readonly biases: (Parameter | null)[]
  /** Updates done so far. */
  updates: number
}

/** Rows at a time: activations of some 4,000 rows stay in the processor's cache. */
const CHUNK = 4000

/** A solver for each rule, e.g. `fullBatch.adam({ learningRate: 0.01 })`. */
export const fullBatch = {
  gd: (settings: Partial<FullBatchSettings> = {}) => solver(gd, 1e-6, settings),
  adagrad: (settings: Partial<FullBatchSettings> = {}) => solver(adagrad, 1e-3, settings),
  adadelta: (settings: Partial<FullBatchSettings> = {}) => solver(adadelta, 0.1, settings),
  adam: (settings: Partial<FullBatchSettings> = {}) => solver(adam, 1e-3, settings),
}

function solver(rule: Rule, byDefault: number, given: Partial<FullBatchSettings>): Solver<FullBatchState> {
  const { learningRate = byDefault } = given
  if (!(learningRate > 0 && learningRate < Infinity))
    throw new RangeError(`${rule.name}: learningRate is ${learningRate}; expected a positive number`)
  return {
    name: rule.name,
    setting: learningRate === byDefault ? '' : `lr=${learningRate}`,
    source: __filename,
    settings: { learningRate },

    init(problem, start) {
      checkShapes(rule.name, problem, start)
      const { kernels, biases } = cloneWeights(start)
      const parameter = (value: tf.Tensor): Parameter => ({
        value,
        histories: Array.from({ length: rule.histories }, () => tf.zerosLike(value)),
      })
      return {
        kernels: kernels.map((row) => row.map(parameter)),
        biases: biases.map((b) => b && parameter(b)),
        updates: 0,
      }
    },

    *step(state, problem) {
      const all = parametersOf(state)
      const gradients = all.map(({ value }) => tf.zerosLike(value))
      try {
        for (let first = 0; first < problem.x.shape[0]; first += CHUNK) {
          accumulate(state, problem, first, all, gradients)
          yield 'gradient'
        }
        state.updates++
        let change = 0
        all.forEach((parameter, i) => {
          const { value, histories } = parameter
          const next = tf.tidy(() => {
            const { step, histories: remembered } = rule.step(gradients[i]!, histories, learningRate, state.updates)
            return { value: add(value, step), histories: remembered, moved: tf.sum(tf.square(step)) }
          })
          change += next.moved.dataSync()[0]!
          tf.dispose([value, ...histories, next.moved])
          parameter.value = next.value
          parameter.histories = next.histories
        })
        return { change: Math.sqrt(change) }
      } finally {
        tf.dispose(gradients)
      }
    },

    /** Mean cross-entropy over the training rows. */
    metrics: (state, problem) => ({ objective: meanCrossEntropy(problem, weightsOf(state)) }),

    weights: weightsOf,

    dispose(state) {
      for (const { value, histories } of parametersOf(state)) tf.dispose([value, ...histories])
    },
  }
}

/** Adds the rows' part of the gradient of the mean loss to `gradients`. */
function accumulate(
  state: FullBatchState,
  { architecture, x, y }: Problem,
  first: number,
  all: readonly Parameter[],
  gradients: tf.Tensor[],
): void {
  const rows = Math.min(CHUNK, x.shape[0] - first)
  const parts = tf.tidy(() => {
    const weights = weightsOf(state)
    const u = activations(architecture, weights, tf.slice(x, [first, 0], [rows, -1]))
    const [, misfit] = crossEntropy(u.at(-1)!, tf.slice(y, [first, 0], [rows, -1]))
    const found = new Map<Parameter, tf.Tensor>()
    backward(architecture, weights, u, multiply(misfit, tf.scalar(1 / x.shape[0])), {
      kernel: (n, k, gradient) => found.set(state.kernels[n - 1]![k]!, gradient),
      bias: (n, gradient) => found.set(state.biases[n - 1]!, gradient),
    })
    return all.map((parameter, i) => add(gradients[i]!, found.get(parameter) ?? tf.zerosLike(parameter.value)))
  })
  tf.dispose(gradients)
  parts.forEach((part, i) => {
    gradients[i] = part
  })
}

const parametersOf = ({ kernels, biases }: FullBatchState): Parameter[] => [
  ...kernels.flat(),
  ...biases.filter((b) => b !== null),
]

const weightsOf = ({ kernels, biases }: FullBatchState): Weights => ({
  kernels: kernels.map((row) => row.map(({ value }) => value as tf.Tensor2D)),
  biases: biases.map((b) => b && (b.value as tf.Tensor1D)),
})
