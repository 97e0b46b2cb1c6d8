/**
 * Linear support vector machine, the scorer of Zhang & Brand (2017, section 3.3): L2-regularised squared hinge,
 * one-vs-rest, as scikit-learn's LinearSVC and LIBLINEAR (Fan et al. 2008) define it. Per class, s_i = +1 for its rows
 * and -1 for the others,
 *   min_w  1/2 |w|^2 + C sum_i max(0, 1 - s_i w . [x_i, 1])^2,
 * the bias being the weight of a constant feature and regularised with the rest (fit_intercept, intercept_scaling = 1).
 *
 * Each class by Newton's method with exact line search (squared-hinge.ts); products with X serve all classes at once.
 * Newton's systems are solved in double precision: features of a trained network make them far too ill-conditioned for
 * float32.
 *
 * Solved to a certified tolerance: f is 1-strongly convex and its duality gap at w is exactly |grad f(w)|^2 / 2, so
 * f(w) - f* and |w - w*|^2 / 2 are both at most that. Products with X are float32 until the gap
 * stops falling, then double: large features leave float32 short of the tolerance.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { productByColumns } from '../engine/double-precision'
import { tf } from '../engine/tensorflow'
import { newtonSystems } from './newton-systems'
import { classifyRows } from './predictions'
import { type ClassState, dot, evaluateClass, exactStep } from './squared-hinge'

/** What certifies a solution. */
export interface SvmReport {
  /** Primal objective of each class. */
  readonly objective: readonly number[]
  /** Largest relative duality gap over the classes: bounds the relative error of each objective. */
  readonly gap: number
  /** Largest relative gradient norm, |grad f(w)| / |grad f(0)|, over the classes. */
  readonly residual: number
  /** Newton steps of the slowest class. */
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
  /** Cap on the Newton steps. */
  readonly maxIterations?: number
}

/** Newton steps without a smaller gap after which products with X are made in double precision. */
const PATIENCE = 2

/**
 * Trains one linear classifier per class. Gives the event loop a turn after every class of every Newton step. A solve
 * that misses its tolerance says so in `report.converged`: look at it before using the result.
 * @param x features, rows are samples, [N, d], float32
 * @param labels [N], integers 0 .. classes - 1
 * @throws RangeError, TypeError for shapes, labels, features or options that cannot be trained on
 */
export async function trainLinearSvm(
  x: tf.Tensor2D,
  labels: Uint8Array | Int32Array,
  options: LinearSvmOptions = {},
): Promise<LinearSvm> {
  const { C = 1, tolerance = 1e-5, maxIterations = 300 } = options
  checkPositive({ C, tolerance, maxIterations })
  const classes = checkData(x, labels, options.classes)
  const [n, d] = x.shape
  const states: ClassState[] = Array.from({ length: classes }, (_, k) => ({
    signs: Int8Array.from(labels, (label) => (label === k ? 1 : -1)),
    w: new Float64Array(d + 1),
    z: new Float64Array(n),
  }))
  const hessians = newtonSystems(x, classes)
  const first = new Float64Array(classes)
  let best = { gap: Number.POSITIVE_INFINITY, iteration: 0 }
  let precise = false
  try {
    for (let iteration = 0; ; iteration++) {
      const evaluated = states.map((state) => evaluateClass(state, C))
      const factors = evaluated.map((one) => one.factors)
      const pulls = transposedProducts(x, factors, precise)
      const gradients = states.map(({ w }, k) => w.map((value, j) => value - pulls[k]![j]!))
      const norms = gradients.map((g) => Math.sqrt(dot(g, g)))
      if (iteration === 0) first.set(norms)
      const gaps = norms.map((norm, k) => (norm * norm) / 2 / evaluated[k]!.objective)
      const open = gaps.map((gap) => gap > tolerance)
      const gap = Math.max(...gaps)
      if (gap < best.gap) best = { gap, iteration }
      precise ||= iteration - best.iteration >= PATIENCE
      if (iteration === maxIterations || !open.includes(true))
        return classifier(states, {
          objective: evaluated.map(({ objective }) => objective),
          gap,
          residual: Math.max(...norms.map((norm, k) => norm / first[k]!)),
          iterations: iteration,
          converged: !open.includes(true),
        })

      const directions: Float64Array[] = []
      for (const [k, g] of gradients.entries()) {
        if (!open[k]) {
          directions.push(new Float64Array(d + 1))
          continue
        }
        directions.push(hessians[k]!.newtonDirection(evaluated[k]!.factors, g, C))
        await breathe()
      }
      const directionScores = products(x, directions, precise)
      for (const [k, state] of states.entries()) {
        if (!open[k]) continue
        const t = exactStep(state, directions[k]!, directionScores[k]!, C)
        for (let j = 0; j <= d; j++) state.w[j]! += t * directions[k]![j]!
      }
      // Scores of the coefficients themselves, not of the sum of steps: no error adds up.
      const coefficients = states.map(({ w }) => w)
      for (const [k, z] of products(x, coefficients, precise).entries()) states[k]!.z.set(z)
      await breathe()
    }
  } finally {
    for (const hessian of hessians) hessian.dispose()
  }
}

/** [x, 1] w for several coefficient vectors in one product: K arrays [n]. */
function products(x: tf.Tensor2D, vectors: readonly Float64Array[], precise: boolean): Float64Array[] {
  const [n, d] = x.shape
  const kernels = vectors.map((w) => w.subarray(0, d))
  const biased = (scores: Float64Array, k: number) => scores.map((value) => value + vectors[k]![d]!)
  if (precise) return productByColumns(x, kernels, false).map(biased)
  const product = tf.tidy(() => tf.matMul(tf.tensor2d(joined(kernels), [vectors.length, d]), x, false, true))
  const values = product.dataSync<'float32'>()
  product.dispose()
  return vectors.map((_, k) => biased(Float64Array.from(values.subarray(k * n, (k + 1) * n)), k))
}

/** [x, 1]^T r for several row vectors in one product: K arrays [d + 1]. */
function transposedProducts(x: tf.Tensor2D, vectors: readonly Float64Array[], precise: boolean): Float64Array[] {
  const [n, d] = x.shape
  const product = (): Float64Array[] => {
    if (precise) return productByColumns(x, vectors, true)
    const result = tf.tidy(() => tf.matMul(tf.tensor2d(joined(vectors), [vectors.length, n]), x))
    const values = result.dataSync<'float32'>()
    result.dispose()
    return vectors.map((_, k) => Float64Array.from(values.subarray(k * d, (k + 1) * d)))
  }
  return product().map((pull, k) => {
    const whole = new Float64Array(d + 1)
    whole.set(pull)
    whole[d] = vectors[k]!.reduce((sum, value) => sum + value, 0)
    return whole
  })
}

function joined(vectors: readonly Float64Array[]): Float32Array {
  const length = vectors[0]!.length
  const all = new Float32Array(vectors.length * length)
  vectors.forEach((vector, k) => void all.set(vector, k * length))
  return all
}

function classifier(states: readonly ClassState[], report: SvmReport): LinearSvm {
  const d = states[0]!.w.length - 1
  const weights = tf.tidy(() =>
    tf.transpose<tf.Tensor2D>(tf.tensor2d(states.map(({ w }) => Array.from(w.subarray(0, d))))),
  )
  const bias = tf.tensor1d(states.map(({ w }) => w[d]!))
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
