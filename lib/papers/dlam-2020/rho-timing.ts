/**
 * Table 2 and section 4.2.3 of the DLAM paper, what an iteration costs: notebook 04, whose rho-timing.csv has one row per data set,
 * number of rows n, rho and backtracking. The published seconds belong to their machine (Xeon, GTX 1080 Ti); what can be decided
 * on another is how they depend on n and on rho. `backtracking` is `printed` (Algorithm 2's doubling loop) or `exact` (the same
 * step found in closed form); the claims are about the first, and the growth with rho is read with the second as well:
 * does it belong to the algorithm or to its loop? Rows named `printed for 150 iterations` have as many as the paper's averages.
 * The seconds of a cell are a median over timed iterations; there are no seeds.
 */
import { claimsOf, type Entry } from '../entry'
import type { Line } from '../rules/fit'
import { increases } from '../rules/increases'
import { linear } from '../rules/linear'
import { near } from '../rules/near'
import { type Cells, proportional } from '../rules/proportional'
import { type Cell, numberIn, select, type Table } from '../table'
import { paper } from './shared'
import { rhos, table2 } from './table2'

const notebook = '04-dlam-rho-timing'
const table = 'rho-timing.csv'
const columns = ['dataset', 'network', 'n', 'rho', 'backtracking', 'seconds_per_iteration']

/** Lines of `y` against `x`, one for each value of `by`; a row without a value is left out. */
function linesOf(rows: Table, by: string, x: string, y: string): Line[] {
  const groups = new Map<Cell, [number, number][]>()
  for (const row of rows) {
    const [at, value] = [numberIn(row, x), numberIn(row, y)]
    const points = groups.get(row[by] ?? null) ?? []
    if (at !== null && value !== null) points.push([at, value])
    groups.set(row[by] ?? null, points)
  }
  return [...groups].map(([value, points]) => ({ name: `${by} = ${value}`, points }))
}

/** To two decimals, as it is quoted. */
const rounded = (x: number): number => Math.round(x * 100) / 100

type Timed = (typeof table2)[number]

/** With all rows, rho = 1 to rho = 1e-4. */
const byRho = ({ seconds }: Timed): number => rounded(seconds.at(-1)!.at(-1)! / seconds[0]!.at(-1)!)
/** At rho = 1e-4, all rows to a fifth. */
const byRows = ({ seconds }: Timed): number => rounded(seconds[0]!.at(-1)! / seconds[0]![0]!)

/** Seconds at the largest rho over those at the smallest, for the most rows: one ratio, of no seed. */
function rhoRatio(rows: Table, seconds = 'seconds_per_iteration'): Map<Cell, number | null> {
  const most = Math.max(...rows.map((row) => numberIn(row, 'n') ?? 0))
  const line = linesOf(select(rows, { n: most }), 'n', 'rho', seconds)[0]?.points ?? []
  const sorted = [...line].sort((a, b) => a[0] - b[0]).map(([, value]) => value)
  return new Map([[null, sorted.length > 1 && sorted[0]! > 0 ? sorted.at(-1)! / sorted[0]! : null]])
}

/** Cells of the published table that were measured: the same rho, and the same share of the rows. */
function cells(rows: Table, timed: Timed): Cells[] {
  const most = Math.max(...rows.map((row) => numberIn(row, 'n') ?? 0))
  return rows.flatMap((row) => {
    const [n, rho, measured] = ['n', 'rho', 'seconds_per_iteration'].map((column) => numberIn(row, column))
    if (!n || !rho || !measured) return []
    const fifth = Math.round((5 * n) / most)
    const value = timed.seconds[rhos.findIndex((r) => Math.abs(r / rho - 1) < 1e-6)]?.[fifth - 1]
    const close = Math.abs((5 * n) / most - fifth) < 0.05
    return value === undefined || !close ? [] : [{ name: `rho = ${rho}, n = ${n}`, measured, published: value }]
  })
}

