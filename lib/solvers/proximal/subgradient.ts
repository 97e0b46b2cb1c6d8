/**
 * The least subgradient of the three-splitting objective f (proximal-bcd.ts, residual-bcd.ts). With E_i = V_i - sigma_i(U_i), less V_(i-1) in
 * a residual layer, and R_i = U_i - P_i:
 *   by U_i   -gamma E_i sigma_i'(U_i) + rho R_i           between the one-sided derivatives at a kink, where that is convex
 *   by V_i    gamma E_i - rho R_(i+1) W_(i+1), and - gamma E_(i+1) below a residual layer
 *   by V_L    gamma E_L + an element of the loss's subdifferential
 *   by W_i   -rho R_i^T V_(i-1) + l2 W_i + l1 (sign of W_i, or between -1 and 1 where it is 0)
 *   by b_i   -rho (sum of the rows of R_i)
 */
import { add, multiply, product, relu, subtract, sumOfRows } from '../../engine/arithmetic'
import { tf } from '../../engine/tensorflow'
import { layer } from '../../network/architecture'
import { leastSubgradient } from '../../prox/activation-slope'
import type { Problem } from '../solver'
import type { SplittingSettings } from './settings'
import { type Chunk, isResidual, labelsOf, misfit, type ProximalBcdState, prediction, withInput } from './state'
import { sumOfSquares } from './theory'

/** Its squared norm. @param output the element of least norm of (loss's subdifferential at V_L) + rest */
export function subgradientSquare(
  state: ProximalBcdState,
  problem: Problem,
  settings: SplittingSettings,
  output: (v: tf.Tensor2D, y: tf.Tensor2D, rest: tf.Tensor2D) => tf.Tensor2D,
): number {
  const { layers } = problem.architecture
  const scaled = (t: tf.Tensor2D, factor: number): tf.Tensor2D => multiply(t, tf.scalar(factor))
  const coupling = (chunk: Chunk, i: number): tf.Tensor2D => scaled(misfit(problem, chunk, i), settings.gamma)
  const residual = (chunk: Chunk, i: number): tf.Tensor2D =>
    scaled(subtract(chunk.u[i - 1]!, chunk.predicted[i - 1] ?? prediction(state, problem, chunk, i)), settings.rho)
  let square = 0
  for (let i = 1; i <= layers.length; i++) {
    let sums: tf.Tensor[] | null = null
    for (const chunk of state.chunks) {
      square += sumOfSquares(() => {
        const e = coupling(chunk, i)
        const byU = leastSubgradient(layer(problem.architecture, i).activation, chunk.u[i - 1]!, e, residual(chunk, i))
        if (i === layers.length) return [byU, output(chunk.v[i - 1]!, labelsOf(problem, chunk), e)]
        const byV = subtract(e, product(residual(chunk, i + 1), state.kernels[i]![0]))
        return [byU, isResidual(problem, i + 1) ? subtract(byV, coupling(chunk, i + 1)) : byV]
      })
      const before: tf.Tensor[] | null = sums
      sums = tf.tidy(() => {
        const r = residual(chunk, i)
        const parts = [withInput(problem, chunk, i, (v) => product(r, v, { left: true })), sumOfRows(r)]
        return before ? parts.map((part, k) => add(part, before[k]!)) : parts
      })
      tf.dispose(before ?? [])
    }
    const [w, b] = sums as [tf.Tensor2D, tf.Tensor1D]
    square += sumOfSquares(() => {
      const byW = leastByWeights(settings, state.kernels[i - 1]![0], tf.neg(w))
      return state.biases[i - 1] ? [byW, b] : [byW]
    })
    tf.dispose([w, b])
  }
  return square
}

/** The element of least norm of `rest` + the subdifferential of l2/2 |W|^2 + l1 |W|_1. */
export function leastByWeights(
  { l2, l1 }: Pick<SplittingSettings, 'l2' | 'l1'>,
  w: tf.Tensor2D,
  rest: tf.Tensor2D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const smooth = add(rest, multiply(w, tf.scalar(l2)))
    if (l1 === 0) return smooth
    const cut = multiply(tf.sign<tf.Tensor2D>(smooth), relu(subtract(tf.abs<tf.Tensor2D>(smooth), tf.scalar(l1))))
    return tf.where<tf.Tensor2D>(tf.equal(w, 0), cut, add(smooth, multiply(tf.sign<tf.Tensor2D>(w), tf.scalar(l1))))
  })
}
