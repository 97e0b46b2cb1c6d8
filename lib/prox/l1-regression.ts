/**
 * Least squares with each row of the weights in an l1 ball: the W-step of BCD-S (Zhang & Brand 2017, sec. 3.3.1), which the
 * paper states and does not say how to solve.
 */
import { subtract } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'
import { projectFrom, projectRowsOntoL1Ball, TIGHT } from './l1-ball'
import { largestEigenvalue } from './largest-eigenvalue'

/** phi(W) = weight/2 |target - inputs W^T|^2 + proximity/2 |W - W_old|^2, by its normal equations around W_old. */
export interface RowRegression {
  /** inputs^T inputs, [d, d]. */
  readonly gram: tf.Tensor2D
  /** inputs^T (target - inputs W_old^T), [d, rows]. */
  readonly correlation: tf.Tensor2D
  /** |target - inputs W_old^T|^2 of each row of W_old, [rows]. */
  readonly misfit: tf.Tensor1D
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
  /** phi(W) less its minimum is at most this. */
  readonly gap: number
  /** What the gap was compared with: phi(W), or a hundredth of phi(W_old) where that is more. */
  readonly scale: number
  /** Most over the blocks of rows. */
  readonly iterations: number
}

interface Stop {
  /** A block of rows is done when its gap is at most this share of its scale ... */
  readonly tolerance: number
  /** ... or after so many iterations. */
  readonly cap: number
}

/** Rows solved together: their iterates stay in the processor's cache. */
const BLOCK_ROWS = 112

/** Iterations between two looks at the gap: a look costs about as much as an iteration has beside its product. */
const STRETCH = 5

/** By how much of the radius rows may be off it between two looks: Newton's method starts from the last tau, and one step does. */
const LOOSE = 1e-4

/**
 * Minimises phi over { |row|_1 <= radius }, block by block: rows share the Gram matrix and nothing else. If what is found for a
 * block is no better than a feasible W_old, W_old stays.
 * @param start [rows, d]; need not be feasible; not disposed
 */
export function regressInL1Ball(
  problem: RowRegression,
  radius: number,
  start: tf.Tensor2D,
  stop: Stop,
): L1BallSolution {
  const { gram, weight, proximity } = problem
  const [rows, d] = start.shape
  return tf.tidy(() => {
    // Inputs that are all zero leave nothing to fit: any curvature will do, and the start, projected, is a solution.
    const lipschitz = weight * largestEigenvalue(([v]) => [tf.matMul(v!, gram)], [d]) + proximity || 1
    const step = tf.add<tf.Tensor2D>(tf.mul(gram, -weight / lipschitz), tf.mul(tf.eye(d), -proximity / lipschitz))
    const blocks: L1BallSolution[] = []
    for (let first = 0; first < rows; first += BLOCK_ROWS) {
      const size = Math.min(BLOCK_ROWS, rows - first)
      const block = {
        ...problem,
        correlation: tf.slice(problem.correlation, [0, first], [-1, size]),
        misfit: tf.slice(problem.misfit, first, size),
        old: tf.slice(problem.old, [first, 0], [size, -1]),
      }
      const from = tf.slice(start, [first, 0], [size, -1])
      blocks.push(tf.tidy(() => ({ ...solveBlock(block, radius, from, step, lipschitz, stop) })))
    }
    const sum = (name: 'value' | 'gap' | 'scale') => blocks.reduce((total, block) => total + block[name], 0)
    return {
      w: tf.concat(blocks.map(({ w }) => w)),
      value: sum('value'),
      gap: sum('gap'),
      scale: sum('scale'),
      iterations: Math.max(...blocks.map(({ iterations }) => iterations)),
    }
  })
}

/**
 * Accelerated projected gradient with restart (see accelerated-projection.ts). The gradient step Y(W) = W - grad phi(W) / L is
 * affine, so Y of an extrapolated point is the extrapolation of Ys: one product an iteration.
 * @param step -Hessian / L
 */
