/** Compares two versions of a table: rows matched by their key, numbers within a tolerance, or by bands over seeds. */
import { byText, type Difference, distance, overlaps, type Status } from '../figures/compare'
import type { Cell, Row } from '../runs/tables'
import { type Comparability, seriesKey } from './comparability'
import type { ReadTable } from './read-results'

export interface TableComparison {
  readonly status: Status
  readonly reason: string | null
  readonly worst: Difference | null
}

/** As for figures under `close`. */
const tolerance = { rtol: 1e-4, atol: 1e-9 }
const plain = { name: '', kind: 'number', log: false, values: [], rows: null } as const

/**
 * @param clocked the table holds what the clock said, which is never the same twice: only its rows are compared; figures and
 *   verdicts made of it are compared by order and ratio
 */
export function compareTables(
  before: ReadTable,
  after: ReadTable,
  { machine, runs, all }: Comparability,
  clocked = false,
): TableComparison {
  if (all) return { status: 'not comparable', reason: all, worst: null }
  const key = before.schema.key.length > 0 ? before.schema.key : after.schema.key
  const [old, now] = [keyed(before.rows, key), keyed(after.rows, key)]
  const changed = (reason: string): TableComparison => ({ status: 'changed', reason, worst: null })
  const gone = [...old.keys()].filter((k) => !now.has(k))
  const added = [...now.keys()].filter((k) => !old.has(k))
  const columns = [...before.schema.types.keys()]
  const lost = columns.filter((column) => !after.schema.types.has(column))
  if (lost.length > 0) return changed(`columns are gone: ${lost.join(', ')}`)
  if (machine === null && gone.length > 0)
    return changed(`${gone.length} of ${old.size} rows are gone, the first: ${gone[0]}`)
  const measured = clocked ? [] : columns.filter((column) => !key.includes(column))
  const common = [...old].filter(([k]) => now.has(k))
  const incomparable = common.find(([, row]) => runs.has(seriesKey(row.method, row.setting)))
  if (incomparable) {
    const series = seriesKey(incomparable[1].method, incomparable[1].setting)
    return { status: 'not comparable', reason: `${series}: ${runs.get(series)}`, worst: null }
  }
  if (machine !== null) return compareByBands(before.rows, after.rows, key, measured)
  const judged = pointwise(
    common.map(([k, row]) => [k, row, now.get(k)!]),
    measured,
  )
  if (judged.status !== 'changed' && added.length > 0)
    return changed(`${added.length} rows are new, the first: ${added[0]}`)
  return judged
}

function keyed(rows: readonly Row[], key: readonly string[]): Map<string, Row> {
  return new Map(
    rows.map((row, i) => [
      key.length > 0 ? key.map((column) => `${column}=${row[column] ?? ''}`).join(', ') : `row ${i + 1}`,
      row,
    ]),
  )
}

function pointwise(pairs: readonly (readonly [string, Row, Row])[], columns: readonly string[]): TableComparison {
  let [off, touched, furthest] = [0, 0, -1]
  let worst: Difference | null = null
  for (const [place, old, now] of pairs)
    for (const column of columns) {
      const [a, b] = [old[column] ?? null, now[column] ?? null]
      if (a === b) continue
      const far = distance(a, b, plain, tolerance)
      touched++
      if (far > 1) off++
      if (far <= furthest) continue
      furthest = far
      worst = { where: `${column} at ${place}`, old: cellText(a), new: cellText(b), by: byText(a, b, 'number') }
    }
  if (touched === 0) return { status: 'same', reason: null, worst: null }
  return off === 0
    ? {
        status: 'within tolerance',
        reason: `${touched} cells differ, all within ${tolerance.rtol} of the value`,
        worst,
      }
    : { status: 'changed', reason: `${off} cells differ by more than ${tolerance.rtol} of the value`, worst }
}

/** On another machine the last bits differ and then everything: what seeds span must overlap what they spanned. */
function compareByBands(
  before: readonly Row[],
  after: readonly Row[],
  key: readonly string[],
  columns: readonly string[],
): TableComparison {
  const group = (rows: readonly Row[]): Map<string, Row[]> => {
    const groups = new Map<string, Row[]>()
    for (const row of rows) {
      const place = key
        .filter((column) => column !== 'seed')
        .map((column) => `${column}=${row[column] ?? ''}`)
        .join(', ')
      groups.set(place, [...(groups.get(place) ?? []), row])
    }
    return groups
  }
  const [old, now] = [group(before), group(after)]
  const gone = [...old.keys()].filter((place) => !now.has(place))
  if (gone.length > 0)
    return {
      status: 'changed',
      reason: `${gone.length} of ${old.size} groups of rows are gone, the first: ${gone[0]}`,
      worst: null,
    }
  let [off, touched] = [0, 0]
  let worst: Difference | null = null
  for (const [place, rows] of old)
    for (const column of columns) {
      const numbers = (list: readonly Row[]): number[] =>
        list.map((row) => row[column]).filter((cell): cell is number => typeof cell === 'number')
      const [a, b] = [numbers(rows), numbers(now.get(place)!)]
      if (String(a) === String(b)) continue
      touched++
      if (a.length > 0 && b.length > 0 && overlaps(a, b)) continue
      off++
      worst ??= { where: `${column} at ${place}`, old: a.join(' ') || 'gap', new: b.join(' ') || 'gap', by: '' }
    }
  if (touched === 0) return { status: 'same', reason: null, worst: null }
  return off === 0
    ? { status: 'within tolerance', reason: `${touched} groups of cells differ; the ranges over seeds overlap`, worst }
    : { status: 'changed', reason: `in ${off} groups of cells the ranges over seeds do not overlap`, worst }
}

const cellText = (cell: Cell): string => (cell === null || cell === '' ? 'empty' : String(cell))
