/**
 * The scalar problem of the U-step in three-splitting BCD (Zeng et al. 2019, Algorithm 2; Appendix A leaves its solution to "existing
 * methods") for sigmoid and tanh: element by element the global minimiser of
 *   F(u) = 1/2 (sigma(u) - a)^2 + g/2 (u - c)^2,   g > 0,
 * which has no closed form and up to two local minima. Pure functions on tensors of one shape; the caller owns the result.
 *
 * Let a >= sigma(c); the other case is its mirror image, as sigma(-u) = 1 - sigma(u). Then the minimiser lies in [c, top]: left of c
 * both terms fall, right of top = min(sigma^-1(a), c + (a - sigma(c))/(4 g)) F' is positive. With s = sigma(u),
 *   F'(u)  = g (u - c) - (a - s) s (1 - s)
 *   F''(u) = g - q(s),   q(s) = s (1 - s) p(s),   p(s) = 3 s^2 - 2 (1 + a) s + a = 3 (s_1 - s)(s_2 - s),   0 < s_1 <= 1/2,
 * and q <= 0 from s_1 to the end of the bracket. Below s_1 log q is a sum of logarithms of positive affine functions, thus concave, so q
 * has one maximum there, at s_m, and F is concave on one interval [l, r] around it at most. F is convex on [c, l] and on [r, top]: the lower
 * of its minima over the two is the global one.
 *
 * s_m: Newton on the cubic q'. l and r: bisection; a gap d that is left misses the minimum by O(d^3), as F'' = 0 there. The two
 * minima: Newton on F', halving the bracket wherever Newton leaves it or slows down. The iterations are fixed by g and the largest a.
 */
import { add, divide, maximum, minimum, multiply, subtract } from '../engine/arithmetic'
import { execute, float32, once } from '../engine/kernels'
import { tf } from '../engine/tensorflow'

const float = once(() => [float32('T')])
const select = (condition: tf.Tensor, yes: tf.Tensor2D, no: tf.Tensor2D): tf.Tensor2D =>
  execute<tf.Tensor2D>('SelectV2', float(), [condition, yes, no])
const less = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => execute('Less', float(), [a, b])
const sigmoid = (u: tf.Tensor2D): tf.Tensor2D => execute<tf.Tensor2D>('Sigmoid', float(), [u])
const logit = (s: tf.Tensor2D): tf.Tensor2D => tf.log<tf.Tensor2D>(divide(s, complement(s)))
const times = (x: tf.Tensor2D, factor: number): tf.Tensor2D => multiply(x, tf.scalar(factor))
/** 1 - s. */
const complement = (s: tf.Tensor2D): tf.Tensor2D => plus(times(s, -1), 1)
const plus = (x: tf.Tensor2D, term: number): tf.Tensor2D => add(x, tf.scalar(term))

/** Halvings for l and r: their brackets are some ten wide at most, and 1e-3 is near enough. */
const HALVINGS = 14
/** Newton steps for a minimum whose bracket is 1/16 wide; a bracket twice as wide may take one halving more. */
const STEPS = 6
/** max over s of s (1 - s)(1 - 2 s), rounded up: q is at most a times that. */
const STEEPEST = 0.0963
/** Away from 0 and 1 the logarithm of s is finite. */
const TINY = 1e-30

export function sigmoidProx(a: tf.Tensor2D, c: tf.Tensor2D, g: number): tf.Tensor2D {
  return tf.tidy(() => {
    const mirrored = less(a, sigmoid(c))
    const solution = above(
      select(mirrored, subtract(tf.onesLike(a), a), a),
      select(mirrored, tf.neg<tf.Tensor2D>(c), c),
      g,
    )
    return select(mirrored, tf.neg<tf.Tensor2D>(solution), solution)
  })
}

/** tanh(u) = 2 sigmoid(2 u) - 1: with w = 2 u the problem is 4 times that of the sigmoid with a' = (1 + a)/2, c' = 2 c, g' = g/16. */
export function tanhProx(a: tf.Tensor2D, c: tf.Tensor2D, g: number): tf.Tensor2D {
  return tf.tidy(() => times(sigmoidProx(times(plus(a, 1), 0.5), times(c, 2), g / 16), 0.5))
}

/** The minimiser for a >= sigma(c). */
function above(a: tf.Tensor2D, c: tf.Tensor2D, g: number): tf.Tensor2D {
  const most = tf.max(a).dataSync()[0]!
  const steps = STEPS + Math.min(40, Math.max(0, Math.ceil(Math.log2(most / (4 * g))) + 4))
  const reach = times(subtract(a, sigmoid(c)), 1 / (4 * g))
  const limit = select(
    less(a, tf.scalar(1)),
    logit(minimum(maximum(a, tf.scalar(TINY)), tf.scalar(1 - 2 ** -24))),
    add(c, reach),
  )
  const top = maximum(c, minimum(add(c, reach), limit))
  const at = (u: tf.Tensor2D) => minimum(maximum(u, c), top)
  if (g > STEEPEST * most) return convexMinimum(a, c, g, [c, top], steps)
  const { l, r } = tf.tidy(() => concavity(a, g))
  const left = convexMinimum(a, c, g, [c, at(l)], steps)
  const right = convexMinimum(a, c, g, [at(r), top], steps)
  return select(less(value(right, a, c, g), value(left, a, c, g)), right, left)
}

