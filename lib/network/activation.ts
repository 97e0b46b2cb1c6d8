/** The activation functions of an architecture. */
import { tf } from '../engine/tensorflow'
import type { Activation } from './architecture'

/** Slope of the leaky ReLU below 0, that of its authors (Maas et al. 2013). */
export const LEAKY_SLOPE = 0.01

/** sigma(u), element by element; always a tensor of its own. */
export function activate(activation: Activation, u: tf.Tensor2D): tf.Tensor2D {
  switch (activation) {
    case 'relu':
      return tf.relu(u)
    case 'leaky-relu':
      return tf.leakyRelu(u, LEAKY_SLOPE)
    case 'sigmoid':
      return tf.sigmoid(u)
    case 'tanh':
      return tf.tanh(u)
    case 'identity':
      return u.clone()
  }
}
