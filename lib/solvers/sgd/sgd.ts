/**
 * Stochastic gradient descent with momentum, Caffe's SGDSolver:  h = m h + lr g;  W -= h.
 * The learning rate stands inside the history, so a decreasing one acts on new gradients only. ResourceApplyKerasMomentum
 * computes a = m a - lr g; W += a, which is this with a = -h (ResourceApplyMomentum has the rate outside).
 */
import { flag, float32, once } from '../../engine/kernels'
import { type CommonSettings, demo, inverseDecay, type Rule } from './rule'

export interface MomentumSettings extends CommonSettings {
  readonly momentum: number
}

export const sgd: Rule<MomentumSettings> = {
  name: 'caffe-sgd',
  defaults: { learningRate: 0.01, ...demo, ...inverseDecay, momentum: 0.9 },
  histories: 1,
  kernel: 'ResourceApplyKerasMomentum',
  attributes: once(() => [float32('T'), flag('use_locking', false), flag('use_nesterov', false)]),
  scalars: ({ momentum }, rate) => ({ before: [rate], after: [momentum] }),
}
