/** How far Tikhonov BCD's variables are from a stationary point of eq. 4, and the objective there. */
import { tf } from '../../engine/tensorflow'
import type { Architecture } from '../../network/architecture'
import { type HiddenProblem, tikhonovGradient, tikhonovResiduals } from '../../prox/tikhonov'
import { type Chunk, joint, regressionData } from './regression'

/**
 * objective: f of eq. 4, summed over samples. residual_u: |U - max(0, U - grad_U f)|; residual_v, residual_w: norms
 * of the gradients. All three vanish exactly at a stationary point; theta_t plays no part in them. Where a hidden layer's rows
 * are constrained to a set, residual_w counts |W - P(W - grad_W f)| instead.
 * @param project P of the hidden layers' weights, when they are constrained
 */
export function stationarity(
  chunks: readonly Chunk[],
  hidden: HiddenProblem,
  architecture: Architecture,
  project?: (w: tf.Tensor2D) => tf.Tensor2D,
): Record<string, number> {
  const last = architecture.layers.length
  let [objective, residualU] = [0, 0]
  const gradients: (tf.Tensor2D | null)[] = architecture.layers.map(() => null)
  for (const chunk of chunks) {
    const sums = tf.tidy(() => {
      const { residuals, misfit } = tikhonovResiduals(hidden, chunk, chunk.u)
      const gradientU = tikhonovGradient(hidden, residuals, misfit)
      const movable = chunk.u.map((u, i) => tf.sum(tf.squaredDifference(u, tf.relu(tf.sub(u, gradientU[i]!)))))
      for (let n = 1; n <= last; n++) {
        const { inputs } = regressionData(chunk, architecture, n)
        const gradient = tf.matMul<tf.Tensor2D>(n === last ? misfit : residuals[n - 1]!, inputs, true, false)
        const before = gradients[n - 1]
        gradients[n - 1] = tf.keep(before ? tf.add<tf.Tensor2D>(before, gradient) : gradient)
        before?.dispose()
      }
      const fit = tf.mul(tf.sum(tf.square(misfit)), 0.5)
      const penalties = residuals.map((r, i) => tf.mul(tf.sum(tf.square(r)), hidden.gamma[i]! / 2))
      return tf.stack([tf.addN([fit, ...penalties]), tf.addN(movable)]).dataSync()
    })
    objective += sums[0]!
    residualU += sums[1]!
  }
  const norms = gradients.map((g, i) =>
    tf.tidy(() => {
      if (i + 1 === last) return tf.sum(tf.square(g!)).dataSync()[0]!
      // r = u_n - W u is target less prediction, so the gradient by W is -gamma g.
      if (!project) return tf.sum(tf.square(g!)).dataSync()[0]! * hidden.gamma[i]! ** 2
      const w = joint(hidden.kernels[i]!)
      const stepped = tf.add<tf.Tensor2D>(w, tf.mul(g!, hidden.gamma[i]!))
      return tf.sum(tf.squaredDifference(w, project(stepped))).dataSync()[0]!
    }),
  )
  tf.dispose(gradients as tf.Tensor2D[])
  return {
    objective,
    residual_u: Math.sqrt(residualU),
    residual_v: Math.sqrt(norms[last - 1]!),
    residual_w: Math.sqrt(norms.slice(0, -1).reduce((sum, value) => sum + value, 0)),
  }
}
