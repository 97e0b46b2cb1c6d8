/**
 * What Zeng et al. 2019 prove of the proximal BCD family, measured while a solver runs: `withTheory(solver)` is the same solver with
 *   change            |P_k - P_(k-1)|, Frobenius norm over all blocks
 *   descent_bound     a |P_k - P_(k-1)|^2, the right-hand side of Lemma 1 (eq. 4.1)
 *   descent_margin    (f(P_(k-1)) - f(P_k) - descent_bound) / f(P_(k-1)), not negative where the lemma holds
 *   subgradient_norm  |g|, g the element of least norm of f's limiting subdifferential at P_k (Theorem 1 (c), Lemma 2)
 * It keeps the blocks of the iteration before and evaluates f once more per iteration, on the solver's clock: times of such
 * runs mean nothing. A solver that is not wrapped pays nothing for it.
 */
import { halfSquare, subtract } from '../../engine/arithmetic'
import { tf } from '../../engine/tensorflow'
import type { Problem, Solver } from '../solver'

/** What has to be known of a solver. */
export interface Theory<S> {
  /** a of Lemma 1: the least over the blocks of what each block's own step guarantees. */
  readonly descent: number
  /** All blocks P, lent. */
  variables(state: S): readonly tf.Tensor[]
  /** |g|^2. */
  subgradient(state: S, problem: Problem): number
}

/** A solver whose theory can be measured. */
export type TheorySolver<S> = Solver<S> & { readonly theory: Theory<S> }

export interface MeasuredState<S> {
  readonly inner: S
  /** P_(k-1) during iteration k. */
  before: readonly tf.Tensor[]
}

export function withTheory<S>(solver: TheorySolver<S>): Solver<MeasuredState<S>> {
  const { theory } = solver
  const forget = (state: MeasuredState<S>): void => {
    tf.dispose([...state.before])
    state.before = []
  }
  return {
    name: solver.name,
    setting: solver.setting,
    source: solver.source,
    settings: { ...solver.settings, theory: true },

    init: (problem, start) => ({ inner: solver.init(problem, start), before: [] }),

    *step(state, problem, t, random) {
      const { inner } = state
      forget(state)
      state.before = theory.variables(inner).map((block) => block.clone())
      const objective = (): number => solver.metrics(inner, problem, t)['objective'] ?? Number.NaN
      const before = objective()
      const report = yield* solver.step(inner, problem, t, random)
      const moved = sumOfSquares(() => theory.variables(inner).map((block, i) => subtract(block, state.before[i]!)))
      forget(state)
      const descent_bound = theory.descent * moved
      const descent_margin = (before - objective() - descent_bound) / before
      return { ...report, change: Math.sqrt(moved), descent_bound, descent_margin }
    },

    metrics: ({ inner }, problem, t) => ({
      ...solver.metrics(inner, problem, t),
      subgradient_norm: Math.sqrt(theory.subgradient(inner, problem)),
    }),

    weights: ({ inner }) => solver.weights(inner),

    dispose(state) {
      forget(state)
      solver.dispose(state.inner)
    },
  }
}

/** Of the tensors that `make` gives; they are disposed. */
export function sumOfSquares(make: () => readonly tf.Tensor[]): number {
  const halves = tf.tidy(() => tf.stack(make().map((tensor) => halfSquare(tensor))).dataSync())
  let sum = 0
  for (const half of halves) sum += half
  return 2 * sum
}
