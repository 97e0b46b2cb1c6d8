/**
 * Proximal block coordinate descent, two-splitting.
 * J. Zeng, T. T.-K. Lau, S. Lin, Y. Yao, "Global Convergence of Block Coordinate Descent in Deep Learning", ICML 2019: eq. 2.3, Algorithm 1.
 *
 *   paper      here (samples are rows)          shape
 *   X = V_0    the problem's x                  [N, d_0]
 *   V_i        v[i-1]                           [N, d_i], i = 1 .. L; layer L is the output
 *   W_i, b_i   kernels[i-1][0], biases[i-1]     [d_i, d_(i-1)], [d_i]; one block, as the paper absorbs b in W
 *   sigma_i    the layer's activation           any of the suite's; sigma_L is the identity
 *
 *   f = loss(V_L; Y) + sum_i gamma/2 |V_i - sigma_i(P_i)|^2,   P_i = V_(i-1) W_i^T + b_i
 *
 * The loss is summed over samples, where the paper has their mean. One iteration:
 *   V_L = argmin loss + gamma/2 |V - P_L|^2 + alpha/2 |V - V_old|^2                                               exact
 *   W_L, b_L = argmin gamma/2 |V_L - P(W, b)|^2 + alpha/2 |(W, b) - old|^2                                        exact
 *   then for i = L-1 .. 1:
 *   V_i = argmin gamma/2 |V - sigma_i(P_i)|^2 + gamma/2 |V_(i+1) - sigma_(i+1)(V W_(i+1)^T + b)|^2 + alpha/2 |V - V_old|^2
 *   W_i, b_i = argmin gamma/2 |V_i - sigma_i(V_(i-1) W^T + b)|^2 + alpha/2 |(W, b) - old|^2
 *
 * What the paper leaves open. The last two are neither convex nor, with ReLU, smooth; the paper assumes that "its minimizer can be achieved"
 * and names no method. Here they are lowered from the old value by safeguarded descent (lib/prox/safeguarded-descent.ts) in the metric
 *   H = gamma s^2 A^T A + alpha I (+ gamma I for V),   A = [V_(i-1), 1] or W_(i+1),   s the largest slope of sigma,
 * until <g, H^-1 g> is 1e-4 of what it was at first, or after 10 steps. Where sigma is the identity the first step is the exact minimiser. For V
 * the samples are separate problems with a step length each. So blocks are not minimised to the end, let alone globally. Lemma 1
 * needs less: no block's sub-problem ends above where it began, and its proximal term alone gives the descent alpha/2 |. - old|^2.
 *
 * All rows at once: the data of notebook 10 are small.
 */
import { add, multiply, product, subtract, sumOfRows } from '../engine/arithmetic'
import { invertSpd } from '../engine/linear-algebra'
import { tf } from '../engine/tensorflow'
import { activate } from '../network/activation'
import { type Activation, layer } from '../network/architecture'
import { cloneWeights, disposeWeights, type Weights } from '../network/weights'
import { slope } from '../prox/activation-slope'
import { type LossName, losses } from '../prox/loss'
import { type Descent, halfSquares, overAll, overRows, safeguardedDescent } from '../prox/safeguarded-descent'
import { type LayerWeights, predict } from './proximal/ridge-steps'
import { checkProblem, completeSettings, describeSetting } from './proximal/settings'
import { sumOfSquares, type TheorySolver } from './proximal/theory'
import { mean } from './proximal-bcd'
import type { Problem } from './solver'

export interface TwoSplittingBcdSettings {
  /** Weight of every |V_i - sigma_i(P_i)|^2 / 2. */
  readonly gamma: number
  /** Weight of the proximity to the old value, in every step. */
  readonly alpha: number
  readonly loss: LossName
}

export const TWO_SPLITTING_BCD_DEFAULTS: TwoSplittingBcdSettings = { gamma: 1, alpha: 5, loss: 'squared' }

export interface TwoSplittingBcdState {
  readonly v: tf.Tensor2D[]
  readonly kernels: [tf.Tensor2D][]
  readonly biases: (tf.Tensor1D | null)[]
}

const STOP = { tolerance: 1e-4, cap: 10 }
const steepest: Readonly<Record<Activation, number>> = {
  relu: 1,
  'leaky-relu': 1,
  sigmoid: 1 / 4,
  tanh: 1,
  identity: 1,
}

