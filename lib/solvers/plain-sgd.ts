/**
 * Mini-batch gradient descent with momentum as deep-learning frameworks have it, the competitor of Zeng et al. (2019, Fig. 1):
 *   h = m h + g,  W -= lr h,  g the gradient of the batch's mean loss.
 * Defaults are those of the public code (Keras): squared error averaged over samples and outputs, batch 512, learning rate 0.001, no
 * momentum. Each epoch has its own order; theirs was fixed. No weight decay, no schedule.
 */
import { add, multiply, subtract } from '../engine/arithmetic'
import { execute, float32, int32, once } from '../engine/kernels'
import { tf } from '../engine/tensorflow'
import { activations, backward } from '../network/backward'
import { cloneWeights, disposeWeights, type Weights } from '../network/weights'
import { type BatchLossName, batchLosses } from './plain-sgd/losses'
import { checkShapes } from './refusals/shapes'
import type { Problem, Solver } from './solver'

export interface SgdSettings {
  readonly learningRate: number
  readonly momentum: number
  /** Samples per mini-batch. */
  readonly batch: number
  readonly loss: BatchLossName
}

export const SGD_DEFAULTS: SgdSettings = { learningRate: 0.001, momentum: 0, batch: 512, loss: 'squared' }

export interface SgdState {
  readonly kernels: tf.Tensor2D[][]
  readonly biases: (tf.Tensor1D | null)[]
  /** h, laid out as the weights; null without momentum. */
  readonly velocity: { readonly kernels: tf.Tensor2D[][]; readonly biases: (tf.Tensor1D | null)[] } | null
}

/** Batches between two yields: a fraction of a second on the paper's network. */
const STRETCH = 10

export function sgd(given: Partial<SgdSettings> = {}): Solver<SgdState> {
  const settings = completeSettings(given)
  return {
    name: 'sgd',
    setting: describeSetting(settings),
    source: __filename,
    settings: { ...settings },

    init(problem, start) {
      checkShapes('sgd', problem, start)
      const { kernels, biases } = cloneWeights(start)
      return {
        kernels: kernels.map((row) => [...row]),
        biases: [...biases],
        velocity:
          settings.momentum === 0
            ? null
            : {
                kernels: kernels.map((row) => row.map((w) => tf.zerosLike(w))),
                biases: biases.map((b) => b && tf.zerosLike(b)),
              },
      }
    },

    *step(state, problem, _t, random) {
      const order = random.permutation(problem.x.shape[0])
      const batches = Math.ceil(order.length / settings.batch)
      let loss = 0
      for (let first = 0; first < batches; first += STRETCH) {
        for (let i = first; i < Math.min(first + STRETCH, batches); i++)
          loss += update(settings, state, problem, order.subarray(i * settings.batch, (i + 1) * settings.batch))
        yield 'batches'
      }
      return { batches, mean_batch_loss: loss / batches }
    },

    /** None of its own: the loss on all rows is scored with the accuracies. */
    metrics: () => ({}),

    weights: (state): Weights => state,

    dispose(state) {
      disposeWeights(state)
      if (state.velocity) disposeWeights(state.velocity)
    },
  }
}

const gatherAttributes = once(() => [float32('Tparams'), int32('Tindices'), int32('Taxis')])

/** One update of all parameters; returns the batch's mean loss before it. */
function update(
  { learningRate, momentum, loss }: SgdSettings,
  state: SgdState,
  { architecture, x, y }: Problem,
  indices: Int32Array,
): number {
  return tf.tidy(() => {
    const rows = (of: tf.Tensor2D) =>
      execute<tf.Tensor2D>('GatherV2', gatherAttributes(), [of, tf.tensor1d(indices, 'int32'), tf.scalar(0, 'int32')])
    const u = activations(architecture, state, rows(x))
    const { value, gradient } = batchLosses[loss](u.at(-1)!, rows(y))
    const [rate, keep] = [tf.scalar(learningRate), tf.scalar(momentum)]
    const move = <T extends tf.Tensor>(of: (T | null)[], velocity: (T | null)[] | undefined, k: number, g: T): void => {
      const h = velocity ? add<T>(multiply<T>(velocity[k]!, keep), g) : g
      if (velocity) replace(velocity, k, h)
      replace(of, k, subtract<T>(of[k]!, multiply(h, rate)))
    }
    backward(architecture, state, u, gradient, {
      kernel: (n, k, g) => move(state.kernels[n - 1]!, state.velocity?.kernels[n - 1], k, g),
      bias: (n, g) => move(state.biases, state.velocity?.biases, n - 1, g),
    })
    return value.dataSync()[0]!
  })
}

function replace<T extends tf.Tensor>(of: (T | null)[], k: number, next: T): void {
  of[k]?.dispose()
  of[k] = tf.keep(next)
}

/** @throws RangeError that names the setting, what was given and what was expected */
function completeSettings(given: Partial<SgdSettings>): SgdSettings {
  const known = Object.keys(SGD_DEFAULTS)
  for (const name of Object.keys(given))
    if (!known.includes(name)) throw new RangeError(`sgd has no setting '${name}'; expected one of ${known.join(', ')}`)
  const settings = { ...SGD_DEFAULTS, ...given }
  const { learningRate, momentum, batch, loss } = settings
  const refuse = (name: string, got: unknown, expected: string): never => {
    throw new RangeError(`sgd: ${name} is ${typeof got === 'string' ? `'${got}'` : String(got)}; expected ${expected}`)
  }
  if (!(Math.fround(learningRate) > 0 && learningRate < Infinity))
    refuse('learningRate', learningRate, 'a positive number')
  if (!(momentum >= 0 && Math.fround(momentum) < 1)) refuse('momentum', momentum, 'a number in [0, 1)')
  if (!Number.isInteger(batch) || batch < 1) refuse('batch', batch, 'a whole number >= 1')
  if (!Object.hasOwn(batchLosses, loss)) refuse('loss', loss, Object.keys(batchLosses).join(' or '))
  return settings
}

/** What differs from the defaults, for the key column `setting`. */
function describeSetting(settings: SgdSettings): string {
  const keys = { learningRate: 'lr', momentum: 'm', batch: 'batch', loss: 'loss' } as const
  return (Object.entries(keys) as [keyof SgdSettings, string][])
    .filter(([name]) => settings[name] !== SGD_DEFAULTS[name])
    .map(([name, key]) => `${key}=${settings[name]}`)
    .join(';')
}
