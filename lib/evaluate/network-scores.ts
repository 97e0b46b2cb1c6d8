/**
 * How a network that is its own classifier is followed along its training: loss and accuracy on the training rows, accuracy on the
 * test rows, by a forward pass of the weights. Methods with auxiliary variables are scored as all others are.
 */
import { halfSquare, subtract } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'
import type { Architecture } from '../network/architecture'
import { forward } from '../network/forward'
import type { Weights } from '../network/weights'

/** Rows that are scored together. */
const CHUNK_ROWS = 4000

export interface ScoredRows {
  /** [N, d_0] */
  readonly x: tf.Tensor2D
  /** One-hot labels, [N, classes]. */
  readonly y: tf.Tensor2D
  readonly labels: Uint8Array
  /** sha256 of the rows. */
  readonly checksum: string
}

/** Columns of a trace that are measured on the weights, off the solver's clock. */
export interface Scores {
  /** What they depend on besides their code; plain JSON. */
  readonly what: Readonly<Record<string, unknown>>
  /** The file of their code. */
  readonly source: string
  evaluate(weights: Weights): Record<string, number>
}

/**
 * train_loss (1/2 |y - out|^2, mean over rows), train_accuracy and test_accuracy of a network; and test_accuracy_200, where a second,
 * small test set is given.
 */
export function networkScores(
  architecture: Architecture,
  { train, test, test200 }: { train: ScoredRows; test: ScoredRows; test200?: ScoredRows },
): Scores {
  return {
    what: {
      scores: 'network',
      train: train.checksum,
      test: test.checksum,
      ...(test200 ? { test200: test200.checksum } : {}),
    },
    source: __filename,
    evaluate(weights) {
      const onTrain = score(architecture, weights, train)
      return {
        train_loss: onTrain.loss,
        train_accuracy: onTrain.accuracy,
        test_accuracy: score(architecture, weights, test).accuracy,
        ...(test200 ? { test_accuracy_200: score(architecture, weights, test200).accuracy } : {}),
      }
    },
  }
}

/** Of equal outputs the first counts. A row with NaN among its outputs makes the loss NaN. */
function score(
  architecture: Architecture,
  weights: Weights,
  { x, y, labels }: ScoredRows,
): { loss: number; accuracy: number } {
  let [loss, correct] = [0, 0]
  for (let first = 0; first < labels.length; first += CHUNK_ROWS) {
    const rows = Math.min(CHUNK_ROWS, labels.length - first)
    const [half, classes] = tf.tidy(() => {
      const outputs = forward(architecture, weights, tf.slice2d(x, [first, 0], [rows, -1]))
      const misfit = halfSquare(subtract(outputs, tf.slice2d(y, [first, 0], [rows, -1])))
      return [misfit.dataSync()[0]!, tf.argMax(outputs, 1).dataSync<'int32'>()] as const
    })
    loss += half
    for (let i = 0; i < rows; i++) if (classes[i] === labels[first + i]) correct++
  }
  return { loss: loss / labels.length, accuracy: correct / labels.length }
}
