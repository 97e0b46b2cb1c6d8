/** Losses of a mini-batch for plain SGD, averaged as Keras averages them, with their gradient by the outputs. Call within a tidy. */
import { crossEntropy, halfSquare, multiply, subtract } from '../../engine/arithmetic'
import { tf } from '../../engine/tensorflow'

export interface BatchLoss {
  readonly value: tf.Scalar
  /** [B, classes] */
  readonly gradient: tf.Tensor2D
}

/** mean_squared_error: (out - y)^2, mean over samples and outputs. */
function squared(out: tf.Tensor2D, y: tf.Tensor2D): BatchLoss {
  const misfit = subtract(out, y)
  const perEntry = tf.scalar(2 / out.size)
  return { value: multiply(halfSquare(misfit), perEntry), gradient: multiply(misfit, perEntry) }
}

/** Cross-entropy of softmax(out), mean over samples. */
function softmaxCrossEntropy(out: tf.Tensor2D, y: tf.Tensor2D): BatchLoss {
  const [values, gradient] = crossEntropy(out, y)
  return { value: tf.mean(values), gradient: multiply(gradient, tf.scalar(1 / out.shape[0])) }
}

export const batchLosses = { squared, 'cross-entropy': softmaxCrossEntropy } as const
export type BatchLossName = keyof typeof batchLosses
