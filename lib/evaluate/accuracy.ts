/** Accuracy of a network's own output, for the methods that train one (the support vector machine discards it). */
import { tf } from '../engine/tensorflow'
import { type Architecture, forward, type Weights } from '../network/index'
import { classifyRows, errorRate } from './predictions'

/**
 * Fraction of rows whose largest output is that of their label, in [0, 1]; of equal outputs the first counts, and a row
 * with NaN among its outputs is an error.
 * @param x [N, d_0]
 * @param labels [N], integers from 0
 */
export function accuracy(
  architecture: Architecture,
  weights: Weights,
  x: tf.Tensor2D,
  labels: Uint8Array | Int32Array,
): number {
  const predictions = classifyRows(x, (rows) => {
    const outputs = forward(architecture, weights, rows)
    const broken = tf.any(tf.isNaN(outputs), 1)
    return tf.where(broken, tf.scalar(-1, 'int32'), tf.argMax(outputs, 1))
  })
  return 1 - errorRate(predictions, labels)
}
