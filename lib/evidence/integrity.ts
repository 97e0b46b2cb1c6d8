/**
 * Whether results are what their run left: every file as its record's checksum says, every figure the picture of the table beside
 * it, every verdict what the tables give, and all of it made by today's code.
 */
import { createHash } from 'node:crypto'
import { compareFigures, type Difference } from '../figures/compare'
import type { Drawn, Table } from '../figures/figure'
import { redraw } from '../figures/redraw'
import { claims, evaluateClaim, type Verdict } from '../papers'
import { codeHash, fileOf } from '../runs/code-hash'
import type { ReadTable, RunRecord, StoredVerdict } from './read-results'
import type { ResultsTree } from './results-tree'

export interface Fault {
  /** The file or figure or claim. */
  readonly what: string
  readonly reason: string
  readonly worst: Difference | null
}

/** Files that differ from what the run wrote, are gone, or are not of the run. Pictures and notebooks only when asked for. */
export function editedFiles(tree: ResultsTree, folder: string, record: RunRecord, pictures: boolean): Fault[] {
  const counts = (file: string): boolean => pictures || /\.(json|csv)$/.test(file)
  const here = tree.files.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1))
  const fault = (what: string, reason: string): Fault => ({ what, reason, worst: null })
  const edited = Object.entries(record.files).flatMap(([file, sum]) => {
    if (!counts(file)) return []
    const bytes = tree.read(`${folder}/${file}`)
    if (!bytes) return [fault(file, 'run.json lists it and it is not there')]
    return checksum(bytes) === sum ? [] : [fault(file, 'edited after its run: its checksum is not the one in run.json')]
  })
  const strange = here.filter((file) => counts(file) && file !== 'run.json' && !(file in record.files))
  return [...edited, ...strange.map((file) => fault(file, 'run.json does not list it: the run did not write it'))]
}

const checksum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Figures that their table does not give. */
export function unfaithfulFigures(
  figures: ReadonlyMap<string, unknown>,
  tables: ReadonlyMap<string, ReadTable>,
): Fault[] {
  return [...figures].flatMap(([name, figure]) => {
    const fault = (reason: string, worst: Difference | null = null): Fault[] => [{ what: name, reason, worst }]
    const drawn = drawnOf(figure)
    if (!drawn) return []
    const file = `${drawn.spec.table}.csv`
    const table = tables.get(file)
    if (!table) return fault(`was drawn from ${file}, which is not there`)
    let again: unknown
    try {
      again = redraw(drawn, table.rows as Table)
    } catch (error) {
      return fault(`cannot be drawn from ${file} again: ${(error as Error).message}`)
    }
    const { status, reason, traces } = compareFigures(again, figure, { exact: true })
    if (status === 'same' || status === 'within tolerance') return []
    const first = traces.find((trace) => trace.status !== 'same' && trace.status !== 'within tolerance')
    const trace = first ? `trace '${first.id}': ${first.reason}` : reason
    return fault(`no longer equals ${file} beside it: ${trace}`, first?.worst ?? null)
  })
}

/** How a figure was drawn, when it says so and names its table. */
function drawnOf(figure: unknown): Drawn | null {
  const { drawn } = (figure as { meta?: { drawn?: Drawn } }).meta ?? {}
  return drawn?.spec?.table ? drawn : null
}

/** Figures that do not say from which table they were drawn: they are compared, and cannot be checked against one. */
export function uncheckedFigures(figures: ReadonlyMap<string, unknown>): Fault[] {
  return [...figures]
    .filter(([, figure]) => drawnOf(figure) === null)
    .map(([what]) => ({ what, reason: 'does not say from which table it was drawn (meta.drawn)', worst: null }))
}

/** Verdicts that the tables do not give, by today's rules. */
export function unfaithfulVerdicts(
  notebook: string,
  profile: string,
  stored: readonly StoredVerdict[],
  tables: ReadonlyMap<string, ReadTable>,
): { faults: Fault[]; current: Verdict[] } {
  const files = Object.fromEntries([...tables].map(([file, { rows }]) => [file, rows]))
  const faults: Fault[] = []
  const current: Verdict[] = []
  for (const claim of claims.filter((c) => c.notebook === notebook)) {
    const was = stored.find((verdict) => verdict.claim === claim.id)
    const fault = (reason: string): void => void faults.push({ what: claim.id, reason, worst: null })
    try {
      const now = evaluateClaim(claim, { [notebook]: files }, profile)
      current.push(now)
      if (!was) fault('is not among the stored verdicts: run the notebook again')
      else if (was.verdict !== now.verdict)
        fault(`is stored as '${was.verdict}'; the tables give '${now.verdict}': ${now.reason}`)
      else if (!near(was.value, now.value)) fault(`is stored with ${was.value}; the tables give ${now.value}`)
    } catch (error) {
      fault(`cannot be decided: ${(error as Error).message}`)
    }
  }
  return { faults, current }
}

const near = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-5 * Math.max(Math.abs(a), Math.abs(b)))

/**
 * Why results are older than the code that makes them; null when they are not.
 * @param notebookCode hash of the notebook's cells now; null when there is no such notebook any more
 */
export function outOfDate(record: RunRecord, notebookCode: string | null): string | null {
  if (notebookCode === null) return 'the notebook is not there any more'
  if (record.notebook.code === undefined || record.runs.some(({ modules }) => !modules))
    return 'its run record is of an older form, which does not say what code made it'
  if (record.notebook.code !== notebookCode) return "the notebook's cells were changed after it ran"
  const stale = new Set(
    record.runs
      .filter(({ modules, identity }) => hashOf(modules!) !== identity.code)
      .flatMap(({ modules }) => modules![0]!),
  )
  return stale.size > 0 ? `code was changed after it ran: ${[...stale].join(', ')} or what it imports` : null
}

const hashes = new Map<string, string | null>()

/** Hash of modules as they are now; null when one is gone. */
function hashOf(modules: readonly string[]): string | null {
  const key = modules.join('\n')
  const known = hashes.get(key)
  if (known !== undefined) return known
  let hash: string | null
  try {
    hash = codeHash(...modules.map(fileOf))
  } catch {
    hash = null
  }
  hashes.set(key, hash)
  return hash
}
