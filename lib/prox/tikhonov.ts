/**
 * The hidden-layer sub-problem of Tikhonov BCD (Zhang & Brand 2017, eq. 4-5): for fixed weights,
 *   phi(U) = sum 1/2 |y - V u_N|^2 + sum_n gamma_n/2 |u_n - sum_m W_{n,m} u_m|^2 + proximity/2 |U - U_old|^2,  U >= 0,
 * over all hidden layers of a sample jointly. Its Hessian is the same for all samples and is never formed: with K hidden
 * layers of width d that would be a (K d)^2 matrix, where one pass through the layers and back costs 2 (K - 1) d^2.
 */
import { tf } from '../engine/tensorflow'
import { type Architecture, layer } from '../network/architecture'
import { largestEigenvalue } from './largest-eigenvalue'

/** Architecture, weights and gamma (one per hidden layer) of the sub-problem. */
export interface HiddenProblem {
  readonly architecture: Architecture
  /** kernels[n-1][k], as in Weights; the last one is V. */
  readonly kernels: readonly (readonly tf.Tensor2D[])[]
  readonly gamma: readonly number[]
}

/** A set of samples: data [rows, d_0], one-hot labels [rows, classes], hidden variables [rows, d_n]. */
export interface HiddenRows {
  readonly x: tf.Tensor2D
  readonly y: tf.Tensor2D
  readonly u: readonly tf.Tensor2D[]
}

/** Links of hidden layer n, weighted ones with their matrix. */
function links({ architecture, kernels }: HiddenProblem, n: number): { from: number; kernel: tf.Tensor2D | null }[] {
  let k = 0
  return layer(architecture, n).inputs.map(({ from, link }) => ({
    from,
    kernel: link === 'weight' ? kernels[n - 1]![k++]! : null,
  }))
}

const outputKernel = ({ kernels }: HiddenProblem): tf.Tensor2D => kernels[kernels.length - 1]![0]!

/**
 * r_n = u_n - sum_m W_{n,m} u_m for every hidden layer, and the misfit V u_N - y of the output.
 * Called inside a tidy.
 */
export function tikhonovResiduals(
  problem: HiddenProblem,
  { x, y }: Pick<HiddenRows, 'x' | 'y'>,
  u: readonly tf.Tensor2D[],
): { residuals: tf.Tensor2D[]; misfit: tf.Tensor2D } {
  const activation = (m: number) => (m === 0 ? x : u[m - 1]!)
  const residuals = u.map((u_n, i) => {
    const predicted = links(problem, i + 1).map(({ from, kernel }) =>
      kernel ? tf.matMul(activation(from), kernel, false, true) : activation(from),
    )
    return tf.sub<tf.Tensor2D>(u_n, predicted.length === 1 ? predicted[0]! : tf.addN(predicted))
  })
  const misfit = tf.sub<tf.Tensor2D>(tf.matMul(u[u.length - 1]!, outputKernel(problem), false, true), y)
  return { residuals, misfit }
}

/** grad_U of eq. 4 (without the proximity) from the residuals, one tensor per hidden layer. Called inside a tidy. */
export function tikhonovGradient(
  problem: HiddenProblem,
  residuals: readonly tf.Tensor2D[],
  misfit: tf.Tensor2D,
): tf.Tensor2D[] {
  const scaled = residuals.map((r, i) => tf.mul<tf.Tensor2D>(r, problem.gamma[i]!))
  const gradient: tf.Tensor2D[] = [...scaled]
  scaled.forEach((r, i) => {
    for (const { from, kernel } of links(problem, i + 1))
      if (from > 0) gradient[from - 1] = tf.sub(gradient[from - 1]!, kernel ? tf.matMul(r, kernel) : r)
  })
  const last = gradient.length - 1
  gradient[last] = tf.add(gradient[last]!, tf.matMul(misfit, outputKernel(problem)))
  return gradient
}

