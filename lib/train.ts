/**
 * The only training loop: it holds the clock, records, notices divergence and interrupts, and lets the event loop breathe
 * between a solver's blocks. Solvers know none of this.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { tf } from './engine/tensorflow'
import { Interrupted, interruptRequested } from './interruption'
import { cloneWeights, type Weights } from './network/weights'
import { reportProgress } from './progress'
import { keyedRandom } from './random'
import type { Problem, Solver } from './solvers/solver'

export interface TrainOptions {
  /** The initial weights; the same for every solver of an experiment. Not disposed. */
  readonly start: Weights
  readonly iterations: number
  readonly seed: number
  /** Further columns of the trace, e.g. accuracies; not on the solver's clock. */
  readonly evaluate?: (weights: Weights, iteration: number) => Record<string, number>
  /** Which iterations are recorded besides the first (0, before any step) and the last; all of them by default. */
  readonly record?: (iteration: number) => boolean
  /** Shown with the progress. */
  readonly label?: string
}

/** One recorded iteration: the solver's metrics, what its step reported and what was evaluated, by column name. */
export type TraceRow = { readonly iteration: number } & Readonly<Record<string, number>>

export interface Training {
  readonly trace: readonly TraceRow[]
  /** Solver seconds from the start to each recorded iteration, evaluation and recording excluded; same length as trace. */
  readonly seconds: readonly number[]
  /** Processor seconds of all threads over the same stretches: what the clock would say matters less on a busy machine. */
  readonly cpuSeconds: readonly number[]
  /** The iteration whose step or metrics were no longer finite numbers; the trace ends before it. */
  readonly divergedAt: number | null
  /** Final weights, owned by the caller. Not finite when diverged. */
  readonly weights: Weights
}

/**
 * Trains from `start` for so many iterations and gives the trace, the clock and the final weights.
 * @throws Interrupted when the kernel was interrupted; nothing of the run is kept
 * @throws RangeError for iterations that are not a whole number >= 0
 */
export async function train<S>(solver: Solver<S>, problem: Problem, options: TrainOptions): Promise<Training> {
  const { start, iterations, seed, evaluate, record = () => true, label = solver.name } = options
  if (!Number.isInteger(iterations) || iterations < 0)
    throw new RangeError(`train: iterations is ${iterations}; expected a whole number, 0 or more`)
  const trace: TraceRow[] = []
  const seconds: number[] = []
  const cpuSeconds: number[] = []
  let [clock, cpuClock] = [0, 0]
  let divergedAt: number | null = null

  const state = solver.init(problem, start)
  try {
    const note = (iteration: number, report: Readonly<Record<string, number>>): boolean => {
      const weights = solver.weights(state)
      const row: TraceRow = {
        iteration,
        ...solver.metrics(state, problem, iteration),
        ...report,
        ...evaluate?.(weights, iteration),
      }
      if (!Object.values(row).every(Number.isFinite)) return false
      trace.push(row)
      seconds.push(clock)
      cpuSeconds.push(cpuClock)
      return true
    }
    if (!note(0, {})) divergedAt = 0
    for (let t = 1; t <= iterations && divergedAt === null; t++) {
      const steps = solver.step(state, problem, t, keyedRandom('step', seed, t))
      let report: Readonly<Record<string, number>>
      for (;;) {
        const before = performance.now()
        const cpuBefore = process.cpuUsage()
        const next = steps.next()
        if (next.done) finishDevice(solver.weights(state))
        clock += (performance.now() - before) / 1000
        const { user, system } = process.cpuUsage(cpuBefore)
        cpuClock += (user + system) / 1e6
        if (next.done) {
          report = next.value
          break
        }
        reportProgress({ label, done: t - 1, total: iterations })
        await breathe()
        if (interruptRequested()) {
          steps.return({})
          throw new Interrupted(`${label} was interrupted in iteration ${t}`)
        }
      }
      const finite = Object.values(report).every(Number.isFinite)
      const recorded = t === iterations || record(t)
      if (!finite || (recorded && !note(t, report))) divergedAt = t
      reportProgress({ label, done: t, total: iterations })
    }
    return { trace, seconds, cpuSeconds, divergedAt, weights: cloneWeights(solver.weights(state)) }
  } finally {
    solver.dispose(state)
  }
}

/** Kernels on a GPU run on after their call returns: reading one number of the last result waits for all of them. */
function finishDevice({ kernels }: Weights): void {
  const last = kernels.at(-1)?.at(-1)
  if (last) tf.tidy(() => tf.slice(last, [0, 0], [1, 1]).dataSync())
}
