/**
 * The two least-squares steps of proximal BCD, which hold all of its large products. Samples are rows, so each is a sum over row
 * chunks, or a map over them.
 *   W, b:  argmin rho/2 |U - V W^T - b|^2 + alpha/2 |W - W_old|^2 + alpha/2 |b - b_old|^2, b with the old W as in the public code;
 *          with regularisers + l2/2 |W|^2 + l1 |W|_1, the latter by an inner solver (l1-step.ts)
 *   V:     argmin rho/2 |U - V W^T - b|^2 + gamma/2 |V - s|^2
 */
import { add, addToRows, halfSquare, multiply, product, subtract, sumOfRows } from '../../engine/arithmetic'
import { invertSpd, solveSpd } from '../../engine/linear-algebra'
import { tf } from '../../engine/tensorflow'
import { type L1Effort, l1Step } from './l1-step'
import type { SplittingSettings } from './settings'

/** Sums over rows that the step of W and b needs; owned by whoever made them. */
export type WeightSums = {
  /** V^T V, [d_in, d_in]. */
  readonly gram: tf.Tensor2D
  /** V^T R, [d_in, d_out], with R = U - V W_old^T - b_old in the increment form and R = U - b_old in the direct one. */
  readonly correlation: tf.Tensor2D
  /** Sum of the rows of U - V W_old^T - b_old, [d_out]. */
  readonly residual: tf.Tensor1D
}

/** One layer's weights; b is null in a layer without bias. */
export interface LayerWeights {
  readonly w: tf.Tensor2D
  readonly b: tf.Tensor1D | null
}

/**
 * A chunk's part of the sums, added to those of the chunks before (null for the first), which are consumed.
 * @param gram null where V^T V is known
 */
export function accumulate(
  before: WeightSums | null,
  { form }: SplittingSettings,
  { b }: LayerWeights,
  { u, v, predicted, gram }: { u: tf.Tensor2D; v: tf.Tensor2D; predicted: tf.Tensor2D; gram: tf.Tensor2D | null },
): WeightSums {
  const sums = tf.tidy(() => {
    const residual = subtract(u, predicted)
    const target = form === 'increment' ? residual : b ? subtract(u, b) : u
    const correlation = product(v, target, { left: true })
    const square = gram ?? product(v, v, { left: true })
    const sum = sumOfRows(residual)
    return before
      ? {
          gram: gram ? before.gram : add(before.gram, square),
          correlation: add(before.correlation, correlation),
          residual: add(before.residual, sum),
        }
      : { gram: gram ? gram.clone() : square, correlation, residual: sum }
  })
  if (before) for (const tensor of Object.values(before)) if (!Object.values(sums).includes(tensor)) tensor.dispose()
  return sums
}

/** The new W and b of a layer with N samples, which the caller owns; with an l1 term what its inner solver did. */
export function solveWeights(
  { rho, alpha, form, l2, l1 }: SplittingSettings,
  { w, b }: LayerWeights,
  { gram, correlation, residual }: WeightSums,
  samples: number,
): LayerWeights & { readonly inner: L1Effort | null } {
  const system = tf.tidy(() => {
    const ridge = tf.mul<tf.Tensor2D>(tf.eye(gram.shape[0]), alpha + l2)
    return add(multiply(gram, tf.scalar(rho)), ridge)
  })
  const right = tf.tidy(() => {
    const pull = multiply(correlation, tf.scalar(rho))
    return form === 'increment' && l2 > 0 ? subtract(pull, multiply(tf.transpose(w), tf.scalar(l2))) : pull
  })
  const sparse = l1 > 0 ? l1Step(w, system, right, l1) : null
  const moved =
    sparse?.w ??
    tf.tidy(() =>
      form === 'increment'
        ? add<tf.Tensor2D>(w, tf.transpose(solveSpd(system, right)))
        : product(add(multiply(w, tf.scalar(alpha)), tf.transpose(right)), invertSpd(system)),
    )
  tf.dispose([system, right])
  const step = rho / (rho * samples + alpha)
  return {
    w: moved,
    b: b && tf.tidy(() => add<tf.Tensor1D>(b, multiply(residual, tf.scalar(step)))),
    inner: sparse && { iterations: sparse.iterations, residual: sparse.residual },
  }
}

/** r(W) = l2/2 |W|^2 + l1 |W|_1. */
export function regularizer({ l2, l1 }: SplittingSettings, w: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => tf.add(tf.mul(halfSquare(w), l2), tf.mul(tf.sum(tf.abs(w)), l1)))
}

/** The V-step as a map over row chunks, with what the chunks share; `release` gives that back. */
export interface HiddenStep {
  readonly shared: readonly tf.Tensor[]
  /**
   * @param v old V; @param s sigma(U) of the layer; @param u U of the next layer
   * @returns new V, owned by the caller
   */
  apply(v: tf.Tensor2D, s: tf.Tensor2D, u: tf.Tensor2D): tf.Tensor2D
}

/**
 * H = rho/gamma W^T W + I, the same for all samples. The increment form moves V by (rho/gamma R W + s - V) H^-1 with the residual
 * R = U - V W^T - b; the direct one sets V = (rho/gamma (U - b) W + s) H^-1. Where W has few rows k, as in an output layer, H^-1 is not
 * formed: H^-1 = I - W^T (gamma/rho I + W W^T)^-1 W takes products of width k.
 */
export function hiddenStep({ gamma, rho, form }: SplittingSettings, { w, b }: LayerWeights): HiddenStep {
  const [k, d] = w.shape
  const narrow = form === 'increment' && 2 * k <= d
  const shared = tf.tidy(() => {
    const scaled = multiply(w, tf.scalar(rho / gamma))
    if (!narrow) return [scaled, invertSpd(add(product(w, scaled, { left: true }), tf.eye(d)))]
    const ridge = tf.mul<tf.Tensor2D>(tf.eye(k), gamma / rho)
    return [scaled, product(invertSpd(add(product(w, w, { right: true }), ridge)), w)]
  })
  const [scaled, matrix] = shared as [tf.Tensor2D, tf.Tensor2D]
  const solve = (right: tf.Tensor2D): tf.Tensor2D =>
    narrow ? subtract(right, product(product(right, w, { right: true }), matrix)) : product(right, matrix)
  return {
    shared,
    apply: (v, s, u) =>
      tf.tidy(() => {
        if (form === 'direct') return solve(add(product(b ? subtract(u, b) : u, scaled), s))
        const residual = subtract(u, predict(v, { w, b }))
        return add(v, solve(add(product(residual, scaled), subtract(s, v))))
      }),
  }
}

/** V W^T + b. */
export function predict(v: tf.Tensor2D, { w, b }: LayerWeights): tf.Tensor2D {
  return tf.tidy(() => {
    const linear = product(v, w, { right: true })
    return b ? addToRows(linear, b) : linear
  })
}
