/** Which TensorFlow runs, and the linear algebra that tfjs lacks. Loads the engine: what sets it up is imported from its own files. */
export { describeEngine, type EngineDescription, engineSentence } from './describe'
export { cholesky, invertSpd, NotPositiveDefinite, solveMinimumNorm, solveSpd, solveSpdWide } from './linear-algebra'
export { SetupError } from './setup-error'
export { tf } from './tensorflow'
