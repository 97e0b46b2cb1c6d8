/**
 * Linear support vector machine, the scorer of Zhang & Brand (2017, section 3.3): L2-regularised squared hinge,
 * one-vs-rest, as scikit-learn's LinearSVC and LIBLINEAR (Fan et al. 2008) define it. Per class, s_i = +1 for its rows
 * and -1 for the others,
 *   min_w  1/2 |w|^2 + C sum_i max(0, 1 - s_i w . [x_i, 1])^2,
 * the bias being the weight of a constant feature and regularised with the rest (fit_intercept, intercept_scaling = 1).
 *
 * Solved to a certified tolerance, not for a fixed number of steps: P(w) - D(alpha) bounds the error of the objective,
 * and, the objective being 1-strongly convex, |w - w*|^2 <= 2 (P - D). Stage one (smoothed-newton.ts) takes all classes
 * near their optimum with few and cheap steps, stage two (interior-point.ts) takes them to it.
 */
import { tf } from '../engine/tensorflow'
import { adjoint, dots, scores } from './augmented'
import { interiorPoint, type PrimalDual } from './interior-point'
import { classifyRows } from './predictions'
import { type Coefficients, newtonSteps, smoothedNewton, smoothedPlus } from './smoothed-newton'

/** What certifies a solution. */
export interface SvmReport {
  /** Primal objective of each class, over all rows. */
  readonly objective: readonly number[]
  /** Largest relative duality gap, (primal - dual) / primal, over the classes: bounds the relative error of each objective. */
  readonly gap: number
  /** Largest relative gradient norm, |grad f(w)| / |grad f(0)|, over the classes. */
  readonly residual: number
  /** Newton steps of the first stage plus interior-point iterations of the slowest class. */
  readonly iterations: number
  /** Whether every class reached the tolerance. */
  readonly converged: boolean
}

/** A trained classifier; its owner calls `dispose`. */
export interface LinearSvm {
  /** [d, classes] */
  readonly weights: tf.Tensor2D
  /** [classes] */
  readonly bias: tf.Tensor1D
  readonly report: SvmReport
  dispose(): void
}

export interface LinearSvmOptions {
  /** Number of classes; one more than the largest label by default. Each needs at least one row. */
  readonly classes?: number
  /** Weight of the loss against the regulariser. */
  readonly C?: number
  /** Relative duality gap at which a class is solved. */
  readonly tolerance?: number
  /** Cap on each class's interior-point iterations. */
  readonly maxIterations?: number
}

/** mu of the interior-point method's start: wide enough to be centred whatever stage one left, and measured best of .003 to .3. */
const startingWidth = 0.1

/**
 * Trains one linear classifier per class. Gives the event loop a turn several times a second. A solve that misses its
 * tolerance says so in `report.converged`: look at it before using the result.
 * @param x features, rows are samples, [N, d], float32
 * @param labels [N], integers 0 .. classes - 1
 * @throws RangeError, TypeError for shapes, labels, features or options that cannot be trained on
 */
export async function trainLinearSvm(
  x: tf.Tensor2D,
  labels: Uint8Array | Int32Array,
  options: LinearSvmOptions = {},
): Promise<LinearSvm> {
  const { C = 1, tolerance = 1e-5, maxIterations = 100 } = options
  checkPositive({ C, tolerance, maxIterations })
  const classes = checkData(x, labels, options.classes)
  const [n, d] = x.shape
  const signs = new Int8Array(classes * n).fill(-1)
  for (let i = 0; i < n; i++) signs[labels[i]! * n + i] = 1

  const near = await smoothedNewton(x, signs, C)
  const state = centralStart(near, signs, C)
  const { dual, iterations } = await interiorPoint(x, signs, state, { C, tolerance: tolerance / 2, maxIterations })

  // What is certified is what is handed out: the float32 coefficients and their own scores.
  const solved = Float64Array.from(Float32Array.from(state.w))
  const { objective, gradient } = primal(x, signs, solved, C)
  const first = primal(x, signs, new Float64Array(solved.length), C)
  const gap = Math.max(...objective.map((value, k) => Math.abs(value - dual[k]!) / value))
  const report: SvmReport = {
    objective: Array.from(objective),
    gap,
    residual: Math.max(...gradient.map((norm, k) => norm / first.gradient[k]!)),
    iterations: newtonSteps + Math.max(...iterations),
    converged: gap <= tolerance,
  }
  const [weights, bias] = tf.tidy(() => {
    const all = tf.tensor2d(Float32Array.from(solved), [classes, d + 1])
    const kernel = tf.transpose(tf.slice2d(all, [0, 0], [classes, d])) as tf.Tensor2D
    return [kernel, tf.reshape(tf.slice2d(all, [0, d], [classes, 1]), [classes]) as tf.Tensor1D] as const
  })
  return {
    weights,
    bias,
    report,
    dispose() {
      weights.dispose()
      bias.dispose()
    },
  }
}

