export { accuracy } from './accuracy'
export { type Codes, encode, firstBits, type Hasher, MOST_BITS, rotationHasher } from './binary-codes'
export {
  featureRetrievalSource,
  type LinearOutputs,
  linearOutputs,
  type RetrievalSettings,
  scoreFeatureRetrieval,
} from './feature-retrieval'
export { type FeatureScore, featureSvmSource, type LabelledRows, scoreFeatures } from './feature-svm'
export type { LabelledCodes } from './hamming'
export { type LinearSvm, type LinearSvmOptions, predict, type SvmReport, trainLinearSvm } from './linear-svm'
export { networkScores, type ScoredRows, type Scores } from './network-scores'
export { peakMemorySource, peakTensorBytes } from './peak-memory'
export { errorRate } from './predictions'
export { type CutOff, type RetrievalScore, scoreRetrieval } from './retrieval'
