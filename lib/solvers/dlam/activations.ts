/**
 * The a-step of DLAM: one gradient step on phi_{l+1} whose point must lie within epsilon of h(z_l). Its step size tau is one number
 * for all samples. Formulas: ../dlam.ts.
 *
 * `printed` (Algorithm 3): tau doubles until the point lies inside (line 1) and until the quadratic model holds (line 2). Both are
 * thresholds on tau, so that `exact` finds the same tau without the loop. `clipped` puts the point inside instead; the displacement
 * then depends on tau in every entry, there is no threshold, and both kinds of backtracking run the loop.
 */
import { add, halfSquare, multiply, product, relu, subtract } from '../../engine/arithmetic'
import { divideNoNan, sign } from '../../engine/pointwise'
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
  /** epsilon, and the rounding of a sum of epsilon and h(z_l). */
  readonly bound: number
}

export function updateActivations(state: DlamState, l: number, settings: DlamSettings): Update {
  const { aStep, backtracking, tauStart, doublingCap, onShrink } = settings
  if (penaltyOf(state, l + 1, settings.rho) === 0) return STILL
  const slopes = gradients(state, l, settings.rho)
  // Where a starts outside its bounds the test on them is no threshold: a large tau leaves it outside, and a small one may bring it in.
  const asThreshold =
    aStep === 'printed' && backtracking === 'exact' && !(onShrink === 'leave' && isOutside(state, l, slopes.bound))
  const tau: StepSize =
    slopes.square === 0
      ? { value: null, doublings: 0 }
      : asThreshold
        ? doubleTo(threshold(state, l, settings.rho, slopes), tauStart, doublingCap)
        : doubleUntil(accepts(state, l, settings, slopes), tauStart, doublingCap)

  const moved: tf.Scalar[] = []
  state.rows.forEach((chunk, i) => {
    if (tau.value === null) return
    const old = chunk.a[l - 1]!
    // Rounding may leave the point an ulp outside. Where z_l <= 0 and a_l = epsilon that ulp would force the next z_l up to 0.
    const next = tf.tidy(() => {
      const free = point(chunk, l, slopes.gradients[i]!, tau.value!, state.epsilon, aStep)
      return within(free, relu(chunk.z[l - 1]!), state.epsilon)
    })
    moved.push(tf.tidy(() => halfSquare(subtract(next, old))))
    replace(chunk.a, l - 1, next)
    replace(chunk.p, l, affine(next, state.kernels[l]!, state.biases[l]!))
  })
  tf.dispose([...slopes.gradients])
  if (tau.value !== null) state.penalties[l] = null
  const square = 2 * sum(readAll(moved))
  return { moved: square, bound: ((tau.value ?? 0) / 2) * square, doublings: tau.doublings }
}

function gradients(state: DlamState, l: number, rho: number): Slopes {
  const [squares, sizes]: [tf.Scalar[], tf.Scalar[]] = [[], []]
  const scaled = tf.tidy(() => multiply(state.kernels[l]!, tf.scalar(rho)))
  const all = state.rows.map(({ p, z }) =>
    tf.tidy(() => {
      const gradient = product(subtract(p[l]!, z[l]!), scaled)
      squares.push(tf.keep(halfSquare(gradient)))
      sizes.push(tf.keep(tf.max(z[l - 1]!) as tf.Scalar))
      return gradient
    }),
  )
  scaled.dispose()
  const bound = widened(state.epsilon, Math.max(...readAll(sizes)))
  return { gradients: all, square: 2 * sum(readAll(squares)), bound }
}

/** a_l - gradient / tau, put within its bounds if `clipped`. Called inside a tidy. */
function point(
  { a, z }: Rows,
  l: number,
  gradient: tf.Tensor2D,
  tau: number,
  epsilon: number,
  aStep: DlamSettings['aStep'],
): tf.Tensor2D {
  const free = subtract(a[l - 1]!, multiply(gradient, tf.scalar(1 / tau)))
  return aStep === 'printed' ? free : within(free, relu(z[l - 1]!), epsilon)
}

