/**
 * How features are scored by retrieval: hashed to binary codes of several lengths (binary-codes.ts), the training rows
 * being the items and the others the queries. The same for every method, and for the controls.
 */
import { tf } from '../engine/tensorflow'
import { encode, firstBits, rotationHasher } from './binary-codes'
import type { LabelledRows } from './feature-svm'
import { trainLinearSvm } from './linear-svm'
import { type RetrievalScore, scoreRetrieval } from './retrieval'

/** The file that a stored score depends on, with all it imports. */
export const featureRetrievalSource = __filename

export interface RetrievalSettings {
  /** Lengths of the codes, 1 to 64. */
  readonly bits: readonly number[]
  /** The k of precision and recall at k. */
  readonly cutOffs: readonly number[]
  /** Of the random rotation. */
  readonly seed: number
}

/** Rows that are made into features some at a time: a very deep net's activations of all of them would take gigabytes. */
const CHUNK_ROWS = 4096

/**
 * One score per code length. Null when a feature is not a finite number.
 * @param features rows -> features [N, d], row by row; called on some rows at a time
 * @param items the rows that are ranked; the hasher knows only these
 * @param queries the rows that ask
 */
export async function scoreFeatureRetrieval(
  features: (x: tf.Tensor2D) => tf.Tensor2D,
  items: LabelledRows,
  queries: LabelledRows,
  { bits, cutOffs, seed }: RetrievalSettings,
): Promise<readonly ({ readonly bits: number } & RetrievalScore)[] | null> {
  const itemFeatures = inChunks(features, items.x)
  const hasher = rotationHasher(itemFeatures, Math.max(...bits), seed)
  const itemCodes = encode(hasher, itemFeatures)
  itemFeatures.dispose()
  const queryFeatures = inChunks(features, queries.x)
  const queryCodes = encode(hasher, queryFeatures)
  queryFeatures.dispose()
  hasher.dispose()
  if (!itemCodes || !queryCodes) return null
  const scores: ({ readonly bits: number } & RetrievalScore)[] = []
  for (const length of bits) {
    const shortened = (codes: typeof itemCodes, { labels }: LabelledRows) => ({
      codes: firstBits(codes, length),
      labels,
    })
    const score = await scoreRetrieval(shortened(queryCodes, queries), shortened(itemCodes, items), cutOffs)
    scores.push({ bits: length, ...score })
  }
  return scores
}

/** A linear classifier's outputs as features; its owner calls `dispose`. */
export interface LinearOutputs {
  /** [N, d] -> [N, classes] */
  features(x: tf.Tensor2D): tf.Tensor2D
  dispose(): void
}

/**
 * The control that shows what the labels give without a network: a linear SVM (linear-svm.ts) trained on the rows. Null when
 * it did not reach its tolerance.
 */
export async function linearOutputs(train: LabelledRows): Promise<LinearOutputs | null> {
  const svm = await trainLinearSvm(train.x, train.labels)
  if (!svm.report.converged) {
    svm.dispose()
    return null
  }
  return {
    features: (x) => tf.tidy(() => tf.add<tf.Tensor2D>(tf.matMul(x, svm.weights), svm.bias)),
    dispose: svm.dispose,
  }
}

function inChunks(features: (x: tf.Tensor2D) => tf.Tensor2D, x: tf.Tensor2D): tf.Tensor2D {
  const [n, d] = x.shape
  return tf.tidy(() => {
    const parts: tf.Tensor2D[] = []
    for (let first = 0; first < n; first += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, n - first)
      parts.push(tf.tidy(() => features(tf.slice2d(x, [first, 0], [rows, d])).clone()))
    }
    return parts.length === 1 ? parts[0]! : tf.concat(parts, 0)
  })
}
