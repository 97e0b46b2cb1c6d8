/** The problems of ADMM that fall apart into single entries, solved in closed form. Called inside a tidy. */
import { tf } from '../../engine/tensorflow'
import type { AdmmSettings } from './settings'

/** argmin_z gamma (a - h(z))^2 + beta (z - m)^2, h = ReLU: the better of the minima over z >= 0 and over z <= 0. */
export function hiddenMinimum(a: tf.Tensor2D, m: tf.Tensor2D, beta: number, gamma: number): tf.Tensor2D {
  const positive = tf.relu(tf.div(tf.add(tf.mul(a, gamma), tf.mul(m, beta)), beta + gamma)) as tf.Tensor2D
  const negative = tf.minimum(m, 0) as tf.Tensor2D
  const value = (z: tf.Tensor2D, h: tf.Tensor2D | number) =>
    tf.add(tf.mul(tf.squaredDifference(a, h), gamma), tf.mul(tf.squaredDifference(z, m), beta))
  return tf.where(tf.lessEqual(value(positive, positive), value(negative, 0)), positive, negative)
}

/** argmin_z l(z, y) + lambda z + beta (z - m)^2. */
export function outputMinimum(
  m: tf.Tensor2D,
  y: tf.Tensor2D,
  lambda: tf.Tensor2D,
  beta: number,
  loss: AdmmSettings['loss'],
): tf.Tensor2D {
  if (loss === 'squared') return tf.div(tf.add(tf.sub(y, tf.div(lambda, 2)), tf.mul(m, beta)), 1 + beta)
  // Without the loss the minimum is `free`; on its slope it is 1 / (2 beta) nearer to its kink, and on the kink in between.
  const free = tf.sub(m, tf.div(lambda, 2 * beta))
  const wanted = tf.maximum(free, tf.minimum(tf.add(free, 1 / (2 * beta)), 1))
  const unwanted = tf.minimum(free, tf.maximum(tf.sub(free, 1 / (2 * beta)), 0))
  return tf.where(tf.greater(y, 0.5), wanted, unwanted) as tf.Tensor2D
}

/** The loss, summed over samples and outputs. */
export function lossValue(z: tf.Tensor2D, y: tf.Tensor2D, loss: AdmmSettings['loss']): tf.Scalar {
  if (loss === 'squared') return tf.sum(tf.squaredDifference(z, y))
  return tf.sum(tf.where(tf.greater(y, 0.5), tf.relu(tf.sub(1, z)), tf.relu(z)))
}
