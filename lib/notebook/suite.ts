/**
 * Runs notebooks headlessly, one after the other: results of a notebook that succeeds replace its folder under results/<profile>/ as a
 * whole; of one that fails only the executed notebook, with its error, is kept, under results/scratch/failed/<profile>/.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { addToRecord } from '../runs/add-to-record'
import type { NotebookFile } from './catalog'
import { duration } from './estimate'
import { type Ending, type HeadlessRun, startHeadless } from './headless'
import type { Profile } from './profiles'
import { stage } from './staging'
import { type Watch, watchRun } from './watch'

export interface SuiteOptions {
  readonly root: string
  /** The Python that has nbclient. */
  readonly python: string
  readonly notebooks: readonly NotebookFile[]
  readonly profile: Profile
  /** Absent: the profile's own. */
  readonly seeds?: number | undefined
  /** Reuse no finished run. */
  readonly fresh: boolean
}

type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'
const exitCodes: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

interface Current {
  run?: HeadlessRun
  stopped?: StopSignal
}

/**
 * Runs the notebooks and tells how it goes on `stream`. Resolves to the exit code: 0, 1 when a notebook failed, 128 + n when a signal
 * stopped the suite.
 */
export async function runSuite(options: SuiteOptions, stream: NodeJS.WriteStream = process.stderr): Promise<number> {
  const current: Current = {}
  const stop = (signal: StopSignal) => {
    current.stopped ??= signal
    current.run?.stop()
  }
  const signals = Object.keys(exitCodes) as StopSignal[]
  for (const signal of signals) process.on(signal, stop)
  const failures: string[] = []
  try {
    for (const notebook of options.notebooks) {
      const failure = await runOne(notebook, options, current, stream)
      if (current.stopped) {
        stream.write(`stopped by ${current.stopped}; results that were there are unchanged\n`)
        return exitCodes[current.stopped]
      }
      if (!failure) continue
      failures.push(failure)
      if (options.notebooks.length > 1) stream.write(`${failure.split('\n', 1)[0]}\n`)
    }
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
  if (failures.length === 0) return 0
  // in full at the end, where it is seen
  if (options.notebooks.length > 1)
    stream.write(`\n${failures.length} of ${options.notebooks.length} notebooks failed:\n`)
  stream.write(`${failures.join('\n')}\n`)
  return 1
}

/** Resolves to what is to be said about the failure, or undefined. */
async function runOne(
  notebook: NotebookFile,
  options: SuiteOptions,
  current: Current,
  stream: NodeJS.WriteStream,
): Promise<string | undefined> {
  const began = performance.now()
  const temporary = mkdtempSync(path.join(tmpdir(), 'blockwise-run-'))
  let watch: Watch | undefined
  try {
    const results = path.join(options.root, 'results', options.profile, notebook.id)
    const staging = stage(results)
    try {
      const executed = path.join(staging.folder, `${notebook.id}.ipynb`)
      const progress = path.join(temporary, 'progress.json')
      watch = watchRun(notebook.id, progress, stream)
      const { cell } = watch
      const environment = {
        BLOCKWISE_ROOT: options.root,
        BLOCKWISE_NOTEBOOK: notebook.id,
        BLOCKWISE_PROFILE: options.profile,
        BLOCKWISE_SEEDS: options.seeds ? String(options.seeds) : '',
        BLOCKWISE_FRESH: options.fresh ? '1' : '',
        BLOCKWISE_RESULTS: staging.folder,
        BLOCKWISE_PROGRESS: progress,
      }
      const { root, python } = options
      current.run = startHeadless({ root, python, notebook: notebook.path, output: executed, environment }, cell)
      if (current.stopped) current.run.stop()
      const ending = await current.run.ending
      watch.end()
      if (ending.kind === 'stopped') return undefined
      if (ending.kind !== 'done')
        return describeFailure(notebook.id, ending, keepFailed(executed, notebook.id, options))
      // A notebook may leave no record: one that draws no conclusion.
      if (existsSync(path.join(staging.folder, 'run.json'))) addToRecord(staging.folder, path.basename(executed))
      staging.commit()
      const place = path.relative(options.root, results)
      stream.write(`${notebook.id} done in ${duration(performance.now() - began)}: ${place}\n`)
      return undefined
    } finally {
      staging.discard()
    }
  } catch (error) {
    // a full disk, a folder that cannot be written: this notebook's trouble, told in one line
    return `${notebook.id}: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    watch?.end()
    delete current.run
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** Moves the executed notebook of a failed run aside; resolves to its path from the root, or undefined when there is none. */
function keepFailed(executed: string, id: string, options: SuiteOptions): string | undefined {
  const folder = path.join(options.root, 'results', 'scratch', 'failed', options.profile)
  const kept = path.join(folder, `${id}.ipynb`)
  mkdirSync(folder, { recursive: true })
  rmSync(kept, { force: true })
  try {
    renameSync(executed, kept)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return path.relative(options.root, kept)
}

function describeFailure(
  id: string,
  ending: Exclude<Ending, { kind: 'done' | 'stopped' }>,
  kept: string | undefined,
): string {
  const see = kept ? [`  the notebook as far as it came: ${kept}`] : []
  if (ending.kind === 'error') {
    const [, ...trace] = ending.traceback
    return [`${id} failed in cell ${ending.cell}: ${ending.ename}: ${ending.evalue}`, ...trace, ...see].join('\n')
  }
  const log = ending.log ? [ending.log.replace(/^/gm, '  | ')] : []
  if (ending.kind === 'broken') return [`${id} could not be run:`, ...log, ...see].join('\n')
  const memory =
    ending.reason === 'signal SIGKILL' || /out of memory|bad_alloc|OOM/i.test(ending.log) ? ': out of memory?' : ''
  const where = ending.cell === 0 ? 'before its first cell' : `in cell ${ending.cell}`
  return [`the kernel of ${id} died (${ending.reason}) ${where}${memory}`, ...log, ...see].join('\n')
}
