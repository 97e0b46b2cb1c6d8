/**
 * BCD-S: Tikhonov BCD whose hidden weights are sparse.
 * Z. Zhang, M. Brand, "Convergent Block Coordinate Descent for Training Tikhonov Regularized Deep Neural Networks",
 * NIPS 2017, sec. 3.3.1: to eq. 4 is added that each row of the hidden weights has an l1 norm of at most 1.
 *
 * Algorithm 1 as in tikhonov-bcd.ts, with another W-step: for layer n,
 *   W* = argmin gamma_n/2 |target - inputs W^T|^2 + proximity/2 |W - W_old|^2,   |row|_1 <= radius,
 * then W = W_old + theta_t (W* - W_old), which stays in the ball once W_old is in it: from t = 1 on, where theta_1 = 1. (The
 * initial weights need not be; so the objective may rise at t = 1, where a constraint appears.) V is not constrained.
 *
 * The paper does not say how it solves that problem. Here: accelerated projected gradient (prox/l1-regression.ts), from the last
 * W*, until the duality gap is at most weightTolerance (1 %) of the sub-problem's value (or of a hundredth of its value at W_old, if
 * that is more), or after weightCap inner iterations; `w_gap` is that ratio. (The gap is a loose bound: on 2,000 images of MNIST a
 * W-step at a gap of 10 % was about .1 % above its minimum.) Rows are solved in blocks; a block for which nothing better was found
 * than its W_old keeps it if that is in the ball: from such a W_old no W-step raises the objective.
 *
 * Choices where the paper is silent: a row is all inputs of a unit side by side where a layer has several weighted links. The first
 * W-step, which has no proximity, starts from 0: where a row's solution is inside the ball and not unique (pixels that are never
 * lit), what is found is of minimum norm to the tolerance, as tikhonov-bcd.ts has it, and not what W_old happened to be. A weight
 * that is not zero after t = 1 stays so for good, but for exact cancellation or underflow, since every step averages: counts of
 * exact non-zeros can only grow; those above a threshold can fall.
 */
import { tf } from '../engine/tensorflow'
import { projectRowsOntoL1Ball } from '../prox/l1-ball'
import { regressInL1Ball } from '../prox/l1-regression'
import { isNonNegative, isPositive } from './refusals/number'
import type { Solver } from './solver'
import { joint } from './tikhonov/regression'
import { checkSettings, describeSetting, TIKHONOV_BCD_DEFAULTS, type TikhonovBcdSettings } from './tikhonov/settings'
import { algorithm1, equationsOf, type TikhonovBcdState, type WeightStep } from './tikhonov-bcd'

export interface BcdSSettings extends TikhonovBcdSettings {
  /** The rows' largest l1 norm; the paper's is 1. */
  readonly radius: number
  /**
   * A W-step ends when the duality gap is at most this share of the sub-problem's value (or a hundredth of it of the value at W_old:
   * where a layer can fit its target exactly the value goes to 0), and the value is no more than at a feasible W_old ...
   */
  readonly weightTolerance: number
  /** ... or after so many inner iterations. */
  readonly weightCap: number
}

export const BCD_S_DEFAULTS: BcdSSettings = {
  ...TIKHONOV_BCD_DEFAULTS,
  radius: 1,
  weightTolerance: 1e-2,
  weightCap: 1000,
}

interface BcdSState extends TikhonovBcdState {
  /** The last W* of each hidden layer, where its next W-step starts. */
  readonly stars: Map<number, tf.Tensor2D>
}

/** @throws RangeError naming a setting that cannot be */
export function bcdS(options: Partial<BcdSSettings> = {}): Solver<BcdSState> {
  const settings = { ...BCD_S_DEFAULTS, ...options }
  const { radius, weightTolerance, weightCap, theta } = settings
  checkSettings('bcd-s', settings)
  if ('constant' in theta && theta.constant !== 1)
    throw new RangeError(
      `bcd-s: theta is constant at ${theta.constant}; expected { power } or 1: W is in the ball from t = 1 on only if theta_1 = 1`,
    )
  if (!isNonNegative(radius))
    throw new RangeError(`bcd-s: radius is ${radius}; expected a number >= 0, the largest l1 norm of a row`)
  if (!isPositive(weightTolerance))
    throw new RangeError(`bcd-s: weightTolerance is ${weightTolerance}; expected a positive number`)
  if (!Number.isInteger(weightCap) || weightCap < 1)
    throw new RangeError(`bcd-s: weightCap is ${weightCap}; expected a positive integer`)
  const project = (w: tf.Tensor2D): tf.Tensor2D => projectRowsOntoL1Ball(w, radius)
  const algorithm = algorithm1(settings, sparseStep(settings), project)
  return {
    ...algorithm,
    init: (problem, start) => ({ ...algorithm.init(problem, start), stars: new Map() }),
    dispose(state) {
      algorithm.dispose(state)
      tf.dispose([...state.stars.values()])
    },
    name: 'bcd-s',
    setting: [
      describeSetting(settings),
      ...(radius === BCD_S_DEFAULTS.radius ? [] : [`radius=${radius}`]),
      ...(weightTolerance === BCD_S_DEFAULTS.weightTolerance ? [] : [`weight_tolerance=${weightTolerance}`]),
      ...(weightCap === BCD_S_DEFAULTS.weightCap ? [] : [`weight_cap=${weightCap}`]),
    ]
      .filter((part) => part !== '')
      .join(';'),
    source: __filename,
    settings: { ...settings },
  }
}

/** The W-step. Reports the duality gap in relation to its scale, and the inner iterations. */
function sparseStep({ radius, weightTolerance, weightCap }: BcdSSettings): WeightStep<BcdSState> {
  return (state, architecture, n, weight, proximity) => {
    const old = joint(state.kernels[n - 1]!)
    const problem = { ...equationsOf(state, architecture, n), old, weight, proximity }
    const start = state.stars.get(n) ?? tf.zerosLike(old)
    const { w, gap, scale, iterations } = regressInL1Ball(problem, radius, start, {
      tolerance: weightTolerance,
      cap: weightCap,
    })
    state.stars.get(n)?.dispose()
    state.stars.set(n, tf.keep(w.clone()))
    return { star: w, report: { w_gap: gap === 0 ? 0 : gap / scale, w_iterations: iterations } }
  }
}
