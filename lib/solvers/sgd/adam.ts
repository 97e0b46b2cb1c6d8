/**
 * Adam (Kingma & Ba 2015), Caffe's AdamSolver, t = 1, 2, ...:
 * m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  W -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + delta).
 * ResourceApplyAdam computes the same; the bias correction is folded into the rate here, in double precision (its own
 * 1 - b2^t loses four digits at t = 1 in float32), and both powers are given as 0.
 */
import { flag, float32, once } from '../../engine/kernels'
import { type CommonSettings, demo, type Rule } from './rule'

export interface AdamSettings extends CommonSettings {
  readonly beta1: number
  readonly beta2: number
  readonly delta: number
}

export const adam: Rule<AdamSettings> = {
  name: 'caffe-adam',
  defaults: { learningRate: 0.001, ...demo, weightDecay: 0, beta1: 0.9, beta2: 0.999, delta: 1e-8 },
  histories: 2,
  kernel: 'ResourceApplyAdam',
  attributes: once(() => [float32('T'), flag('use_locking', false), flag('use_nesterov', false)]),
  scalars: ({ beta1, beta2, delta }, rate, update) => {
    const t = update + 1
    const corrected = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t)
    return { before: [0, 0, corrected, beta1, beta2, delta], after: [] }
  },
}
