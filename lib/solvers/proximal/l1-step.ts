/**
 * The W-step of proximal BCD with an l1 term, which has no closed form. In the change D = W - W_old, with the sums of ridge-steps.ts,
 *   min_D  1/2 <D, D S> - <D, K> + l1 |W_old + D|_1,    S = rho V^T V + (alpha + l2) I,    K = rho R^T V - l2 W_old,
 * by accelerated proximal gradient (Beck & Teboulle 2009, eq. 4.1-4.3, restarted by the gradient scheme of O'Donoghue & Candes 2015,
 * eq. 13) from D = 0. L, whose inverse is the step, is the largest absolute row sum of S, which no eigenvalue exceeds.
 * It ends where a step T moves D by at most 1e-4 of D, or by no more than rounding: |D - T(D)| / |D|, which is reported. That is looked at where the
 * step from the extrapolated point has become that small. For Lemma 2
 * of the paper a subgradient bounded by a multiple of |D| is enough. Lemma 1 needs the minimiser up to that tolerance, since b moves at the same
 * time (proximal-bcd.ts): a value merely below that at D = 0 would not do.
 */
import { add, halfSquare, multiply, product, relu, subtract } from '../../engine/arithmetic'
import { tf } from '../../engine/tensorflow'
import type { Report } from '../solver'

const TOLERANCE = 1e-4
const CAP = 1000
/** Rounding of an entry of W, relative to W. */
const NOISE = 2 ** -23

export interface L1Effort {
  readonly iterations: number
  /** |D - T(D)| / |D| at the end, T one proximal gradient step; 0 where that is rounding. */
  readonly residual: number
}

/** Columns of the trace: the most over layers; none without an l1 term. */
export function worst(efforts: readonly L1Effort[]): Report {
  if (efforts.length === 0) return {}
  return {
    w_iterations: Math.max(...efforts.map(({ iterations }) => iterations)),
    w_residual: Math.max(...efforts.map(({ residual }) => residual)),
  }
}

/** The new W, owned by the caller. @param old W_old, [d_out, d_in]; @param system S; @param right K^T, [d_in, d_out] */
export function l1Step(
  old: tf.Tensor2D,
  system: tf.Tensor2D,
  right: tf.Tensor2D,
  l1: number,
): L1Effort & { w: tf.Tensor2D } {
  const shared = tf.tidy(() => {
    const lipschitz = tf.max(tf.sum(tf.abs(system), 1)).dataSync()[0]!
    const scaled = (t: tf.Tensor2D): tf.Tensor2D => multiply(t, tf.scalar(1 / lipschitz))
    return { scaled: scaled(system), pull: scaled(tf.transpose(right)), threshold: tf.scalar(l1 / lipschitz) }
  })
  const { scaled, pull, threshold } = shared
  /** D -> S(W_old + D - (D S - K)/L) - W_old, S the soft threshold; where it is cut to 0, W is 0 exactly. */
  const step = (d: tf.Tensor2D): tf.Tensor2D => {
    const w = add(old, add(subtract(d, product(d, scaled)), pull))
    const kept = relu(subtract(tf.abs<tf.Tensor2D>(w), threshold))
    return subtract(multiply(tf.sign<tf.Tensor2D>(w), kept), old)
  }
  const floor = tf.tidy(() => NOISE * norm(old))
  let [d, z] = [tf.zerosLike(old), tf.zerosLike(old)]
  let [momentum, beta, iterations, residual] = [1, 0, 0, Number.POSITIVE_INFINITY]
  const residualOf = (at: tf.Tensor2D): number =>
    tf.tidy(() => {
      const back = norm(subtract(step(at), at))
      return back <= floor ? 0 : back / norm(at)
    })
  while (residual > TOLERANCE && iterations < CAP) {
    iterations++
    const next = tf.tidy(() => {
      const moved = step(z)
      const [forward, back] = [subtract(moved, d), subtract(z, moved)]
      const products = [tf.sum(multiply(back, forward)), halfSquare(back), halfSquare(moved)]
      const [aligned = 0, stepHalf = 0, wayHalf = 0] = tf.stack(products).dataSync()
      if (aligned > 0) momentum = 1
      const nextMomentum = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2
      beta = (momentum - 1) / nextMomentum
      momentum = nextMomentum
      return {
        d: moved,
        z: add(moved, multiply(forward, tf.scalar(beta))),
        back: Math.sqrt(2 * stepHalf),
        way: Math.sqrt(2 * wayHalf),
      }
    })
    tf.dispose([d, z])
    ;({ d, z } = next)
    residual =
      next.back <= Math.max(TOLERANCE * next.way, floor) || iterations === CAP
        ? residualOf(d)
        : Number.POSITIVE_INFINITY
  }
  const w = tf.tidy(() => add(old, d))
  tf.dispose([scaled, pull, threshold, d, z])
  return { w, iterations, residual }
}

/** Called inside a tidy. */
const norm = (a: tf.Tensor2D): number => Math.sqrt(2 * halfSquare(a).dataSync()[0]!)
