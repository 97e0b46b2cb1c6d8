/**
 * An experiment: its finished runs are reused, the rest is computed and kept, and everything it did is listed for run.json.
 * A run is identified by the solver's settings, the architecture, the data, the seed, the iterations, the code, the
 * engine, the device and the thread count: change any of them and it is computed anew.
 */
import { createHash } from 'node:crypto'
import type { Split } from '../datasets/load'
import { type ProblemData, toProblemData } from '../datasets/tensors'
import { describeEngine } from '../engine/describe'
import type { Scores } from '../evaluate/network-scores'
import { type Architecture, networkName } from '../network/architecture'
import { disposeWeights, type Weights } from '../network/weights'
import type { Solver } from '../solvers/solver'
import { type TraceRow, type TrainOptions, train } from '../train'
import { codeHash, nameOf } from './code-hash'
import { type Identity, identityKey, keep, recall, recallWeights } from './store'

/** Rows of a dataset as tensors, with what identifies them. */
export interface Samples extends ProblemData {
  /** Key column `dataset`. */
  readonly dataset: string
  readonly rows: number
  /** sha256 of the rows' pixels and labels. */
  readonly checksum: string
}

/** The tensors of some rows of a dataset; owned by the caller. */
export function samples(dataset: { readonly name: string }, split: Split): Samples {
  const checksum = createHash('sha256').update(split.images).update(split.labels).digest('hex')
  return { ...toProblemData(split), dataset: dataset.name, rows: split.labels.length, checksum }
}

/** The key columns of every table. */
export interface RunKey {
  readonly dataset: string
  readonly network: string
  readonly method: string
  readonly setting: string
  readonly seed: number
}

export interface Run {
  readonly id: string
  readonly key: RunKey
  readonly trace: readonly TraceRow[]
  /** Solver seconds up to each row of the trace, of the time when the run was computed. */
  readonly seconds: readonly number[]
  /** Processor seconds of all threads, likewise. */
  readonly cpuSeconds: readonly number[]
  readonly divergedAt: number | null
  /** Lends the final weights, read from the store, to `f`; they are disposed when it is done. */
  use<T>(f: (weights: Weights) => T | Promise<T>): Promise<T>
}

/** One line of run.json: what was computed or reused, and when it was computed. */
export interface Entry {
  readonly id: string
  /** Of a training run: its key columns. */
  readonly key?: RunKey
  readonly identity: Identity
  /** Files of the library, relative to its compiled root, whose code and imports `identity.code` hashes. */
  readonly modules: readonly string[]
  readonly reused: boolean
  readonly seconds: number
}

export interface Experiment {
  /** Trains, or gives the finished run of the same identity. */
  train<S>(
    solver: Solver<S>,
    setup: {
      readonly data: Samples
      readonly architecture: Architecture
      /** Further columns of the trace, measured on the weights at every recorded iteration. */
      readonly scores?: Scores
      /** Added to the key columns: what neither the widths nor the solver's settings say, e.g. `{ setting: 'start=he' }`. */
      readonly suffix?: { readonly network?: string; readonly setting?: string }
    } & Pick<TrainOptions, 'start' | 'iterations' | 'seed' | 'record'>,
  ): Promise<Run>
  /**
   * Computes a measurement of finished runs or data, or gives the stored one.
   * @param what its name, and everything besides the code that it depends on; plain JSON
   * @param source file of the code it depends on (with all that imports)
   */
  measure<Result>(what: Identity, source: string, compute: () => Promise<Result>): Promise<Result>
  /** What was computed and reused so far, in order. */
  readonly entries: readonly Entry[]
  /** Device and threads in one phrase, for captions. */
  readonly device: string
}

interface TrainedResult {
  readonly trace: readonly TraceRow[]
  readonly seconds: readonly number[]
  readonly cpuSeconds: readonly number[]
  readonly divergedAt: number | null
}

/**
 * @param options fresh: reuse nothing; say: where to tell what was reused
 */
export function openExperiment(options: {
  readonly fresh: boolean
  readonly say?: (line: string) => void
}): Experiment {
  const { tensorflow, device, processor, threads } = describeEngine()
  const machine = { tensorflow, device, processor, threads }
  const entries: Entry[] = []

  return {
    entries,
    device: `${device === 'cpu' ? 'CPU' : device}, ${threads} thread${threads === 1 ? '' : 's'}`,

    async train(solver, { data, architecture, start, iterations, seed, record, scores, suffix = {} }) {
      const key: RunKey = {
        dataset: data.dataset,
        network: joined('-', networkName(architecture), suffix.network),
        method: solver.name,
        setting: joined(';', solver.setting, suffix.setting),
        seed,
      }
      const modules = [solver.source, require.resolve('../train'), ...(scores ? [scores.source] : [])]
      const identity: Identity = {
        kind: 'training',
        method: solver.name,
        settings: solver.settings,
        architecture,
        data: { dataset: data.dataset, rows: data.rows, checksum: data.checksum },
        start: checksumOf(start),
        seed,
        iterations,
        ...(scores ? { scores: scores.what } : {}),
        recorded: record ? Array.from({ length: iterations }, (_, i) => i + 1).filter(record) : 'all',
        code: codeHash(...modules),
        machine,
      }
      const id = identityKey(identity)
      let result = options.fresh ? null : recall<TrainedResult>(identity)
      const reused = result !== null
      if (!result) {
        const problem = { architecture, x: data.x, y: data.y }
        const label = [key.method, key.setting, `seed ${seed}`].filter(Boolean).join(', ')
        const training = await train(solver, problem, {
          start,
          iterations,
          seed,
          label,
          ...(record ? { record } : {}),
          ...(scores ? { evaluate: scores.evaluate } : {}),
        })
        const { weights, ...rest } = training
        result = rest
        try {
          keep(identity, result, weights)
        } finally {
          disposeWeights(weights)
        }
      }
      entries.push({ id, key, identity, modules: modules.map(nameOf), reused, seconds: result.seconds.at(-1) ?? 0 })
      if (reused)
        options.say?.(
          `${Object.values(key)
            .filter((v) => v !== '')
            .join(' ')}: reused run ${id}`,
        )
      const use: Run['use'] = async (f) => {
        const weights = recallWeights(identity)
        try {
          return await f(weights)
        } finally {
          disposeWeights(weights)
        }
      }
      return { id, key, ...result, use }
    },

    async measure<Result>(what: Identity, source: string, compute: () => Promise<Result>) {
      const identity: Identity = { kind: 'measurement', ...what, code: codeHash(source), machine }
      const known = options.fresh ? null : recall<{ value: Result; seconds: number }>(identity)
      let held = known
      if (!held) {
        const before = performance.now()
        held = { value: await compute(), seconds: (performance.now() - before) / 1000 }
        keep(identity, held)
      }
      entries.push({
        id: identityKey(identity),
        identity,
        modules: [nameOf(source)],
        reused: known !== null,
        seconds: held.seconds,
      })
      return held.value
    },
  }
}

const joined = (by: string, ...parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join(by)

function checksumOf({ kernels, biases }: Weights): string {
  const hash = createHash('sha256')
  for (const tensor of [...kernels.flat(), ...biases])
    if (tensor) hash.update(`[${tensor.shape}]`).update(tensor.dataSync() as Float32Array)
  return hash.digest('hex')
}
