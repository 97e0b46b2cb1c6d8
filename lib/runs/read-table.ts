/** Tables read back from CSV, with the types that the data dictionary beside them states. */
import { z } from 'zod'
import type { Cell, Row } from './tables'

const dataPackage = z.object({
  resources: z.array(
    z.object({
      path: z.string(),
      schema: z.object({
        primaryKey: z.array(z.string()).default([]),
        fields: z.array(z.object({ name: z.string(), type: z.enum(['string', 'integer', 'number']) })),
      }),
    }),
  ),
})

/** A table's columns, and those that tell its rows apart. */
export interface TableSchema {
  readonly types: ReadonlyMap<string, 'string' | 'integer' | 'number'>
  readonly key: readonly string[]
}

/** 'trace.csv' -> its schema, from the text of datapackage.json. @throws Error naming what is wrong with it */
export function readSchemas(text: string): Map<string, TableSchema> {
  const { resources } = dataPackage.parse(JSON.parse(text))
  return new Map(
    resources.map(({ path, schema }) => [
      path,
      { types: new Map(schema.fields.map(({ name, type }) => [name, type])), key: schema.primaryKey },
    ]),
  )
}

/**
 * The rows of a CSV as `writeTable` writes it: no quotes; an empty cell is null in a column of numbers and '' in one of texts.
 * @throws RangeError naming table, line and column for a cell that is not of its column's type, or a line of another length
 */
export function parseTable(name: string, text: string, { types }: TableSchema): Row[] {
  const [header = '', ...lines] = text.replace(/\n$/, '').split(/\r?\n/)
  const columns = header.split(',')
  const unknown = columns.find((column) => !types.has(column))
  if (unknown !== undefined)
    throw new RangeError(
      `${name}: column '${unknown}' is not in datapackage.json; it knows ${[...types.keys()].join(', ')}`,
    )
  return lines.map((line, i) => {
    const cells = line.split(',')
    if (cells.length !== columns.length)
      throw new RangeError(`${name}: line ${i + 2} has ${cells.length} cells; expected ${columns.length}`)
    return Object.fromEntries(
      columns.map((column, c) => {
        const cell = cells[c]!
        if (types.get(column) === 'string') return [column, cell]
        const value: Cell = cell === '' ? null : Number(cell)
        if (Number.isNaN(value))
          throw new RangeError(`${name}: line ${i + 2}, column '${column}' holds '${cell}'; expected a number`)
        return [column, value]
      }),
    )
  })
}
