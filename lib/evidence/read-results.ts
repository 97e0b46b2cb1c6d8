/** What a notebook left in a tree of results, read and checked: tables with their types, figures, verdicts, the run record. */
import { z } from 'zod'
import { parseTable, readSchemas, type TableSchema } from '../runs/read-table'
import type { Row } from '../runs/tables'
import type { ResultsTree } from './results-tree'

/** A file that is there and cannot be read as what it should be. */
export class UnreadableResult extends Error {
  override readonly name = 'UnreadableResult'
}

export interface ReadTable {
  readonly rows: readonly Row[]
  readonly schema: TableSchema
}

/**
 * 'trace.csv' -> rows, of every table of a notebook; null when the notebook has no results of that profile.
 * @throws UnreadableResult for a table that its data dictionary does not fit
 */
export function readTables(tree: ResultsTree, profile: string, notebook: string): Map<string, ReadTable> | null {
  const folder = `${profile}/${notebook}`
  if (!tree.files.some((file) => file.startsWith(`${folder}/`))) return null
  const names = tree.files
    .filter((file) => file.startsWith(`${folder}/`) && file.endsWith('.csv'))
    .map((file) => file.slice(folder.length + 1))
  const schemas = names.length > 0 ? readWith(tree, `${folder}/datapackage.json`, readSchemas) : new Map()
  return new Map(
    names.map((name) => {
      const schema: TableSchema | undefined = schemas.get(name)
      if (!schema) throw new UnreadableResult(`${folder}/datapackage.json does not describe ${name}`)
      return [name, { schema, rows: readWith(tree, `${folder}/${name}`, (text) => parseTable(name, text, schema)) }]
    }),
  )
}

const verdict = z.object({
  claim: z.string(),
  verdict: z.enum(['reproduced', 'partly', 'not reproduced', 'not testable', 'not run']),
  indicative: z.boolean(),
  value: z.number().nullable(),
  unit: z.string(),
  reason: z.string(),
})
export type StoredVerdict = z.infer<typeof verdict>

const record = z.object({
  notebook: z.object({
    id: z.string(),
    profile: z.string(),
    seeds: z.number(),
    /** sha256 of the notebook's code cells; absent in records of older versions. */
    code: z.string().optional(),
  }),
  engine: z.object({
    tensorflow: z.string(),
    device: z.string(),
    processor: z.string(),
    threads: z.number(),
  }),
  finished: z.string(),
  files: z.record(z.string(), z.string()),
  timing: z.object({ figures: z.array(z.unknown()).default([]), verdicts: z.array(verdict).default([]) }),
  runs: z.array(
    z.object({
      id: z.string(),
      identity: z.record(z.string(), z.unknown()),
      /** Key columns of a training run; absent for measurements. */
      key: z
        .object({ dataset: z.string(), network: z.string(), method: z.string(), setting: z.string(), seed: z.number() })
        .optional(),
      /** Files of the library, whose code (with all that they import) made it; absent in records of older versions. */
      modules: z.array(z.string()).optional(),
    }),
  ),
})
/** run.json. */
export type RunRecord = z.infer<typeof record>

/** A notebook's run record, or null without one. */
export function readRecord(tree: ResultsTree, profile: string, notebook: string): RunRecord | null {
  const file = `${profile}/${notebook}/run.json`
  return tree.files.includes(file) ? readWith(tree, file, (text) => record.parse(JSON.parse(text))) : null
}

/** The verdicts of claims.json and, for those that rest on the clock, of run.json. */
export function readVerdicts(tree: ResultsTree, profile: string, notebook: string): StoredVerdict[] {
  const file = `${profile}/${notebook}/claims.json`
  const lasting = tree.files.includes(file)
    ? readWith(tree, file, (text) => z.array(verdict).parse(JSON.parse(text)))
    : []
  return [...lasting, ...(readRecord(tree, profile, notebook)?.timing.verdicts ?? [])]
}

/** Files of a notebook's folder that hold no figure. */
const notFigures = ['run.json', 'claims.json', 'datapackage.json']

/** Name -> JSON of every figure: those with a file of their own, and those of run.json's timing, by their id. */
export function readFigures(tree: ResultsTree, profile: string, notebook: string): Map<string, unknown> {
  const folder = `${profile}/${notebook}/`
  const figures = new Map<string, unknown>()
  for (const file of tree.files) {
    const name = file.slice(folder.length)
    if (file.startsWith(folder) && /^[^/]+\.json$/.test(name) && !notFigures.includes(name))
      figures.set(
        name.slice(0, -'.json'.length),
        readWith(tree, file, (text) => JSON.parse(text) as unknown),
      )
  }
  const named = z.looseObject({ meta: z.looseObject({ id: z.string() }) })
  for (const figure of readRecord(tree, profile, notebook)?.timing.figures ?? []) {
    const found = named.safeParse(figure)
    if (!found.success) throw new UnreadableResult(`${folder}run.json: a figure of 'timing' has no meta.id`)
    figures.set(found.data.meta.id, figure)
  }
  return figures
}

function readWith<T>(tree: ResultsTree, file: string, parse: (text: string) => T): T {
  const bytes = tree.read(file)
  if (!bytes) throw new UnreadableResult(`${file} is missing in ${tree.name}`)
  try {
    return parse(bytes.toString('utf8'))
  } catch (error) {
    const what = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new UnreadableResult(`${file} in ${tree.name} cannot be read: ${what}`, { cause: error })
  }
}
