/**
 * Images: a grid of panels, each a matrix of numbers drawn as a picture, such as the weights into a unit in the order of the image's
 * pixels. A row of panels is a series; its panels follow the panel column. Numbers are shown against the largest of their
 * own panel, since what has to be seen is where a unit looks, and one unit's weights may be a hundred times another's.
 */
import { colorScale, stopsOf } from './color-scale'
import type { Figure, FigureSpec, Row, Table, Trace } from './figure'
import { captionText, comparing, requireColumns, rowsOf } from './figure'
import { composeLayout, escapeText } from './layout'
import { type Series, seriesOf } from './series'

/** The policy is 'close' unless said. */
export interface ImagesSpec extends FigureSpec {
  /** Key columns that tell rows of panels apart; the first names the method. */
  readonly series: readonly string[]
  /** The column of whole numbers or names that tells a series' panels apart, and what a panel is called: 'unit'. */
  readonly panel: { readonly column: string; readonly label: string }
  /** Columns of whole numbers from 0: a pixel's row, counted from the top, and its column. */
  readonly pixel: { readonly row: string; readonly column: string }
  /** The column that is drawn, and what it is called. */
  readonly value: { readonly column: string; readonly label: string }
}

/** Empty pixels between panels. */
const GAP = 2

/**
 * Draws a table of one row per panel and pixel. Series and panels stand in the order of the table.
 * @throws RangeError for a missing column, an empty table, a value that is not a finite number, a pixel that is missing, given twice or
 *   not a whole number, or panels of different sizes
 */
export function images(whole: Table, spec: ImagesSpec): Figure {
  const { id, panel, pixel, value } = spec
  const how = comparing(spec, 'close')
  const table = rowsOf(whole, spec)
  requireColumns(id, table, [...spec.series, panel.column, pixel.row, pixel.column, value.column])
  const series = seriesOf(id, table, spec.series)
  const panels = [...new Set(table.map((row) => row[panel.column]!))]
  const size = { rows: lengthOf(table, pixel.row), columns: lengthOf(table, pixel.column) }
  const place = (i: number, length: number): number => i * (length + GAP)
  const span = (first: number, length: number): number[] => Array.from({ length }, (_, k) => first + k)
  const data = series.flatMap((each, j) =>
    panels.map((name, i): Trace => {
      const matrix = matrixOf(each, name, size, spec)
      const largest = Math.max(...matrix.flat().map(Math.abs)) || 1
      return {
        meta: { id: `${id}|${each.key}|${panel.column}=${name}`, ...how },
        type: 'heatmap',
        name: escapeText(`${each.label}, ${panel.label} ${name}`),
        x: span(place(i, size.columns), size.columns),
        y: span(place(j, size.rows), size.rows),
        z: matrix.map((line) => line.map((entry) => entry / largest)),
        coloraxis: 'coloraxis',
      }
    }),
  )
  const columns = panels.map((name) => `${panel.label} ${name}`)
  const extent = { x: place(panels.length, size.columns) - GAP, y: place(series.length, size.rows) - GAP }
  const meta = {
    id,
    title: spec.title,
    caption: captionText(spec.caption, [`Each panel in units of its own largest |${value.label}|; white: 0`]),
    plotHeight: 0,
    rows: 0,
    labelLength: Math.max(...series.flatMap(({ lines }) => lines.map((line) => line.length))),
    legend: [],
    grid: {
      columns,
      cellLength: 1,
      colorBar: `${value.label} / largest of its panel [1]`,
      aspect: extent.y / extent.x,
    },
    drawn: { kind: 'images', spec },
  }
  const scale = colorScale([-1, 1], 'difference', false)
  const axis = (texts: readonly string[], length: number) => ({
    type: 'linear',
    tickmode: 'array',
    tickvals: texts.map((_, i) => place(i, length) + (length - 1) / 2),
    ticktext: texts,
    ticks: '',
    showgrid: false,
    showline: false,
  })
  const kind = {
    xaxis: { ...axis(columns.map(escapeText), size.columns), range: [-0.5, extent.x - 0.5] },
    // Rows of pixels and of panels count from the top.
    yaxis: {
      ...axis(
        series.map(({ lines }) => lines.map(escapeText).join('<br>')),
        size.rows,
      ),
      range: [extent.y - 0.5, -0.5],
    },
    coloraxis: { colorscale: stopsOf(scale), cmin: -1, cmax: 1, colorbar: { nticks: 5 } },
  }
  return { data, layout: composeLayout(kind, meta), meta }
}

/** A panel's numbers, rows from the top. */
function matrixOf(
  { label, rows }: Series,
  name: Row[string],
  size: { rows: number; columns: number },
  { id, panel, pixel, value }: ImagesSpec,
): number[][] {
  const what = `figure '${id}': ${label}, ${panel.label} ${name}`
  const own = rows.filter((row) => row[panel.column] === name)
  const matrix = Array.from({ length: size.rows }, () => new Array<number>(size.columns).fill(Number.NaN))
  for (const row of own) {
    const [r, c, entry] = [row[pixel.row], row[pixel.column], row[value.column]]
    if (!isIndex(r) || !isIndex(c))
      throw new RangeError(`${what} has a pixel at ${r}, ${c}; expected whole numbers from 0`)
    if (typeof entry !== 'number' || !Number.isFinite(entry))
      throw new RangeError(`${what} holds ${JSON.stringify(entry)} at pixel ${r}, ${c}; expected a finite number`)
    if (!Number.isNaN(matrix[r]![c]))
      throw new RangeError(`${what} has two rows for pixel ${r}, ${c}; narrow the table with 'where' to one seed`)
    matrix[r]![c] = entry
  }
  if (own.length !== size.rows * size.columns)
    throw new RangeError(
      `${what} has ${own.length} pixels; expected ${size.rows} x ${size.columns}, as the largest has`,
    )
  return matrix
}

/** One more than the largest index in a column; what is no index is refused where its panel is read. */
const lengthOf = (table: Table, column: string): number =>
  1 + table.map((row) => row[column]).reduce<number>((most, cell) => (isIndex(cell) ? Math.max(most, cell) : most), 0)

const isIndex = (cell: unknown): cell is number => typeof cell === 'number' && Number.isInteger(cell) && cell >= 0
