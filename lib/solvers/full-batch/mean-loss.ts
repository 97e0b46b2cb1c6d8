/** The loss that the gradient methods lower, over a whole training set. */
import { crossEntropy } from '../../engine/arithmetic'
import { tf } from '../../engine/tensorflow'
import { forward } from '../../network/forward'
import type { Weights } from '../../network/weights'
import type { Problem } from '../solver'

/** Rows at a time: activations of some 4,000 rows stay in the processor's cache. */
const CHUNK = 4000

/** Cross-entropy of softmax(output), mean over the training rows. */
export function meanCrossEntropy({ architecture, x, y }: Problem, weights: Weights): number {
  let total = 0
  for (let first = 0; first < x.shape[0]; first += CHUNK)
    total += tf.tidy(() => {
      const rows = Math.min(CHUNK, x.shape[0] - first)
      const output = forward(architecture, weights, tf.slice(x, [first, 0], [rows, -1]))
      return tf.sum(crossEntropy(output, tf.slice(y, [first, 0], [rows, -1]))[0]).dataSync()[0]!
    })
  return total / x.shape[0]
}
