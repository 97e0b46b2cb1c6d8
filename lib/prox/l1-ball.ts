/**
 * The projection of rows onto the l1 ball. A row v with |v|_1 > r becomes sign(v) max(0, |v| - tau), sum max(0, |v| - tau) = r. That sum is convex, piecewise
 * linear and falling in tau, so Newton's method finds its root in finitely many steps (Michelot 1986; Condat 2016), all rows
 * at once and without sorting: tau+ = tau + (sum max(0, |v| - tau) - r) / (how many |v| > tau). At tau = max |v| - r the sum is at least r, so
 * the root is not below it: a start that spares rows far from the ball, whose root is close to max |v|, most of the steps.
 */
import { relu, subtract } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'

/** More Newton steps than 784-wide rows need from anywhere; the active set shrinks in each but the first. */
const MOST_STEPS = 100

/** By how much of the radius a projected row may be off it: what float32 sums leave. */
export const TIGHT = 2e-6

/**
 * Projects each row of w, [rows, d], onto { |w|_1 <= radius }. Called inside a tidy.
 * @throws RangeError for a radius that is negative or no number
 */
export function projectRowsOntoL1Ball(w: tf.Tensor2D, radius: number): tf.Tensor2D {
  if (!(radius >= 0)) throw new RangeError(`the l1 ball's radius is ${radius}; expected a number >= 0`)
  return projectFrom(w, radius, null, TIGHT).projected
}

/**
 * The projection, and tau of each row, [rows, 1] (0 inside the ball): a good start for the next projection of rows that
 * have changed little.
 * @param guess tau to start from; null: the bound above
 * @param slack by how much of the radius a row may be off it, unless float32 brings its tau to rest before
 */
export function projectFrom(
  w: tf.Tensor2D,
  radius: number,
  guess: tf.Tensor2D | null,
  slack: number,
): { projected: tf.Tensor2D; tau: tf.Tensor2D } {
  return tf.tidy(() => {
    const [size, ones] = [tf.abs(w), tf.ones<tf.Rank.R2>([w.shape[1], 1])]
    let tau = guess ? guess.clone() : relu(tf.sub<tf.Tensor2D>(tf.max(size, 1, true), radius))
    let over = relu(subtract(size, tau))
    const beyond = () => {
      const excess = tf.sub<tf.Tensor2D>(tf.matMul(over, ones), radius)
      // Below the radius is where a row inside the ball belongs, and one whose tau is too large does not.
      return { excess, off: tf.where<tf.Tensor2D>(tf.greater(tau, 0), tf.abs(excess), excess) }
    }
    for (let k = 0; k < MOST_STEPS && radius > 0; k++) {
      const { excess, off } = beyond()
      if (tf.max(off).dataSync()[0]! <= slack * radius) break
      const next = tf.tidy(() => {
        const count = tf.matMul(tf.sign(over), ones)
        // From the right of the root a step leads to its left, and from there up to it. A guess beyond all entries has no step.
        const root = tf.where(
          tf.greater(count, 0),
          tf.add(tau, tf.div(excess, tf.maximum(count, 1))),
          tf.zerosLike(tau),
        )
        const stepped = tf.maximum<tf.Tensor2D>(root, k === 0 ? 0 : tau)
        return { tau: stepped, over: relu(subtract(size, stepped)) }
      })
      // Of a row with large entries, or hundreds of ties, float32 cannot tell tau: it comes to rest before the norm is there.
      const moves = k === 0 || tf.any(tf.greater(next.tau, tau)).dataSync()[0] === 1
      tf.dispose([tau, over])
      ;({ tau, over } = next)
      if (moves) continue
      const far = tf.greater(beyond().off, slack * radius)
      if (tf.any(far).dataSync()[0] === 1) over = tf.where(far, fromLargest(size, radius), over)
      break
    }
    return { projected: radius > 0 ? tf.mul(tf.sign(w), over) : tf.zerosLike(w), tau }
  })
}

/**
 * The same Newton steps with everything measured from the row's largest entry: below it by at most the radius is all that matters, and of such
 * differences float32 loses nothing where entries are many radii large. A last step is taken by what is over tau, which is small, and not by
 * tau: hundreds of entries that are just over it add up to more than its rounding.
 * @param size |w| of rows outside the ball, [rows, d] (of others the result has no meaning)
 */
function fromLargest(size: tf.Tensor2D, radius: number): tf.Tensor2D {
  const below = tf.sub<tf.Tensor2D>(size, tf.max(size, 1, true))
  const excessEach = (over: tf.Tensor2D) =>
    tf.div<tf.Tensor2D>(tf.sub(tf.sum(over, 1, true), radius), tf.sum(tf.sign(over), 1, true))
  let tau = tf.fill<tf.Rank.R2>([size.shape[0], 1], -radius)
  let over = relu(subtract(below, tau))
  for (let k = 0; k < MOST_STEPS; k++) {
    const next = tf.maximum<tf.Tensor2D>(tf.add(tau, excessEach(over)), tau)
    const moves = tf.any(tf.greater(next, tau)).dataSync()[0] === 1
    tau = next
    over = relu(subtract(below, tau))
    if (!moves) break
  }
  return relu(subtract(over, tf.mul(tf.sign(over), excessEach(over))))
}
