/**
 * RMSProp (Tieleman & Hinton 2012), Caffe's RMSPropSolver:  H = d H + (1 - d) g^2;  W -= lr g / (sqrt(H) + delta).
 * delta stands outside the root: where the loss has no gradient (pixels that are always 0), g is the weight decay
 * alone, far below sqrt(1e-8), and still makes steps of about lr. TensorFlow's own RMSProp has it inside and would not. So this
 * is ResourceApplyAdam, W -= rate m / (sqrt(v) + delta), with beta1 = 0, which makes m = g, and without bias correction
 * (both powers 0). Its m + (g - m) differs from g by rounding at the size of the last gradient, which H still contains.
 */
import { flag, float32, once } from '../../engine/kernels'
import { type CommonSettings, demo, inverseDecay, type Rule } from './rule'

export interface RmsPropSettings extends CommonSettings {
  /** d */
  readonly rmsDecay: number
  readonly delta: number
}

export const rmsprop: Rule<RmsPropSettings> = {
  name: 'caffe-rmsprop',
  defaults: { learningRate: 0.01, ...demo, ...inverseDecay, rmsDecay: 0.98, delta: 1e-8 },
  histories: 2,
  kernel: 'ResourceApplyAdam',
  attributes: once(() => [float32('T'), flag('use_locking', false), flag('use_nesterov', false)]),
  scalars: ({ rmsDecay, delta }, rate) => ({ before: [0, 0, rate, 0, rmsDecay, delta], after: [] }),
}
