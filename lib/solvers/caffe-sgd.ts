/**
 * Mini-batch gradient descent by Caffe's six rules (Jia et al. 2014), the competitors of Zhang & Brand (2017, Fig. 3).
 *
 * Loss of a batch of B samples: Caffe's Euclidean loss 1/(2B) sum |y - out|^2. A step is one epoch: one pass over a fresh
 * permutation of the training set; the last batch may be smaller and is averaged over its own samples. Each parameter W,
 * biases included, gets g = gradient + wd W and the rule of its file in `sgd/`; the learning rate and the bias
 * correction count updates, not epochs.
 *
 * Deviations: Caffe's demos read the data in a fixed order and give biases twice the learning rate (lr_mult 2); here
 * every epoch has its own order and all parameters one rate.
 *
 * Parameters and histories are resource variables that TensorFlow's kernels update in place.
 */
import { execute, executeInPlace, flag, float32, int32, once } from '../engine/kernels'
import { tf } from '../engine/tensorflow'
import { assignVariable, destroyVariable, readVariable, type Variable, zerosVariable } from '../engine/variable'
import { activations, backward } from '../network/backward'
import { forward } from '../network/forward'
import type { Weights } from '../network/weights'
import { checkShapes } from './refusals/shapes'
import { type AdaDeltaSettings, adadelta } from './sgd/adadelta'
import { type AdaGradSettings, adagrad } from './sgd/adagrad'
import { type AdamSettings, adam } from './sgd/adam'
import { nesterov } from './sgd/nesterov'
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
import { type RmsPropSettings, rmsprop } from './sgd/rmsprop'
import { type CommonSettings, learningRate, type Rule } from './sgd/rule'
import { completeSettings, settingText } from './sgd/settings'
import { type MomentumSettings, sgd } from './sgd/sgd'
import type { Problem, Solver } from './solver'

export interface CaffeState {
  readonly parameters: Parameters
  /** Where weight decay is added to a parameter's gradient, in place; none without weight decay. */
  readonly gradients: ReadonlyMap<Parameter, Variable>
  /** Updates done so far. */
  updates: number
}

/** Batches between two yields: a fraction of a second on the paper's network. */
const STRETCH = 50
/** Rows at a time when the whole training set is scored. */
const CHUNK = 4096

/** A solver for each rule, e.g. `caffe.adam({ learningRate: 3e-4 })`; defaults are those of Caffe's MNIST demos. */
export const caffe = {
  sgd: (settings: Partial<MomentumSettings> = {}) => solver(sgd, settings),
  nesterov: (settings: Partial<MomentumSettings> = {}) => solver(nesterov, settings),
  adagrad: (settings: Partial<AdaGradSettings> = {}) => solver(adagrad, settings),
  rmsprop: (settings: Partial<RmsPropSettings> = {}) => solver(rmsprop, settings),
  adadelta: (settings: Partial<AdaDeltaSettings> = {}) => solver(adadelta, settings),
  adam: (settings: Partial<AdamSettings> = {}) => solver(adam, settings),
}

export type CaffeRule = keyof typeof caffe

/** The six rules, in the paper's order: `caffeRules.map((rule) => caffe[rule]({ learningRate }))`. */
export const caffeRules: readonly CaffeRule[] = ['sgd', 'nesterov', 'adagrad', 'rmsprop', 'adadelta', 'adam']

function solver<S extends CommonSettings>(rule: Rule<S>, given: Partial<S>): Solver<CaffeState> {
  const settings = completeSettings(rule, given)
  return {
    name: rule.name,
    setting: settingText(rule, settings),
    source: __filename,
    settings: Object.fromEntries(Object.entries(settings)),

    init(problem, start) {
      checkShapes(rule.name, problem, start)
      const parameters = createParameters(start, rule.histories)
      const decaying = settings.weightDecay > 0 ? allOf(parameters) : []
      return {
        parameters,
        gradients: new Map(decaying.map((parameter) => [parameter, zerosVariable(parameter.value.shape)])),
        updates: 0,
      }
    },

    *step(state, problem, _t, random) {
      const order = random.permutation(problem.x.shape[0])
      const batches = Math.ceil(order.length / settings.batch)
      let loss = 0
      for (let first = 0; first < batches; first += STRETCH) {
        forget(state.parameters)
        loss += runBatches(rule, settings, state, problem, order, first, Math.min(first + STRETCH, batches))
        yield 'batches'
      }
      return { batches, mean_batch_loss: loss / batches }
    },

    /** Training loss of the network, 1/(2N) sum |y - out|^2: not the block coordinate descent's objective (eq. 4), which has more terms. */
    metrics: ({ parameters }, problem) => ({ objective: trainingLoss(problem, weightsOf(parameters)) }),

    weights: ({ parameters }) => weightsOf(parameters),

    dispose({ parameters, gradients }) {
      disposeParameters(parameters)
      for (const variable of gradients.values()) destroyVariable(variable)
    },
  }
}

