/** More of TensorFlow's elementwise kernels, each one pass where tfjs makes several; ownership as in arithmetic.ts. */
import { execute, float32, once } from './kernels'
import type { tf } from './tensorflow'

const float = once(() => [float32('T')])

/** min(max(a, low), high), all of one shape. */
export const clip = <T extends tf.Tensor>(a: T, low: tf.Tensor, high: tf.Tensor): T =>
  execute<T>('ClipByValue', float(), [a, low, high])

export const sign = <T extends tf.Tensor>(a: T): T => execute<T>('Sign', float(), [a])

export const abs = <T extends tf.Tensor>(a: T): T => execute<T>('Abs', float(), [a])

/** Of every row. @param a [n, classes] */
export const softmax = (a: tf.Tensor2D): tf.Tensor2D => execute<tf.Tensor2D>('Softmax', float(), [a])
