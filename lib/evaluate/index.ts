export { accuracy } from './accuracy'
export { type FeatureScore, featureSvmSource, type LabelledRows, scoreFeatures } from './feature-svm'
export { type LinearSvm, type LinearSvmOptions, predict, type SvmReport, trainLinearSvm } from './linear-svm'
export { errorRate } from './predictions'
