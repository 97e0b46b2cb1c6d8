/**
 * Compares the results in a working tree with older ones, notebook by notebook: verdicts, figures, tables, and whether each
 * side is what its run left.
 */
import { compareFigures, type FigureComparison, type Status, type TraceComparison, worstOf } from '../figures/compare'
import { restsOnClock } from '../papers'
import { type Comparability, comparability } from './comparability'
import { compareTables, type TableComparison } from './compare-tables'
import {
  editedFiles,
  type Fault,
  outOfDate,
  uncheckedFigures,
  unfaithfulFigures,
  unfaithfulVerdicts,
} from './integrity'
import {
  type ReadTable,
  type RunRecord,
  readFigures,
  readRecord,
  readTables,
  readVerdicts,
  type StoredVerdict,
} from './read-results'
import { notebooksOf, type ResultsTree } from './results-tree'

export interface Flip {
  readonly claim: string
  readonly old: string
  readonly new: string
  readonly indicative: boolean
  readonly reason: string
}

export interface NotebookComparison {
  readonly profile: string
  readonly notebook: string
  readonly status: Status
  /** Why the notebook as a whole is missing, not regenerated or not comparable. */
  readonly reason: string | null
  /** What differs between the machines; then everything is judged by bands. */
  readonly machine: string | null
  readonly flips: readonly Flip[]
  /** Verdicts that both sides have. */
  readonly verdicts: number
  readonly figures: readonly (FigureComparison & { readonly name: string })[]
  readonly tables: readonly (TableComparison & { readonly name: string })[]
  /** Edited files, figures that are not their table's picture, verdicts that the tables do not give. */
  readonly faults: readonly Fault[]
  /** Told, no failure: edited files whose numbers agree with an untouched baseline, figures that cannot be checked. */
  readonly notes: readonly Fault[]
}

export interface CompareResultsOptions {
  readonly profiles: readonly string[]
  /** Only these notebooks; all that either side has when empty. */
  readonly notebooks: readonly string[]
  /** Hash of a notebook's cells as they are now; null when there is no such notebook. */
  readonly notebookCode: (notebook: string) => string | null
}

/** Compares the results of every asked profile and notebook that either tree has. */
export function compareResults(
  old: ResultsTree,
  now: ResultsTree,
  options: CompareResultsOptions,
): NotebookComparison[] {
  return options.profiles.flatMap((profile) => {
    const names = [...new Set([...notebooksOf(old, profile), ...notebooksOf(now, profile)])].sort()
    return names
      .filter((name) => options.notebooks.length === 0 || options.notebooks.includes(name))
      .map((name) => compareNotebook(old, now, profile, name, options.notebookCode(name)))
  })
}

function compareNotebook(
  old: ResultsTree,
  now: ResultsTree,
  profile: string,
  notebook: string,
  notebookCode: string | null,
): NotebookComparison {
  const empty = {
    profile,
    notebook,
    machine: null,
    flips: [],
    verdicts: 0,
    figures: [],
    tables: [],
    faults: [],
    notes: [],
  }
  const has = (tree: ResultsTree): boolean => notebooksOf(tree, profile).includes(notebook)
  if (!has(now)) return { ...empty, status: 'missing', reason: `${now.name} has no results of it` }
  if (!has(old))
    return { ...empty, status: 'not comparable', reason: `there is no baseline: ${old.name} has no results of it` }
  try {
    return compareSides(old, now, profile, notebook, notebookCode)
  } catch (error) {
    return { ...empty, status: 'not comparable', reason: (error as Error).message }
  }
}

function compareSides(
  old: ResultsTree,
  now: ResultsTree,
  profile: string,
  notebook: string,
  notebookCode: string | null,
): NotebookComparison {
  const folder = `${profile}/${notebook}`
  const before = readSide(old, profile, notebook)
  const after = readSide(now, profile, notebook)
  const how = comparability(before.record, after.record)
  const tables = pairs(before.tables, after.tables).map(([name, a, b]) => ({
    name,
    ...(a && b ? compareTables(a, b, how, restsOnClock(name)) : oneSided(a !== undefined)),
  }))
  const figures = pairs(before.figures, after.figures).map(([name, a, b]) => ({
    name,
    ...(a !== undefined && b !== undefined
      ? heedRuns(compareFigures(a, b, { otherMachine: how.machine !== null }), how)
      : { ...oneSided(a !== undefined), traces: [], cosmetic: [] }),
  }))
  const verdicts = unfaithfulVerdicts(notebook, profile, after.verdicts, after.tables)
  const stale = outOfDate(after.record, notebookCode)
  const { edited, excused } = editsOf(old, now, folder, before, after)
  const faults = [...edited, ...unfaithfulFigures(after.figures, after.tables), ...verdicts.faults]
  const statuses = [...figures, ...tables].map(({ status }) =>
    status === 'new' || status === 'missing' ? 'changed' : status,
  )
  const flips = flipsOf(before.verdicts, verdicts.current)
  return {
    profile,
    notebook,
    status: worstOf([
      ...statuses,
      ...(faults.length > 0 || flips.length > 0 ? (['changed'] as const) : []),
      ...(stale ? (['not regenerated'] as const) : []),
    ]),
    reason: stale,
    machine: how.machine,
    flips,
    verdicts: before.verdicts.filter(({ claim }) => after.verdicts.some((v) => v.claim === claim)).length,
    figures,
    tables,
    faults,
    notes: [
      ...excused.map((fault) => ({ ...fault, reason: `${fault.reason}; its numbers agree with ${old.name}` })),
      ...uncheckedFigures(after.figures),
    ],
  }
}

