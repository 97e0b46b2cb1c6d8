/**
 * Products with the design matrix A = [X, 1] that never form it: the constant column, whose weight is the bias, is
 * handled beside X. Coefficients and dual vectors are class-major, so that class k of a batch is one contiguous stretch:
 * W [K, d+1] with the bias last, R [K, n]. Matrix products run in float32 on the engine; vectors live in JavaScript as
 * float64, where sums over 60,000 rows and the recurrences of conjugate gradients lose nothing.
 */
import { tf } from '../engine/tensorflow'

/** W A^T on the engine: [K, n]. The caller owns the result. */
export function scoresTensor(x: tf.Tensor2D, w: Float64Array, classes: number): tf.Tensor2D {
  const d = x.shape[1]
  return tf.tidy(() => {
    const all = tf.tensor2d(Float32Array.from(w), [classes, d + 1])
    const bias = tf.slice2d(all, [0, d], [classes, 1])
    return tf.add<tf.Tensor2D>(tf.matMul(tf.slice2d(all, [0, 0], [classes, d]), x, false, true), bias)
  })
}

/** W A^T: the scores of all rows under K coefficient vectors, [K, n]. */
export function scores(x: tf.Tensor2D, w: Float64Array, classes: number): Float32Array {
  return read(scoresTensor(x, w, classes))
}

/** R A for R [K, n] on the engine: [K, d+1]. */
export function adjointTensor(x: tf.Tensor2D, r: tf.Tensor2D): Float64Array {
  const sums = tf.tidy(() => tf.concat2d([tf.matMul<tf.Tensor2D>(r, x), tf.sum<tf.Tensor2D>(r, 1, true)], 1))
  return Float64Array.from(read(sums))
}

/** R A: the weighted sums of rows, [K, d+1]. */
export function adjoint(x: tf.Tensor2D, r: Float32Array, classes: number): Float64Array {
  const weights = tf.tensor2d(r, [classes, x.shape[0]])
  const sums = adjointTensor(x, weights)
  weights.dispose()
  return sums
}

/**
 * A^T diag(D) A, [d+1, d+1], D all ones unless given. The caller owns the result.
 * @param curvature D >= 0, one per row
 */
export function gram(x: tf.Tensor2D, curvature?: Float32Array): tf.Tensor2D {
  const [n, d] = x.shape
  return tf.tidy(() => {
    const root = curvature ? tf.sqrt(tf.tensor2d(curvature, [n, 1])) : null
    const rows = root ? tf.mul<tf.Tensor2D>(x, root) : x
    const constant = root ?? tf.ones<tf.Rank.R2>([n, 1])
    const cross: tf.Tensor2D = root ? tf.matMul(rows, constant, true, false) : tf.reshape(tf.sum(x, 0), [d, 1])
    const corner = tf.sum<tf.Tensor2D>(tf.square(constant), 0, true)
    return tf.concat2d(
      [
        tf.concat2d([tf.matMul<tf.Tensor2D>(rows, rows, true, false), cross], 1),
        tf.concat2d([tf.transpose<tf.Tensor2D>(cross), corner], 1),
      ],
      0,
    )
  })
}

/** A tensor's numbers; disposes it. (`tidy` walks a typed array that it returns number by number: seconds in a solve.) */
export function read(tensor: tf.Tensor): Float32Array {
  const values = tensor.dataSync<'float32'>()
  tensor.dispose()
  return values
}

/** Inner products of two [K, m] batches, class by class. */
export function dots(a: Float64Array, b: Float64Array, classes: number): Float64Array {
  const m = a.length / classes
  const sums = new Float64Array(classes)
  for (let k = 0, i = 0; k < classes; k++) {
    let sum = 0
    for (const end = (k + 1) * m; i < end; i++) sum += a[i]! * b[i]!
    sums[k] = sum
  }
  return sums
}
