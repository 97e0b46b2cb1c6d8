/**
 * Points with a fitted line: per series the mean over seeds at each x with the seeds' spread as error bar, and the line that least
 * squares put through these means, each of equal weight. On linear axes it is y = a + b x; on logarithmic ones it is fitted to the
 * logarithms, so its slope is the exponent of a power law. As in curves, a mean needs a value of every seed of the series.
 */
import { wholeTicks } from './curves'
import type { Axis, Figure, FigureSpec, Row, Table, Trace } from './figure'
import { axisTitle, captionText, comparing, requireColumns, rowsOf } from './figure'
import { composeLayout, escapeText } from './layout'
import { type LineFit, leastSquares } from './least-squares'
import { logAxis } from './log-axis'
import { exactText, numberText, uncertainText } from './number-text'
import { mean, type Series, seedsText, seriesOf, spreadAround, variantDash, variantSymbol } from './series'

/** The policy is 'close' unless said. */
export interface ScatterFitSpec extends FigureSpec {
  /** Both axes are linear, or both logarithmic. */
  readonly x: Axis
  readonly y: Axis
  /** Key columns that tell series apart; the first names the method and decides the colour. */
  readonly series: readonly string[]
  readonly seed: string
  /** What the error bars show: lowest to highest seed, or one standard deviation either side. */
  readonly spread: 'range' | 'sd'
}

interface Points {
  readonly x: number[]
  readonly mean: number[]
  readonly low: number[]
  readonly high: number[]
  readonly notes: string[]
}

/**
 * Draws a table of one row per series, seed and x. Rows whose y is null or not finite count as not measured.
 * @throws RangeError for a missing column, an empty table, an axis without unit, one linear and one log axis, text or nothing for x,
 *   text for y, or two rows of one seed at the same x
 */
export function scatterFit(whole: Table, spec: ScatterFitSpec): Figure {
  const { id, x, y, seed } = spec
  const how = comparing(spec, 'close')
  const log = x.log === true
  if (log !== (y.log === true))
    throw new RangeError(
      `figure '${id}': ${log ? 'x' : 'y'} is logarithmic and ${log ? 'y' : 'x'} is linear; expected 'log' on both axes for a power law, or on neither for a straight line`,
    )
  const table = rowsOf(whole, spec)
  requireColumns(id, table, [...spec.series, seed, x.column, y.column])
  const data: Trace[] = []
  const legend: string[] = []
  const notes: string[] = []
  const counts: number[] = []
  for (const series of inOrder(id, table, spec)) {
    const { key, label, style } = series
    const seeds = new Set(series.rows.map((row) => row[seed])).size
    const points = pointsOf(series, seeds, spec)
    const fit = log
      ? leastSquares(points.x.map(Math.log10), points.mean.map(Math.log10))
      : leastSquares(points.x, points.mean)
    counts.push(seeds)
    notes.push(...points.notes)
    if (!fit) notes.push(`${label}: no line, which needs two different x`)
    else if (fit.slopeError === null) notes.push(`${label}: two points leave no standard error`)
    data.push({
      meta: { id: `${id}|${key}|mean`, ...how },
      type: 'scatter',
      mode: 'markers',
      name: escapeText(label),
      legendgroup: key,
      x: points.x,
      y: points.mean,
      ...(seeds > 1 && {
        error_y: {
          type: 'data',
          symmetric: false,
          array: points.high.map((high, i) => high - points.mean[i]!),
          arrayminus: points.low.map((low, i) => points.mean[i]! - low),
          color: style.color,
          thickness: 2,
          width: 6,
        },
      }),
      marker: { color: style.color, symbol: variantSymbol(series), size: 10 },
    })
    legend.push(label)
    if (!fit) continue
    const ends = [Math.min(...points.x), Math.max(...points.x)]
    const name = `fit: ${slopeText(fit)}`
    data.push({
      // Not among the parts of the series: a comparison that gathers those would take the line for a further seed.
      meta: { id: `${id}|${key}|fit|line`, ...how },
      type: 'scatter',
      mode: 'lines',
      name,
      legendgroup: key,
      x: ends,
      y: ends.map((at) => (log ? 10 ** (fit.intercept + fit.slope * Math.log10(at)) : fit.intercept + fit.slope * at)),
      line: { color: style.color, dash: variantDash(series), width: 2 },
    })
    legend.push(name)
  }
  const over = seedsText(counts)
  const spread = spec.spread === 'range' ? 'lowest to highest seed' : 'one standard deviation either side'
  const seedsNote =
    over === 'one seed' ? 'One seed, so no error bars' : `Point: mean over ${over}; error bar: ${spread}`
  const meta = {
    id,
    title: spec.title,
    caption: captionText(spec.caption, [
      counts.includes(1) && over !== 'one seed' ? `${seedsNote}, none where there is one seed` : seedsNote,
      log
        ? 'Line: power law, by least squares through the logarithms of the means; slope: exponent ± standard error'
        : `Line: least squares through the means; slope ± standard error in ${y.unit} per ${x.unit}`,
      ...notes,
    ]),
    plotHeight: 380,
    rows: 0,
    labelLength: 7,
    legend,
    drawn: { kind: 'scatter-fit', spec },
  }
  // On a phone, '50,000' takes a seventh of the x axis.
  const axis = (a: Axis, values: readonly number[]): Record<string, unknown> => ({
    title: { text: escapeText(axisTitle(a)) },
    ...(log ? logAxis(values, a === x ? 0.16 : 0) : { type: 'linear', ...wholeTicks(a, values) }),
  })
  const drawn = (name: 'x' | 'y'): number[] => data.flatMap((trace) => trace[name] as number[])
  return { data, layout: composeLayout({ xaxis: axis(x, drawn('x')), yaxis: axis(y, drawn('y')) }, meta), meta }
}

