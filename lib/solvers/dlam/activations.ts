/**
 * The a-step of DLAM: one gradient step on phi_{l+1} whose point must lie within epsilon of h(z_l). Its step size tau is one number
 * for all samples. Formulas: ../dlam.ts.
 *
 * `printed` (Algorithm 3): tau doubles until the point lies inside (line 1) and until the quadratic model holds (line 2). Both are
 * thresholds on tau, so that `exact` finds the same tau without the loop. `clipped` puts the point inside instead; the displacement
 * then depends on tau in every entry, there is no threshold, and both kinds of backtracking run the loop.
 */
import { add, divide, halfSquare, maximum, minimum, multiply, product, relu, subtract } from '../../engine/arithmetic'
import { tf } from '../../engine/tensorflow'
import { doubleTo, doubleUntil, type StepSize } from '../../prox/backtracking'
import type { Update } from './blocks'
import type { DlamSettings } from './settings'
import { affine, type DlamState, type Rows, readAll, replace, sum } from './state'

/** Gradient of phi_{l+1} by a_l for the rows of each chunk, and what follows from it. */
interface Slopes {
  /** rho (p_{l+1} - z_{l+1}) W_{l+1}, one per chunk. */
  readonly gradients: readonly tf.Tensor2D[]
  /** phi_{l+1} before the step. */
  readonly penalty: number
  /** |gradient|^2. */
  readonly square: number
  /** epsilon, and the rounding of a sum of epsilon and h(z_l). */
  readonly bound: number
}

/** Rounding that a point may lie outside its bounds by, relative to epsilon + the largest h(z). */
const ROUNDING = 2 ** -22

export function updateActivations(state: DlamState, l: number, settings: DlamSettings): Update & { penalty: number } {
  const { aStep, backtracking, tauStart, doublingCap } = settings
  const slopes = gradients(state, l, settings.rho)
  const still = slopes.square === 0
  let tau: StepSize = { value: tauStart, doublings: 0 }
  if (!still)
    tau =
      aStep === 'printed' && backtracking === 'exact'
        ? doubleTo(threshold(state, l, settings.rho, slopes), tauStart, doublingCap)
        : doubleUntil(accepts(state, l, settings, slopes), tauStart, doublingCap)

  const moved: tf.Scalar[] = []
  state.rows.forEach((chunk, i) => {
    if (tau.value === null || still) return
    const old = chunk.a[l - 1]!
    // Rounding may leave the point an ulp outside. Where z_l <= 0 and a_l = epsilon that ulp would force the next z_l up to 0.
    const next = tf.tidy(() => {
      const free = point(chunk, l, slopes.gradients[i]!, tau.value!, state.epsilon, aStep)
      return clip(free, relu(chunk.z[l - 1]!), state.epsilon)
    })
    moved.push(tf.tidy(() => halfSquare(subtract(next, old))))
    replace(chunk.a, l - 1, next)
    replace(chunk.p, l, affine(next, state.kernels[l]!, state.biases[l]!))
  })
  tf.dispose([...slopes.gradients])
  const square = 2 * sum(readAll(moved))
  const { penalty } = slopes
  return { moved: square, bound: ((tau.value ?? 0) / 2) * square, doublings: tau.doublings, penalty }
}

function gradients(state: DlamState, l: number, rho: number): Slopes {
  const [penalties, squares, sizes]: [tf.Scalar[], tf.Scalar[], tf.Scalar[]] = [[], [], []]
  const all = state.rows.map(({ p, z }) =>
    tf.tidy(() => {
      const e = subtract<tf.Tensor2D>(p[l]!, z[l]!)
      const gradient = product(multiply(e, tf.scalar(rho)), state.kernels[l]!)
      penalties.push(tf.keep(halfSquare(e)))
      squares.push(tf.keep(halfSquare(gradient)))
      sizes.push(tf.keep(tf.max(relu(z[l - 1]!)) as tf.Scalar))
      return gradient
    }),
  )
  const bound = state.epsilon + ROUNDING * (state.epsilon + Math.max(...readAll(sizes)))
  return { gradients: all, penalty: rho * sum(readAll(penalties)), square: 2 * sum(readAll(squares)), bound }
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
  return aStep === 'printed' ? free : clip(free, relu(z[l - 1]!), epsilon)
}

/** Entries of a moved to the nearest value within epsilon of the centre. Called inside a tidy. */
function clip(a: tf.Tensor2D, centre: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const e = tf.scalar(epsilon)
  return maximum(minimum(a, add(centre, e)), subtract(centre, e))
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
        const towards = multiply(tf.sign(g), subtract(a[l - 1]!, relu(z[l - 1]!)))
        // An entry on its bound has room for rounding only: a gradient outwards asks for a tau that leaves nothing of the step.
        const room = maximum(add(towards, tf.scalar(bound)), tf.scalar(1e-30))
        return tf.keep(tf.max(divide(tf.abs(g), room)) as tf.Scalar)
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
  { gradients, penalty, bound }: Slopes,
): (tau: number) => boolean {
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
    return rho * phi <= penalty + slope + tau * square
  }
}

/** Every a_l put within a smaller epsilon of h(z_l); without it the set for z_l could be empty. */
export function projectActivations(state: DlamState): void {
  for (const chunk of state.rows)
    chunk.a.forEach((a, i) => {
      const projected = tf.tidy(() => clip(a, relu(chunk.z[i]!), state.epsilon))
      replace(chunk.a, i, projected)
      replace(chunk.p, i + 1, affine(projected, state.kernels[i + 1]!, state.biases[i + 1]!))
    })
}
