/**
 * Dense linear algebra that tfjs lacks, on TensorFlow's own kernels: symmetric positive definite solves and the
 * minimum-norm solution of a singular symmetric system. float32 in and out; every function returns new tensors that
 * the caller owns and leaves its arguments alone.
 *
 * Which to use (measured on 2 cores, see docs/bench.md): few right-hand sides -> `solveSpd`, Cholesky and two
 * triangular solves; as many as there are samples -> `solveSpdWide`, the inverse once and one product, several times
 * faster there; singular or unknown rank -> `solveMinimumNorm`.
 */
import { execute, executeMultiple, flag, float32 } from './kernels'
import { tf } from './tensorflow'

/** Thrown when a matrix that should be positive definite is not, to float32. */
export class NotPositiveDefinite extends Error {
  override readonly name = 'NotPositiveDefinite'
}

/**
 * The lower Cholesky factor L of A = L L^T.
 * @param a symmetric positive definite, [n, n]
 * @throws NotPositiveDefinite
 */
export function cholesky(a: tf.Tensor2D): tf.Tensor2D {
  const n = checkSquare('cholesky', a)
  let factor: tf.Tensor2D
  try {
    factor = execute<tf.Tensor2D>('Cholesky', [float32('T')], [a])
  } catch (cause) {
    throw new NotPositiveDefinite(`cholesky: the [${n}, ${n}] matrix is not positive definite to float32`, { cause })
  }
  // On CUDA the kernel does not fail: it returns NaN.
  const trace = tf.tidy(() => tf.sum(factor).dataSync()[0]!)
  if (Number.isFinite(trace)) return factor
  factor.dispose()
  throw new NotPositiveDefinite(`cholesky: the [${n}, ${n}] matrix is not positive definite to float32`)
}

/**
 * Solves A Z = B for a symmetric positive definite A and about as many right-hand sides as A has rows.
 * @param a [n, n]
 * @param b [n, k]
 * @returns Z, [n, k]
 * @throws NotPositiveDefinite
 */
export function solveSpd(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  checkRightHandSides('solveSpd', a, b)
  return tf.tidy(() => {
    const factor = cholesky(a)
    return triangularSolve(factor, triangularSolve(factor, b, false), true)
  })
}

/**
 * The inverse of a symmetric positive definite matrix, for many right-hand sides: one product per use afterwards.
 * @param a [n, n]
 * @throws NotPositiveDefinite
 */
export function invertSpd(a: tf.Tensor2D): tf.Tensor2D {
  const n = checkSquare('invertSpd', a)
  return tf.tidy(() => {
    const inverseFactor = triangularSolve(cholesky(a), tf.eye(n), false)
    return tf.matMul(inverseFactor, inverseFactor, true, false)
  })
}

/**
 * Solves A Z = B for a symmetric positive definite A and many more right-hand sides than A has rows.
 * @param a [n, n]
 * @param b [n, k], k >> n
 * @returns Z, [n, k]
 * @throws NotPositiveDefinite
 */
export function solveSpdWide(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  checkRightHandSides('solveSpdWide', a, b)
  return tf.tidy(() => tf.matMul(invertSpd(a), b))
}

/**
 * The minimum-norm least-squares solution of A Z = B for a symmetric positive semidefinite A: the limit of
 * (A + r I)^-1 B for a vanishing ridge r when B lies in A's range. Eigenvalues below 2 sqrt(n) eps times the largest
 * count as zero (float32 noise of a Gram matrix is about sqrt(n) eps); coordinates whose row of A is zero come out as
 * exact zeros.
 * @param a [n, n]
 * @param b [n, k]
 * @returns Z, [n, k]
 */
export function solveMinimumNorm(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const n = checkRightHandSides('solveMinimumNorm', a, b)
  return tf.tidy(() => {
    const [values, vectors] = executeMultiple('SelfAdjointEigV2', [flag('compute_v', true), float32('T')], [a], 2) as [
      tf.Tensor1D,
      tf.Tensor2D,
    ]
    const cutoff = tf.mul(tf.max(values), 2 * Math.sqrt(n) * 2 ** -23)
    const inverse = tf.where(tf.greater(values, cutoff), tf.reciprocal(values), tf.zerosLike(values))
    const alive = tf.cast(tf.greater(tf.max(tf.abs(a), 1), 0), 'float32')
    const coordinates = tf.mul(tf.matMul(vectors, b, true, false), tf.expandDims(inverse, 1)) as tf.Tensor2D
    return tf.mul<tf.Tensor2D>(tf.matMul(vectors, coordinates), tf.expandDims(alive, 1))
  })
}

function triangularSolve(lower: tf.Tensor2D, b: tf.Tensor2D, adjoint: boolean): tf.Tensor2D {
  const attributes = [flag('lower', true), flag('adjoint', adjoint), float32('T')]
  return execute<tf.Tensor2D>('MatrixTriangularSolve', attributes, [lower, b])
}

function checkSquare(caller: string, a: tf.Tensor2D): number {
  const [rows, columns] = a.shape
  if (a.rank !== 2 || rows !== columns)
    throw new RangeError(`${caller}: expected a square matrix, got shape [${a.shape.join(', ')}]`)
  if (a.dtype !== 'float32') throw new TypeError(`${caller}: expected float32, got ${a.dtype}`)
  return rows
}

function checkRightHandSides(caller: string, a: tf.Tensor2D, b: tf.Tensor2D): number {
  const n = checkSquare(caller, a)
  if (b.rank !== 2 || b.shape[0] !== n)
    throw new RangeError(`${caller}: expected right-hand sides of shape [${n}, k], got [${b.shape.join(', ')}]`)
  if (b.dtype !== 'float32') throw new TypeError(`${caller}: expected float32, got ${b.dtype}`)
  return n
}