/** The series in the order of their keys, whatever the table's order. */
function inOrder(figure: string, table: Table, { series }: ScatterFitSpec): Series[] {
  const keyOf = (row: Row): string => series.map((column) => row[column] ?? '').join('|')
  const rows = table
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
  return seriesOf(
    figure,
    rows.map(({ row }) => row),
    series,
  )
}

/** 'slope 0.984 ± 0.012, R² 0.9991', as far as the points say. */
function slopeText({ slope, slopeError, r2 }: LineFit): string {
  const value = slopeError === null ? numberText(slope, 4) : uncertainText(slope, slopeError)
  return `slope ${value}${r2 === null ? '' : `, R² ${r2.toFixed(4)}`}`
}

function pointsOf(series: Series, seeds: number, { id, x, y, seed, spread }: ScatterFitSpec): Points {
  const byX = new Map<number, Map<Row[string], number | null>>()
  for (const row of series.rows) {
    const [at, value, run] = [row[x.column], row[y.column] ?? null, row[seed]!]
    if (typeof at !== 'number' || !Number.isFinite(at))
      throw new RangeError(`figure '${id}': column '${x.column}' holds ${JSON.stringify(at)}; expected a finite number`)
    if (typeof value === 'string')
      throw new RangeError(`figure '${id}': column '${y.column}' holds '${value}'; expected a number or null`)
    const point = byX.get(at) ?? new Map<Row[string], number | null>()
    if (point.has(run))
      throw new RangeError(
        `figure '${id}': series '${series.label}' has two rows for ${seed} ${run} at ${x.column} ${at}; add the key column that tells them apart to 'series'`,
      )
    byX.set(at, point.set(run, value === null || !Number.isFinite(value) ? null : value * (y.scale ?? 1)))
  }
  const points: Points = { x: [], mean: [], low: [], high: [], notes: [] }
  const partial: string[] = []
  const hidden: string[] = []
  for (const [at, point] of [...byX].sort(([a], [b]) => a - b)) {
    // In the order of their size, so that the sum does not depend on the order of the rows.
    const values = [...point.values()].filter((value) => value !== null).sort((a, b) => a - b)
    const place = `${x.column}=${exactText(at)}`
    if (values.length < seeds) {
      partial.push(place)
      continue
    }
    const { low, high } = spreadAround(values, spread)
    if (x.log && !(low > 0 && at > 0)) {
      hidden.push(place)
      continue
    }
    points.x.push(at * (x.scale ?? 1))
    points.mean.push(mean(values))
    points.low.push(low)
    points.high.push(high)
  }
  if (partial.length > 0)
    points.notes.push(`${series.label}: left out where not every seed has a value: ${partial.join(', ')}`)
  if (hidden.length > 0)
    points.notes.push(`${series.label}: left out, as a log axis cannot show it: ${hidden.join(', ')}`)
  return points
}
