/**
 * Networks with dropout, trained on mini-batches by SGD with momentum, Adam or Adamax: Fig. 4 of the student report, which names the
 * learning rate (0.1 with momentum 0.9) and no dropout rate, batch size or loss. Here those of Keras's example mnist_mlp, which has
 * three layers with dropout too: rate 0.2, batches of 128, cross-entropy of softmax(output). Rules: full-batch/rules.ts.
 *
 * A step is one epoch: one pass over a fresh permutation of the training rows. Accuracy is that of the whole network, without dropout.
 */

import { add } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'
import { cloneWeights, type Weights } from '../network/weights'
import { checkSequence } from './check-sequence'
import { dropoutGradients } from './dropout/pass'
import { meanCrossEntropy } from './full-batch/mean-loss'
import { adam, adamax, momentum, type Rule } from './full-batch/rules'
import { checkShapes } from './sgd/check'
import type { Solver } from './solver'

export interface DropoutSettings {
  readonly learningRate: number
  /** Share of the hidden units that a batch leaves out, in [0, 1). */
  readonly rate: number
  /** Samples per mini-batch. */
  readonly batch: number
}

interface Parameter<T extends tf.Tensor> {
  value: T
  histories: tf.Tensor[]
}

export interface DropoutState {
  readonly kernels: Parameter<tf.Tensor2D>[]
  readonly biases: (Parameter<tf.Tensor1D> | null)[]
  /** Updates done so far. */
  updates: number
}

/** Batches between two yields: a fraction of a second. */
const STRETCH = 20

/** A solver for each rule, e.g. `dropout.adam({ learningRate: 0.002 })`. */
export const dropout = {
  sgd: (settings: Partial<DropoutSettings> = {}) => solver(momentum(0.9), 0.1, settings),
  adam: (settings: Partial<DropoutSettings> = {}) => solver(adam, 1e-3, settings),
  adamax: (settings: Partial<DropoutSettings> = {}) => solver(adamax, 2e-3, settings),
}

function solver(rule: Rule, learningRate: number, given: Partial<DropoutSettings>): Solver<DropoutState> {
  const defaults: DropoutSettings = { learningRate, rate: 0.2, batch: 128 }
  const settings = checkSettings(rule.name, { ...defaults, ...given })
  const names = { learningRate: 'lr', rate: 'rate', batch: 'batch' } as const
  return {
    name: rule.name,
    setting: (Object.keys(names) as (keyof DropoutSettings)[])
      .filter((name) => settings[name] !== defaults[name])
      .map((name) => `${names[name]}=${settings[name]}`)
      .join(';'),
    source: __filename,
    settings: { ...settings, dropout: true },

    init(problem, start) {
      checkShapes(rule.name, problem, start)
      checkSequence(rule.name, problem.architecture)
      const { kernels, biases } = cloneWeights(start)
      const parameter = <T extends tf.Tensor>(value: T): Parameter<T> => ({
        value,
        histories: Array.from({ length: rule.histories }, () => tf.zerosLike(value)),
      })
      return {
        kernels: kernels.map((row) => parameter(row[0]!)),
        biases: biases.map((b) => b && parameter(b)),
        updates: 0,
      }
    },

    *step(state, problem, _t, random) {
      const order = random.permutation(problem.x.shape[0])
      const batches = Math.ceil(order.length / settings.batch)
      let loss = 0
      for (let i = 0; i < batches; i++) {
        const rows = order.subarray(i * settings.batch, (i + 1) * settings.batch)
        loss += tf.tidy(() => {
          const indices = tf.tensor1d(rows, 'int32')
          const layers = state.kernels.map(({ value }, k) => ({ kernel: value, bias: state.biases[k]?.value ?? null }))
          const batch = [tf.gather(problem.x, indices), tf.gather(problem.y, indices)] as const
          const { gradients, loss } = dropoutGradients(layers, ...batch, settings.rate, random)
          state.updates++
          gradients.forEach(({ kernel, bias }, k) => {
            update(state.kernels[k]!, kernel, rule, settings.learningRate, state.updates)
            if (bias) update(state.biases[k]!, bias, rule, settings.learningRate, state.updates)
          })
          return loss.dataSync()[0]!
        })
        if ((i + 1) % STRETCH === 0) yield 'batches'
      }
      return { batches, mean_batch_loss: loss / batches }
    },

    /** Mean cross-entropy over the training rows, without dropout. */
    metrics: (state, problem) => ({ objective: meanCrossEntropy(problem, weightsOf(state)) }),

    weights: weightsOf,

    dispose({ kernels, biases }) {
      for (const parameter of [...kernels, ...biases])
        if (parameter) tf.dispose([parameter.value, ...parameter.histories])
    },
  }
}

function update<T extends tf.Tensor>(parameter: Parameter<T>, g: T, rule: Rule, rate: number, t: number): void {
  const { value, histories } = parameter
  const next = tf.tidy(() => {
    const { step, histories: remembered } = rule.step(g, histories, rate, t)
    return [add(value, step), ...remembered].map((tensor) => tf.keep(tensor))
  })
  tf.dispose([value, ...histories])
  parameter.value = next[0] as T
  parameter.histories = next.slice(1)
}

const weightsOf = ({ kernels, biases }: DropoutState): Weights => ({
  kernels: kernels.map(({ value }) => [value]),
  biases: biases.map((b) => b?.value ?? null),
})

function checkSettings(name: string, settings: DropoutSettings): DropoutSettings {
  const refuse = (setting: keyof DropoutSettings, expected: string): never => {
    throw new RangeError(`${name} with dropout: ${setting} is ${settings[setting]}; expected ${expected}`)
  }
  if (!(settings.learningRate > 0 && settings.learningRate < Infinity)) refuse('learningRate', 'a positive number')
  if (!(settings.rate >= 0 && settings.rate < 1)) refuse('rate', 'a number from 0 to below 1')
  if (!Number.isInteger(settings.batch) || settings.batch < 1) refuse('batch', 'a positive integer')
  return settings
}
