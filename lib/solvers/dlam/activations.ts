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
  const { rho, aStep, backtracking, tauStart, doublingCap } = settings
  if (penaltyOf(state, l + 1, rho) === 0) return STILL
  const slopes = gradients(state, l, rho)
  const inClosedForm = aStep === 'printed' && backtracking === 'exact'
  const loop = () => doubleUntil(accepts(state, l, settings, slopes), tauStart, doublingCap)
  const ofModel = inClosedForm ? modelThreshold(state, l, rho, slopes) : 0
  let tau = slopes.square === 0 ? NO_STEP : inClosedForm ? doubleTo(ofModel, tauStart, doublingCap) : loop()
  let trial = tau.value === null ? null : pointsAt(tau.value, state, l, aStep, slopes)
  // Most often the model's tau leaves the point inside as well; only where it does not the bounds' own threshold is formed.
  if (trial && inClosedForm && trial.distance > slopes.bound) {
    tf.dispose(trial.points)
    tau = startsInside(state, l, slopes)
      ? doubleTo(Math.max(ofModel, boundsThreshold(state, l, slopes)), tauStart, doublingCap)
      : loop()
    trial = tau.value === null ? null : pointsAt(tau.value, state, l, aStep, slopes)
  }
  tf.dispose([...slopes.gradients])
  if (!trial) return { ...STILL, doublings: tau.doublings }
  // Rounding may leave a free point an ulp outside. Where z_l <= 0 and a_l = epsilon that ulp would force the next z_l up to 0.
  if (aStep === 'printed' && trial.distance > state.epsilon)
    state.rows.forEach(({ z }, i) =>
      replace(
        trial.points,
        i,
        tf.tidy(() => within(trial.points[i]!, relu(z[l - 1]!), state.epsilon)),
      ),
    )
  const moved =
    2 * sum(readAll(state.rows.map(({ a }, i) => tf.tidy(() => halfSquare(subtract(trial.points[i]!, a[l - 1]!))))))
  state.rows.forEach((chunk, i) => {
    replace(chunk.a, l - 1, trial.points[i]!)
    replace(chunk.p, l, affine(trial.points[i]!, state.kernels[l]!, state.biases[l]!))
  })
  state.penalties[l] = null
  return { moved, bound: (tau.value! / 2) * moved, doublings: tau.doublings }
}

const NO_STEP: StepSize = { value: null, doublings: 0 }

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
function pointAt(
  tau: number,
  { a, z }: Rows,
  l: number,
  gradient: tf.Tensor2D,
  epsilon: number,
  aStep: DlamSettings['aStep'],
): tf.Tensor2D {
  const free = subtract(a[l - 1]!, multiply(gradient, tf.scalar(1 / tau)))
  return aStep === 'printed' ? free : within(free, relu(z[l - 1]!), epsilon)
}

/** Those points, one tensor per chunk, owned by the caller, and how far an entry is from h(z_l) at most. */
function pointsAt(tau: number, state: DlamState, l: number, aStep: DlamSettings['aStep'], { gradients }: Slopes) {
  const points = state.rows.map((chunk, i) =>
    tf.tidy(() => pointAt(tau, chunk, l, gradients[i]!, state.epsilon, aStep)),
  )
  return { points, distance: distanceToValues(state, l, points) }
}

/** The largest |a - h(z_l)|. */
function distanceToValues({ rows }: DlamState, l: number, a: readonly tf.Tensor2D[]): number {
  const gaps = rows.flatMap(({ z }, i) =>
    tf.tidy(() => {
      const gap = subtract(a[i]!, relu(z[l - 1]!))
      return [tf.max(gap), tf.neg(tf.min(gap))].map((side) => tf.keep(side as tf.Scalar))
    }),
  )
  return Math.max(...readAll(gaps))
}

/** Else a large tau leaves a point outside, a small one may bring it in, and the test on the bounds is no threshold. */
const startsInside = (state: DlamState, l: number, { bound }: Slopes): boolean =>
  distanceToValues(
    state,
    l,
    state.rows.map(({ a }) => a[l - 1]!),
  ) <= bound

/** The smallest tau with which the quadratic model holds: with g the gradient, rho |g W_{l+1}^T|^2 / |g|^2. */
function modelThreshold({ rows, kernels }: DlamState, l: number, rho: number, { gradients, square }: Slopes): number {
  const images = rows.map((_, i) => tf.tidy(() => halfSquare(product(gradients[i]!, kernels[l]!, { right: true }))))
  return (2 * rho * sum(readAll(images))) / square
}

/** The smallest tau that leaves every entry within its bounds: with c = a_l - h(z_l), the largest |g| / (epsilon + sign(g) c). */
function boundsThreshold({ rows }: DlamState, l: number, { gradients, bound }: Slopes): number {
  const ratios = rows.map(({ a, z }, i) =>
    tf.tidy(() => {
      const g = gradients[i]!
      // Numerator and denominator times sign(g). An entry on its bound has room for rounding only: then nothing is left of the step.
      const room = add(multiply(sign(g), tf.scalar(bound)), subtract(a[l - 1]!, relu(z[l - 1]!)))
      return tf.max(divideNoNan(g, room)) as tf.Scalar
    }),
  )
  return Math.max(...readAll(ratios))
}

/** Lines 1 and 2 of Algorithm 3 as printed, each phi from a product with W_{l+1}. */
function accepts(state: DlamState, l: number, { rho, aStep }: DlamSettings, slopes: Slopes): (tau: number) => boolean {
  const before = penaltyOf(state, l + 1, rho)
  return (tau) => {
    const { points, distance } = pointsAt(tau, state, l, aStep, slopes)
    const each = (measure: (chunk: Rows, i: number) => tf.Scalar): number =>
      sum(readAll(state.rows.map((chunk, i) => tf.tidy(() => measure(chunk, i)))))
    const holds = (): boolean => {
      const way = (chunk: Rows, i: number) => subtract(points[i]!, chunk.a[l - 1]!)
      const phi = each(({ z }, i) =>
        halfSquare(subtract(affine(points[i]!, state.kernels[l]!, state.biases[l]!), z[l]!)),
      )
      const slope = each((chunk, i) => tf.sum(multiply(slopes.gradients[i]!, way(chunk, i))) as tf.Scalar)
      return rho * phi <= before + slope + tau * each((chunk, i) => halfSquare(way(chunk, i)))
    }
    const accepted = !(aStep === 'printed' && distance > slopes.bound) && holds()
    tf.dispose(points)
    return accepted
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
