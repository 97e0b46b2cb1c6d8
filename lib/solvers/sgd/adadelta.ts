/**
 * AdaDelta (Zeiler 2012), Caffe's AdaDeltaSolver, m being its `momentum`:
 * G = m G + (1 - m) g^2;  s = g sqrt((S + delta) / (G + delta));  S = m S + (1 - m) s^2;  W -= lr s.
 * ResourceApplyAdadelta as it is, with rho = m.
 */
import { flag, float32, once } from '../../engine/kernels'
import { type CommonSettings, demo, type Rule } from './rule'

export interface AdaDeltaSettings extends CommonSettings {
  /** m, the averages' decay: rho in Zeiler's paper. */
  readonly momentum: number
  readonly delta: number
}

export const adadelta: Rule<AdaDeltaSettings> = {
  name: 'caffe-adadelta',
  defaults: { learningRate: 1, ...demo, momentum: 0.95, delta: 1e-6 },
  histories: 2,
  kernel: 'ResourceApplyAdadelta',
  attributes: once(() => [float32('T'), flag('use_locking', false)]),
  scalars: ({ momentum, delta }, rate) => ({ before: [rate, momentum, delta], after: [] }),
}