/** Where F is concave: l and r, equal where F is convex. */
function concavity(a: tf.Tensor2D, g: number): { l: tf.Tensor2D; r: tf.Tensor2D } {
  const b = maximum(a, tf.scalar(TINY))
  // The smaller root of p, without cancellation.
  const root = tf.sqrt<tf.Tensor2D>(plus(multiply(b, plus(b, -1)), 1))
  const s1 = divide(b, add(plus(b, 1), root))
  const [square, linear] = [plus(times(b, 6), 15), plus(times(b, 6), 4)]
  let sm = times(s1, 0.45)
  for (let k = 0; k < 3; k++) {
    const slope = add(multiply(subtract(multiply(subtract(square, times(sm, 12)), sm), linear), sm), b)
    const bend = subtract(multiply(subtract(times(square, 2), times(sm, 36)), sm), linear)
    sm = minimum(maximum(subtract(sm, divide(slope, bend)), times(s1, 0.3)), times(s1, 0.6))
  }
  const um = logit(sm)
  const curvature = (u: tf.Tensor2D): tf.Tensor2D => {
    const s = sigmoid(u)
    const p = add(multiply(s, subtract(times(s, 3), times(plus(b, 1), 2))), b)
    return multiply(multiply(s, complement(s)), p)
  }
  // q(s) <= a s, so F is convex below s = g/a; in float32 u has to be told from um at least.
  const lowest = minimum(logit(minimum(divide(tf.fill<tf.Rank.R2>(b.shape, g), b), sm)), um)
  const search = (convex: tf.Tensor2D): tf.Tensor2D => {
    let [outside, inside] = [convex, um]
    for (let k = 0; k < HALVINGS; k++) {
      const middle = times(add(outside, inside), 0.5)
      const concave = less(tf.scalar(g), curvature(middle))
      ;[outside, inside] = [select(concave, outside, middle), select(concave, middle, inside)]
    }
    return outside
  }
  const bent = less(tf.scalar(g), curvature(um))
  return { l: select(bent, search(lowest), um), r: select(bent, search(logit(s1)), um) }
}

/** The minimiser of F over [low, high], on which it is convex. */
function convexMinimum(
  a: tf.Tensor2D,
  c: tf.Tensor2D,
  g: number,
  [low, high]: readonly [tf.Tensor2D, tf.Tensor2D],
  steps: number,
): tf.Tensor2D {
  return tf.tidy(() => {
    let state = { low, high, u: times(add(low, high), 0.5), step: subtract(high, low) }
    for (let k = 0; k < steps; k++) {
      const { low, high, u, step } = state
      state = tf.tidy(() => {
        const s = sigmoid(u)
        const sigma1 = multiply(s, complement(s))
        const [misfit, apart] = [subtract(a, s), times(subtract(u, c), g)]
        const slope = subtract(apart, multiply(misfit, sigma1))
        // sigma'^2 - misfit sigma'' + g, with sigma'' = sigma' (1 - 2 s)
        const bend = plus(multiply(sigma1, subtract(sigma1, multiply(misfit, plus(times(s, -2), 1)))), g)
        const rising = less(tf.scalar(0), slope)
        const [lower, upper] = [select(rising, low, u), select(rising, u, high)]
        const newton = subtract(u, divide(slope, bend))
        const middle = times(add(lower, upper), 0.5)
        // Newton, if it stays in the bracket and makes at most half of the last step, or one within rounding.
        const inside = multiply(subtract(newton, lower), subtract(upper, newton))
        const allowed = maximum(times(tf.abs<tf.Tensor2D>(step), 0.5), times(plus(tf.abs<tf.Tensor2D>(u), 1), 1e-6))
        const slow = subtract(allowed, tf.abs<tf.Tensor2D>(subtract(newton, u)))
        const good = tf.logicalAnd(
          tf.logicalAnd(tf.greaterEqual(inside, 0), tf.greaterEqual(slow, 0)),
          less(tf.scalar(0), bend),
        )
        const next = select(good, newton, middle)
        return { low: lower, high: upper, u: next, step: subtract(next, u) }
      })
      if (k > 0) tf.dispose({ low, high, u, step })
    }
    return state.u
  })
}

function value(u: tf.Tensor2D, a: tf.Tensor2D, c: tf.Tensor2D, g: number): tf.Tensor2D {
  return add(tf.square<tf.Tensor2D>(subtract(sigmoid(u), a)), times(tf.square<tf.Tensor2D>(subtract(u, c)), g))
}
