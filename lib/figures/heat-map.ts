/**
 * Heat map: a grid of cells over two columns of names or of ordered numbers, the mean over seeds as colour and as figures. A cell
 * has a mean only where every seed of the table has a value: the survivors' mean would flatter a setting under which other runs
 * diverged. Other cells stay empty, and the caption names them.
 */
import { cellColor, colorScale, type Meaning, stopsOf, textColor } from './color-scale'
import type { Axis, Figure, FigureSpec, Row, Table, Trace } from './figure'
import { axisTitle, captionText, comparing, requireColumns, rowsOf } from './figure'
import { composeLayout, escapeText } from './layout'
import { logTicks } from './log-axis'
import { alignedText, exactText, numberText } from './number-text'
import { mean, seedsText } from './series'

/** A column whose values are the columns or the rows of the grid. Numbers need a unit; names have none. */
export interface CellAxis {
  readonly column: string
  readonly label: string
  readonly unit?: string
}

/** The policy is 'close' unless said. */
export interface HeatMapSpec extends FigureSpec {
  /** Numbers ascend to the right, names follow the alphabet. */
  readonly x: CellAxis
  /** Numbers ascend upwards, names follow the alphabet from the top. */
  readonly y: CellAxis
  /** With `log`, an amount's colours follow its logarithm; a ratio's always do, a difference's never. */
  readonly value: Axis
  /** Decides the colours: an amount from light to dark, a difference away from 0, a ratio away from 1. */
  readonly meaning: Meaning
  readonly seed: string
  /** Significant digits of the printed values; on a linear scale of the largest one, and all have as many after the point. */
  readonly digits: number
}

/** The values of one axis in the order in which they stand, from left or from below. */
interface Steps {
  readonly cells: readonly (string | number)[]
  readonly texts: readonly string[]
  readonly title: string
}

/**
 * Draws a table of one row per cell and seed. Values that are null or not finite count as not measured.
 * @throws RangeError for a missing column, an empty table, an axis of numbers without unit, of names with one or of both, text for
 *   a number, two rows of one seed in a cell, a value that a ratio or a log scale cannot have, or when no cell has a value
 */
export function heatMap(whole: Table, spec: HeatMapSpec): Figure {
  const { id, x, y, value, meaning, seed, digits } = spec
  const how = comparing(spec, 'close')
  const table = rowsOf(whole, spec)
  requireColumns(id, table, [x.column, y.column, seed, value.column])
  if (value.log && meaning === 'difference')
    throw new RangeError(`figure '${id}': a difference may be negative, which a log scale cannot show; leave out 'log'`)
  const log = value.log === true || meaning === 'ratio'
  const [across, up] = [stepsOf(id, table, x, 1), stepsOf(id, table, y, -1)]
  const seeds = new Set(table.map((row) => row[seed])).size
  const measured = valuesOf(table, spec, log)

  const empty = { none: [] as string[], some: [] as string[] }
  const z = up.cells.map((row, j) =>
    across.cells.map((column, i) => {
      const values = measured.get(row)?.get(column) ?? []
      if (values.length === seeds) return mean(values)
      empty[values.length === 0 ? 'none' : 'some'].push(`${x.column}=${across.texts[i]} ${y.column}=${up.texts[j]}`)
      return null
    }),
  )
  const shown = z.flat().filter((mean) => mean !== null)
  if (shown.length === 0)
    throw new RangeError(
      `figure '${id}': no cell has a value of '${value.column}' for each of ${seeds} seeds; narrow the table with 'where', or draw another column`,
    )

  const scale = colorScale(shown, meaning, log)
  const [ends, stops] = [{ low: scale.low, high: scale.high }, stopsOf(scale)]
  const data: Trace[] = [
    {
      meta: { id: `${id}|${x.column}|${y.column}|mean`, ...how },
      type: 'heatmap',
      name: escapeText(value.label),
      x: across.texts.map(escapeText),
      y: up.texts.map(escapeText),
      z,
      xgap: 2,
      ygap: 2,
      hoverongaps: false,
      ...(log ? { colorscale: stops, zmin: ends.low, zmax: ends.high, showscale: false } : { coloraxis: 'coloraxis' }),
    },
  ]
  // A colour bar shows its trace's own, linear colours: a logarithmic bar needs a trace of logarithms, which has no point.
  if (log)
    data.push({
      meta: { id: `${id}|scale`, policy: 'exact' },
      type: 'scatter',
      mode: 'markers',
      x: [null],
      y: [null],
      marker: { color: [0], coloraxis: 'coloraxis' },
      showlegend: false,
      hoverinfo: 'skip',
    })
  const print = log ? (mean: number) => numberText(mean, digits) : alignedText(shown, digits)
  const printed = z.flatMap((row, j) =>
    row.flatMap((mean, i) =>
      mean === null ? [] : [{ i, j, text: print(mean), color: textColor(cellColor(scale, mean)) }],
    ),
  )
  const over = seedsText([seeds])
  const meta = {
    id,
    title: spec.title,
    caption: captionText(spec.caption, [
      over === 'one seed' ? 'One seed' : `Cell: mean over ${over}`,
      ...(empty.none.length > 0 ? [`Empty, as no seed has a value: ${empty.none.join('; ')}`] : []),
      ...(empty.some.length > 0 ? [`Empty, as not every seed has a value: ${empty.some.join('; ')}`] : []),
    ]),
    // As high as the rows' title is long, at either size of type: px of a character and of a row.
    plotHeight: Math.max(
      16,
      ...[
        [9.5, 46],
        [6.7, 33],
      ].map(([c, r]) => Math.ceil(c! * up.title.length - r! * up.cells.length)),
    ),
    rows: up.cells.length,
    labelLength: Math.max(...up.texts.map((text) => text.length)),
    legend: [],
    grid: {
      columns: across.texts,
      cellLength: Math.max(...printed.map(({ text }) => text.length)),
      colorBar: axisTitle(value),
    },
    drawn: { kind: 'heat-map', spec },
  }
  const kind = {
    xaxis: categories(across),
    yaxis: categories(up),
    coloraxis: {
      colorscale: log ? scale.colors.map((color, i) => [i / (scale.colors.length - 1), color]) : stops,
      cmin: log ? Math.log10(ends.low) : ends.low,
      cmax: log ? Math.log10(ends.high) : ends.high,
      colorbar: log ? logarithms(logTicks(ends.low, ends.high)) : { nticks: 6 },
    },
    annotations: printed.map(({ i, j, text, color }) => ({
      name: 'cell',
      text,
      font: { color },
      showarrow: false,
      xref: 'x',
      x: i,
      yref: 'y',
      y: j,
    })),
  }
  return { data, layout: composeLayout(kind, meta), meta }
}

