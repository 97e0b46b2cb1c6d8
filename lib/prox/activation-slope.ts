/**
 * Slopes of the activations, and the subdifferential by u of the coupling term 1/2 (v - sigma(u))^2 (up to a factor) of the proximal BCD
 * family. Pure functions on tensors of one shape; the caller owns the result.
 */
import { multiply, subtract } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'
import { LEAKY_SLOPE } from '../network/activation'
import type { Activation } from '../network/architecture'

/** Slope below 0 of the activations with a kink there; above it their slope is 1. */
const lowerSlopes: Partial<Record<Activation, number>> = { relu: 0, 'leaky-relu': LEAKY_SLOPE }

/** sigma'(u); at a kink the slope from the left. */
export function slope(activation: Activation, u: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const lower = lowerSlopes[activation]
    if (lower !== undefined) return tf.where(tf.greater(u, 0), tf.onesLike(u), tf.fill<tf.Rank.R2>(u.shape, lower))
    if (activation === 'identity') return tf.onesLike(u)
    if (activation === 'tanh') return tf.sub<tf.Tensor2D>(1, tf.square(tf.tanh(u)))
    return multiply(tf.sigmoid<tf.Tensor2D>(u), tf.sigmoid<tf.Tensor2D>(tf.neg(u)))
  })
}

/**
 * The element of least norm of the limiting subdifferential by u of a term whose derivative is -misfit sigma'(u) + rest. At a kink, u = 0,
 * it lies between the one-sided derivatives where the term is convex (the one from the left is the lower), and is one of them where not.
 */
export function leastSubgradient(
  activation: Activation,
  u: tf.Tensor2D,
  misfit: tf.Tensor2D,
  rest: tf.Tensor2D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const smooth = subtract(rest, multiply(misfit, slope(activation, u)))
    const lower = lowerSlopes[activation]
    if (lower === undefined) return smooth
    const left = subtract(rest, multiply(misfit, tf.scalar(lower)))
    const right = subtract(rest, misfit)
    const nearer = tf.where<tf.Tensor2D>(tf.less(tf.abs(left), tf.abs(right)), left, right)
    const between = tf.logicalAnd(tf.lessEqual(left, 0), tf.greaterEqual(right, 0))
    return tf.where<tf.Tensor2D>(tf.equal(u, 0), tf.where(between, tf.zerosLike(u), nearer), smooth)
  })
}