interface Side {
  readonly record: RunRecord
  readonly tables: ReadonlyMap<string, ReadTable>
  readonly figures: ReadonlyMap<string, unknown>
  readonly verdicts: readonly StoredVerdict[]
}

function readSide(tree: ResultsTree, profile: string, notebook: string): Side {
  const record = readRecord(tree, profile, notebook)
  if (!record) throw new Error(`${tree.name} has no run record (run.json) of ${profile}/${notebook}`)
  return {
    record,
    tables: readTables(tree, profile, notebook) ?? new Map(),
    figures: readFigures(tree, profile, notebook),
    verdicts: readVerdicts(tree, profile, notebook),
  }
}

function pairs<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): [string, T | undefined, T | undefined][] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((name) => [name, before.get(name), after.get(name)])
}

function oneSided(wasThere: boolean): { status: Status; reason: string; worst: null } {
  return wasThere
    ? { status: 'missing', reason: 'it is gone', worst: null }
    : { status: 'new', reason: 'the baseline has none', worst: null }
}

/** A trace of runs with other settings or data is not comparable, whatever its numbers. */
function heedRuns(comparison: FigureComparison, { runs, all }: Comparability): FigureComparison {
  if (runs.size === 0 && all === null) return comparison
  const traces = comparison.traces.map((trace): TraceComparison => {
    const why = all ?? whyOf(trace.id, runs)
    return why === null || trace.status === 'missing' || trace.status === 'new'
      ? trace
      : { ...trace, status: 'not comparable', reason: why, worst: null }
  })
  return {
    ...comparison,
    traces,
    status: worstOf(
      [comparison.status, ...traces.map(({ status }) => status)].filter((s) => s !== 'missing' && s !== 'new'),
    ),
  }
}

/** A trace's id names its method and setting; one that names none may be of any of the runs. */
function whyOf(id: string, runs: ReadonlyMap<string, string>): string | null {
  for (const [series, why] of runs) {
    const [method, setting] = series.split('|setting=')
    const named = /\|method=/.test(id)
    const fits =
      `${id}|`.includes(`|${method}|`) && (!/\|setting=/.test(id) || `${id}|`.includes(`|setting=${setting}|`))
    if (fits || !named) return `${series}: ${why}`
  }
  return null
}

/**
 * Edited files of the new side. A file whose numbers are those of an untouched baseline of the same run was changed by no more than
 * rounding: that is told, and is no failure.
 */
function editsOf(
  old: ResultsTree,
  now: ResultsTree,
  folder: string,
  before: Side,
  after: Side,
): { edited: Fault[]; excused: Fault[] } {
  const touchedBefore = new Set(editedFiles(old, folder, before.record, false).map(({ what }) => what))
  const sameNumbers = (file: string): boolean => {
    const name = file.replace(/\.json$/, '')
    const [a, b] = [before.tables.get(file), after.tables.get(file)]
    if (a && b) return harmless(compareTables(a, b, { machine: null, runs: new Map(), all: null }).status)
    return (
      before.figures.has(name) &&
      after.figures.has(name) &&
      harmless(compareFigures(before.figures.get(name), after.figures.get(name), { exact: true }).status)
    )
  }
  const isExcused = ({ what }: Fault): boolean =>
    before.record.files[what] !== undefined &&
    before.record.files[what] === after.record.files[what] &&
    !touchedBefore.has(what) &&
    sameNumbers(what)
  const all = editedFiles(now, folder, after.record, true)
  return { edited: all.filter((fault) => !isExcused(fault)), excused: all.filter(isExcused) }
}

const harmless = (status: Status): boolean => status === 'same' || status === 'within tolerance'

function flipsOf(before: readonly StoredVerdict[], after: readonly StoredVerdict[]): Flip[] {
  return before.flatMap((was) => {
    const now = after.find(({ claim }) => claim === was.claim)
    return now && now.verdict !== was.verdict
      ? [{ claim: was.claim, old: was.verdict, new: now.verdict, indicative: now.indicative, reason: now.reason }]
      : []
  })
}
