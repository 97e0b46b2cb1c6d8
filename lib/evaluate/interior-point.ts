/**
 * Second stage of the linear SVM: every class to its optimum by a primal-dual interior-point method with Mehrotra's
 * predictor and corrector (Mehrotra 1992; Nocedal & Wright 2006, section 16.6). With xi >= 1 - s (A w) per class,
 * min 1/2 |w|^2 + C |xi|^2 has the dual max sum(alpha) - 1/2 |A^T (s alpha)|^2 - |alpha|^2 / (4C), alpha >= 0, where
 * xi = alpha / 2C; the slack v = xi - 1 + s (A w) >= 0 completes the variables. Newton's method on alpha v = tau solves
 *   (I + A^T diag(D) A) dw = -w + A^T (s q),   D = alpha / h,  h = v + alpha / 2C,  q = alpha + (tau - alpha v) / h.
 * Products with X serve all classes at once. A class's preconditioner, the inverse of its own Hessian on the rows that
 * carry weight, is the costly part and is kept for as long as conjugate gradients go on being quick with it.
 *
 * Why not Newton's method on the primal to the end: on separable classes (features of a trained network, or large ones)
 * few rows carry weight, the Hessian is almost I, and line searches shrink to nothing; this method needs 10 to 30
 * iterations there, and its gap certifies the result.
 */
import { tf } from '../engine/tensorflow'
import { adjoint, dots, gram, scores } from './augmented'
import { conjugateGradients, ridgeInverse } from './conjugate-gradients'

/** Strictly feasible variables: alpha > 0, v > 0, and v = alpha / 2C - 1 + s z with z = W A^T. Changed in place. */
export interface PrimalDual {
  /** [K, d+1], the bias last. */
  readonly w: Float64Array
  /** [K, n] */
  readonly z: Float64Array
  /** [K, n] */
  readonly alpha: Float64Array
  /** [K, n] */
  readonly v: Float64Array
}

/** Rows whose curvature is below this fraction of 2C are left out of a preconditioner (not of the Hessian). */
const lightRow = 0.01
/** Conjugate-gradient iterations in one direction after which a class's preconditioner is made anew. */
const slow = 8

/**
 * Moves `state` to the optimum.
 * @param x [n, d]
 * @param signs s, [K, n]: +1 for rows of the class, -1 for the others
 * @param breathe gives the event loop a turn
 * @returns for each class the dual objective, a lower bound of the optimum, and the iterations until
 *   |primal - dual| <= tolerance * primal, `maxIterations` at most
 */
export async function interiorPoint(
  x: tf.Tensor2D,
  signs: Int8Array,
  state: PrimalDual,
  options: { C: number; tolerance: number; maxIterations: number },
  breathe: () => Promise<void>,
): Promise<{ dual: Float64Array; iterations: Int32Array }> {
  const { C, tolerance, maxIterations } = options
  const { w, z, alpha, v } = state
  const n = x.shape[0]
  const classes = signs.length / n
  const iterations = new Int32Array(classes)
  const preconditioners = new Preconditioners(x, classes, 2 * C)
  try {
    for (let iteration = 0; ; iteration++) {
      const { primal, dual } = objectives(x, signs, state, C)
      const open = Array.from(primal, (p, k) => Math.abs(p - dual[k]!) > tolerance * p)
      console.log(iteration, Array.from(primal, (p, k) => ((p - dual[k]!) / p).toExponential(0)).join(' '))
      if (iteration === maxIterations || !open.includes(true)) return { dual, iterations }
      for (let k = 0; k < classes; k++) if (open[k]) iterations[k] = iteration + 1

      const h = v.map((slack, i) => slack + alpha[i]! / (2 * C))
      const curvature = Float32Array.from(h, (bend, i) => alpha[i]! / bend)
      await preconditioners.refresh(curvature, open, breathe)
      const d = tf.tensor2d(curvature, [classes, n])
      /** The Newton direction towards alpha v = target, given per row, and the longest step along it per class. */
      const direction = (target: (i: number) => number, reduction: number, start?: Float64Array) => {
        const b = adjoint(
          x,
          Float32Array.from(alpha, (a, i) => signs[i]! * (a + (target(i) - a * v[i]!) / h[i]!)),
          classes,
        )
        for (let i = 0; i < w.length; i++) b[i]! -= w[i]!
        const dw = preconditioners.solve(d, b, { reduction, maxIterations: 60, wanted: open, ...(start && { start }) })
        const dz = scores(x, dw, classes)
        const dAlpha = alpha.map((a, i) => (target(i) - a * v[i]! - a * signs[i]! * dz[i]!) / h[i]!)
        const dv = dAlpha.map((da, i) => da / (2 * C) + signs[i]! * dz[i]!)
        const longest = longestSteps(alpha, dAlpha, classes)
        longestSteps(v, dv, classes).forEach((t, k) => {
          longest[k] = Math.min(longest[k]!, t)
        })
        return { dw, dz, dAlpha, dv, longest }
      }

      const predictor = direction(() => 0, 1e-2)
      const now = dots(alpha, v, classes)
      const ahead = dots(
        moved(alpha, predictor.dAlpha, predictor.longest),
        moved(v, predictor.dv, predictor.longest),
        classes,
      )
      const tau = now.map((product, k) => ((ahead[k]! / product) ** 3 * product) / n)
      const secondOrder = (i: number) => tau[Math.floor(i / n)]! - predictor.dAlpha[i]! * predictor.dv[i]!
      const corrector = direction(secondOrder, 1e-3, predictor.dw)
      d.dispose()
      const step = corrector.longest.map((t, k) => (open[k] ? Math.min(1, 0.995 * t) : 0))
      w.set(moved(w, corrector.dw, step))
      z.set(moved(z, corrector.dz, step))
      alpha.set(moved(alpha, corrector.dAlpha, step))
      v.set(moved(v, corrector.dv, step))
      await breathe()
    }
  } finally {
    preconditioners.dispose()
  }
}

