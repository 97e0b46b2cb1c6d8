/**
 * Largest eigenvalue of a symmetric positive semidefinite operator that is known by what it does to a vector: the step size of
 * a projected gradient method rests on it, and too small a value makes that method diverge.
 *
 * Lanczos' method (1950) from a random vector, STEPS products. Power iteration needs a gap, and may rest for long on a lower
 * eigenvalue when its start has little of the largest one's vector; so it has to be told when to stop, and can be told wrong.
 * Lanczos' error from a random start falls as (ln n / steps)^2 whatever the spectrum (Kuczynski & Wozniakowski 1992,
 * theorem 3.2) and much faster where there is a gap: a fixed number of steps does. The start has all blocks at one size, so
 * that no layer of a deep network is hidden by another one.
 */
import { tf } from '../engine/tensorflow'

/** Over networks of 2 to 48 layers the estimate was never below the eigenvalue with it (test/prox/largest-eigenvalue.test.ts). */
const STEPS = 24

/** The estimate approaches from below. */
const MARGIN = 1.02

/**
 * @param apply the operator on a vector of blocks [1, widths[i]]; called inside a tidy
 * @returns the estimate, raised by the margin
 */
export function largestEigenvalue(
  apply: (vector: readonly tf.Tensor2D[]) => tf.Tensor2D[],
  widths: readonly number[],
): number {
  return tf.tidy(() => {
    const blocks = widths.map((width, i) => tf.randomNormal<tf.Rank.R2>([1, width], 0, 1, 'float32', i + 1))
    let vector = tf.concat(blocks, 1)
    let before: tf.Tensor2D | null = null
    let length = Math.sqrt(innerProduct(vector, vector))
    const diagonal: number[] = []
    const beside: number[] = []
    for (let k = 0; k < STEPS; k++) {
      const unit: tf.Tensor2D = tf.div(vector, length)
      const product = tf.concat(apply(tf.split<tf.Tensor2D>(unit, [...widths], 1)), 1)
      const along = innerProduct(product, unit)
      diagonal.push(along)
      const left = tf.sub<tf.Tensor2D>(product, tf.mul(unit, along))
      vector = before ? tf.sub<tf.Tensor2D>(left, tf.mul(before, length)) : left
      before = unit
      length = Math.sqrt(innerProduct(vector, vector))
      // What is left is rounding: the vectors so far span a space that the operator does not leave.
      if (length <= 1e-6 * Math.max(...diagonal)) break
      beside.push(length)
    }
    return MARGIN * largestOfTridiagonal(diagonal, beside)
  })
}

const innerProduct = (a: tf.Tensor2D, b: tf.Tensor2D): number => tf.sum(tf.mul(a, b)).dataSync()[0]!

/** By bisection: x is above all eigenvalues when every pivot of T - x I is negative (Sylvester's law of inertia). */
function largestOfTridiagonal(diagonal: readonly number[], beside: readonly number[]): number {
  const isAbove = (x: number): boolean => {
    let pivot = Number.NEGATIVE_INFINITY
    return diagonal.every((value, i) => {
      pivot = value - x - (i > 0 ? beside[i - 1]! ** 2 / pivot : 0)
      return pivot < 0
    })
  }
  let low = Math.max(...diagonal)
  let high = Math.max(...diagonal.map((value, i) => value + (beside[i - 1] ?? 0) + (beside[i] ?? 0)))
  while (high - low > 1e-7 * high) {
    const middle = (low + high) / 2
    if (isAbove(middle)) high = middle
    else low = middle
  }
  return high
}
