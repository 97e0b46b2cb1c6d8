/**
 * Networks with dropout, trained on mini-batches by SGD with momentum, Adam or Adamax: Fig. 4 of the student report, which names the
 * learning rate (0.1 with momentum 0.9) and no dropout rate, batch size or loss. Here those of Keras's example mnist_mlp, which has
 * three layers with dropout too: rate 0.2, batches of 128, cross-entropy of softmax(output). The rules are those of `sgd/` at a fixed
 * learning rate, without weight decay and with Keras's epsilon; momentum is h = m h + lr g, W -= h.
 *
 * A step is one epoch: one pass over a fresh permutation of the training rows. Accuracy is that of the whole network, without dropout.
 * Parameters and histories are resource variables that TensorFlow's kernels update in place.
 */
import { executeInPlace } from '../engine/kernels'
import { tf } from '../engine/tensorflow'
import { createVariable, destroyVariable, readVariable, type Variable, zerosVariable } from '../engine/variable'
import { disposeWeights, type Weights } from '../network/weights'
import type { Random } from '../random'
import { checkSequence } from './check-sequence'
import { dropoutGradients } from './dropout/pass'
import { meanCrossEntropy } from './full-batch/mean-loss'
import { adam } from './sgd/adam'
import { adamax } from './sgd/adamax'
import { checkShapes } from './sgd/check'
import type { CommonSettings, Rule } from './sgd/rule'
import { sgd } from './sgd/sgd'
import type { Problem, Solver } from './solver'

export interface DropoutSettings {
  readonly learningRate: number
  /** Share of the hidden units that a batch leaves out, in [0, 1). */
  readonly rate: number
  /** Samples per mini-batch. */
  readonly batch: number
}

interface Parameter {
  readonly value: Variable
  readonly histories: readonly Variable[]
}

export interface DropoutState {
  readonly kernels: readonly Parameter[]
  readonly biases: readonly (Parameter | null)[]
  /** Updates done so far. */
  updates: number
  /** What `weights` gave out, until the next update. */
  read: Weights | null
}

/** Batches between two yields: a fraction of a second. */
const STRETCH = 20

/** Keras's epsilon. */
const delta = 1e-7
/** A fixed learning rate and no weight decay: what Keras's optimisers start from. */
const plain = { weightDecay: 0, gamma: 0 }

/** A solver for each rule, e.g. `dropout.adam({ learningRate: 0.002 })`. */
export const dropout = {
  sgd: (settings: Partial<DropoutSettings> = {}) => solver('sgd', sgd, { ...sgd.defaults, ...plain }, 0.1, settings),
  adam: (settings: Partial<DropoutSettings> = {}) => solver('adam', adam, { ...adam.defaults, delta }, 1e-3, settings),
  adamax: (settings: Partial<DropoutSettings> = {}) => solver('adamax', adamax, adamax.defaults, 2e-3, settings),
}

function solver<S extends CommonSettings>(
  name: string,
  rule: Rule<S>,
  ofRule: S,
  learningRate: number,
  given: Partial<DropoutSettings>,
): Solver<DropoutState> {
  const defaults: DropoutSettings = { learningRate, rate: 0.2, batch: 128 }
  const settings = checkSettings(name, { ...defaults, ...given })
  const names = { learningRate: 'lr', rate: 'rate', batch: 'batch' } as const
  return {
    name,
    setting: (Object.keys(names) as (keyof DropoutSettings)[])
      .filter((key) => settings[key] !== defaults[key])
      .map((key) => `${names[key]}=${settings[key]}`)
      .join(';'),
    source: __filename,
    settings: { ...settings, dropout: true },

    init(problem, start) {
      checkShapes(name, problem, start)
      checkSequence(name, problem.architecture)
      const parameter = (value: tf.Tensor): Parameter => ({
        value: createVariable(value),
        histories: Array.from({ length: rule.histories }, () => zerosVariable(value.shape)),
      })
      return {
        kernels: start.kernels.map((row) => parameter(row[0]!)),
        biases: start.biases.map((b) => b && parameter(b)),
        updates: 0,
        read: null,
      }
    },

    *step(state, problem, _t, random) {
      const order = random.permutation(problem.x.shape[0])
      const batches = Math.ceil(order.length / settings.batch)
      let loss = 0
      for (let i = 0; i < batches; i++) {
        forget(state)
        const rows = order.subarray(i * settings.batch, (i + 1) * settings.batch)
        const { before, after } = rule.scalars(ofRule, settings.learningRate, state.updates)
        loss += tf.tidy(() => {
          const { gradients, loss } = gradientsOf(state, problem, rows, settings.rate, random)
          const [left, right] = [before, after].map((values) => values.map((value) => tf.scalar(value)))
          const update = ({ value, histories }: Parameter, g: tf.Tensor): void =>
            executeInPlace(rule.kernel, rule.attributes(), [
              value.handle,
              ...histories.map(({ handle }) => handle),
              ...left!,
              g,
              ...right!,
            ])
          gradients.forEach(({ kernel, bias }, k) => {
            update(state.kernels[k]!, kernel)
            if (bias) update(state.biases[k]!, bias)
          })
          state.updates++
          return loss.dataSync()[0]!
        })
        if ((i + 1) % STRETCH === 0) yield 'batches'
      }
      return { batches, mean_batch_loss: loss / batches }
    },

    /** Mean cross-entropy over the training rows, without dropout. */
    metrics: (state, problem) => ({ objective: meanCrossEntropy(problem, weightsOf(state)) }),

    weights: weightsOf,

    dispose(state) {
      forget(state)
      for (const parameter of [...state.kernels, ...state.biases])
        if (parameter) for (const variable of [parameter.value, ...parameter.histories]) destroyVariable(variable)
    },
  }
}

/** Of a batch, with the weights as they are. Called inside a tidy. */
function gradientsOf(
  { kernels, biases }: DropoutState,
  { x, y }: Problem,
  rows: Int32Array,
  rate: number,
  random: Random,
): ReturnType<typeof dropoutGradients> {
  const layers = kernels.map(({ value }, k) => {
    const bias = biases[k]
    return { kernel: readVariable<tf.Tensor2D>(value), bias: bias ? readVariable<tf.Tensor1D>(bias.value) : null }
  })
  const indices = tf.tensor1d(rows, 'int32')
  const found = dropoutGradients(layers, tf.gather(x, indices), tf.gather(y, indices), rate, random)
  // Else an update would copy its variable first.
  for (const { kernel, bias } of layers) tf.dispose([kernel, ...(bias ? [bias] : [])])
  return found
}

function weightsOf(state: DropoutState): Weights {
  if (!state.read) {
    state.read = {
      kernels: state.kernels.map(({ value }) => [tf.keep(readVariable<tf.Tensor2D>(value))]),
      biases: state.biases.map((b) => b && tf.keep(readVariable<tf.Tensor1D>(b.value))),
    }
  }
  return state.read
}

function forget(state: DropoutState): void {
  if (state.read) disposeWeights(state.read)
  state.read = null
}

function checkSettings(name: string, settings: DropoutSettings): DropoutSettings {
  const refuse = (setting: keyof DropoutSettings, expected: string): never => {
    throw new RangeError(`${name} with dropout: ${setting} is ${settings[setting]}; expected ${expected}`)
  }
  if (!(settings.learningRate > 0 && settings.learningRate < Infinity)) refuse('learningRate', 'a positive number')
  if (!(settings.rate >= 0 && settings.rate < 1)) refuse('rate', 'a number from 0 to below 1')
  if (!Number.isInteger(settings.batch) || settings.batch < 1) refuse('batch', 'a positive integer')
  return settings
}
