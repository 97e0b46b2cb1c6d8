/**
 * Nesterov's accelerated gradient, Caffe's NesterovSolver:  h' = m h + lr g;  W -= (1 + m) h' - m h.
 * ResourceApplyKerasMomentum computes a' = m a - lr g; W += m a' - lr g. With a = -h the latter is -(m h' + lr g), and
 * lr g = h' - m h gives Caffe's step.
 */
import { flag, float32, once } from '../../engine/kernels'
import { demo, type Rule } from './rule'
import type { MomentumSettings } from './sgd'

export const nesterov: Rule<MomentumSettings> = {
  name: 'caffe-nesterov',
  defaults: { learningRate: 0.01, ...demo, momentum: 0.95 },
  histories: 1,
  kernel: 'ResourceApplyKerasMomentum',
  attributes: once(() => [float32('T'), flag('use_locking', false), flag('use_nesterov', true)]),
  scalars: ({ momentum }, rate) => ({ before: [rate], after: [momentum] }),
}
