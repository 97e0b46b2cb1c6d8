/**
 * The a-step of DLAM: one gradient step on phi_{l+1} whose point must lie within epsilon of h(z_l). Its step size tau is one number
 * for all samples. Formulas: ../dlam.ts.
 *
 * aStep `printed` (Algorithm 3): tau doubles until the point lies inside (line 1) and until the quadratic model holds (line 2). Both are
 * thresholds on tau, so that backtracking `exact` finds the same tau without the loop. `clipped` puts the point inside instead; the
 * displacement then depends on tau in every entry, there is no threshold, and both kinds of backtracking run the loop.
 */
import { add, divide, halfSquare, maximum, multiply, product, relu, subtract } from '../../engine/arithmetic'
import { abs, sign } from '../../engine/pointwise'
import { tf } from '../../engine/tensorflow'
import { doubleTo, doubleUntil, type StepSize } from '../../prox/backtracking'
import { STILL, type Update } from './blocks'
import type { DlamSettings } from './settings'
import { affine, type DlamState, penaltyOf, type Rows, readAll, replace, sum, widened, within } from './state'

/** Gradient of phi_{l+1} by a_l for the rows of each chunk, and what follows from it. */
interface Slopes {
  /** rho (p_{l+1} - z_{l+1}) W_{l+1}, one per chunk. */
  readonly gradients: readonly tf.Tensor2D[]
  /** |gradient|^2. */
  readonly square: number
  /** h(z_l), one per chunk. */
  readonly centres: readonly tf.Tensor2D[]
  /** epsilon, and the rounding of a sum of epsilon and h(z_l). */
  readonly bound: number
}

/** a_l - gradient / tau for the rows of each chunk. */
interface Trial {
  readonly points: tf.Tensor2D[]
  /** How far an entry is from h(z_l) at most. */
  readonly distance: number
}

export function updateActivations(state: DlamState, l: number, settings: DlamSettings): Update {
  if (penaltyOf(state, l + 1, settings.rho) === 0) return STILL
  const slopes = slopesOf(state, l, settings.rho)
  const tau = slopes.square === 0 ? { value: null, doublings: 0 } : stepSize(state, l, settings, slopes)
  const moved = tau.value === null ? 0 : moveTo(trialAt(tau.value, state, l, settings.aStep, slopes), state, l, slopes)
  tf.dispose([...slopes.gradients, ...slopes.centres])
  return { moved, bound: ((tau.value ?? 0) / 2) * moved, doublings: tau.doublings }
}

function slopesOf(state: DlamState, l: number, rho: number): Slopes {
  const [squares, sizes]: [tf.Scalar[], tf.Scalar[]] = [[], []]
  const scaled = tf.tidy(() => multiply(state.kernels[l]!, tf.scalar(rho)))
  const gradients = state.rows.map(({ p, z }) => tf.tidy(() => product(subtract(p[l]!, z[l]!), scaled)))
  const centres = state.rows.map(({ z }) => relu(z[l - 1]!))
  for (const gradient of gradients) squares.push(halfSquare(gradient))
  for (const centre of centres) sizes.push(tf.max(centre))
  scaled.dispose()
  const bound = widened(state.epsilon, Math.max(...readAll(sizes)))
  return { gradients, centres, square: 2 * sum(readAll(squares)), bound }
}

function stepSize(state: DlamState, l: number, settings: DlamSettings, slopes: Slopes): StepSize {
  const { rho, aStep, backtracking, tauStart, doublingCap, onShrink } = settings
  // Where a starts outside its bounds a large tau leaves it there and a small one may bring it in: then the test is no threshold.
  const outside =
    onShrink === 'leave' &&
    distance(
      slopes.centres,
      state.rows.map(({ a }) => a[l - 1]!),
    ) > slopes.bound
  return aStep === 'printed' && backtracking === 'exact' && !outside
    ? doubleTo(threshold(state, l, rho, slopes), tauStart, doublingCap)
    : doubleUntil(accepts(state, l, settings, slopes), tauStart, doublingCap)
}

/** The caller owns its points, which `clipped` puts within their bounds. */
function trialAt(
  tau: number,
  { rows, epsilon }: DlamState,
  l: number,
  aStep: DlamSettings['aStep'],
  slopes: Slopes,
): Trial {
  const points = rows.map(({ a }, i) =>
    tf.tidy(() => {
      const free = subtract(a[l - 1]!, multiply(slopes.gradients[i]!, tf.scalar(1 / tau)))
      return aStep === 'printed' ? free : within(free, slopes.centres[i]!, epsilon)
    }),
  )
  return { points, distance: distance(slopes.centres, points) }
}