/** Row's cell -> column's cell -> one finite value per seed, in the value's unit. */
function valuesOf(table: Table, spec: HeatMapSpec, log: boolean): Map<Row[string], Map<Row[string], number[]>> {
  const { id, x, y, value, seed } = spec
  const seen = new Set<string>()
  const rows = new Map<Row[string], Map<Row[string], number[]>>()
  // Sums do not depend on the table's order when the seeds are added in theirs.
  const ordered = [...table].sort((a, b) => byName(String(a[seed]), String(b[seed])))
  for (const row of ordered) {
    const [at, level, cell] = [row[x.column]!, row[y.column]!, row[value.column] ?? null]
    const place = `${x.column} ${at}, ${y.column} ${level}`
    if (seen.has(JSON.stringify([at, level, row[seed]])))
      throw new RangeError(
        `figure '${id}': the cell ${place} has two rows for ${seed} ${row[seed]}; narrow the table with 'where' to one row per cell and seed`,
      )
    seen.add(JSON.stringify([at, level, row[seed]]))
    if (typeof cell === 'string')
      throw new RangeError(`figure '${id}': column '${value.column}' holds '${cell}'; expected a number or null`)
    if (cell === null || !Number.isFinite(cell)) continue
    if (log && cell <= 0)
      throw new RangeError(
        `figure '${id}': column '${value.column}' holds ${cell} at ${place}; a ${spec.meaning === 'ratio' ? 'ratio' : 'log scale'} needs numbers above 0`,
      )
    const columns = rows.get(level) ?? new Map<Row[string], number[]>()
    rows.set(level, columns.set(at, [...(columns.get(at) ?? []), cell * (value.scale ?? 1)]))
  }
  return rows
}

const alphabet = new Intl.Collator('en', { numeric: true })

/** 'W2' before 'W10'; names that the collator takes for equal by their characters. */
const byName = (a: string, b: string): number => alphabet.compare(a, b) || (a < b ? -1 : Number(a > b))

const isNumber = (cell: unknown): cell is number => typeof cell === 'number' && Number.isFinite(cell)

/** The different values of a column. Names go up (1) or down (-1) the axis. */
function stepsOf(figure: string, table: Table, axis: CellAxis, names: 1 | -1): Steps {
  const { column, label, unit = '' } = axis
  const cells = [...new Set(table.map((row) => row[column]!))]
  if (cells.every(isNumber)) {
    const ascending = cells.sort((a, b) => a - b)
    return { cells: ascending, texts: ascending.map(exactText), title: axisTitle({ column, label, unit }) }
  }
  const odd = [...cells.filter((cell) => typeof cell !== 'string' && !isNumber(cell)), ...cells.filter(isNumber)]
  if (odd.length > 0)
    throw new RangeError(
      `figure '${figure}': column '${column}' holds ${odd[0]} among values that are not all numbers; expected finite numbers only, or names only`,
    )
  if (unit !== '')
    throw new RangeError(`figure '${figure}': column '${column}' holds names, which have no unit; leave out '${unit}'`)
  const sorted = (cells as string[]).sort((a, b) => names * byName(a, b))
  return { cells: sorted, texts: sorted, title: label }
}

function categories({ texts, title }: Steps): Record<string, unknown> {
  return {
    title: { text: escapeText(title) },
    type: 'category',
    categoryorder: 'array',
    categoryarray: texts.map(escapeText),
    range: [-0.5, texts.length - 0.5],
    ticks: '',
    showgrid: false,
    showline: false,
  }
}

/** Ticks of a colour bar whose values are logarithms. */
function logarithms(ticks: readonly number[]): Record<string, unknown> {
  return { tickmode: 'array', tickvals: ticks.map(Math.log10), ticktext: ticks.map(exactText) }
}
