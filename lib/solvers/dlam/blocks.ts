/**
 * The updates of W_l and b_l, z_l and z_L (the a-step: activations.ts). Each goes over the rows in chunks, replaces its block
 * in the state and says what it did. Where a number of the whole data decides (a step size), a first pass gathers it and a second
 * one applies it. Formulas: ../dlam.ts.
 */
import { add, crossEntropy, halfSquare, multiply, product, relu, subtract, sumOfRows } from '../../engine/arithmetic'
import { clip } from '../../engine/pointwise'
import { tf } from '../../engine/tensorflow'
import { doubleTo, doubleUntil, type StepSize } from '../../prox/backtracking'
import { fista, newton } from '../../prox/cross-entropy'
import type { DlamSettings } from './settings'
import {
  affine,
  type DlamState,
  disposeInputSums,
  type InputSums,
  input,
  penaltyOf,
  type Rows,
  readAll,
  replace,
  riskOf,
  sum,
  widened,
} from './state'

/** What an update did to its block. */
export interface Update {
  /** |new - old|^2. */
  readonly moved: number
  /** Its terms on the right-hand side of Lemma 1 (eq. 7). */
  readonly bound: number
  readonly doublings: number
}

/** Of a block without a gradient. */
export const STILL: Update = { moved: 0, bound: 0, doublings: 0 }

/** Step of W_l along -(rho E + l2 W), E = (p - z)^T a_{l-1}, then b_l to its minimum. */
export function updateWeights(state: DlamState, l: number, settings: DlamSettings): Update {
  const { rho, l2 } = settings
  if (state.penalties[l - 1] === 0 && l2 === 0) return STILL
  const [kernel, bias] = [state.kernels[l - 1]!, state.biases[l - 1]!]
  const n = sum(state.rows.map(({ y }) => y.shape[0]))
  const inputs = inputSums(state, l, settings.backtracking === 'exact')
  const residuals = residualSums(state, l)
  const step = tf.tidy(() => {
    const gradient = multiply(residuals.correlation, tf.scalar(rho))
    const direction = l2 > 0 ? add(gradient, multiply(kernel, tf.scalar(l2))) : gradient
    const along = 2 * readAll([halfSquare(direction)])[0]!
    const towards = (theta: number): tf.Tensor2D => multiply(direction, tf.scalar(-1 / (theta + l2)))
    const theta: StepSize =
      along === 0
        ? { value: null, doublings: 0 }
        : inputs.gram
          ? doubleTo((rho * quadraticForm(direction, inputs.gram)) / along, 1, settings.doublingCap)
          : doubleUntil(accepts(state, l, rho, gradient, towards), 1, settings.doublingCap)
    const change = theta.value === null ? tf.zerosLike(kernel) : towards(theta.value)
    // b + mean(z - W a - b), from the mean residual before the step and what the step did to it.
    const shift = tf.tidy(() => {
      const meanResidual = multiply(residuals.sum, tf.scalar(-1 / n))
      const meanInput = tf.reshape<tf.Rank.R2>(multiply(inputs.sum, tf.scalar(1 / n)), [1, -1])
      return subtract(meanResidual, tf.reshape(product(meanInput, change, { right: true }), [-1])) as tf.Tensor1D
    })
    const moved = readAll([halfSquare(change), halfSquare(shift)]).map((half) => 2 * half)
    return {
      kernel: add(kernel, change),
      bias: add(bias, shift),
      moved: sum(moved),
      bound: ((theta.value ?? 0) / 2) * moved[0]! + (rho / 2) * moved[1]!,
      doublings: theta.doublings,
    }
  })
  tf.dispose([residuals.correlation, residuals.sum])
  if (inputs !== state.dataSums) disposeInputSums(inputs)
  replace(state.kernels, l - 1, step.kernel)
  replace(state.biases, l - 1, step.bias)
  for (const chunk of state.rows) replace(chunk.p, l - 1, affine(input(chunk, l), step.kernel, step.bias))
  state.penalties[l - 1] = null
  return step
}

/** The sums over samples of a_{l-1}'s rows and, where asked for, its Gram matrix. The data's own are kept: they never change. */
function inputSums(state: DlamState, l: number, withGram: boolean): InputSums {
  if (l === 1 && state.dataSums) return state.dataSums
  const [sum, gram] = addUp(state.rows, (chunk) => {
    const a = input(chunk, l)
    return withGram ? [sumOfRows(a), product(a, a, { left: true })] : [sumOfRows(a)]
  }) as [tf.Tensor1D, tf.Tensor2D?]
  const inputs = { sum, gram: gram ?? null }
  if (l === 1) state.dataSums = inputs
  return inputs
}

/** E = (p - z)^T a_{l-1} and the sum of the rows of p - z, over samples. */
function residualSums(state: DlamState, l: number): { correlation: tf.Tensor2D; sum: tf.Tensor1D } {
  const [correlation, sum] = addUp(state.rows, (chunk) => {
    const e = subtract<tf.Tensor2D>(chunk.p[l - 1]!, chunk.z[l - 1]!)
    return [product(e, input(chunk, l), { left: true }), sumOfRows(e)]
  }) as [tf.Tensor2D, tf.Tensor1D]
  return { correlation, sum }
}