/** The largest |a - h(z_l)|. */
function distance(centres: readonly tf.Tensor2D[], a: readonly tf.Tensor2D[]): number {
  const sides = centres.flatMap((centre, i) =>
    tf.tidy(() => {
      const gap = subtract(a[i]!, centre)
      return [tf.max(gap), tf.neg(tf.min(gap))].map((side) => tf.keep(side as tf.Scalar))
    }),
  )
  return Math.max(...readAll(sides))
}

/** Puts a_l to the points of an accepted trial. Gives |new - old|^2. */
function moveTo({ points, distance }: Trial, state: DlamState, l: number, { centres }: Slopes): number {
  const moved = state.rows.map((chunk, i) => {
    // Rounding may leave a point an ulp outside. Where z_l <= 0 and a_l = epsilon that ulp would force the next z_l up to 0.
    if (distance > state.epsilon)
      replace(
        points,
        i,
        tf.tidy(() => within(points[i]!, centres[i]!, state.epsilon)),
      )
    const square = tf.tidy(() => halfSquare(subtract(points[i]!, chunk.a[l - 1]!)))
    replace(chunk.a, l - 1, points[i]!)
    replace(chunk.p, l, affine(points[i]!, state.kernels[l]!, state.biases[l]!))
    return square
  })
  state.penalties[l] = null
  return 2 * sum(readAll(moved))
}

/**
 * The smallest tau that Algorithm 3 accepts: with g the gradient and c = a_l - h(z_l),
 *   rho |g W_{l+1}^T|^2 / |g|^2  for the quadratic model, and  |g| / (epsilon + sign(g) c)  in every entry for the bounds.
 */
function threshold({ rows, kernels }: DlamState, l: number, rho: number, slopes: Slopes): number {
  const [images, ratios]: [tf.Scalar[], tf.Scalar[]] = [[], []]
  rows.forEach(({ a }, i) => {
    const g = slopes.gradients[i]!
    images.push(tf.tidy(() => halfSquare(product(g, kernels[l]!, { right: true }))))
    ratios.push(
      tf.tidy(() => {
        const towards = multiply(sign(g), subtract(a[l - 1]!, slopes.centres[i]!))
        // An entry on its bound has room for rounding only: a gradient outwards asks for a tau that leaves nothing of the step.
        const room = maximum(add(towards, tf.scalar(slopes.bound)), tf.scalar(1e-30))
        return tf.max(divide(abs(g), room)) as tf.Scalar
      }),
    )
  })
  return Math.max((2 * rho * sum(readAll(images))) / slopes.square, ...readAll(ratios))
}

/**
 * Lines 1 and 2 of Algorithm 3. `printed`: phi(a + D) <= phi(a) + <g, D> + tau/2 |D|^2, each phi from a product with W_{l+1}. `exact`: what
 * remains of it where phi is quadratic, rho |D W_{l+1}^T|^2 <= tau |D|^2, without the cancellation. With a small rho that cancellation
 * makes the printed loop double up to its cap.
 */
function accepts(state: DlamState, l: number, settings: DlamSettings, slopes: Slopes): (tau: number) => boolean {
  const { rho, aStep, backtracking } = settings
  const before = penaltyOf(state, l + 1, rho)
  const [kernel, bias] = [state.kernels[l]!, state.biases[l]!]
  return (tau) => {
    const { points, distance } = trialAt(tau, state, l, aStep, slopes)
    const each = (measure: (chunk: Rows, way: tf.Tensor2D, i: number) => tf.Scalar): number =>
      sum(
        readAll(state.rows.map((chunk, i) => tf.tidy(() => measure(chunk, subtract(points[i]!, chunk.a[l - 1]!), i)))),
      )
    const holds = (): boolean => {
      const square = each((_, way) => halfSquare(way))
      if (backtracking === 'exact')
        return rho * each((_, way) => halfSquare(product(way, kernel, { right: true }))) <= tau * square
      const phi = each(({ z }, _, i) => halfSquare(subtract(affine(points[i]!, kernel, bias), z[l]!)))
      const slope = each((_, way, i) => tf.sum(multiply(slopes.gradients[i]!, way)) as tf.Scalar)
      return rho * phi <= before + slope + tau * square
    }
    const accepted = !(aStep === 'printed' && distance > slopes.bound) && holds()
    tf.dispose(points)
    return accepted
  }
}

/** Every a_l that lies outside a smaller epsilon of h(z_l) put within it; without that the set for z_l could be empty. */
export function projectActivations(state: DlamState): void {
  for (const chunk of state.rows)
    chunk.a.forEach((a, i) => {
      const centre = relu(chunk.z[i]!)
      const outside = distance([centre], [a]) > state.epsilon
      const projected = outside ? tf.tidy(() => within(a, centre, state.epsilon)) : null
      centre.dispose()
      if (!projected) return
      replace(chunk.a, i, projected)
      replace(chunk.p, i + 1, affine(projected, state.kernels[i + 1]!, state.biases[i + 1]!))
      state.penalties[i + 1] = null
    })
}
