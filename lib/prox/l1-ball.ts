/**
 * Rows onto the l1 ball, and least squares with each row of the weights in it: the W-step of BCD-S (Zhang & Brand 2017, sec. 3.3.1).
 *
 * Projection of a row w with |w|_1 > r: sign(w) max(0, |w| - tau) with sum max(0, |w| - tau) = r. That sum is convex, piecewise
 * linear and falling in tau, so Newton's method finds its root in finitely many steps (Michelot 1986; Condat 2016), all rows
 * at once and without sorting: tau+ = (sum of |w| over |w| > tau, less r) / (how many).
 */
import { tf } from '../engine/tensorflow'

/** More Newton steps than 784-wide rows need from anywhere; the active set shrinks in each but the first. */
const MOST_STEPS = 100

/** Projects each row of w, [rows, d], onto { |w|_1 <= radius }. Called inside a tidy. */
export function projectRowsOntoL1Ball(w: tf.Tensor2D, radius: number): tf.Tensor2D {
  return projectFrom(w, radius, null).projected
}

/**
 * The projection, and tau of each row, [rows, 1] (0 inside the ball): a good start for the next projection of rows that
 * have changed little.
 * @param guess tau to start from; null: from the left of the root
 */
function projectFrom(
  w: tf.Tensor2D,
  radius: number,
  guess: tf.Tensor | null,
): { projected: tf.Tensor2D; tau: tf.Tensor } {
  return tf.tidy(() => {
    const size = tf.abs(w)
    const norm = tf.sum(size, 1, true)
    const outside = tf.greater(norm, radius)
    const left = tf.div(tf.sub(norm, radius), w.shape[1])
    // From the right of the root the first step leads to its left; a guess beyond all entries has no step, and is dropped.
    const usable = guess && tf.logicalAnd(tf.greater(tf.max(size, 1, true), guess), tf.greater(guess, 0))
    let tau = tf.where(outside, usable ? tf.where(usable, guess!, left) : left, tf.zerosLike(norm))
    for (let k = 0; k < MOST_STEPS; k++) {
      const { next, moved } = tf.tidy(() => {
        const active = tf.cast(tf.greater(size, tau), 'float32')
        const count = tf.maximum(tf.sum(active, 1, true), 1)
        const root = tf.div(tf.sub(tf.sum(tf.mul(size, active), 1, true), radius), count)
        const stepped = tf.where(outside, k === 0 ? root : tf.maximum(tau, root), tau)
        return { next: stepped, moved: tf.any(tf.greater(tf.abs(tf.sub(stepped, tau)), tf.mul(tau, 1e-7))) }
      })
      tau = next
      if (moved.dataSync()[0] === 0) break
    }
    const projected = tf.sub<tf.Tensor2D>(tf.relu(tf.sub(w, tau)), tf.relu(tf.sub(tf.neg(w), tau)))
    return { projected, tau }
  })
}

/** phi(W) = weight/2 |target - inputs W^T|^2 + proximity/2 |W - W_old|^2, by its normal equations around W_old. */
export interface RowRegression {
  /** inputs^T inputs, [d, d]. */
  readonly gram: tf.Tensor2D
  /** inputs^T (target - inputs W_old^T), [d, rows]. */
  readonly correlation: tf.Tensor2D
  /** |target - inputs W_old^T|^2. */
  readonly misfit: tf.Scalar
  /** W_old, [rows, d]. */
  readonly old: tf.Tensor2D
  readonly weight: number
  readonly proximity: number
}

export interface L1BallSolution {
  /** [rows, d], |row|_1 <= radius; owned by the caller. */
  readonly w: tf.Tensor2D
  /** phi there. */
  readonly value: number
  /** phi(W) less its minimum is at most this: the Frank-Wolfe duality gap, sum over rows of <grad, w> + radius |grad|_inf. */
  readonly gap: number
  readonly iterations: number
}

/** Iterations between two looks at the gap: a look costs as much as an iteration. */
const STRETCH = 10

/**
 * Minimises phi over { |row|_1 <= radius } by accelerated projected gradient with restart (see accelerated-projection.ts). One
 * product per iteration: (W - W_old) G of the extrapolated point follows from those of the last two iterates.
 * @param start [rows, d]; need not be feasible; not disposed
 * @param enough whether phi's value and gap allow to stop
 * @param cap the most iterations
 */
