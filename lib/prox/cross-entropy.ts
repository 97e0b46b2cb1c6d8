/**
 * The output problem of DLAM (eq. 5), row by row independent:
 *   min_z f(z) = sum_n CE(softmax(z_n), y_n) + rho/2 |z - m|^2
 *
 * `fista` (Beck & Teboulle 2009) is the paper's, with the restart of O'Donoghue & Candes 2015, eq. 13, which it does not have. f's gradient has the
 * Lipschitz constant 1/2 + rho: the Hessian of the cross-entropy, diag(p) - p p^T, has no eigenvalue above 1/2. At rho = 1e-4 the
 * condition number is 5,000, and hundreds of iterations are needed.
 * `newton` needs a few: (diag(p) + rho) - p p^T is inverted by Sherman and Morrison, row by row. With d the Newton step of a row
 * and beta the range of its entries, the step ln(1 + beta) / beta lowers f from anywhere (Sun & Tran-Dinh 2019, Theorem 2, for
 * generalised self-concordance of order 2) and tends to 1.
 *
 * Both stop by the residual. f is rho-strongly convex, so |grad f(z)| <= tolerance rho |z - z_old| means that z is no farther from
 * the solution than tolerance times the way from z_old, and that f(z_old) - f(z) >= (1/2 - tolerance) rho |z - z_old|^2.
 * Where that is less than rounding they stop at rounding: Newton's method when the gradient is below what float32 may leave of one and a
 * step no longer halves it, FISTA when its steps are no longer than their own rounding.
 */
import { add, divide, halfSquare, maximum, multiply, product, subtract } from '../engine/arithmetic'
import { softmax } from '../engine/pointwise'
import { tf } from '../engine/tensorflow'

export interface OutputSolution {
  /** Owned by the caller. */
  readonly z: tf.Tensor2D
  readonly iterations: number
  /** The residual, or rounding, was reached before the cap. */
  readonly converged: boolean
}

export interface Stop {
  readonly tolerance: number
  /** The most iterations to make. */
  readonly cap: number
}

/** Rounding, several times over, of a number of size 1. */
const NOISE = 2 ** -22

/**
 * @param old z_old, where it starts; [n, classes], not disposed
 * @param y [n, classes], one-hot
 * @param m [n, classes]
 */
export function fista(
  old: tf.Tensor2D,
  y: tf.Tensor2D,
  m: tf.Tensor2D,
  rho: number,
  { tolerance, cap }: Stop,
): OutputSolution {
  const lipschitz = 0.5 + rho
  const [keep, pull, step] = [1 - rho / lipschitz, rho / lipschitz, -1 / lipschitz].map((s) => tf.scalar(s))
  // x+ = v - grad f(v) / lipschitz, of which this does not depend on v.
  const centre = tf.tidy(() => add(multiply(m, pull!), multiply(y, tf.scalar(1 / lipschitz))))
  const floor = NOISE * (Math.sqrt(m.size) + rho * norm(m))
  let x = old.clone()
  let v = old.clone()
  // |x - x_before|^2, and the factor of that step in v = x + beta (x - x_before).
  let [wayBefore, beta, momentum] = [0, 0, 1]
  let travelled = Number.POSITIVE_INFINITY
  let [iterations, converged] = [0, false]
  while (!converged && iterations < cap) {
    iterations++
    const next = tf.tidy(() => {
      const xNext = tf.addN([multiply(v, keep!), multiply(softmax(v), step!), centre])
      const d = subtract(xNext, x)
      const [away, way] = [squareNorm(subtract(v, xNext)), squareNorm(d)]
      // <v - x+, x+ - x> > 0, from the norms: v - x+ = beta d_before - d.
      if (beta * beta * wayBefore > way + away) momentum = 1
      const nextMomentum = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2
      beta = (momentum - 1) / nextMomentum
      momentum = nextMomentum
      wayBefore = way
      // |grad f(x+)| <= |grad f(v)| = lipschitz |v - x+|
      const residual = lipschitz * Math.sqrt(away)
      return { x: xNext, v: beta > 0 ? add(xNext, multiply(d, tf.scalar(beta))) : xNext.clone(), residual }
    })
    tf.dispose([x, v])
    ;({ x, v } = next)
    // The way costs two passes: it is measured only when the last known one would let the iteration stop.
    if (next.residual <= tolerance * rho * travelled) travelled = tf.tidy(() => norm(subtract(x, old)))
    converged = next.residual <= Math.max(tolerance * rho * travelled, floor)
  }
  tf.dispose([v, centre, keep!, pull!, step!])
  return { z: x, iterations, converged }
}

/** The same by damped Newton steps; arguments as for `fista`. */
export function newton(
  old: tf.Tensor2D,
  y: tf.Tensor2D,
  m: tf.Tensor2D,
  rho: number,
  { tolerance, cap }: Stop,
): OutputSolution {
  const penalty = tf.scalar(rho)
  const ones = tf.ones([m.shape[1], 1]) as tf.Tensor2D
  // One entry of a row's gradient, or two, are of size 1.
  const floor = NOISE * (Math.sqrt(m.shape[0]) + rho * norm(m))
  let last = Number.POSITIVE_INFINITY
  let z = old.clone()
  for (let iterations = 0; ; iterations++) {
    const next = tf.tidy(() => {
      const p = softmax(z)
      const gradient = add(subtract(p, y), multiply(subtract(z, m), penalty))
      const residual = norm(gradient)
      const travelled = iterations === 0 ? 0 : norm(subtract(z, old))
      const atRounding = residual <= floor && residual > last / 2
      const converged = residual <= tolerance * rho * travelled || atRounding
      last = residual
      if (converged || iterations >= cap) return { z: z.clone(), converged, done: true }
      const diagonal = add(p, penalty)
      const [scaled, weights] = [divide(gradient, diagonal), divide(p, diagonal)]
      // 1 - p^T (diag(p) + rho)^-1 p = rho sum p / (p + rho), without the cancellation.
      // Rows are summed by a product: TensorFlow's reductions of short rows are slower.
      const common = divide(product(multiply(weights, gradient), ones), multiply(product(weights, ones), penalty))
      const step = add(scaled, multiply(weights, common))
      const beta = maximum(subtract(tf.max(step, 1, true), tf.min(step, 1, true)), tf.scalar(1e-6))
      return { z: subtract(z, multiply(step, divide(tf.log1p(beta), beta))), converged, done: false }
    })
    z.dispose()
    z = next.z
    if (!next.done) continue
    tf.dispose([penalty, ones])
    return { z, iterations, converged: next.converged }
  }
}

const norm = (a: tf.Tensor): number => Math.sqrt(squareNorm(a))

const squareNorm = (a: tf.Tensor): number => 2 * read(halfSquare(a))

function read(scalar: tf.Scalar): number {
  const value = scalar.dataSync()[0]!
  scalar.dispose()
  return value
}
