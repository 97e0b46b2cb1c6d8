/**
 * Losses whose gradient is Lipschitz, for the prox-linear step of V_L (Zeng et al. 2019, section 3.3.1): sum over samples, gradient by
 * the outputs, and a Lipschitz constant of it. Labels are one-hot, [rows, classes]. The caller owns the results.
 */
import { crossEntropy, multiply } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'

export interface SmoothLoss {
  /** Summed over samples. */
  sum(v: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar
  gradient(v: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor2D
  readonly lipschitz: number
}

const signs = (y: tf.Tensor2D): tf.Tensor2D => tf.sub<tf.Tensor2D>(tf.mul(y, 2), 1)

/** log(1 + exp(-s v)) for every output, s = 2 y - 1. Its second derivative is at most 1/4. */
const logistic: SmoothLoss = {
  sum: (v, y) => tf.tidy(() => tf.sum(tf.softplus(tf.neg(multiply(signs(y), v))))),
  gradient: (v, y) =>
    tf.tidy(() => {
      const s = signs(y)
      return tf.neg(multiply(s, tf.sigmoid(tf.neg(multiply(s, v)))))
    }),
  lipschitz: 1 / 4,
}

/** Cross-entropy of softmax(v). Its Hessian diag(p) - p p^T has no eigenvalue above 1/2. */
const softmax: SmoothLoss = {
  sum: (v, y) => tf.tidy(() => tf.sum(crossEntropy(v, y)[0])),
  gradient: (v, y) => tf.tidy(() => crossEntropy(v, y)[1]),
  lipschitz: 1 / 2,
}

export const smoothLosses = { logistic, 'cross-entropy': softmax } as const
export type SmoothLossName = keyof typeof smoothLosses
