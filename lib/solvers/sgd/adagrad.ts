/**
 * AdaGrad (Duchi et al. 2011), Caffe's AdaGradSolver:  H += g^2;  W -= lr g / (sqrt(H) + delta).
 * ResourceApplyAdagradV2 as it is; H starts at zero, as Caffe's does.
 */
import { flag, float32, once } from '../../engine/kernels'
import { type CommonSettings, demo, type Rule } from './rule'

export interface AdaGradSettings extends CommonSettings {
  readonly delta: number
}

export const adagrad: Rule<AdaGradSettings> = {
  name: 'caffe-adagrad',
  defaults: { learningRate: 0.01, ...demo, delta: 1e-8 },
  histories: 1,
  kernel: 'ResourceApplyAdagradV2',
  attributes: once(() => [float32('T'), flag('use_locking', false), flag('update_slots', true)]),
  scalars: ({ delta }, rate) => ({ before: [rate, delta], after: [] }),
}
