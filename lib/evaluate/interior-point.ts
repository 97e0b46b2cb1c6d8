/**
 * Second stage of the linear SVM: every class to its optimum by a primal-dual interior-point method with Mehrotra's
 * predictor and corrector (Mehrotra 1992; Nocedal & Wright 2006, section 16.6). With xi >= 1 - s (A w) per class,
 * min 1/2 |w|^2 + C |xi|^2 has the dual max sum(alpha) - 1/2 |A^T (s alpha)|^2 - |alpha|^2 / (4C), alpha >= 0, where
 * xi = alpha / 2C; the slack v = xi - 1 + s (A w) >= 0 completes the variables. Newton's method on alpha v = tau solves
 *   (I + A^T diag(D) A) dw = -w + A^T (s q),   D = alpha / h,  h = v + alpha / 2C,  q = alpha + (tau - alpha v) / h.
 * Products with X serve all classes at once.
 *
 * Why not Newton's method on the primal to the end: on separable classes (features of a trained network, or large ones)
 * few rows carry weight, the Hessian is almost I, and line searches shrink to nothing; this method needs 10 to 40
 * iterations there, and its gap certifies the result.
 */
import { tf } from '../engine/tensorflow'
import { adjoint, dots, scores } from './augmented'
import { Preconditioners } from './preconditioners'

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

/** Fraction of the way to the boundary that a step may go. */
const shortOfBoundary = 0.995

/**
 * Moves `state` to the optimum. The event loop gets a turn every few products.
 * @param x [n, d]
 * @param signs s, [K, n]: +1 for rows of the class, -1 for the others
 * @returns for each class the dual objective, a lower bound of the optimum, and the iterations until
 *   |primal - dual| <= tolerance * primal, `maxIterations` at most
 */
export async function interiorPoint(
  x: tf.Tensor2D,
  signs: Int8Array,
  state: PrimalDual,
  options: { C: number; tolerance: number; maxIterations: number },
): Promise<{ dual: Float64Array; iterations: Int32Array }> {
  const { C, tolerance, maxIterations } = options
  const classes = signs.length / x.shape[0]
  const iterations = new Int32Array(classes)
  const preconditioners = new Preconditioners(x, classes, 2 * C)
  try {
    for (let iteration = 0; ; iteration++) {
      const { primal, dual } = objectives(x, signs, state, C)
      const open = Array.from(primal, (value, k) => !(Math.abs(value - dual[k]!) <= tolerance * value))
      if (iteration === maxIterations || !open.includes(true)) return { dual, iterations }
      for (let k = 0; k < classes; k++) if (open[k]) iterations[k] = iteration + 1
      await step(x, signs, state, C, open, preconditioners)
    }
  } finally {
    preconditioners.dispose()
  }
}

/** One predictor-corrector step of the open classes. */
async function step(
  x: tf.Tensor2D,
  signs: Int8Array,
  { w, z, alpha, v }: PrimalDual,
  C: number,
  open: readonly boolean[],
  preconditioners: Preconditioners,
): Promise<void> {
  const n = x.shape[0]
  const classes = open.length
  const h = v.map((slack, i) => slack + alpha[i]! / (2 * C))
  const curvature = Float32Array.from(h, (bend, i) => alpha[i]! / bend)
  await preconditioners.refresh(curvature, open)
  const d = tf.tensor2d(curvature, [classes, n])

  /** The Newton direction towards alpha v = target, and the longest step along it of each class, 1 at most. */
  const direction = async (target: Float64Array, reduction: number, guess?: Float64Array) => {
    const pull = new Float32Array(target.length)
    for (let i = 0; i < pull.length; i++) pull[i] = signs[i]! * (alpha[i]! + (target[i]! - alpha[i]! * v[i]!) / h[i]!)
    const b = adjoint(x, pull, classes)
    for (let i = 0; i < b.length; i++) b[i]! -= w[i]!
    const start = guess ? { start: guess } : {}
    const dw = await preconditioners.solve(d, b, { reduction, maxIterations: 60, wanted: open, ...start })
    const dz = scores(x, dw, classes)
    const dAlpha = new Float64Array(n * classes)
    const dv = new Float64Array(n * classes)
    const t = new Float64Array(classes)
    for (let k = 0; k < classes; k++) {
      let boundary = Number.POSITIVE_INFINITY
      for (let i = k * n; i < (k + 1) * n; i++) {
        const a = alpha[i]!
        const toMargin = signs[i]! * dz[i]!
        const da = (target[i]! - a * v[i]! - a * toMargin) / h[i]!
        const ds = da / (2 * C) + toMargin
        if (da < 0) boundary = Math.min(boundary, -a / da)
        if (ds < 0) boundary = Math.min(boundary, -v[i]! / ds)
        dAlpha[i] = da
        dv[i] = ds
      }
      t[k] = open[k] ? Math.min(1, shortOfBoundary * boundary) : 0
    }
    return { dw, dz, dAlpha, dv, t }
  }

  try {
    const predictor = await direction(new Float64Array(n * classes), 1e-2)
    const target = new Float64Array(n * classes)
    for (let k = 0; k < classes; k++) {
      const t = predictor.t[k]!
      let [now, ahead] = [0, 0]
      for (let i = k * n; i < (k + 1) * n; i++) {
        now += alpha[i]! * v[i]!
        ahead += (alpha[i]! + t * predictor.dAlpha[i]!) * (v[i]! + t * predictor.dv[i]!)
      }
      const tau = ((ahead / now) ** 3 * now) / n
      for (let i = k * n; i < (k + 1) * n; i++) target[i] = tau - predictor.dAlpha[i]! * predictor.dv[i]!
    }
    const corrector = await direction(target, 1e-3, predictor.dw)
    advance(w, corrector.dw, corrector.t)
    advance(z, corrector.dz, corrector.t)
    advance(alpha, corrector.dAlpha, corrector.t)
    advance(v, corrector.dv, corrector.t)
  } finally {
    d.dispose()
  }
}

/** a += t da, with one t for each class. */
function advance(a: Float64Array, da: ArrayLike<number>, t: Float64Array): void {
  const length = a.length / t.length
  for (let k = 0, i = 0; k < t.length; k++) for (const end = (k + 1) * length; i < end; i++) a[i]! += t[k]! * da[i]!
}

/** Primal objective, with the hinge at the scores, and dual objective of each class. */
function objectives(x: tf.Tensor2D, signs: Int8Array, { w, z, alpha }: PrimalDual, C: number) {
  const n = x.shape[0]
  const classes = signs.length / n
  const signed = new Float32Array(alpha.length)
  for (let i = 0; i < signed.length; i++) signed[i] = signs[i]! * alpha[i]!
  const combination = adjoint(x, signed, classes)
  const primal = dots(w, w, classes).map((square) => square / 2)
  const dual = dots(combination, combination, classes).map((square) => -square / 2)
  for (let k = 0; k < classes; k++)
    for (let i = k * n; i < (k + 1) * n; i++) {
      primal[k]! += C * Math.max(0, 1 - signs[i]! * z[i]!) ** 2
      dual[k]! += alpha[i]! - alpha[i]! ** 2 / (4 * C)
    }
  return { primal, dual }
}
