/**
 * Losses as the V_L-step of proximal BCD needs them (Zeng et al. 2019, Lemma 14): their sum over all samples and outputs, and their
 * proximal operator
 *   argmin_v loss(v; y) + g/2 (v - c)^2,   g > 0,   element by element;
 * and their subdifferential, of which the element of least norm is asked for when a smooth term's gradient `rest` is added.
 * Labels are one-hot, [rows, classes]; the hinge loss reads them as +1 and -1. The caller owns the results.
 */
import { add, halfSquare, maximum, minimum, multiply, subtract } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'

export interface Loss {
  /** Summed over samples and outputs. */
  sum(v: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar
  prox(c: tf.Tensor2D, y: tf.Tensor2D, g: number): tf.Tensor2D
  leastSubgradient(v: tf.Tensor2D, y: tf.Tensor2D, rest: tf.Tensor2D): tf.Tensor2D
}

/** 1/2 (v - y)^2. */
const squared: Loss = {
  sum: (v, y) => tf.tidy(() => halfSquare(subtract(v, y))),
  prox: (c, y, g) => tf.tidy(() => multiply(add(y, multiply(c, tf.scalar(g))), tf.scalar(1 / (1 + g)))),
  leastSubgradient: (v, y, rest) => tf.tidy(() => add(rest, subtract(v, y))),
}

/**
 * max(0, 1 - s v) with s = 2 y - 1. In z = s v the operator moves z up by 1/g, but not past 1, and leaves z > 1 alone:
 * max(z, min(1, z + 1/g)).
 */
const hinge: Loss = {
  sum: (v, y) => tf.tidy(() => tf.sum(tf.relu(tf.sub(1, multiply(signs(y), v))))),
  prox: (c, y, g) =>
    tf.tidy(() => {
      const s = signs(y)
      const z = multiply(s, c)
      return multiply(s, maximum(z, minimum(add(z, tf.scalar(1 / g)), tf.scalar(1))))
    }),
  // In z the slope is -1 below 1, 0 above, and anything between at 1.
  leastSubgradient: (v, y, rest) =>
    tf.tidy(() => {
      const s = signs(y)
      const [z, r] = [multiply(s, v), multiply(s, rest)]
      const below = subtract(r, tf.scalar(1))
      const at = add(maximum(below, tf.scalar(0)), minimum(r, tf.scalar(0)))
      const either = tf.where<tf.Tensor2D>(tf.less(z, 1), below, r)
      return multiply(s, tf.where<tf.Tensor2D>(tf.equal(z, 1), at, either))
    }),
}

const signs = (y: tf.Tensor2D): tf.Tensor2D => tf.sub<tf.Tensor2D>(tf.mul(y, 2), 1)

export const losses = { squared, hinge } as const
export type LossName = keyof typeof losses