export function regressInL1Ball(
  problem: RowRegression,
  radius: number,
  start: tf.Tensor2D,
  enough: (value: number, gap: number) => boolean,
  cap: number,
): L1BallSolution {
  const { gram, old, weight, proximity } = problem
  return tf.tidy(() => {
    const lipschitz = weight * largestEigenvalue(gram) + proximity
    const pull = tf.transpose<tf.Tensor2D>(problem.correlation)
    const step = (z: tf.Tensor2D, zGram: tf.Tensor2D) => {
      const data = tf.mul(tf.sub(zGram, pull), weight / lipschitz)
      const stay = tf.mul(tf.sub(z, old), proximity / lipschitz)
      return projectFrom(tf.sub(z, proximity > 0 ? tf.add(data, stay) : data), radius, tau)
    }
    let x = tf.tidy(() => projectRowsOntoL1Ball(start, radius))
    let xGram = tf.tidy(() => tf.matMul<tf.Tensor2D>(tf.sub(x, old), gram))
    let [z, zGram] = [x.clone(), xGram.clone()]
    let tau: tf.Tensor | null = null
    let momentum = 1
    for (let iterations = 1; ; iterations++) {
      const next = tf.tidy(() => {
        const { projected: xNext, tau: tauNext } = step(z, zGram)
        const d = tf.sub<tf.Tensor2D>(xNext, x)
        // The gradient scheme's restart: the step goes against the momentum.
        const against = tf.sum(tf.mul(tf.sub(z, xNext), d)).dataSync()[0]! > 0
        const grown = against ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2
        const beta = against ? 0 : (momentum - 1) / grown
        momentum = grown
        const xNextGram = tf.matMul<tf.Tensor2D>(tf.sub(xNext, old), gram)
        const ahead = (now: tf.Tensor2D, change: tf.Tensor2D) =>
          beta > 0 ? tf.add<tf.Tensor2D>(now, tf.mul(change, beta)) : now.clone()
        const zGramNext = ahead(xNextGram, tf.sub(xNextGram, xGram))
        return { x: xNext, xGram: xNextGram, z: ahead(xNext, d), zGram: zGramNext, tau: tauNext }
      })
      tf.dispose([x, xGram, z, zGram, ...(tau ? [tau] : [])])
      ;({ x, xGram, z, zGram, tau } = next)
      if (iterations % STRETCH !== 0 && iterations < cap) continue
      const { value, gap } = valueAndGap(problem, radius, x)
      if (iterations >= cap || enough(value, gap)) return { w: x, value, gap, iterations }
    }
  })
}

function valueAndGap(
  { gram, correlation, misfit, old, weight, proximity }: RowRegression,
  radius: number,
  w: tf.Tensor2D,
): { value: number; gap: number } {
  const [constant, linear, quadratic, moved, aligned, steepest] = tf.tidy(() => {
    const d = tf.sub<tf.Tensor2D>(w, old)
    const pull = tf.transpose(correlation)
    const dGram = tf.matMul(d, gram)
    const gradient = tf.add(tf.mul(tf.sub(dGram, pull), weight), tf.mul(d, proximity))
    const terms = [tf.sum(tf.mul(d, pull)), tf.sum(tf.mul(d, dGram)), tf.sum(tf.square(d))]
    const ends = [tf.sum(tf.mul(gradient, w)), tf.sum(tf.max(tf.abs(gradient), 1))]
    return tf.stack([misfit, ...terms, ...ends]).dataSync()
  }) as unknown as [number, number, number, number, number, number]
  return {
    value: (weight / 2) * (constant - 2 * linear + quadratic) + (proximity / 2) * moved,
    gap: Math.max(0, aligned + radius * steepest),
  }
}

/** By power iteration, raised by 2 % since that approaches it from below. */
export function largestEigenvalue(a: tf.Tensor2D): number {
  let vector = tf.ones<tf.Rank.R2>([a.shape[0], 1])
  let eigenvalue = 0
  for (let k = 0; k < 200; k++) {
    const product = tf.matMul<tf.Tensor2D>(a, vector)
    const norm = tf.norm(product).dataSync()[0]!
    const settled = Math.abs(norm - eigenvalue) <= 1e-4 * norm
    eigenvalue = norm
    if (settled && k > 2) break
    vector = tf.div(product, norm)
  }
  return 1.02 * eigenvalue
}
