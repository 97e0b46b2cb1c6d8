/**
 * Float32 arithmetic on TensorFlow's kernels, without the checks and the overhead of tfjs's wrappers: for steps that are made of
 * many small passes over row chunks. Shapes are the caller's business; call within a tidy, or dispose what comes back.
 */
import { execute, executeMultiple, flag, float32, once, text } from './kernels'
import type { tf } from './tensorflow'

const float = once(() => [float32('T')])
const biasAddition = once(() => [float32('T'), text('data_format', 'NHWC')])
const products = [false, true].map((left) =>
  [false, true].map((right) => once(() => [flag('transpose_a', left), flag('transpose_b', right), float32('T')])),
)

const binary =
  (kernel: string) =>
  <T extends tf.Tensor>(a: T, b: tf.Tensor): T =>
    execute<T>(kernel, float(), [a, b])

/** Of two tensors of one shape, or of a tensor and a scalar. */
export const add = binary('AddV2')
export const subtract = binary('Sub')
export const multiply = binary('Mul')
export const divide = binary('RealDiv')
export const minimum = binary('Minimum')
export const maximum = binary('Maximum')

export const relu = <T extends tf.Tensor>(a: T): T => execute<T>('Relu', float(), [a])

/** a b, each transposed first when asked. */
export function product(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { left = false, right = false }: { left?: boolean; right?: boolean } = {},
): tf.Tensor2D {
  return execute<tf.Tensor2D>('MatMul', products[Number(left)]![Number(right)]!(), [a, b])
}

/** a + b in every row. */
export const addToRows = (a: tf.Tensor2D, b: tf.Tensor1D): tf.Tensor2D =>
  execute<tf.Tensor2D>('BiasAdd', biasAddition(), [a, b])

/** Sum over the rows, [columns]. */
export const sumOfRows = (a: tf.Tensor2D): tf.Tensor1D => execute<tf.Tensor1D>('BiasAddGrad', biasAddition(), [a])

/** sum(a^2) / 2. */
export const halfSquare = (a: tf.Tensor): tf.Scalar => execute<tf.Scalar>('L2Loss', float(), [a])

/**
 * Cross-entropy of softmax(z) against y, row by row, and its gradient by z.
 * @param z [n, classes]
 * @param y [n, classes], each row a distribution
 * @returns losses [n], softmax(z) - y [n, classes]
 */
export function crossEntropy(z: tf.Tensor2D, y: tf.Tensor2D): [tf.Tensor1D, tf.Tensor2D] {
  return executeMultiple('SoftmaxCrossEntropyWithLogits', float(), [z, y], 2) as [tf.Tensor1D, tf.Tensor2D]
}
