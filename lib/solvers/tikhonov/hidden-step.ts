/** The U-step of Algorithm 1 for a chunk of samples: U* = argmin_{U >= 0} f(U; V, W) + proximity/2 |U - U_old|^2. */
import { tf } from '../../engine/tensorflow'
import { acceleratedProjection } from '../../prox/accelerated-projection'
import { type HiddenProblem, projectedGradientStep } from '../../prox/tikhonov'
import type { Chunk } from './regression'
import type { TikhonovBcdSettings } from './settings'

/** A factor of a million: what diverges still was not finite to begin with. */
const MOST_DOUBLINGS = 20

export interface HiddenSolution {
  /** One per hidden layer; owned by the caller. */
  readonly uStar: tf.Tensor2D[]
  readonly iterations: number
  readonly converged: boolean
  /** How often the Lipschitz constant had to be doubled, and the one that served. */
  readonly doublings: number
  readonly lipschitz: number
}

/**
 * From the last U*, by accelerated projected gradient. The Lipschitz constant is an estimate: should the method diverge with it, it
 * starts again from U_old with twice as much.
 */
export function solveHidden(
  problem: HiddenProblem,
  chunk: Chunk,
  proximity: number,
  estimate: number,
  { innerTolerance, innerCap }: TikhonovBcdSettings,
): HiddenSolution {
  const stop = { origin: chunk.u, tolerance: innerTolerance, cap: innerCap }
  let start = chunk.uStar ?? chunk.u
  let iterations = 0
  for (let doublings = 0; ; doublings++) {
    const lipschitz = estimate * 2 ** doublings
    const found = tf.tidy(() => ({
      ...acceleratedProjection(start, projectedGradientStep(problem, chunk, proximity, lipschitz), stop),
    }))
    iterations += found.iterations
    if (!found.diverged || doublings === MOST_DOUBLINGS)
      return { uStar: found.x, iterations, converged: found.converged, doublings, lipschitz }
    tf.dispose(found.x)
    start = chunk.u
  }
}
