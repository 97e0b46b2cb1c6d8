/**
 * Descent for the nonlinear least-squares sub-problems of two-splitting BCD: phi(z), z a matrix, depends on z and on an affine image p(z).
 *   d = -H^-1 grad phi(z),   z <- z + t d,   t = 1, 1/2, 1/4, ... the first with phi(z + t d) <= phi(z) + SLOPE t <grad phi(z), d>
 * With H no less than phi's curvature t = 1 passes; where it is less (or phi has a kink) halving finds a shorter step, or none. Nothing is ever
 * accepted that does not lower phi. One t for all of z, or one for every row where rows are separate problems: `total` says which.
 */
import { add, multiply, subtract } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'

export interface Subproblem {
  /** p(z). */
  image(z: tf.Tensor2D): tf.Tensor2D
  /** The change of p for a change d of z. */
  direction(d: tf.Tensor2D): tf.Tensor2D
  gradient(z: tf.Tensor2D, p: tf.Tensor2D): tf.Tensor2D
  /** H^-1 g. */
  precondition(g: tf.Tensor2D): tf.Tensor2D
  /** phi, [1, 1] or [rows, 1]. */
  value(z: tf.Tensor2D, p: tf.Tensor2D): tf.Tensor2D
  /** Sum over all entries, [1, 1], or over each row, [rows, 1]. */
  total(a: tf.Tensor2D): tf.Tensor2D
}

export interface Descent {
  /** Owned by the caller. */
  readonly z: tf.Tensor2D
  readonly iterations: number
  /** <g, H^-1 g> came down to `tolerance` of its first value; or the cap came before; or no step lowers phi any more (a kink, or rounding). */
  readonly end: 'tolerance' | 'cap' | 'no step'
}

const SLOPE = 0.1
const HALVINGS = 6

/** @param start not disposed */
export function safeguardedDescent(
  start: tf.Tensor2D,
  { image, direction, gradient, precondition, value, total }: Subproblem,
  { tolerance, cap }: { readonly tolerance: number; readonly cap: number },
): Descent {
  let z = start.clone()
  let p = image(z)
  let first: number | null = null
  let iterations = 0
  let end: Descent['end'] | null = null
  while (end === null) {
    const next = tf.tidy((): tf.Tensor2D[] => {
      const g = gradient(z, p)
      const d = tf.neg<tf.Tensor2D>(precondition(g))
      const fall = total(multiply(g, d))
      const decrement = -tf.sum(fall).dataSync()[0]!
      first ??= decrement
      if (!(decrement > tolerance * first)) {
        end = 'tolerance'
        return []
      }
      iterations++
      const moved = direction(d)
      const before = value(z, p)
      let step = tf.onesLike(before)
      for (let k = 0; ; k++) {
        const after = value(add(z, multiply(d, step)), add(p, multiply(moved, step)))
        const passed = tf.lessEqual(after, add(before, multiply(multiply(fall, step), tf.scalar(SLOPE))))
        const kept = tf.where<tf.Tensor2D>(passed, step, tf.zerosLike(step))
        const done = tf.all(passed).dataSync()[0] === 1
        if (done || (k === HALVINGS && tf.max(kept).dataSync()[0]! > 0))
          return [add(z, multiply(d, kept)), add(p, multiply(moved, kept))]
        if (k === HALVINGS) {
          end = 'no step'
          return []
        }
        step = tf.where<tf.Tensor2D>(passed, step, multiply(step, tf.scalar(0.5)))
      }
    })
    if (next.length > 0) {
      tf.dispose([z, p])
      ;[z, p] = next as [tf.Tensor2D, tf.Tensor2D]
      if (iterations >= cap) end = 'cap'
    }
  }
  p.dispose()
  return { z, iterations, end }
}

/** The kinds of `total`. */
export const overAll = (a: tf.Tensor2D): tf.Tensor2D => tf.reshape(tf.sum(a), [1, 1])
export const overRows = (a: tf.Tensor2D): tf.Tensor2D => tf.sum<tf.Tensor2D>(a, 1, true)

/** factor/2 (a - b)^2, entry by entry. */
export const halfSquares = (a: tf.Tensor2D, b: tf.Tensor2D, factor: number): tf.Tensor2D =>
  multiply(tf.square<tf.Tensor2D>(subtract(a, b)), tf.scalar(factor / 2))
