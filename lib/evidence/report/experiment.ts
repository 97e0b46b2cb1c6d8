/** Everything that the page shows of one notebook at one profile, read from a tree of results. */
import { z } from 'zod'
import { type ReadTable, type RunRecord, readFigures, readRecord, readTables, UnreadableResult } from '../read-results'
import type { ResultsTree } from '../results-tree'
import { checkedFigure, type PlottedFigure } from './plotted-figure'

export interface ReportFigure {
  readonly id: string
  readonly figure: PlottedFigure
  /** Its files beside run.json ('objective.json', 'objective.svg'); none for a figure that rests on the clock. */
  readonly files: readonly string[]
}

export interface ReportTable extends ReadTable {
  /** 'trace.csv' */
  readonly name: string
  /** Column -> meaning, with its unit. */
  readonly meanings: ReadonlyMap<string, string>
}

export interface Experiment {
  /** '01-tikhonov-bcd' */
  readonly id: string
  readonly title: string
  readonly figures: readonly ReportFigure[]
  readonly tables: readonly ReportTable[]
  readonly record: RunRecord
  /** Path of the executed notebook from results/<profile>/, null when there is none. */
  readonly notebook: string | null
}

/** @throws UnreadableResult for a missing run record, or a file that is not what it should be */
export function readExperiment(tree: ResultsTree, profile: string, id: string): Experiment {
  const folder = `${profile}/${id}`
  const record = readRecord(tree, profile, id)
  if (!record) throw new UnreadableResult(`${folder}/run.json is missing in ${tree.name}`)
  const figures = [...readFigures(tree, profile, id)].map(([name, figure]) => ({
    id: name,
    figure: checkedFigure(figure, `${folder}, figure '${name}'`),
    files: ['json', 'svg', 'png'].map((e) => `${name}.${e}`).filter((file) => tree.files.includes(`${folder}/${file}`)),
  }))
  const meanings = readMeanings(tree, folder)
  const tables = [...(readTables(tree, profile, id) ?? [])].map(([name, table]) => ({
    name,
    ...table,
    meanings: meanings.get(name) ?? new Map(),
  }))
  const executed = `${id}/${id}.ipynb`
  const there = tree.files.includes(`${profile}/${executed}`)
  return {
    id,
    title: (there && headingOf(tree.read(`${profile}/${executed}`))) || id,
    figures,
    tables,
    record,
    notebook: there ? executed : null,
  }
}

const notebook = z.object({
  cells: z.array(z.object({ cell_type: z.string(), source: z.union([z.string(), z.array(z.string())]) })),
})

/** The first heading of a notebook; null when it has none or cannot be read: the page can do without. */
function headingOf(bytes: Buffer | null): string | null {
  let cells: z.infer<typeof notebook>['cells']
  try {
    cells = notebook.parse(JSON.parse(bytes?.toString('utf8') ?? '')).cells
  } catch {
    return null
  }
  const texts = cells.filter((cell) => cell.cell_type === 'markdown').map(({ source }) => [source].flat().join(''))
  return texts.map((text) => /^#\s+(.+)$/m.exec(text)?.[1] ?? null).find((heading) => heading !== null) ?? null
}

const dictionary = z.object({
  resources: z.array(
    z.object({
      path: z.string(),
      schema: z.object({
        fields: z.array(
          z.object({ name: z.string(), unit: z.string().default(''), description: z.string().default('') }),
        ),
      }),
    }),
  ),
})

/** 'trace.csv' -> column -> 'solver seconds from the start [s]'. */
function readMeanings(tree: ResultsTree, folder: string): Map<string, ReadonlyMap<string, string>> {
  const text = tree.read(`${folder}/datapackage.json`)?.toString('utf8')
  if (text === undefined) return new Map()
  // readTables has read the same file before and refused one that is no data dictionary.
  const { resources } = dictionary.parse(JSON.parse(text))
  return new Map(
    resources.map(({ path, schema }) => [
      path,
      new Map(
        schema.fields.map(({ name, unit, description }) => [
          name,
          unit === '' || unit === '1' ? description : `${description} [${unit}]`,
        ]),
      ),
    ]),
  )
}
