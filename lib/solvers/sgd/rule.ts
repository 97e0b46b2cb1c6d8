/**
 * What the six update rules of Caffe share (Jia et al. 2014; formulas as in Caffe's solvers/*.cpp). A rule turns the
 * gradient g of one parameter W, weight decay included, into an update: W -= upd. Each rule is one file, and each is one
 * of TensorFlow's in-place kernels, fed with scalars so that it computes Caffe's formula and not a relative of it.
 */
import type { Attribute } from '../../engine/kernels'

export type CaffeMethod =
  | 'caffe-sgd'
  | 'caffe-nesterov'
  | 'caffe-adagrad'
  | 'caffe-rmsprop'
  | 'caffe-adadelta'
  | 'caffe-adam'

/** Settings of every rule. The learning rate of update it = 0, 1, ... is learningRate (1 + gamma it)^-power (Caffe's policy `inv`). */
export interface CommonSettings {
  readonly learningRate: number
  /** wd in g = gradient of the loss + wd W, biases included, as in Caffe. */
  readonly weightDecay: number
  /** 0 keeps the learning rate fixed. */
  readonly gamma: number
  readonly power: number
  /** Samples per mini-batch. */
  readonly batch: number
}

/** Defaults of all of Caffe's MNIST demos. */
export const demo = { weightDecay: 5e-4, gamma: 0, power: 0.75, batch: 64 } as const

/** The demos' decreasing learning rate: lr (1 + 1e-4 it)^-0.75. */
export const inverseDecay = { gamma: 1e-4, power: 0.75 } as const

export interface Rule<S extends CommonSettings> {
  readonly name: CaffeMethod | 'adamax'
  readonly defaults: S
  /** History tensors per parameter, of the parameter's shape, zero at the start. */
  readonly histories: number
  /** TensorFlow kernel with the inputs (parameter, ...histories, ...before, g, ...after), all updated in place. */
  readonly kernel: string
  readonly attributes: () => readonly Attribute[]
  /**
   * The kernel's scalar inputs on either side of the gradient.
   * @param rate the learning rate of this update
   * @param update 0 for the first
   */
  scalars(settings: S, rate: number, update: number): Scalars
}

export interface Scalars {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The learning rate of update 0, 1, ... */
export function learningRate(settings: CommonSettings, update: number): number {
  return settings.learningRate * (1 + settings.gamma * update) ** -settings.power
}