/**
 * Largest eigenvalue of the sub-problem's Hessian without the proximity: a sample with x = 0 and y = 0 has phi's gradient =
 * Hessian times u.
 */
export function hiddenCurvature(problem: HiddenProblem): number {
  const { architecture } = problem
  return tf.tidy(() => {
    const blank = {
      x: tf.zeros<tf.Rank.R2>([1, architecture.features]),
      y: tf.zeros<tf.Rank.R2>([1, outputKernel(problem).shape[0]]),
    }
    const hessian = (u: readonly tf.Tensor2D[]): tf.Tensor2D[] => {
      const { residuals, misfit } = tikhonovResiduals(problem, blank, u)
      return tikhonovGradient(problem, residuals, misfit)
    }
    return largestEigenvalue(
      hessian,
      problem.gamma.map((_, i) => layer(architecture, i + 1).width),
    )
  })
}

/**
 * The map z -> max(0, z - grad phi(z) / L) for a set of rows, its scalars folded into the matrices and its constant
 * terms summed once. With s = 1/L and q_n = s gamma_n sum_m W_{n,m} u_m - s gamma_n u_n (a scaled residual, negated):
 *   z_n - s grad_n = (1 - s proximity) z_n + q_n - sum_{k: n in M_k} W_{k,n}^T q_k - [n = N] s V^T V z_N + c_n,
 *   c_n = s proximity u_old,n + [n = N] s V^T y.
 * Its tensors belong to the tidy it is called in.
 */
export function projectedGradientStep(
  problem: HiddenProblem,
  { x, y, u: old }: HiddenRows,
  proximity: number,
  lipschitz: number,
): (z: readonly tf.Tensor2D[]) => tf.Tensor2D[] {
  const s = 1 / lipschitz
  const last = old.length
  const v = outputKernel(problem)
  const vScaled = tf.mul<tf.Tensor2D>(v, -s)
  const constants = old.map((u, i) => {
    const pull = tf.mul<tf.Tensor2D>(u, s * proximity)
    return i + 1 === last ? tf.sub<tf.Tensor2D>(pull, tf.matMul(y, vScaled)) : pull
  })
  const layers = old.map((_, i) => {
    const weight = s * problem.gamma[i]!
    const fromData = links(problem, i + 1).filter(({ from }) => from === 0)
    const fromHidden = links(problem, i + 1).filter(({ from }) => from > 0)
    const data = fromData.map(({ kernel }) =>
      tf.mul<tf.Tensor2D>(kernel ? tf.matMul(x, kernel, false, true) : x, weight),
    )
    return {
      weight,
      data,
      hidden: fromHidden.map(({ from, kernel }) => ({
        from,
        forward: kernel && tf.mul<tf.Tensor2D>(kernel, weight),
        backward: kernel && tf.neg(kernel),
      })),
    }
  })
  const sum = (terms: tf.Tensor2D[]) => (terms.length === 1 ? terms[0]! : (tf.addN(terms) as tf.Tensor2D))
  return (z) => {
    const q = layers.map(({ weight, data, hidden }, i): tf.Tensor2D => {
      const predicted = hidden.map(({ from, forward }) =>
        forward
          ? tf.matMul<tf.Tensor2D>(z[from - 1]!, forward, false, true)
          : tf.mul<tf.Tensor2D>(z[from - 1]!, weight),
      )
      return sum([...data, ...predicted, tf.mul<tf.Tensor2D>(z[i]!, -weight)])
    })
    const terms = z.map((z_n, i) => [tf.mul<tf.Tensor2D>(z_n, 1 - s * proximity), q[i]!, constants[i]!])
    layers.forEach(({ hidden }, i) => {
      for (const { from, backward } of hidden)
        terms[from - 1]!.push(backward ? tf.matMul(q[i]!, backward) : tf.neg(q[i]!))
    })
    terms[last - 1]!.push(tf.matMul(tf.matMul(z[last - 1]!, v, false, true), vScaled))
    return terms.map((t) => tf.relu(sum(t)))
  }
}