const claimsAbout = (timed: Timed): Entry[] => {
  const { dataset, network, name } = timed
  const ratio = byRho(timed)
  const printed = (rows: Table): Table => select(rows, { dataset, network, backtracking: 'printed' })
  /** As many iterations as the paper's averages have, where they were made. */
  const longest = (rows: Table): Table => {
    const long = select(rows, { dataset, network }).filter((row) => String(row.backtracking).startsWith('printed for '))
    return long.length > 0 ? long : printed(rows)
  }
  const exact = (rows: Table): Table => select(rows, { dataset, network, backtracking: 'exact' })
  return [
    {
      slug: `table2-grows-with-n-${dataset}`,
      source: 'section 4.2.3, Table 2',
      claim: `${name}: the time per iteration increases with the number of training samples.`,
      published: { value: byRows(timed), unit: 'times, for 5 times the samples, rho = 1e-4' },
      table,
      rule: increases({
        what: `${name}: seconds per iteration with n`,
        columns,
        lines: (rows) => linesOf(printed(rows), 'rho', 'n', 'seconds_per_iteration'),
      }),
    },
    {
      slug: `table2-linear-in-n-${dataset}`,
      source: 'Table 2 (its rows; the text says only "increased")',
      claim: `${name}: the time per iteration grows linearly with the number of training samples, at every rho.`,
      table,
      rule: linear({
        what: `${name}: seconds per iteration against n`,
        columns,
        unit: 's per row',
        r2: 0.99,
        lines: (rows) => linesOf(printed(rows), 'rho', 'n', 'seconds_per_iteration'),
      }),
    },
    {
      slug: `table2-grows-with-rho-${dataset}`,
      source: 'section 4.2.3, Table 2',
      claim: `${name}: the time per iteration increases with rho.`,
      published: { value: ratio, unit: 'times, from rho = 1e-4 to 1' },
      table,
      rule: increases({
        what: `${name}: seconds per iteration with rho`,
        columns,
        lines: (rows) => linesOf(printed(rows), 'n', 'rho', 'seconds_per_iteration'),
      }),
    },
    {
      slug: `table2-grows-with-rho-exact-${dataset}`,
      source: 'section 4.2.3, Table 2',
      claim: `${name}: the time per iteration increases with rho; read with the same steps found in closed form, without the doubling loop.`,
      published: { value: ratio, unit: 'times, from rho = 1e-4 to 1' },
      table,
      rule: near({
        what: `${name}, exact backtracking: seconds at the largest rho over those at the smallest`,
        columns,
        unit: 'times',
        published: ratio,
        tolerance: rounded(0.25 * ratio),
        loosely: rounded(0.5 * ratio),
        value: (rows) => rhoRatio(exact(rows)),
      }),
    },
    {
      slug: `table2-rho-ratio-${dataset}`,
      source: 'Table 2, last column',
      claim: `${name}: with all samples an iteration at rho = 1 takes ${ratio} times as long as at rho = 1e-4.`,
      published: { value: ratio, unit: 'times' },
      table,
      rule: near({
        what: `${name}: mean seconds at the largest rho over those at the smallest`,
        columns: [...columns.slice(0, -1), 'mean_seconds'],
        unit: 'times',
        published: ratio,
        tolerance: rounded(0.25 * ratio),
        loosely: rounded(0.5 * ratio),
        value: (rows) => rhoRatio(longest(rows), 'mean_seconds'),
      }),
    },
    {
      slug: `table2-seconds-${dataset}`,
      source: 'Table 2',
      claim: `${name}: the 25 seconds of the table, up to one factor for the machine.`,
      published: { value: `${timed.seconds[0]![0]} to ${timed.seconds.at(-1)!.at(-1)}`, unit: 's' },
      table,
      rule: proportional({
        what: `${name}: seconds per iteration`,
        columns,
        cells: (rows) => cells(printed(rows), timed),
      }),
    },
    {
      slug: `table2-doublings-${dataset}`,
      source: 'Table 2 (the paper gives no reason for the growth; this one is ours)',
      claim: `${name}: the growth with rho is the doubling loop of Algorithms 2 and 3: seconds grow linearly with the doublings per iteration.`,
      table,
      rule: linear({
        what: `${name}: seconds per iteration against doublings per iteration`,
        columns: [...columns.filter((column) => column !== 'rho'), 'doublings_per_iteration'],
        unit: 's per doubling',
        r2: 0.95,
        lines: (rows) => linesOf(printed(rows), 'n', 'doublings_per_iteration', 'seconds_per_iteration'),
      }),
    },
  ]
}

export const rhoTimingClaims = claimsOf(paper, notebook, table2.flatMap(claimsAbout))