function solveBlock(
  problem: RowRegression,
  radius: number,
  start: tf.Tensor2D,
  step: tf.Tensor2D,
  lipschitz: number,
  { tolerance, cap }: Stop,
): L1BallSolution {
  const { old, weight } = problem
  const atOld = (weight / 2) * tf.sum(problem.misfit).dataSync()[0]!
  const feasible = tf.max(tf.sum(tf.abs(old), 1)).dataSync()[0]! <= radius * (1 + 1e-5)
  const pull = tf.mul(tf.transpose(problem.correlation), weight / lipschitz)
  const descend = (w: tf.Tensor2D) => {
    const moved = tf.matMul<tf.Tensor2D>(subtract(w, old), step)
    return { moved, y: tf.addN([w, moved, pull]) as tf.Tensor2D }
  }
  let { projected: x, tau } = projectFrom(start, radius, null, TIGHT)
  let { y, moved } = tf.tidy(() => descend(x))
  let ahead = y.clone()
  let direction = tf.zerosLike(x)
  let [momentum, beta] = [1, 0]
  for (let iterations = 1; ; iterations++) {
    const look = iterations % STRETCH === 0 || iterations >= cap
    const next = tf.tidy(() => {
      const { projected, tau: tauNext } = projectFrom(ahead, radius, tau, look ? TIGHT : LOOSE)
      const d = subtract(projected, x)
      const [changed = NaN, aligned = NaN] = tf.stack([innerProduct(d, d), innerProduct(direction, d)]).dataSync()
      if (beta * aligned > changed) momentum = 1
      const grown = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2
      beta = (momentum - 1) / grown
      momentum = grown
      const { y: yNext, moved: movedNext } = descend(projected)
      const aheadNext = beta > 0 ? tf.add<tf.Tensor2D>(yNext, tf.mul(subtract(yNext, y), beta)) : yNext.clone()
      return { x: projected, y: yNext, moved: movedNext, ahead: aheadNext, direction: d, tau: tauNext }
    })
    tf.dispose([x, y, moved, ahead, direction, tau])
    ;({ x, y, moved, ahead, direction, tau } = next)
    if (!look) continue
    const { value, gap } = certificate(
      problem,
      radius,
      x,
      atOld,
      tf.tidy(() => tf.mul(moved, -lipschitz)),
    )
    const scale = Math.max(value, atOld / 100)
    const worse = feasible && value > atOld
    if (iterations < cap && (worse || gap > tolerance * scale)) continue
    // What can still be gained from W_old is what can be gained from W, less what W is worse by.
    if (worse) return { w: old, value: atOld, gap: Math.max(0, gap - (value - atOld)), scale: atOld, iterations }
    return { w: x, value, gap, scale, iterations }
  }
}

/**
 * phi(W) and a bound on what it is above its minimum, from the gradient and the strong convexity that the proximity gives:
 *   phi(W) - min phi <= max_{|row|_1 <= r} <grad, W - V> - proximity/2 |W - V|^2,   attained by V = P(W - grad / proximity).
 * Without proximity it is the Frank-Wolfe gap, <grad, W> + r |grad|_inf summed over rows. Both are duality gaps; the latter is loose:
 * at 1 % of phi, phi was seen within .01 % of its minimum (2,000 images of MNIST, t = 3).
 * @param curved (W - W_old) Hessian
 */
function certificate(
  { correlation, old, weight, proximity }: RowRegression,
  radius: number,
  w: tf.Tensor2D,
  atOld: number,
  curved: tf.Tensor2D,
): { value: number; gap: number } {
  const [linear, quadratic, gap] = tf.tidy(() => {
    const pull = tf.mul<tf.Tensor2D>(tf.transpose(correlation), weight)
    const gradient = subtract(curved, pull)
    const change = subtract(w, old)
    const bound = (): tf.Scalar => {
      if (proximity === 0) return tf.add(innerProduct(gradient, w), tf.mul(tf.sum(tf.max(tf.abs(gradient), 1)), radius))
      const nearest = projectRowsOntoL1Ball(subtract(w, tf.mul(gradient, 1 / proximity)), radius)
      const away = subtract(w, nearest)
      return tf.sub(innerProduct(gradient, away), tf.mul(innerProduct(away, away), proximity / 2))
    }
    return tf.stack([innerProduct(change, pull), innerProduct(change, curved), bound()]).dataSync()
  }) as unknown as [number, number, number]
  return { value: atOld - linear + quadratic / 2, gap: Math.max(0, gap) }
}

/** As a [1, n] by [n, 1] product: one pass and no temporary. */
const innerProduct = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar =>
  tf.reshape(tf.matMul(tf.reshape(a, [1, -1]), tf.reshape(b, [1, -1]), false, true), []) as tf.Scalar
