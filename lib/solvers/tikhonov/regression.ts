/**
 * The V- and W-steps of Algorithm 1 as linear regressions: for layer n, inputs (its weighted links side by side) against a
 * target (u_n less its identity links; y for V), over all samples, in row chunks.
 */
import { solveSpd } from '../../engine/linear-algebra'
import { Regression64 } from '../../engine/regression64'
import { tf } from '../../engine/tensorflow'
import { type Architecture, layer, weightedInputs } from '../../network/architecture'

/** Samples that are held and solved together: data, labels and their hidden variables. */
export interface Chunk {
  readonly x: tf.Tensor2D
  readonly y: tf.Tensor2D
  /** U of the chunk's rows, one per hidden layer. */
  u: tf.Tensor2D[]
  /** The last U*, where the next U-step starts. */
  uStar: tf.Tensor2D[] | null
}

/** A layer's normal equations around its old weights W_old, inputs side by side. */
export interface NormalEquations {
  /** inputs^T inputs, [d, d]. */
  readonly gram: tf.Tensor2D
  /** inputs^T (target - inputs W_old^T), [d, d_n]. */
  readonly correlation: tf.Tensor2D
  /** |target - inputs W_old^T|^2 of each unit, [d_n]. */
  readonly misfit: tf.Tensor1D
}

/** Inputs and target of layer n's regression for one chunk: the weighted links side by side, identity links subtracted. */
export function regressionData(
  { x, y, u }: Chunk,
  architecture: Architecture,
  n: number,
): { inputs: tf.Tensor2D; target: tf.Tensor2D } {
  const activation = (m: number) => (m === 0 ? x : u[m - 1]!)
  const weighted = weightedInputs(architecture, n).map(({ from }) => activation(from))
  const identities = layer(architecture, n).inputs.filter(({ link }) => link === 'identity')
  let target = n === architecture.layers.length ? y : u[n - 1]!
  for (const { from } of identities) target = tf.sub(target, activation(from))
  return { inputs: weighted.length === 1 ? weighted[0]! : tf.concat(weighted, 1), target }
}

/**
 * Sums over chunks, inside a tidy.
 * @param old W_old, [d_n, d]
 * @param known the Gram matrix where it is known already
 */
export function normalEquations(
  chunks: readonly Chunk[],
  architecture: Architecture,
  n: number,
  old: tf.Tensor2D,
  known: tf.Tensor2D | null,
): NormalEquations {
  let sums: tf.Tensor[] | null = null
  for (const chunk of chunks) {
    const before: tf.Tensor[] | null = sums
    sums = tf.tidy(() => {
      const { inputs, target } = regressionData(chunk, architecture, n)
      const residual = tf.sub<tf.Tensor2D>(target, tf.matMul(inputs, old, false, true))
      const parts: tf.Tensor[] = [tf.matMul(inputs, residual, true, false), tf.sum(tf.square(residual), 0)]
      if (!known) parts.push(tf.matMul(inputs, inputs, true, false))
      return parts.map((part, i) => (before ? tf.add(before[i]!, part) : part))
    })
    if (before) tf.dispose(before)
  }
  const [correlation, misfit, gram] = sums as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D | undefined]
  return { gram: known ?? gram!, correlation, misfit }
}

/** argmin_W weight/2 |target - inputs W^T|^2 + proximity/2 |W - W_old|^2 for proximity > 0, [d_n, d]; inside a tidy. */
export function ridgeRegression(
  { gram, correlation }: NormalEquations,
  old: tf.Tensor2D,
  weight: number,
  proximity: number,
): tf.Tensor2D {
  const ridge = proximity / weight
  const change = solveSpd(tf.add(gram, tf.mul(tf.eye(gram.shape[0]), ridge)), correlation)
  return tf.add(old, tf.transpose(change))
}

/** The regression without proximity: of its solutions the one of smallest norm, [d_n, d]; inside a tidy. */
export function minimumNormRegression(chunks: readonly Chunk[], architecture: Architecture, n: number): tf.Tensor2D {
  let regression: Regression64 | null = null
  try {
    for (const chunk of chunks)
      tf.tidy(() => {
        const { inputs, target } = regressionData(chunk, architecture, n)
        regression ??= new Regression64(inputs.shape[1], target.shape[1])
        regression.add(inputs, target)
      })
    return tf.tidy(() => tf.transpose(regression!.minimumNorm()))
  } finally {
    ;(regression as Regression64 | null)?.dispose()
  }
}

/** old + theta (star - old); exactly star for theta = 1, whose zeros must stay zeros. */
export function relax(old: tf.Tensor2D, star: tf.Tensor2D, theta: number): tf.Tensor2D {
  return theta === 1 ? star.clone() : tf.tidy(() => tf.add<tf.Tensor2D>(tf.mul(old, 1 - theta), tf.mul(star, theta)))
}

export const distanceSquared = (a: readonly tf.Tensor2D[], b: readonly tf.Tensor2D[]): number =>
  tf.tidy(() => tf.addN(a.map((block, i) => tf.sum(tf.squaredDifference(block, b[i]!)))).dataSync()[0]!)

/** A layer's matrices side by side. */
export const joint = (kernels: readonly tf.Tensor2D[]): tf.Tensor2D =>
  kernels.length === 1 ? kernels[0]!.clone() : tf.concat([...kernels], 1)
