/** From scores to an error rate: the chunked argmax that every classifier shares. */
import { tf } from '../engine/tensorflow'

/** Rows classified at a time, so that a wide network's activations stay small. */
const chunk = 8192

/**
 * Applies a classifier to the rows of x in chunks.
 * @param x [N, d]
 * @param classify [n, d] -> the class of each row, [n]
 * @returns [N]
 */
export function classifyRows(x: tf.Tensor2D, classify: (rows: tf.Tensor2D) => tf.Tensor): Int32Array {
  const [n, d] = x.shape
  const classes = new Int32Array(n)
  for (let begin = 0; begin < n; begin += chunk) {
    const size = Math.min(chunk, n - begin)
    const found = tf.tidy(() => classify(tf.slice2d(x, [begin, 0], [size, d])))
    classes.set(found.dataSync<'int32'>(), begin)
    found.dispose()
  }
  return classes
}

/**
 * Fraction of predictions that differ from the labels, in [0, 1].
 * @throws RangeError when there is nothing to compare, or the lengths differ
 */
export function errorRate(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (predictions.length !== labels.length || labels.length === 0)
    throw new RangeError(
      `errorRate: ${predictions.length} predictions against ${labels.length} labels; expected equal lengths, at least 1`,
    )
  let wrong = 0
  for (let i = 0; i < labels.length; i++) if (predictions[i] !== labels[i]) wrong++
  return wrong / labels.length
}
