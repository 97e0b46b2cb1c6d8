/**
 * How Zhang & Brand (2017, sec. 3.2) score a network: V is thrown away, a linear SVM is trained on the features of the
 * training set and scored on the features of the test set. The same for every method, and for the controls.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { tf } from '../engine/tensorflow'
import { predict, trainLinearSvm } from './linear-svm'
import { errorRate } from './predictions'

/** The file that a stored score depends on, with all it imports. */
export const featureSvmSource = __filename

export interface LabelledRows {
  /** [N, d_0] */
  readonly x: tf.Tensor2D
  readonly labels: Uint8Array
}

export interface FeatureScore {
  /** Fraction of wrongly classified training rows. */
  readonly trainError: number
  /** Fraction of wrongly classified rows of the other set. */
  readonly testError: number
  /** Largest relative gradient norm of the ten SVM problems. */
  readonly residual: number
}

/**
 * Null when the SVM did not reach its tolerance: a half-trained classifier is not a score. That happens on exploding
 * features, of a network on the brink of divergence.
 * @param features rows -> features [N, d], new or the same tensors; called once per set
 */
export async function scoreFeatures(
  features: (x: tf.Tensor2D) => tf.Tensor2D,
  train: LabelledRows,
  test: LabelledRows,
): Promise<FeatureScore | null> {
  const trainFeatures = tf.tidy(() => features(train.x).clone())
  const svm = await trainLinearSvm(trainFeatures, train.labels)
  try {
    const { converged, residual } = svm.report
    if (!converged) return null
    const trainError = errorRate(predict(svm, trainFeatures), train.labels)
    await breathe()
    const testFeatures = tf.tidy(() => features(test.x).clone())
    const testError = errorRate(predict(svm, testFeatures), test.labels)
    testFeatures.dispose()
    return { trainError, testError, residual }
  } finally {
    svm.dispose()
    trainFeatures.dispose()
  }
}
