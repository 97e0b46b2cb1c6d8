/**
 * Adamax (Kingma & Ba 2015, section 7), not one of Caffe's, t = 1, 2, ...:
 * m = b1 m + (1 - b1) g;  v = max(b2 v, |g|);  W -= lr / (1 - b1^t) m / (v + delta).
 * ResourceApplyAdaMax computes the same; the bias correction is folded into the rate, as for Adam. Defaults: the paper's and Keras's.
 */
import { flag, float32, once } from '../../engine/kernels'
import type { AdamSettings } from './adam'
import { demo, type Rule } from './rule'

export const adamax: Rule<AdamSettings> = {
  name: 'adamax',
  defaults: { learningRate: 0.002, ...demo, weightDecay: 0, beta1: 0.9, beta2: 0.999, delta: 1e-7 },
  histories: 2,
  kernel: 'ResourceApplyAdaMax',
  attributes: once(() => [float32('T'), flag('use_locking', false)]),
  scalars: ({ beta1, beta2, delta }, rate, update) => ({
    before: [0, rate / (1 - beta1 ** (update + 1)), beta1, beta2, delta],
    after: [],
  }),
}