/** One preconditioner per class, renewed for the classes in which conjugate gradients have become slow. */
class Preconditioners {
  private readonly inverses: (tf.Tensor2D | null)[]
  private stacked: tf.Tensor3D | null = null

  constructor(
    private readonly x: tf.Tensor2D,
    classes: number,
    private readonly heaviest: number,
  ) {
    this.inverses = new Array<null>(classes).fill(null)
  }

  /** Makes the missing ones of the wanted classes from their curvatures D, [K, n]. */
  async refresh(curvature: Float32Array, wanted: readonly boolean[], breathe: () => Promise<void>): Promise<void> {
    const [n, d] = this.x.shape
    for (const [k, inverse] of this.inverses.entries()) {
      if (inverse) continue
      this.stacked?.dispose()
      this.stacked = null
      if (!wanted[k]) {
        this.inverses[k] = tf.eye(d + 1)
        continue
      }
      const own = curvature.subarray(k * n, (k + 1) * n)
      const rows: number[] = []
      for (let i = 0; i < n; i++) if (own[i]! > lightRow * this.heaviest) rows.push(i)
      this.inverses[k] = tf.tidy(() => {
        if (rows.length === 0) return tf.eye(d + 1)
        const heavy = tf.gather(this.x, tf.tensor1d(rows, 'int32'))
        return ridgeInverse(
          gram(
            heavy,
            Float32Array.from(rows, (i) => own[i]!),
          ),
          1,
        )
      })
      await breathe()
    }
    this.stacked ??= tf.stack(this.inverses as tf.Tensor2D[]) as tf.Tensor3D
  }

  /** Conjugate gradients with the preconditioners at hand; drops those that turn out slow. */
  solve(curvature: tf.Tensor2D, b: Float64Array, options: Parameters<typeof conjugateGradients>[4]): Float64Array {
    const { z, iterations } = conjugateGradients(this.x, curvature, this.stacked!, b, options)
    iterations.forEach((count, k) => {
      if (count <= slow) return
      this.inverses[k]?.dispose()
      this.inverses[k] = null
    })
    return z
  }

  dispose(): void {
    this.stacked?.dispose()
    for (const inverse of this.inverses) inverse?.dispose()
  }
}

/** Primal objective, with the hinge at the scores, and dual objective of each class. */
function objectives(x: tf.Tensor2D, signs: Int8Array, { w, z, alpha }: PrimalDual, C: number) {
  const classes = signs.length / x.shape[0]
  const hinge = z.map((score, i) => Math.max(0, 1 - signs[i]! * score))
  const combination = adjoint(
    x,
    Float32Array.from(alpha, (a, i) => signs[i]! * a),
    classes,
  )
  const [norm, loss] = [dots(w, w, classes), dots(hinge, hinge, classes)]
  const gain = dots(
    alpha,
    alpha.map((a) => 1 - a / (4 * C)),
    classes,
  )
  const dualNorm = dots(combination, combination, classes)
  return {
    primal: norm.map((square, k) => square / 2 + C * loss[k]!),
    dual: gain.map((sum, k) => sum - dualNorm[k]! / 2),
  }
}

/** The largest t <= 1 / 0.995 with a + t da >= 0, class by class. */
function longestSteps(a: Float64Array, da: Float64Array, classes: number): Float64Array {
  const n = a.length / classes
  const t = new Float64Array(classes).fill(1 / 0.995)
  for (let k = 0; k < classes; k++)
    for (let i = k * n; i < (k + 1) * n; i++) if (da[i]! < 0) t[k] = Math.min(t[k]!, -a[i]! / da[i]!)
  return t
}

/** a + t da with one t per class. */
function moved(a: Float64Array, da: ArrayLike<number>, t: Float64Array): Float64Array {
  const n = a.length / t.length
  return a.map((value, i) => value + t[Math.floor(i / n)]! * da[i]!)
}
