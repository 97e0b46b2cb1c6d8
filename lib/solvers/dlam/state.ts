/** DLAM's variables, and what can be said of them: objective, constraint violation, gradients. Formulas: ../dlam.ts. */
import {
  add,
  addToRows,
  crossEntropy,
  halfSquare,
  multiply,
  product,
  relu,
  subtract,
  sumOfRows,
} from '../../engine/arithmetic'
import { clip } from '../../engine/pointwise'
import { tf } from '../../engine/tensorflow'
import { cloneWeights, type Weights } from '../../network/weights'
import type { Problem } from '../solver'
import type { DlamSettings } from './settings'

/** Some rows of the data and of all N-wide variables: temporaries are made for so many rows at a time. */
export interface Rows {
  readonly x: tf.Tensor2D
  readonly y: tf.Tensor2D
  /** a_1 .. a_{L-1}: a[l - 1] is [rows, d_l]. */
  readonly a: tf.Tensor2D[]
  /** z_1 .. z_L: z[l - 1] is [rows, d_l]. */
  readonly z: tf.Tensor2D[]
  /** a_{l-1} W_l^T + b_l: p[l - 1] is [rows, d_l]. Kept because every block needs it of the block before. */
  readonly p: tf.Tensor2D[]
}

export interface DlamState {
  readonly rows: readonly Rows[]
  /** W_1 .. W_L. */
  readonly kernels: tf.Tensor2D[]
  readonly biases: tf.Tensor1D[]
  epsilon: number
  /** R(z_L) summed over samples, after the last z_L step; null before the first. */
  risk: number | null
  /** phi_1 .. phi_L of these variables; null where not known since one of them moved. 0: p_l = z_l, and W_l, b_l and a_{l-1} have no gradient. */
  readonly penalties: (number | null)[]
  /** Of x: they never change. */
  dataSums: InputSums | null
}

/** Over all samples: the sum of a layer's input rows, [d], and a^T a, [d, d], where `exact` backtracking needs it. */
export interface InputSums {
  readonly sum: tf.Tensor1D
  readonly gram: tf.Tensor2D | null
}

/** Numbers per variable in a chunk: rows x width of the widest layer, 24 MB. Enough for two threads to share a pass over it. */
const CHUNK_ENTRIES = 6_000_000

/** Standard deviation of a and z where they are Gaussian at first: that of the weights in the notebooks. */
const DEVIATION = 0.1

/**
 * a and z by a forward pass, as the authors' later code starts: feasible, and without penalty. Or Gaussian, by keys of their
 * own: the same in every run.
 */
export function initialState(
  { architecture, x, y }: Problem,
  start: Weights,
  settings: DlamSettings,
  chunkEntries = CHUNK_ENTRIES,
): DlamState {
  const widest = Math.max(...architecture.layers.map(({ width }) => width))
  const size = Math.max(1, Math.floor(chunkEntries / widest))
  const { kernels, biases } = cloneWeights(start)
  const [W, b] = [kernels.map((row) => row[0]!), biases.map((bias) => bias!)]
  const isForward = settings.variables === 'forward'
  const rows: Rows[] = []
  for (let first = 0; first < x.shape[0]; first += size) {
    const length = Math.min(size, x.shape[0] - first)
    const chunk: Rows = {
      x: tf.slice(x, [first, 0], [length, -1]),
      y: tf.slice(y, [first, 0], [length, -1]),
      a: [],
      z: [],
      p: [],
    }
    const noise = (shape: [number, number], variable: number): tf.Tensor2D =>
      tf.randomNormal(shape, 0, DEVIATION, 'float32', (first + 1) * 64 + variable)
    W.forEach((kernel, i) => {
      const p = affine(input(chunk, i + 1), kernel, b[i]!)
      const z = isForward ? p.clone() : noise(p.shape, 2 * i)
      chunk.p.push(p)
      chunk.z.push(z)
      if (i + 1 === W.length) return
      const a = tf.tidy(() => (isForward ? relu(z) : within(noise(p.shape, 2 * i + 1), relu(z), settings.epsilon)))
      chunk.a.push(a)
    })
    rows.push(chunk)
  }
  return {
    ...{ rows, kernels: W, biases: b, epsilon: settings.epsilon, risk: null, dataSums: null },
    penalties: W.map(() => (isForward ? 0 : null)),
  }
}

