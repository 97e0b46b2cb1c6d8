/**
 * Accelerated projected gradient with adaptive restart, for smooth strongly convex problems over simple sets:
 *   x+ = P(z - grad(z) / L),   z+ = x+ + beta (x+ - x)
 * Beck & Teboulle (2009), eq. 4.1-4.3; restart by the gradient scheme of O'Donoghue & Candes (2015), eq. 13:
 * momentum is dropped whenever <z - x+, x+ - x> > 0. With d = x+ - x and z = x + beta d_old this inner product is
 * beta <d_old, d> - <d, d>, so that the test needs no pass of its own over z.
 *
 * The method diverges when L is below the curvature, and says so: then |x+ - x| grows geometrically, where momentum alone makes it
 * at most as many times the first change as there were iterations.
 */
import { tf } from '../engine/tensorflow'

/** Growth of |x+ - x| over the first one that only divergence explains. */
const DIVERGENCE = 1e3

export interface AcceleratedResult {
  /** The last iterate x; owned by the caller. */
  readonly x: tf.Tensor2D[]
  readonly iterations: number
  /** |x+ - x| <= tolerance |x+ - origin| was reached before the cap. */
  readonly converged: boolean
  /** L is below the curvature: x is worthless. */
  readonly diverged: boolean
}

/**
 * Stops when the change of the iterate is small against the distance travelled from `origin`, so that a sub-problem whose
 * solution lies close to the old block ends at the same relative step as one far from it. The error left may be larger
 * than that step, by a factor that grows with the condition number.
 * @param start where to begin, the variable as a list of blocks; not disposed
 * @param projectedStep z -> P(z - grad(z) / L), new tensors; called inside a tidy
 * @param stop origin: the old block; tolerance: relative; cap: the most iterations to take
 */
export function acceleratedProjection(
  start: readonly tf.Tensor2D[],
  projectedStep: (z: readonly tf.Tensor2D[]) => tf.Tensor2D[],
  stop: { readonly origin: readonly tf.Tensor2D[]; readonly tolerance: number; readonly cap: number },
): AcceleratedResult {
  let x = start.map((block) => block.clone())
  let z = start.map((block) => block.clone())
  let direction: tf.Tensor2D[] | null = null
  let [momentum, beta] = [1, 0]
  let travelled = Number.POSITIVE_INFINITY
  let first = Number.POSITIVE_INFINITY
  for (let iterations = 1; ; iterations++) {
    const next = tf.tidy(() => {
      const xNext = projectedStep(z)
      const d = difference(xNext, x)
      const products = [innerProduct(d, d)]
      if (direction && beta > 0) products.push(innerProduct(direction, d))
      const [changed = NaN, aligned = 0] = tf.stack(products).dataSync()
      if (beta * aligned > changed) momentum = 1
      const nextMomentum = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2
      beta = (momentum - 1) / nextMomentum
      momentum = nextMomentum
      const zNext = xNext.map((block, i) =>
        beta > 0 ? tf.add<tf.Tensor2D>(block, tf.mul(d[i]!, beta)) : block.clone(),
      )
      return { xNext, zNext, d, change: Math.sqrt(changed) }
    })
    tf.dispose([x, z])
    if (direction) tf.dispose(direction)
    x = next.xNext
    z = next.zNext
    direction = next.d
    // The distance costs two passes: it is renewed only when the last known one would let the iteration stop.
    if (next.change <= stop.tolerance * travelled) travelled = distance(x, stop.origin)
    const converged = next.change <= stop.tolerance * travelled
    const diverged = !(next.change <= DIVERGENCE * first)
    if (iterations === 1) first = next.change
    if (converged || diverged || iterations >= stop.cap) {
      tf.dispose([z, direction])
      return { x, iterations, converged, diverged }
    }
  }
}

const difference = (a: readonly tf.Tensor2D[], b: readonly tf.Tensor2D[]): tf.Tensor2D[] =>
  a.map((block, i) => tf.sub<tf.Tensor2D>(block, b[i]!))

/** As a [1, n] by [n, 1] product: one pass and no temporary. */
const innerProduct = (a: readonly tf.Tensor2D[], b: readonly tf.Tensor2D[]): tf.Scalar =>
  tf.addN(
    a.map((block, i) => tf.reshape(tf.matMul(tf.reshape(block, [1, -1]), tf.reshape(b[i]!, [1, -1]), false, true), [])),
  ) as tf.Scalar

const distance = (a: readonly tf.Tensor2D[], b: readonly tf.Tensor2D[]): number =>
  tf.tidy(() => {
    const d = difference(a, b)
    return Math.sqrt(innerProduct(d, d).dataSync()[0]!)
  })
