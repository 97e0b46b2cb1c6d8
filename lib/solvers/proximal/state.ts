/** The variables of three-splitting BCD in row chunks, and what the architecture makes of them. Rows of a chunk stay in the cache. */
import { add, subtract } from '../../engine/arithmetic'
import { tf } from '../../engine/tensorflow'
import { activate } from '../../network/activation'
import { layer } from '../../network/architecture'
import type { Problem } from '../solver'
import { type LayerWeights, predict, type WeightSums } from './ridge-steps'

/** Rows handled together: some MB per layer; fewer rows make the calls costlier, many more leave the cache. */
const CHUNK_ROWS = 2000

export interface Chunk {
  readonly first: number
  readonly rows: number
  readonly u: tf.Tensor2D[]
  readonly v: tf.Tensor2D[]
  /** P_i of the state, null from the update of W_i until that of V_(i-1). */
  readonly predicted: (tf.Tensor2D | null)[]
}

export interface ProximalBcdState {
  readonly chunks: readonly Chunk[]
  readonly kernels: [tf.Tensor2D][]
  readonly biases: (tf.Tensor1D | null)[]
  /** X^T X: it never changes. */
  dataGram: tf.Tensor2D | null
  /** Of the layer in progress: held here so that an abandoned step leaves nothing behind. */
  sums: WeightSums | null
  shared: readonly tf.Tensor[]
}

export function rowChunks(rows: number): { first: number; rows: number }[] {
  return Array.from({ length: Math.ceil(rows / CHUNK_ROWS) }, (_, k) => {
    const first = k * CHUNK_ROWS
    return { first, rows: Math.min(CHUNK_ROWS, rows - first) }
  })
}

export const weightsOf = ({ kernels, biases }: ProximalBcdState, i: number): LayerWeights => ({
  w: kernels[i - 1]![0],
  b: biases[i - 1]!,
})

export const labelsOf = ({ y }: Problem, { first, rows }: Pick<Chunk, 'first' | 'rows'>): tf.Tensor2D =>
  tf.slice2d(y, [first, 0], [rows, -1])

/** Lends V_(i-1) of a chunk; the data are not copied into the state. */
export function withInput<T extends tf.TensorContainer>(
  { x }: Problem,
  { first, rows, v }: Chunk,
  i: number,
  use: (v: tf.Tensor2D) => T,
): T {
  return tf.tidy(() => use(i === 1 ? tf.slice2d(x, [first, 0], [rows, -1]) : v[i - 2]!))
}

/** P_i of a chunk, owned by the caller. */
export const prediction = (state: ProximalBcdState, problem: Problem, chunk: Chunk, i: number): tf.Tensor2D =>
  withInput(problem, chunk, i, (v) => predict(v, weightsOf(state, i)))

/** Layer i adds V_(i-1) after its activation. */
export const isResidual = ({ architecture }: Problem, i: number): boolean =>
  i <= architecture.layers.length && layer(architecture, i).inputs.some(({ link }) => link === 'residual')

/** sigma_i(U); always a tensor of its own. */
const sigma = ({ architecture }: Problem, i: number, u: tf.Tensor2D): tf.Tensor2D =>
  activate(layer(architecture, i).activation, u)

/** What V_i is to be: sigma_i(U), and V_(i-1) added in a residual layer. Called inside a tidy; always a tensor of its own. */
export function layerValue(problem: Problem, chunk: Chunk, i: number, u: tf.Tensor2D): tf.Tensor2D {
  const value = sigma(problem, i, u)
  return isResidual(problem, i) ? withInput(problem, chunk, i, (v) => add(value, v)) : value
}

/** What sigma_i(U_i) is to be: V_i, and V_(i-1) taken off in a residual layer. Called inside a tidy. */
export function activationTarget(problem: Problem, chunk: Chunk, i: number): tf.Tensor2D {
  const v = chunk.v[i - 1]!
  return isResidual(problem, i) ? withInput(problem, chunk, i, (below) => subtract(v, below)) : v
}

/** V_i - sigma_i(U_i), without V_(i-1) in a residual layer. Called inside a tidy. */
export const misfit = (problem: Problem, chunk: Chunk, i: number): tf.Tensor2D =>
  subtract(chunk.v[i - 1]!, layerValue(problem, chunk, i, chunk.u[i - 1]!))

/** Puts a tensor in the place of layer i's and disposes that. */
export function replace<T extends tf.Tensor2D | null>(of: T[], i: number, next: T): void {
  of[i - 1]?.dispose()
  of[i - 1] = next
}

export function forget(state: ProximalBcdState): void {
  tf.dispose([...Object.values(state.sums ?? {}), ...state.shared] as tf.Tensor[])
  state.sums = null
  state.shared = []
}