/** Tensors of every chunk, added up over the chunks. */
function addUp(rows: readonly Rows[], terms: (chunk: Rows) => tf.Tensor[]): tf.Tensor[] {
  let totals: tf.Tensor[] | null = null
  for (const chunk of rows) {
    const next: tf.Tensor[] = tf.tidy(() => {
      const own = terms(chunk)
      return totals ? totals.map((total, i) => add(total, own[i]!)) : own
    })
    if (totals) tf.dispose(totals)
    totals = next
  }
  return totals!
}

/** |D a^T|^2 over all samples, from a's Gram matrix. */
const quadraticForm = (d: tf.Tensor2D, gram: tf.Tensor2D): number =>
  readAll([tf.tidy(() => tf.sum(multiply(product(d, gram), d)) as tf.Scalar)])[0]!

/** Algorithm 2's test as printed: phi(W + D) <= phi(W) + <G, D> + theta/2 |D|^2, each phi from a product with all inputs. */
function accepts(
  state: DlamState,
  l: number,
  rho: number,
  gradient: tf.Tensor2D,
  towards: (theta: number) => tf.Tensor2D,
): (theta: number) => boolean {
  const before = penaltyOf(state, l, rho)
  const [kernel, bias] = [state.kernels[l - 1]!, state.biases[l - 1]!]
  return (theta) =>
    tf.tidy(() => {
      const d = towards(theta)
      const trial = add(kernel, d)
      const misfit = (chunk: Rows) => subtract(affine(input(chunk, l), trial, bias), chunk.z[l - 1]!)
      const after = rho * sum(readAll(state.rows.map((chunk) => tf.tidy(() => halfSquare(misfit(chunk))))))
      const [slope, square] = readAll([tf.sum(multiply(gradient, d)) as tf.Scalar, halfSquare(d)])
      return after <= before + slope! + theta * square!
    })
}

/** z_l, l < L: p_l, clipped to the z whose h(z) lies within epsilon of a_l where it does not (to rounding). */
export function updateHidden(state: DlamState, l: number, { rho }: DlamSettings): Update {
  const wasPrediction = state.penalties[l - 1] === 0
  const [moved, penalties]: [tf.Scalar[], tf.Scalar[]] = [[], []]
  for (const { a, z, p } of state.rows) {
    const prediction = p[l - 1]!
    const feasible = isFeasible(prediction, a[l - 1]!, state.epsilon)
    if (feasible && wasPrediction) continue
    const next = feasible ? prediction.clone() : tf.tidy(() => clipPrediction(prediction, a[l - 1]!, state.epsilon))
    moved.push(tf.tidy(() => halfSquare(subtract(next, z[l - 1]!))))
    if (!feasible) penalties.push(tf.tidy(() => halfSquare(subtract(prediction, next))))
    replace(z, l - 1, next)
  }
  const square = 2 * sum(readAll(moved))
  state.penalties[l - 1] = rho * sum(readAll(penalties))
  return { moved: square, bound: (rho / 2) * square, doublings: 0 }
}

/** |h(p) - a| <= epsilon everywhere. */
function isFeasible(p: tf.Tensor2D, a: tf.Tensor2D, epsilon: number): boolean {
  const extremes = tf.tidy(() => {
    const gap = subtract(relu(p), a)
    return [tf.max(gap), tf.min(gap), tf.max(p)].map((each) => tf.keep(each as tf.Scalar))
  })
  const [over, under, largest] = readAll(extremes)
  return Math.max(over!, -under!) <= widened(epsilon, largest!)
}

/** For ReLU there is no lower bound where a <= epsilon. Called inside a tidy. */
function clipPrediction(p: tf.Tensor2D, a: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const e = tf.scalar(epsilon)
  const low = subtract<tf.Tensor2D>(a, e)
  const lowest = tf.where(tf.greater(low, 0), low, tf.fill<tf.Rank.R2>(low.shape, Number.NEGATIVE_INFINITY))
  return clip(p, lowest, add(a, e))
}

/** z_L: the cross-entropy's proximal point at p_L. */
export function updateOutput(state: DlamState, { rho, output, innerTolerance, innerCap }: DlamSettings) {
  const solve = output === 'newton' ? newton : fista
  const riskBefore = state.risk ?? riskOf(state)
  let [moved, risk, penalty, iterations, capped] = [0, 0, 0, 0, 0]
  for (const { y, z, p } of state.rows) {
    const old = z.at(-1)!
    const m = p.at(-1)!
    const solved = solve(old, y, m, rho, { tolerance: innerTolerance, cap: innerCap })
    const terms = tf.tidy(() =>
      [
        tf.sum(crossEntropy(solved.z, y)[0]) as tf.Scalar,
        halfSquare(subtract(m, solved.z)),
        halfSquare(subtract(solved.z, old)),
      ].map((term) => tf.keep(term)),
    )
    const [after, coupling, way] = readAll(terms)
    risk += after!
    penalty += rho * coupling!
    moved += 2 * way!
    iterations += solved.iterations
    if (!solved.converged) capped++
    replace(z, z.length - 1, solved.z)
  }
  state.risk = risk
  state.penalties[state.penalties.length - 1] = penalty
  const chunks = state.rows.length
  return {
    moved,
    bound: (rho / 2) * moved,
    doublings: 0,
    risk,
    riskBefore,
    iterations: iterations / chunks,
    capped: capped / chunks,
  }
}
