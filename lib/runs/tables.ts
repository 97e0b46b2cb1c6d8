/**
 * Tables are public outputs: tidy CSV files with a data dictionary beside them (datapackage.json, Frictionless), written
 * whole or not at all. Empty cells mean "not measured".
 */
// danfojs loads TensorFlow, which must be prepared first.
import '../engine/tensorflow'

import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DataFrame, toCSV } from 'danfojs-node'
import { sync as writeFileAtomic } from 'write-file-atomic'
import { COLUMNS } from './columns'

export type Cell = string | number | null
export type Row = Readonly<Record<string, Cell>>

/** Columns that tell rows apart, in the tables that have them: a table's primary key. */
const KEYS = [
  'dataset',
  'network',
  'method',
  'setting',
  'seed',
  'iteration',
  'layer',
  'threshold',
  'radius',
  'error_of',
  'unit',
  'pixel_row',
  'pixel_column',
  'block',
  'n',
  'rho',
  'backtracking',
  'bits',
  'k',
  'query',
  'accuracy_of',
  'read',
]

/**
 * Writes `<folder>/<name>.csv`, one line per row, and enters it in `<folder>/datapackage.json`. Columns are those of the
 * first row.
 * @throws for a column that the data dictionary does not know, for rows of different columns, for a text that CSV
 *   would have to quote, for two rows of the same key
 */
export function writeTable(folder: string, name: string, rows: readonly Row[]): void {
  const first = rows[0]
  if (!first) throw new Error(`table ${name}: expected at least one row`)
  const columns = Object.keys(first)
  for (const column of columns)
    if (!COLUMNS[column])
      throw new Error(
        `table ${name}: column '${column}' is not in the data dictionary; enter it in lib/runs/columns.ts`,
      )
  for (const [i, row] of rows.entries()) {
    if (Object.keys(row).sort().join() !== [...columns].sort().join())
      throw new Error(`table ${name}: row ${i} has columns [${Object.keys(row)}], the first row [${columns}]`)
    for (const cell of Object.values(row)) checkCell(name, i, cell)
  }
  checkKey(name, rows)
  mkdirSync(folder, { recursive: true })
  const frame = new DataFrame(
    rows.map((row) => columns.map((column) => row[column] ?? '')),
    { columns },
  )
  writeFileAtomic(path.join(folder, `${name}.csv`), toCSV(frame) as unknown as string)
  enter(folder, name, columns)
}

function checkCell(table: string, row: number, cell: Cell): void {
  if (typeof cell === 'string' && /[",\r\n]/.test(cell))
    throw new Error(
      `table ${table}: row ${row} holds ${JSON.stringify(cell)}; a comma, quote or line break is not allowed in a cell`,
    )
  if (typeof cell === 'number' && !Number.isFinite(cell))
    throw new Error(`table ${table}: row ${row} holds ${cell}; expected a finite number, or null for "not measured"`)
}

function checkKey(table: string, rows: readonly Row[]): void {
  const key = KEYS.filter((column) => column in rows[0]!)
  const seen = new Map<string, number>()
  for (const [i, row] of rows.entries()) {
    const cells = key.map((column) => `${column}=${row[column] ?? ''}`).join(', ')
    const first = seen.get(cells)
    if (first !== undefined)
      throw new Error(
        `table ${table}: rows ${first} and ${i} have the same key (${cells}); add the column that tells them apart to KEYS in lib/runs/tables.ts`,
      )
    seen.set(cells, i)
  }
}

interface DataPackage {
  readonly resources: readonly { readonly name: string; readonly path: string; readonly schema: object }[]
}

function enter(folder: string, name: string, columns: readonly string[]): void {
  const file = path.join(folder, 'datapackage.json')
  const fields = columns.map((column) => ({ name: column, ...COLUMNS[column] }))
  const primaryKey = KEYS.filter((column) => columns.includes(column))
  const resource = { name, path: `${name}.csv`, schema: { fields, primaryKey } }
  const others = readPackage(file).filter((other) => other.name !== name)
  const resources = [...others, resource].sort((a, b) => (a.name < b.name ? -1 : 1))
  const content: DataPackage = { resources }
  writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`)
}

function readPackage(file: string): DataPackage['resources'] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as DataPackage).resources
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new Error(`${file} is not a readable data package: ${(error as Error).message}. Delete it and run again.`, {
      cause: error,
    })
  }
}