export function disposeState({ rows, kernels, biases, dataSums }: DlamState): void {
  for (const { x, y, a, z, p } of rows) tf.dispose([x, y, ...a, ...z, ...p])
  tf.dispose([...kernels, ...biases])
  if (dataSums) disposeInputSums(dataSums)
}

export function disposeInputSums({ sum, gram }: InputSums): void {
  sum.dispose()
  gram?.dispose()
}

/** a_{l-1}, a_0 being the data. */
export const input = ({ x, a }: Rows, l: number): tf.Tensor2D => (l === 1 ? x : a[l - 2]!)

/** a W^T + b. */
export function affine(a: tf.Tensor2D, kernel: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => addToRows(product(a, kernel, { right: true }), bias))
}

/** phi_l, formed where the state does not know it, and known from then on. */
export function penaltyOf(state: DlamState, l: number, rho: number): number {
  state.penalties[l - 1] ??=
    rho * sum(readAll(state.rows.map(({ p, z }) => tf.tidy(() => halfSquare(subtract(p[l - 1]!, z[l - 1]!))))))
  return state.penalties[l - 1]!
}

/** Rounding that a point may lie outside its bounds by, relative to epsilon + the largest h(z). */
const ROUNDING = 2 ** -22

/** epsilon, and the rounding of a sum of epsilon and h(z_l) for z_l at most `largest`. */
export const widened = (epsilon: number, largest: number): number =>
  epsilon + ROUNDING * (epsilon + Math.max(largest, 0))

/** Entries of a moved to the nearest value within epsilon of the centre. Called inside a tidy. */
export function within(a: tf.Tensor2D, centre: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const e = tf.scalar(epsilon)
  return clip(a, subtract(centre, e), add(centre, e))
}

/** Puts `next` into a list of owned tensors and disposes what was there. */
export function replace<T extends tf.Tensor>(list: T[], i: number, next: T): void {
  list[i]!.dispose()
  list[i] = next
}

/** The numbers in some scalars, read at once: a read waits for the device. Disposes them. */
export function readAll(scalars: readonly tf.Scalar[]): number[] {
  if (scalars.length === 0) return []
  const values = tf.tidy(() => Array.from(tf.stack([...scalars]).dataSync()))
  tf.dispose([...scalars])
  return values
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** R(z_L), summed over samples. */
export const riskOf = ({ rows }: DlamState): number =>
  sum(readAll(rows.map(({ y, z }) => tf.tidy(() => tf.sum(crossEntropy(z.at(-1)!, y)[0]) as tf.Scalar))))

/**
 * objective: R + sum_l phi_l + Omega, summed over samples, without the constraints' indicator, from fresh products; violation: largest
 * |h(z_l) - a_l| - epsilon, 0 if none is positive; residual_w, residual_b: norms of the gradients by all W and all b.
 */
export function describeState(state: DlamState, { rho, l2 }: DlamSettings) {
  const { rows, kernels, biases, epsilon } = state
  let [objective, violation, residualW, residualB] = [riskOf(state), 0, 0, 0]
  kernels.forEach((kernel, i) => {
    let byW: tf.Tensor2D = tf.tidy(() => multiply(kernel, tf.scalar(l2 / rho)))
    let byB: tf.Tensor1D = tf.zerosLike(biases[i]!)
    for (const chunk of rows) {
      const next = tf.tidy(() => {
        const a = input(chunk, i + 1)
        const e = subtract(affine(a, kernel, biases[i]!), chunk.z[i]!)
        return { byW: add(byW, product(e, a, { left: true })), byB: add(byB, sumOfRows(e)), penalty: halfSquare(e) }
      })
      tf.dispose([byW, byB])
      ;({ byW, byB } = next)
      objective += rho * readAll([next.penalty])[0]!
    }
    const [ofKernel, ofW, ofB] = readAll([kernel, byW, byB].map(halfSquare))
    tf.dispose([byW, byB])
    objective += l2 * ofKernel!
    residualW += 2 * rho * rho * ofW!
    residualB += 2 * rho * rho * ofB!
  })
  for (const { a, z } of rows)
    a.forEach((a_l, i) => {
      const gap = tf.tidy(() => tf.max(tf.abs(subtract(relu(z[i]!), a_l))) as tf.Scalar)
      violation = Math.max(violation, readAll([gap])[0]! - epsilon)
    })
  return { objective, epsilon, violation, residual_w: Math.sqrt(residualW), residual_b: Math.sqrt(residualB) }
}
