/** From bytes to the tensors that solvers train on. */
import { tf } from '../engine/tensorflow'
import { CLASSES, type Split } from './load'

/** The tensors of a split. Owned by whoever asked for them. */
export interface ProblemData {
  /** Samples as rows, [N, pixels of an image], in [0, 1]: byte / 255, correctly rounded to float32. */
  readonly x: tf.Tensor2D
  /** One-hot labels, [N, 10]. */
  readonly y: tf.Tensor2D
  /** N labels, 0 to 9: the split's own, not a copy. */
  readonly labels: Uint8Array
  dispose(): void
}

/**
 * Makes the tensors of a split; 60,000 images take 188 MB.
 * @throws RangeError for a split without rows, one whose images are not all of one size, or a label that is no class
 */
export function toProblemData(split: Split): ProblemData {
  const n = split.labels.length
  if (n === 0) throw new RangeError('toProblemData: expected at least one row, got a split of 0 rows')
  const bytes = split.images
  const width = bytes.length / n
  if (!Number.isInteger(width) || width < 1)
    throw new RangeError(`toProblemData: expected ${n} images of one size, got ${bytes.length} pixels in all`)
  const wrong = split.labels.findIndex((label) => label >= CLASSES)
  if (wrong >= 0)
    throw new RangeError(
      `toProblemData: expected labels 0 to ${CLASSES - 1}, got ${split.labels[wrong]} in row ${wrong}`,
    )
  const pixels = new Float32Array(bytes.length)
  for (let i = 0; i < pixels.length; i++) pixels[i] = bytes[i]! / 255
  const hot = new Float32Array(n * CLASSES)
  split.labels.forEach((label, row) => {
    hot[row * CLASSES + label] = 1
  })
  const x = uploaded(pixels, [n, width])
  const y = uploaded(hot, [n, CLASSES])
  return {
    x,
    y,
    labels: split.labels,
    dispose() {
      x.dispose()
      y.dispose()
    },
  }
}

/**
 * tfjs-node keeps a new tensor's values in JavaScript until an operation first reads it. The reshape is that operation:
 * the upload happens here and not inside the first step that is timed, and the JavaScript copy is let go.
 */
function uploaded(values: Float32Array, shape: [number, number]): tf.Tensor2D {
  return tf.tidy(() => tf.reshape<tf.Rank.R2>(tf.tensor1d(values), shape))
}
