/**
 * First stage of the linear SVM: a few Newton steps on a smoothed objective, all classes at once, from zero to the
 * neighbourhood of the solution. The squared hinge max(0, u)^2, u = 1 - s (w . a), is replaced by p(u)^2 with the
 * smoothed plus function p(u) = (u + sqrt(u^2 + 4 mu^2)) / 2 (Chen & Harker 1993; Kanzow 1996), whose Hessian tells rows
 * near the margin from rows far from it, and mu falls as full steps are accepted. Every step costs a few products with
 * X, because all classes share one preconditioner built from the Gram matrix of X.
 */
import { tf } from '../engine/tensorflow'
import { adjoint, dots, gram, scores } from './augmented'
import { conjugateGradients, ridgeInverse } from './conjugate-gradients'

/** Linear classifiers of K classes with their scores. */
export interface Coefficients {
  /** [K, d+1], the bias last. */
  readonly w: Float64Array
  /** W A^T, [K, n]. */
  readonly z: Float64Array
}

/** The parts of one row's smoothed loss: p, and q = p - u > 0, whose product is mu^2 and whose sum is sqrt(u^2 + 4 mu^2). */
export function smoothedPlus(u: number, mu: number): { p: number; q: number } {
  const root = Math.sqrt(u * u + 4 * mu * mu)
  // The smaller of the two comes from the product: the difference would cancel.
  if (u > 0) {
    const p = (u + root) / 2
    return { p, q: (mu * mu) / p }
  }
  const q = (root - u) / 2
  return { p: (mu * mu) / q, q }
}

/** Slope and curvature of C p(u)^2 with respect to the score, up to the sign s of the slope: 2C p^2 / (p+q) and its derivative. */
function loss(u: number, mu: number, C: number): { slope: number; curvature: number } {
  const { p, q } = smoothedPlus(u, mu)
  const root = p + q
  return { slope: (2 * C * p * p) / root, curvature: (2 * C * p * p * (root + 2 * q)) / root ** 3 }
}

/** After five the objective is within a percent or so: what is left is the other stage's. */
export const newtonSteps = 5

/**
 * @param x [n, d]
 * @param signs s, [K, n]: +1 for rows of the class, -1 for the others
 */
export async function smoothedNewton(x: tf.Tensor2D, signs: Int8Array, C: number): Promise<Coefficients> {
  const [n, d] = x.shape
  const classes = signs.length / n
  const w = new Float64Array(classes * (d + 1))
  const z = new Float64Array(classes * n)
  const width = new Float64Array(classes).fill(1)
  const g = gram(x)
  let preconditioner: tf.Tensor2D | null = null
  let builtFor = 0
  try {
    for (let iteration = 0; iteration < newtonSteps; iteration++) {
      const pull = new Float32Array(signs.length)
      const curvature = new Float32Array(signs.length)
      let mean = 0
      for (let k = 0, j = 0; k < classes; k++)
        for (const end = (k + 1) * n; j < end; j++) {
          const at = loss(1 - signs[j]! * z[j]!, width[k]!, C)
          pull[j] = signs[j]! * at.slope
          curvature[j] = at.curvature
          mean += at.curvature / signs.length
        }
      if (!preconditioner || builtFor > 2 * mean || builtFor < mean / 2) {
        preconditioner?.dispose()
        preconditioner = ridgeInverse(g, mean)
        builtFor = mean
      }
      const downhill = adjoint(x, pull, classes)
      for (let i = 0; i < w.length; i++) downhill[i]! -= w[i]!
      const d2 = tf.tensor2d(curvature, [classes, n])
      const { z: dw } = await conjugateGradients(x, d2, preconditioner, downhill, { reduction: 0.1, maxIterations: 20 })
      d2.dispose()
      const dz = scores(x, dw, classes)
      const wd = dots(w, dw, classes)
      const dd = dots(dw, dw, classes)
      for (let k = 0; k < classes; k++) {
        const rows = [k * n, (k + 1) * n] as const
        const step = exactStep((t) => {
          let slope = wd[k]! + t * dd[k]!
          let bend = dd[k]!
          for (let j = rows[0]; j < rows[1]; j++) {
            const s = signs[j]! * dz[j]!
            const at = loss(1 - signs[j]! * z[j]! - t * s, width[k]!, C)
            slope -= at.slope * s
            bend += at.curvature * s * s
          }
          return { slope, bend }
        })
        for (let i = k * (d + 1); i < (k + 1) * (d + 1); i++) w[i]! += step * dw[i]!
        for (let j = rows[0]; j < rows[1]; j++) z[j]! += step * dz[j]!
        // A short step means that the rows near the margin changed on the way: smooth less boldly.
        if (iteration < newtonSteps - 1) width[k]! *= step > 0.8 ? 0.2 : step > 0.4 ? 0.5 : 1
      }
    }
  } finally {
    g.dispose()
    preconditioner?.dispose()
  }
  return { w, z }
}

/** The minimiser t > 0 of a convex function of one variable, to 1 %: Newton's method kept inside a shrinking bracket. */
function exactStep(derivatives: (t: number) => { slope: number; bend: number }): number {
  let [low, high, t] = [0, Number.POSITIVE_INFINITY, 1]
  for (let i = 0; i < 30; i++) {
    const { slope, bend } = derivatives(t)
    if (slope > 0) high = t
    else low = t
    let next = t - slope / bend
    if (!(next > low && next < high)) next = high < Number.POSITIVE_INFINITY ? (low + high) / 2 : 2 * t
    if (Math.abs(next - t) <= 0.01 * t) return next
    t = next
  }
  return t
}