export function twoSplittingBcd(options: Partial<TwoSplittingBcdSettings> = {}): TheorySolver<TwoSplittingBcdState> {
  const settings = completeSettings('two-splitting-bcd', TWO_SPLITTING_BCD_DEFAULTS, Object.keys(losses), options)
  const { gamma, alpha } = settings
  const { sum, prox, leastSubgradient } = losses[settings.loss]

  return {
    name: 'two-splitting-bcd',
    setting: describeSetting(settings, TWO_SPLITTING_BCD_DEFAULTS),
    source: __filename,
    settings: { ...settings },

    /** V is that of a forward pass. */
    init(problem, start) {
      checkProblem('two-splitting-bcd', problem, start)
      const { kernels, biases } = cloneWeights(start)
      const state: TwoSplittingBcdState = { v: [], kernels: kernels.map(([w]) => [w!]), biases: [...biases] }
      problem.architecture.layers.forEach((_, k) => {
        state.v.push(tf.tidy(() => fitted(state, problem, k + 1)))
      })
      return state
    },

    *step(state, problem) {
      const depth = problem.architecture.layers.length
      const descents: Descent[] = []
      for (let i = depth; i >= 1; i--) {
        const v =
          i === depth
            ? tf.tidy(() =>
                prox(mean(fitted(state, problem, i), gamma, state.v[i - 1]!, alpha), problem.y, gamma + alpha),
              )
            : noted(descents, hiddenStep(state, problem, i, gamma, alpha))
        state.v[i - 1]!.dispose()
        state.v[i - 1] = v
        yield `V${i}`

        const weights = noted(descents, weightStep(state, problem, i, gamma, alpha))
        const d = state.kernels[i - 1]![0].shape[1]
        tf.dispose([state.kernels[i - 1]!, state.biases[i - 1] ?? []])
        state.kernels[i - 1] = [tf.slice2d(weights, [0, 0], [-1, d])]
        if (state.biases[i - 1])
          state.biases[i - 1] = tf.tidy(() => tf.reshape<tf.Rank.R1>(tf.slice2d(weights, [0, d], [-1, 1]), [-1]))
        weights.dispose()
        yield `W${i}`
      }
      return {
        inner_iterations: descents.reduce((sum, { iterations }) => sum + iterations, 0) / descents.length,
        inner_capped: descents.filter(({ end }) => end === 'cap').length / descents.length,
        inner_stalled: descents.filter(({ end }) => end === 'no step').length / descents.length,
      }
    },

    /** objective: f, all terms. */
    metrics(state, problem) {
      const loss = tf.tidy(() => sum(state.v.at(-1)!, problem.y).dataSync()[0]!)
      return {
        objective: loss + (gamma / 2) * sumOfSquares(() => state.v.map((_, k) => misfit(state, problem, k + 1))),
      }
    },

    weights: (state): Weights => state,

    dispose(state) {
      tf.dispose(state.v)
      disposeWeights(state)
    },

    theory: {
      descent: alpha / 2,
      variables: ({ v, kernels, biases }) => [...v, ...kernels.flat(), ...biases.filter((b) => b !== null)],
      /** With E_i = gamma (V_i - sigma_i(P_i)), S_i = E_i sigma_i'(P_i): by V_i E_i - S_(i+1) W_(i+1); by W_i, b_i -S_i^T [V_(i-1), 1]. */
      subgradient: (state, problem) =>
        sumOfSquares(() => {
          const e = state.v.map((_, k) => multiply(misfit(state, problem, k + 1), tf.scalar(gamma)))
          const s = e.map((misfit, k) => multiply(misfit, slopeOf(state, problem, k + 1)))
          return e.flatMap((own, k) => {
            const above = s[k + 1]
            const byV = above
              ? subtract(own, product(above, state.kernels[k + 1]![0]))
              : leastSubgradient(state.v[k]!, problem.y, own)
            const byW = product(s[k]!, inputOf(state, problem, k + 1), { left: true })
            return [byV, byW, ...(state.biases[k] ? [sumOfRows(s[k]!)] : [])]
          })
        }),
    },
  }
}

