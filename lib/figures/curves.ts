/**
 * Curves: per series the mean over seeds, with a band around it, against x on a linear or logarithmic y axis. The mean is
 * drawn only where every seed of the series has a value: a line that goes on with the surviving seeds would jump, or
 * flatter a method some of whose runs diverged. Where a line ends early for that reason the caption says so.
 */
import type { Axis, Figure, FigureSpec, Reference, Row, Table, Trace } from './figure'
import { axisTitle, captionText, comparing, requireColumns, rowsOf } from './figure'
import { composeLayout, escapeText } from './layout'
import { logAxis } from './log-axis'
import {
  mean,
  referenceLine,
  type Series,
  seedsText,
  seriesOf,
  spreadAround,
  variantDash,
  variantSymbol,
  withAlpha,
} from './series'

/** The policy is 'close' unless said. */
export interface CurvesSpec extends FigureSpec {
  readonly x: Axis
  readonly y: Axis
  /** Key columns that tell series apart; the first names the method and decides the colour. */
  readonly series: readonly string[]
  readonly seed: string
  /** What the band shows: lowest to highest seed, or one standard deviation either side. */
  readonly spread: 'range' | 'sd'
  readonly references?: readonly Reference[]
}

interface Curve {
  readonly x: number[]
  readonly mean: number[]
  readonly low: number[]
  readonly high: number[]
  readonly notes: string[]
}

/**
 * Draws a table. Rows whose y is null or NaN count as not measured.
 * @throws RangeError for a missing column, an empty table, an axis without unit, or two rows of one seed at the same x
 */
export function curves(whole: Table, spec: CurvesSpec): Figure {
  const { id, x, y, references = [] } = spec
  const how = comparing(spec, 'close')
  const table = rowsOf(whole, spec)
  requireColumns(id, table, [...spec.series, spec.seed, x.column, y.column])
  const all = seriesOf(id, table, spec.series)
  const notes: string[] = []
  const bands: Trace[] = []
  const lines: Trace[] = []
  const legend: string[] = []
  for (const series of all) {
    const curve = curveOf(series, spec)
    notes.push(...curve.notes)
    const { style, key, label } = series
    const common = { type: 'scatter', x: curve.x, legendgroup: key }
    const dash = variantDash(series)
    const several = new Set(series.rows.map((row) => row[spec.seed])).size > 1
    if (several) {
      const edge = {
        ...common,
        mode: 'lines',
        line: { width: 0, color: style.color },
        showlegend: false,
        hoverinfo: 'skip',
      }
      bands.push({ ...edge, meta: { id: `${id}|${key}|low`, ...how }, name: `${escapeText(label)}, low`, y: curve.low })
      bands.push({
        ...edge,
        meta: { id: `${id}|${key}|high`, ...how },
        name: `${escapeText(label)}, high`,
        y: curve.high,
        fill: 'tonexty',
        fillcolor: withAlpha(style.color, 0.15),
      })
    }
    lines.push({
      ...common,
      meta: { id: `${id}|${key}|mean`, ...how },
      name: escapeText(label),
      mode: 'lines+markers',
      y: curve.mean,
      line: { color: style.color, dash, width: 3 },
      marker: { color: style.color, symbol: variantSymbol(series), size: 9, maxdisplayed: 12 },
    })
    legend.push(label)
  }
  const drawn = lines.flatMap((trace) => trace.x as number[])
  for (const [i, reference] of references.entries()) {
    lines.push({
      meta: { id: `${id}|reference=${reference.id}`, policy: 'exact' },
      type: 'scatter',
      name: escapeText(reference.label),
      mode: 'lines',
      x: [Math.min(...drawn), Math.max(...drawn)],
      y: [reference.value, reference.value],
      line: referenceLine(i),
    })
    legend.push(reference.label)
  }
  const over = seedsText(all.map(({ rows }) => new Set(rows.map((row) => row[spec.seed])).size))
  const meaning =
    over === 'one seed'
      ? 'One seed'
      : `Line: mean over ${over}; band: ${spec.spread === 'range' ? 'lowest to highest seed' : 'one standard deviation either side'}`
  const meta = {
    id,
    title: spec.title,
    caption: captionText(spec.caption, [meaning, ...notes]),
    plotHeight: 380,
    rows: 0,
    labelLength: 7,
    legend,
    drawn: { kind: 'curves', spec },
  }
  const data = [...bands, ...lines]
  const axis = (a: Axis, values: readonly number[]): Record<string, unknown> => ({
    title: { text: escapeText(axisTitle(a)) },
    ...(a.log ? logAxis(values) : { type: 'linear', ...wholeTicks(a, values) }),
  })
  const extent = data.flatMap((trace) => trace.y as number[])
  return { data, layout: composeLayout({ xaxis: axis(x, drawn), yaxis: axis(y, extent) }, meta), meta }
}

/** A count has no halves: a short axis of counts, which plotly would divide, is ticked at every whole number. */
export function wholeTicks({ unit }: Axis, values: readonly number[]): Record<string, number> {
  return unit === 'count' && Math.max(...values) - Math.min(...values) <= 10 ? { dtick: 1 } : {}
}

function curveOf(series: Series, { id, x, y, seed, spread }: CurvesSpec): Curve {
  const seeds = new Set(series.rows.map((row) => row[seed]))
  const byX = new Map<number, Map<Row[string] | undefined, number>>()
  for (const row of series.rows) {
    const at = row[x.column]
    const value = row[y.column]
    if (typeof at !== 'number')
      throw new RangeError(`figure '${id}': column '${x.column}' holds ${JSON.stringify(at)}; expected a number`)
    if (typeof value === 'string')
      throw new RangeError(`figure '${id}': column '${y.column}' holds '${value}'; expected a number or null`)
    if (value === null || value === undefined || Number.isNaN(value)) continue
    const point = byX.get(at) ?? new Map<Row[string] | undefined, number>()
    if (point.has(row[seed]))
      throw new RangeError(
        `figure '${id}': series '${series.label}' has two rows for ${seed} ${row[seed]} at ${x.column} ${at}; add the key column that tells them apart to 'series'`,
      )
    byX.set(at, point.set(row[seed], value * (y.scale ?? 1)))
  }
  const curve: Curve = { x: [], mean: [], low: [], high: [], notes: [] }
  let hidden = 0
  let partial = 0
  for (const [at, point] of [...byX].sort(([a], [b]) => a - b)) {
    const values = [...point.values()]
    if (values.length < seeds.size) {
      partial++
      continue
    }
    const center = mean(values)
    const { low, high } = spreadAround(values, spread)
    if ((y.log && !(low > 0)) || (x.log && !(at > 0))) {
      hidden++
      continue
    }
    curve.x.push(at * (x.scale ?? 1))
    curve.mean.push(center)
    curve.low.push(low)
    curve.high.push(high)
  }
  if (partial > 0) curve.notes.push(`${series.label}: ${partial} points left out where not every seed has a value`)
  if (hidden > 0) curve.notes.push(`${series.label}: ${hidden} points left out that a log axis cannot show`)
  return curve
}
