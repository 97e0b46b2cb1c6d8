/** Reading tidy tables: selecting rows and taking one number per seed. An empty cell may come back from CSV as null or as ''. */

export type Cell = string | number | null
export type Row = Readonly<Record<string, Cell>>
export type Table = readonly Row[]
/** One value per seed; null where the run has none (it diverged, or the metric was not measured). */
export type BySeed = ReadonlyMap<Cell, number | null>

/** What a rule takes from the table: the rows whose columns have these values. */
export type Where = Readonly<Record<string, Cell>>

/** 'method=tikhonov-bcd, setting=' for messages. */
export function whereText(where: Where): string {
  return Object.entries(where)
    .map(([column, value]) => `${column}=${value ?? ''}`)
    .join(', ')
}

/** The rows that match, at least one. @throws RangeError naming what was looked for when there is none */
export function select(rows: Table, where: Where): Table {
  const found = rows.filter((row) => matches(row, where))
  if (found.length === 0)
    throw new RangeError(
      `the table has no row with ${whereText(where)}; a run that diverged belongs in it with its values left empty`,
    )
  return found
}

export function matches(row: Row, where: Where): boolean {
  return Object.entries(where).every(([column, value]) => (row[column] ?? '') === (value ?? ''))
}

/** A cell as a number, null when empty. @throws RangeError for any other text */
export function numberIn(row: Row, column: string): number | null {
  const cell = row[column]
  if (cell === null || cell === undefined || cell === '' || Number.isNaN(cell)) return null
  if (typeof cell === 'number') return cell
  throw new RangeError(`column '${column}' holds '${cell}'; expected a number or an empty cell`)
}

/** One number per seed. @throws RangeError when a seed has two rows: the selection leaves a key column open */
export function bySeed(rows: Table, column: string): BySeed {
  const values = new Map<Cell, number | null>()
  for (const row of rows) {
    const seed = row.seed ?? null
    if (values.has(seed))
      throw new RangeError(`two rows for seed ${seed} in column '${column}'; expected one: ${JSON.stringify(row)}`)
    values.set(seed, numberIn(row, column))
  }
  return values
}

/** Rows grouped by seed, in the order of first appearance. */
export function groupBySeed(rows: Table): Map<Cell, Row[]> {
  const groups = new Map<Cell, Row[]>()
  for (const row of rows) {
    const seed = row.seed ?? null
    const group = groups.get(seed)
    if (group) group.push(row)
    else groups.set(seed, [row])
  }
  return groups
}
