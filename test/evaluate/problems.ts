/** Problems with known answers, and the SVM's objective written out in float64 without the library. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import type { LinearSvm } from 'blockwise/dist/evaluate/index'

/** What make.py writes: scikit-learn's LinearSVC in float64. */
export interface Oracle {
  readonly x: number[][]
  readonly y: number[]
  readonly coef: number[][]
  readonly intercept: number[]
  readonly objective: number[]
  readonly predictions: number[]
}

const fixture = (file: string): unknown =>
  JSON.parse(readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'linear-svm', file), 'utf8'))

export const oracle = (): Oracle => fixture('linear-svm.json') as Oracle

/** LinearSVC on the first 1,000 training images of MNIST. */
export const mnistOracle = () => fixture('mnist-1000.json') as { objective: number[]; testError: number }

/** Coefficients of each class with the bias last, read from the tensors. */
export function coefficients(svm: LinearSvm): number[][] {
  const bias = svm.bias.arraySync()
  const columns = tf.tidy(() => tf.transpose<tf.Tensor2D>(svm.weights)).arraySync()
  return columns.map((w, k) => [...w, bias[k]!])
}

/** f(w) = 1/2 |w|^2 + C sum max(0, 1 - s w.[x, 1])^2 of class k, and the norm of its gradient. */
export function objective(
  w: readonly number[],
  k: number,
  { x, y }: { readonly x: readonly (readonly number[])[]; readonly y: readonly number[] },
  C = 1,
): { value: number; gradientNorm: number } {
  const gradient = [...w]
  let value = w.reduce((sum, coefficient) => sum + coefficient ** 2 / 2, 0)
  for (const [i, row] of x.entries()) {
    const augmented = [...row, 1]
    const s = y[i] === k ? 1 : -1
    const violation = Math.max(0, 1 - s * augmented.reduce((sum, a, j) => sum + a * w[j]!, 0))
    value += C * violation ** 2
    for (const [j, a] of augmented.entries()) gradient[j]! -= 2 * C * s * violation * a
  }
  return { value, gradientNorm: Math.hypot(...gradient) }
}

/** The error that a promise is rejected with; fails when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
  throw new Error('expected a rejection')
}