const inputOf = ({ v }: TwoSplittingBcdState, { x }: Problem, i: number): tf.Tensor2D => (i === 1 ? x : v[i - 2]!)
const weightsOf = ({ kernels, biases }: TwoSplittingBcdState, i: number): LayerWeights => ({
  w: kernels[i - 1]![0],
  b: biases[i - 1]!,
})
const activationOf = ({ architecture }: Problem, i: number): Activation => layer(architecture, i).activation
const predicted = (state: TwoSplittingBcdState, problem: Problem, i: number): tf.Tensor2D =>
  predict(inputOf(state, problem, i), weightsOf(state, i))

/** sigma_i(P_i); its slope; V_i less it. Called inside a tidy. */
const fitted = (state: TwoSplittingBcdState, problem: Problem, i: number): tf.Tensor2D =>
  activate(activationOf(problem, i), predicted(state, problem, i))
const slopeOf = (state: TwoSplittingBcdState, problem: Problem, i: number): tf.Tensor2D =>
  slope(activationOf(problem, i), predicted(state, problem, i))
const misfit = (state: TwoSplittingBcdState, problem: Problem, i: number): tf.Tensor2D =>
  subtract(state.v[i - 1]!, fitted(state, problem, i))

function noted(descents: Descent[], descent: Descent): tf.Tensor2D {
  descents.push(descent)
  return descent.z
}

/** The derivative of gamma/2 (v - sigma(p))^2 by p. */
const couplingSlope = (activation: Activation, v: tf.Tensor2D, p: tf.Tensor2D, gamma: number): tf.Tensor2D =>
  multiply(multiply(subtract(activate(activation, p), v), slope(activation, p)), tf.scalar(gamma))

/** V_i, i < L. */
function hiddenStep(state: TwoSplittingBcdState, problem: Problem, i: number, gamma: number, alpha: number): Descent {
  const [old, above, weights] = [state.v[i - 1]!, state.v[i]!, weightsOf(state, i + 1)]
  const activation = activationOf(problem, i + 1)
  const { w } = weights
  const target = tf.tidy(() => mean(fitted(state, problem, i), gamma, old, alpha))
  const inverse = metric(w, gamma * steepest[activation] ** 2, gamma + alpha)
  const descent = safeguardedDescent(
    old,
    {
      image: (v) => predict(v, weights),
      direction: (d) => product(d, w, { right: true }),
      gradient: (v, p) =>
        add(
          product(couplingSlope(activation, above, p, gamma), w),
          multiply(subtract(v, target), tf.scalar(gamma + alpha)),
        ),
      precondition: (g) => product(g, inverse),
      value: (v, p) =>
        add(
          overRows(halfSquares(above, activate(activation, p), gamma)),
          overRows(halfSquares(v, target, gamma + alpha)),
        ),
      total: overRows,
    },
    STOP,
  )
  tf.dispose([target, inverse])
  return descent
}

/** W_i and b_i as one matrix, b its last column. */
function weightStep(state: TwoSplittingBcdState, problem: Problem, i: number, gamma: number, alpha: number): Descent {
  const activation = activationOf(problem, i)
  const [v, { w, b }] = [state.v[i - 1]!, weightsOf(state, i)]
  const input = inputOf(state, problem, i)
  const a = b ? tf.tidy(() => tf.concat2d([input, tf.ones([input.shape[0], 1])], 1)) : input.clone()
  const old = b ? tf.tidy(() => tf.concat2d([w, tf.reshape(b, [-1, 1])], 1)) : w.clone()
  const inverse = metric(a, gamma * steepest[activation] ** 2, alpha)
  const image = (z: tf.Tensor2D): tf.Tensor2D => product(a, z, { right: true })
  const descent = safeguardedDescent(
    old,
    {
      image,
      direction: image,
      gradient: (z, p) =>
        add(
          product(couplingSlope(activation, v, p, gamma), a, { left: true }),
          multiply(subtract(z, old), tf.scalar(alpha)),
        ),
      precondition: (g) => product(g, inverse),
      value: (z, p) =>
        add(overAll(halfSquares(v, activate(activation, p), gamma)), overAll(halfSquares(z, old, alpha))),
      total: overAll,
    },
    STOP,
  )
  tf.dispose([a, old, inverse])
  return descent
}

/** (weight A^T A + ridge I)^-1. */
const metric = (a: tf.Tensor2D, weight: number, ridge: number): tf.Tensor2D =>
  tf.tidy(() => {
    const gram = multiply(product(a, a, { left: true }), tf.scalar(weight))
    return invertSpd(add(gram, tf.mul<tf.Tensor2D>(tf.eye(gram.shape[0]), ridge)))
  })