const float = once(() => [float32('T')])
const gatherAttributes = once(() => [float32('Tparams'), int32('Tindices'), int32('Taxis')])
const gather = (rows: tf.Tensor2D, indices: tf.Tensor1D, axis: tf.Scalar) =>
  execute<tf.Tensor2D>('GatherV2', gatherAttributes(), [rows, indices, axis])
const scale = <T extends tf.Tensor>(a: T, factor: tf.Scalar) => execute<T>('Mul', float(), [a, factor])

/** Updates by batches `first` to `last` - 1 of the epoch's order; returns the sum of their losses. */
function runBatches<S extends CommonSettings>(
  rule: Rule<S>,
  settings: S,
  state: CaffeState,
  { architecture, x, y }: Problem,
  order: Int32Array,
  first: number,
  last: number,
): number {
  return tf.tidy(() => {
    const losses: tf.Tensor[] = []
    const scalars = new Map<number, tf.Scalar>()
    const scalar = (value: number): tf.Scalar => {
      const known = scalars.get(value) ?? tf.scalar(value)
      scalars.set(value, known)
      return known
    }
    const rowAxis = tf.scalar(0, 'int32')
    const minusDecay = scalar(-settings.weightDecay)
    for (let i = first; i < last; i++) {
      const indices = order.subarray(i * settings.batch, (i + 1) * settings.batch)
      const inputs = rule.scalars(settings, learningRate(settings, state.updates), state.updates)
      const scalarInputs = { before: inputs.before.map(scalar), after: inputs.after.map(scalar) }
      const perSample = scalar(1 / indices.length)
      const update = (parameter: Parameter, old: tf.Tensor, ofLoss: tf.Tensor): void => {
        const into = state.gradients.get(parameter)
        const g = into ? addDecay(into, ofLoss, old, minusDecay) : ofLoss
        old.dispose() // else the variable would be copied before the update
        applyRule(rule, parameter, g, scalarInputs)
        g.dispose()
      }
      const { kernels, biases } = state.parameters
      const loss = tf.tidy(() => {
        const rows = tf.tensor1d(indices, 'int32')
        const weights = readWeights(state.parameters)
        const u = activations(architecture, weights, gather(x, rows, rowAxis))
        const difference = execute<tf.Tensor2D>('Sub', float(), [u[u.length - 1]!, gather(y, rows, rowAxis)])
        backward(architecture, weights, u, scale(difference, perSample), {
          kernel: (n, k, gradient) => update(kernels[n - 1]![k]!, weights.kernels[n - 1]![k]!, gradient),
          bias: (n, gradient) => update(biases[n - 1]!, weights.biases[n - 1]!, gradient),
        })
        return scale(execute('L2Loss', float(), [difference]), perSample)
      })
      losses.push(loss)
      state.updates++
    }
    // Read once per stretch: a read waits for the device.
    return tf
      .stack(losses)
      .dataSync<'float32'>()
      .reduce((sum, value) => sum + value, 0)
  })
}

const descentAttributes = once(() => [float32('T'), flag('use_locking', false)])

/** g + wd W in one pass over the memory of g, which is consumed. */
function addDecay(into: Variable, g: tf.Tensor, w: tf.Tensor, minusDecay: tf.Scalar): tf.Tensor {
  assignVariable(into, g)
  g.dispose()
  executeInPlace('ResourceApplyGradientDescent', descentAttributes(), [into.handle, minusDecay, w])
  return readVariable(into)
}

/** 1/(2N) sum |y - out|^2 over all rows, summed over chunks in double precision. */
function trainingLoss({ architecture, x, y }: Problem, weights: Weights): number {
  const n = x.shape[0]
  let sum = 0
  for (let at = 0; at < n; at += CHUNK)
    sum += tf.tidy(() => {
      const rows = Math.min(CHUNK, n - at)
      const difference = tf.sub(
        forward(architecture, weights, tf.slice(x, [at, 0], [rows, -1])),
        tf.slice(y, [at, 0], [rows, -1]),
      )
      return execute('L2Loss', float(), [difference]).dataSync()[0]!
    })
  return sum / n
}
