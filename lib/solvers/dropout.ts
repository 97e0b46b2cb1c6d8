/**
 * Networks with dropout, trained on mini-batches by SGD with momentum, Adam or Adamax: Fig. 4 of the student report, which names the
 * learning rate (0.1 with momentum 0.9) and no dropout rate, batch size or loss. Here those of Keras's example mnist_mlp, which has
 * three layers with dropout too: rate 0.2, batches of 128, cross-entropy of softmax(output). The rules are those of `sgd/` at a fixed
 * learning rate, without weight decay and with Keras's epsilon; momentum is h = m h + lr g, W -= h.
 *
 * A step is one epoch: one pass over a fresh permutation of the training rows. Accuracy is that of the whole network, without dropout.
 */
import { tf } from '../engine/tensorflow'
import type { Random } from '../random'
import { dropoutGradients } from './dropout/pass'
import { meanCrossEntropy } from './full-batch/mean-loss'
import { checkSequence } from './refusals/sequence'
import { checkShapes } from './refusals/shapes'
import { adam } from './sgd/adam'
import { adamax } from './sgd/adamax'
import {
  applyRule,
  createParameters,
  disposeParameters,
  forget,
  type Parameters,
  readWeights,
  weightsOf,
} from './sgd/parameters'
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

export interface DropoutState {
  readonly parameters: Parameters
  /** Updates done so far. */
  updates: number
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
      return { parameters: createParameters(start, rule.histories), updates: 0 }
    },

    *step(state, problem, _t, random) {
      const order = random.permutation(problem.x.shape[0])
      const batches = Math.ceil(order.length / settings.batch)
      let loss = 0
      for (let i = 0; i < batches; i++) {
        forget(state.parameters)
        const rows = order.subarray(i * settings.batch, (i + 1) * settings.batch)
        const scalars = rule.scalars(ofRule, settings.learningRate, state.updates)
        loss += tf.tidy(() => {
          const { gradients, loss } = gradientsOf(state.parameters, problem, rows, settings.rate, random)
          const inputs = {
            before: scalars.before.map((s) => tf.scalar(s)),
            after: scalars.after.map((s) => tf.scalar(s)),
          }
          gradients.forEach(({ kernel, bias }, k) => {
            applyRule(rule, state.parameters.kernels[k]![0]!, kernel, inputs)
            if (bias) applyRule(rule, state.parameters.biases[k]!, bias, inputs)
          })
          state.updates++
          return loss.dataSync()[0]!
        })
        if ((i + 1) % STRETCH === 0) yield 'batches'
      }
      return { batches, mean_batch_loss: loss / batches }
    },

    /** Mean cross-entropy over the training rows, without dropout. */
    metrics: ({ parameters }, problem) => ({ objective: meanCrossEntropy(problem, weightsOf(parameters)) }),

    weights: ({ parameters }) => weightsOf(parameters),

    dispose: ({ parameters }) => disposeParameters(parameters),
  }
}

/** Of a batch, with the weights as they are. Called inside a tidy. */
function gradientsOf(
  parameters: Parameters,
  { x, y }: Problem,
  rows: Int32Array,
  rate: number,
  random: Random,
): ReturnType<typeof dropoutGradients> {
  const { kernels, biases } = readWeights(parameters)
  const layers = kernels.map(([kernel], k) => ({ kernel: kernel!, bias: biases[k]! }))
  const indices = tf.tensor1d(rows, 'int32')
  const found = dropoutGradients(layers, tf.gather(x, indices), tf.gather(y, indices), rate, random)
  // Else an update would copy its variable first.
  for (const { kernel, bias } of layers) tf.dispose([kernel, ...(bias ? [bias] : [])])
  return found
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