/**
 * The point from which the interior-point method starts: alpha v = 2C mu^2 in every row, and v = alpha / 2C - 1 + s z.
 */
function centralStart({ w, z }: Coefficients, signs: Int8Array, C: number): PrimalDual {
  const alpha = new Float64Array(z.length)
  const v = new Float64Array(z.length)
  for (let i = 0; i < z.length; i++) {
    const { p, q } = smoothedPlus(1 - signs[i]! * z[i]!, startingWidth)
    alpha[i] = 2 * C * p
    v[i] = q
  }
  return { w, z, alpha, v }
}

/** f(w) and |grad f(w)| of each class, over all rows. */
function primal(x: tf.Tensor2D, signs: Int8Array, w: Float64Array, C: number) {
  const classes = signs.length / x.shape[0]
  const hinge = Float64Array.from(scores(x, w, classes), (score, i) => Math.max(0, 1 - signs[i]! * score))
  const gradient = adjoint(
    x,
    Float32Array.from(hinge, (xi, i) => -2 * C * signs[i]! * xi),
    classes,
  )
  for (let i = 0; i < w.length; i++) gradient[i]! += w[i]!
  const loss = dots(hinge, hinge, classes)
  return {
    objective: dots(w, w, classes).map((square, k) => square / 2 + C * loss[k]!),
    gradient: dots(gradient, gradient, classes).map(Math.sqrt),
  }
}

function checkPositive(options: { C: number; tolerance: number; maxIterations: number }): void {
  for (const [name, value] of Object.entries(options))
    if (!(value > 0 && value < Number.POSITIVE_INFINITY))
      throw new RangeError(`trainLinearSvm: option ${name} is ${value}; expected a positive number`)
}

/** Refuses what cannot be trained on; returns the number of classes. */
function checkData(x: tf.Tensor2D, labels: Uint8Array | Int32Array, expected: number | undefined): number {
  if (x.rank !== 2 || x.dtype !== 'float32')
    throw new TypeError(
      `trainLinearSvm: expected float32 features of shape [N, d], got ${x.dtype} [${x.shape.join(', ')}]`,
    )
  const [n, d] = x.shape
  if (n < 1 || d < 1) throw new RangeError(`trainLinearSvm: features have shape [${n}, ${d}]; nothing to train on`)
  if (labels.length !== n)
    throw new RangeError(`trainLinearSvm: ${labels.length} labels for ${n} rows of features; expected one per row`)
  const classes = expected ?? Array.from(labels).reduce((most, label) => Math.max(most, label), 0) + 1
  if (!Number.isInteger(classes) || classes < 2)
    throw new RangeError(`trainLinearSvm: ${classes} classes; expected an integer of at least 2 (one-vs-rest)`)
  const counts = new Int32Array(classes)
  for (const [i, label] of labels.entries()) {
    if (label < 0 || label >= classes)
      throw new RangeError(`trainLinearSvm: label ${label} of row ${i} is out of range; expected 0 to ${classes - 1}`)
    counts[label]!++
  }
  const absent = counts.indexOf(0)
  if (absent >= 0)
    throw new RangeError(
      `trainLinearSvm: class ${absent} of ${classes} has no row among the ${n} labels, so nothing separates it from the rest; ` +
        'take a stratified subset or renumber the labels',
    )
  // NaN and infinity survive summation, so the d column sums tell of every entry.
  const column = tf.tidy(() => tf.sum(x, 0).dataSync<'float32'>()).findIndex((sum) => !Number.isFinite(sum))
  if (column >= 0)
    throw new RangeError(
      `trainLinearSvm: feature ${column} holds NaN, an infinity or values too large to sum in float32`,
    )
  return classes
}

/**
 * The class of highest score for each row; of equal scores the lowest class.
 * @param x [N, d]
 * @returns [N]
 */
export function predict(svm: LinearSvm, x: tf.Tensor2D): Int32Array {
  const [d] = svm.weights.shape
  if (x.rank !== 2 || x.shape[1] !== d)
    throw new RangeError(`predict: expected x of shape [N, ${d}], got [${x.shape.join(', ')}]`)
  return classifyRows(x, (rows) => tf.argMax(tf.add(tf.matMul(rows, svm.weights), svm.bias), 1))
}