/** An entry of a_l is farther from h(z_l) than the bound. */
function isOutside({ rows }: DlamState, l: number, bound: number): boolean {
  const gaps = rows.map(({ a, z }) =>
    tf.tidy(() => tf.keep(tf.max(tf.abs(subtract(a[l - 1]!, relu(z[l - 1]!)))) as tf.Scalar)),
  )
  return Math.max(...readAll(gaps)) > bound
}

/**
 * The smallest tau that Algorithm 3 accepts: with g the gradient and c = a_l - h(z_l),
 *   rho |g W_{l+1}^T|^2 / |g|^2  for the quadratic model, and  |g| / (epsilon + sign(g) c)  in every entry for the bounds.
 */
function threshold(state: DlamState, l: number, rho: number, { gradients, square, bound }: Slopes): number {
  const [images, ratios]: [tf.Scalar[], tf.Scalar[]] = [[], []]
  state.rows.forEach(({ a, z }, i) => {
    const g = gradients[i]!
    images.push(tf.tidy(() => halfSquare(product(g, state.kernels[l]!, { right: true }))))
    ratios.push(
      tf.tidy(() => {
        // Numerator and denominator times sign(g). An entry on its bound has room for rounding only: then nothing is left of the step.
        const room = add(multiply(sign(g), tf.scalar(bound)), subtract(a[l - 1]!, relu(z[l - 1]!)))
        return tf.keep(tf.max(divideNoNan(g, room)) as tf.Scalar)
      }),
    )
  })
  return Math.max((2 * rho * sum(readAll(images))) / square, ...readAll(ratios))
}

/** Lines 1 and 2 of Algorithm 3 as printed, each phi from a product with W_{l+1}. */
function accepts(
  state: DlamState,
  l: number,
  { rho, aStep }: DlamSettings,
  { gradients, bound }: Slopes,
): (tau: number) => boolean {
  const before = penaltyOf(state, l + 1, rho)
  const each = (measure: (chunk: Rows, gradient: tf.Tensor2D) => tf.Scalar): number[] =>
    readAll(state.rows.map((chunk, i) => tf.tidy(() => measure(chunk, gradients[i]!))))
  const at = (chunk: Rows, gradient: tf.Tensor2D, tau: number) => point(chunk, l, gradient, tau, state.epsilon, aStep)
  const inside = (tau: number): boolean => {
    const gaps = each((chunk, g) => tf.max(tf.abs(subtract(at(chunk, g, tau), relu(chunk.z[l - 1]!)))) as tf.Scalar)
    return Math.max(...gaps) <= bound
  }
  return (tau) => {
    if (aStep === 'printed' && !inside(tau)) return false
    const phi = sum(
      each((chunk, g) =>
        halfSquare(subtract<tf.Tensor2D>(affine(at(chunk, g, tau), state.kernels[l]!, state.biases[l]!), chunk.z[l]!)),
      ),
    )
    const slope = sum(
      each((chunk, g) => tf.sum(multiply(g, subtract(at(chunk, g, tau), chunk.a[l - 1]!))) as tf.Scalar),
    )
    const square = sum(each((chunk, g) => halfSquare(subtract(at(chunk, g, tau), chunk.a[l - 1]!))))
    return rho * phi <= before + slope + tau * square
  }
}

/** Every a_l put within a smaller epsilon of h(z_l); without it the set for z_l could be empty. */
export function projectActivations(state: DlamState): void {
  for (const chunk of state.rows)
    chunk.a.forEach((a, i) => {
      const projected = tf.tidy(() => within(a, relu(chunk.z[i]!), state.epsilon))
      replace(chunk.a, i, projected)
      replace(chunk.p, i + 1, affine(projected, state.kernels[i + 1]!, state.biases[i + 1]!))
      state.penalties[i + 1] = null
    })
}
