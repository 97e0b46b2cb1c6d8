/**
 * The scalar problem of the U-step in three-splitting BCD (Zeng et al. 2019, Lemma 13): element by element
 *   argmin_u 1/2 (sigma(u) - a)^2 + g/2 (u - c)^2,   g > 0,
 * in closed form where there is one. Pure functions on tensors of one shape; the caller owns the result.
 */
import { add, minimum, multiply, relu } from '../engine/arithmetic'
import { execute, float32, once } from '../engine/kernels'
import { tf } from '../engine/tensorflow'
import { LEAKY_SLOPE } from '../network/activation'
import type { Activation } from '../network/architecture'
import { sigmoidProx, tanhProx } from './sigmoid'

const float = once(() => [float32('T')])

/**
 * ReLU and leaky ReLU, sigma(u) = u for u >= 0 and slope u below.
 *
 * On each side of 0 the problem is a parabola: u+ = (a + g c)/(1 + g) and u- = (slope a + g c)/(slope^2 + g), each cut off at
 * 0. Where both lie on their own side, a > 0 > c, the lower one is u+ exactly when c >= threshold a (the public code's three branches for
 * slope 0: g threshold = g - sqrt(g (g + 1))); elsewhere u+ wins exactly when it is >= 0. One comparison says both, since
 * -1/g < threshold < 0: a + g c >= (1 + g threshold) max(a, 0). Of two minimisers u+ is taken.
 */
export function reluProx(a: tf.Tensor2D, c: tf.Tensor2D, g: number, slope = 0): tf.Tensor2D {
  const q = Math.sqrt((1 + g) / (slope ** 2 + g))
  const threshold = (1 - q) / (1 - q * slope)
  return tf.tidy(() => {
    const times = (x: tf.Tensor2D, factor: number) => multiply(x, tf.scalar(factor))
    const scaled = times(c, g)
    const sum = add(a, scaled)
    const left = slope === 0 ? c : times(add(times(a, slope), scaled), 1 / (slope ** 2 + g))
    return execute<tf.Tensor2D>('SelectV2', float(), [
      execute('GreaterEqual', float(), [sum, times(relu(a), 1 + g * threshold)]),
      times(sum, 1 / (1 + g)),
      minimum(left, tf.scalar(0)),
    ])
  })
}

/** The identity (a linear layer): (a + g c)/(1 + g). */
export function identityProx(a: tf.Tensor2D, c: tf.Tensor2D, g: number): tf.Tensor2D {
  return tf.tidy(() => multiply(add(a, multiply(c, tf.scalar(g))), tf.scalar(1 / (1 + g))))
}

/** By the activation's name. */
export const activationProx: Readonly<Record<Activation, (a: tf.Tensor2D, c: tf.Tensor2D, g: number) => tf.Tensor2D>> =
  {
    relu: reluProx,
    'leaky-relu': (a, c, g) => reluProx(a, c, g, LEAKY_SLOPE),
    sigmoid: sigmoidProx,
    tanh: tanhProx,
    identity: identityProx,
  }
