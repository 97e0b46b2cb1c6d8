/** The one shape of all training methods. */
import type { tf } from '../engine/tensorflow'
import type { Architecture } from '../network/architecture'
import type { Weights } from '../network/weights'
import type { Random } from '../random'

export type { Random }

/** What is trained on. Owned by the caller; a solver never disposes any of it. */
export interface Problem {
  readonly architecture: Architecture
  /** Samples as rows, [N, d_0], in [0, 1]. */
  readonly x: tf.Tensor2D
  /** One-hot labels, [N, classes]. */
  readonly y: tf.Tensor2D
}

/** Name of the block that a step has just updated: 'U', 'V', 'W1', ... or 'batches' for a stretch of mini-batches. */
export type BlockName = string

/** What only the step knows: inner iterations, |change of the iterate|, ... Becomes columns of the trace. */
export type Report = Readonly<Record<string, number>>

/**
 * One training method. The state is a mutable record that owns its tensors (never the problem's). `step` updates it block by block and
 * disposes what it replaces; whenever it yields, the state is whole, so that `metrics` may be asked for between blocks,
 * and no tensor is held outside the state.
 */
export interface Solver<State = unknown> {
  /** Key column `method` of every table. */
  readonly name: string
  /** Key column `setting`: 'key=value' pairs joined by ';' in a fixed order, only what differs from the defaults; '' for the defaults. */
  readonly setting: string
  /** The file that defines it: with all it imports, part of a run's identity. */
  readonly source: string
  /** All settings, defaults included: part of a run's identity. Plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Every solver of an experiment gets the same start; the state keeps its own copies. */
  init(problem: Problem, start: Weights): State
  /** One outer iteration t = 1, 2, ..., or one epoch. */
  step(state: State, problem: Problem, t: number, random: Random): Generator<BlockName, Report>
  /** Objective, residuals ...: asked for only at recorded iterations. Becomes columns of the trace. */
  metrics(state: State, problem: Problem, t: number): Record<string, number>
  /** The network's weights now: owned by the state, valid until its next step. */
  weights(state: State): Weights
  dispose(state: State): void
}
