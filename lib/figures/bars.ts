/**
 * Bars: per series the mean over seeds as a horizontal bar (long method names read well, on a phone too), each seed as a dot,
 * the best on top, the value in figures behind the bar. Bars start at zero.
 */
import type { Axis, Figure, FigureSpec, Reference, Table, Trace } from './figure'
import { axisTitle, captionText, comparing, requireColumns, rowsOf } from './figure'
import { composeLayout, escapeText } from './layout'
import { mean, referenceLine, seedsText, seriesOf, withAlpha } from './series'

/** The policy is 'band' unless said. */
export interface BarsSpec extends FigureSpec {
  readonly value: Axis
  /** Key columns that tell bars apart; the first names the method and decides the colour. */
  readonly series: readonly string[]
  readonly seed: string
  /** Which end is best and stands on top. */
  readonly best: 'lowest' | 'highest'
  /** Digits after the point of the printed value. */
  readonly digits: number
  readonly references?: readonly Reference[]
}

/**
 * Draws a table of one row per series and seed. A series with a missing value (a run that diverged) has its bar from the other
 * seeds and says so; one without any value is named in the caption.
 * @throws RangeError for a missing column, an empty table, an axis without unit, a negative value, two rows of one seed
 */
export function bars(whole: Table, spec: BarsSpec): Figure {
  const { id, value, references = [] } = spec
  const how = comparing(spec, 'band')
  const table = rowsOf(whole, spec)
  requireColumns(id, table, [...spec.series, spec.seed, value.column])
  if (value.log)
    throw new RangeError(`figure '${id}': bars start at zero, which a log axis does not have; leave out 'log'`)
  const measured = seriesOf(id, table, spec.series).map((series) => {
    const seeds = new Map<unknown, number | null>()
    for (const row of series.rows) {
      const cell = row[value.column] ?? null
      if (seeds.has(row[spec.seed]))
        throw new RangeError(
          `figure '${id}': '${series.label}' has two rows for ${spec.seed} ${row[spec.seed]}; add the key column that tells them apart to 'series', or filter the table`,
        )
      if (typeof cell === 'string' || (cell !== null && cell < 0))
        throw new RangeError(`figure '${id}': column '${value.column}' holds '${cell}'; expected a number >= 0 or null`)
      seeds.set(row[spec.seed], cell === null || Number.isNaN(cell) ? null : cell * (value.scale ?? 1))
    }
    const values = [...seeds.values()].filter((v) => v !== null)
    return { ...series, values, missing: seeds.size - values.length }
  })
  const shown = measured.filter(({ values }) => values.length > 0)
  const sign = spec.best === 'lowest' ? 1 : -1
  shown.sort((a, b) => sign * (mean(a.values) - mean(b.values)) || (a.key < b.key ? -1 : 1))

  const data: Trace[] = []
  for (const { key, label, lines, style, variant, values } of shown) {
    const category = categoryOf(lines)
    const center = mean(values)
    data.push({
      meta: { id: `${id}|${key}|mean`, ...how },
      type: 'bar',
      orientation: 'h',
      name: escapeText(label),
      x: [center],
      y: [category],
      width: 0.62,
      marker: {
        color: variant === 0 ? style.color : withAlpha(style.color, 0.35),
        line: { color: style.color, width: 2 },
      },
      showlegend: false,
    })
    if (values.length > 1)
      data.push({
        meta: { id: `${id}|${key}|seeds`, ...how },
        type: 'scatter',
        mode: 'markers',
        name: `${escapeText(label)}, seeds`,
        x: values,
        y: values.map(() => category),
        marker: { color: '#ffffff', symbol: 'circle', size: 8, line: { color: '#1a1a1a', width: 1.5 } },
        showlegend: false,
      })
  }
  for (const [i, reference] of references.entries())
    data.push({
      meta: { id: `${id}|reference=${reference.id}`, policy: 'exact' },
      type: 'scatter',
      mode: 'lines',
      name: escapeText(reference.label),
      x: [reference.value, reference.value],
      y: [0, 1],
      yaxis: 'y2',
      line: referenceLine(i),
    })

  const most = Math.max(...shown.flatMap(({ values }) => values), ...references.map((r) => r.value), 0)
  const over = seedsText(shown.map(({ values }) => values.length))
  const notes = measured
    .filter(({ missing }) => missing > 0)
    .map(({ label, missing, values }) =>
      values.length === 0
        ? `${label}: no seed has a value`
        : `${label}: ${missing} of ${missing + values.length} seeds have no value`,
    )
  const meta = {
    id,
    title: spec.title,
    caption: captionText(spec.caption, [
      over === 'one seed' ? 'One seed' : `Bar: mean over ${over}; dots: seeds`,
      ...notes,
    ]),
    plotHeight: 16,
    // A row is two lines high.
    rows: shown.length * Math.max(1, ...shown.map(({ lines }) => broken(lines).length / 2)),
    labelLength: Math.max(0, ...shown.flatMap(({ lines }) => broken(lines).map((line) => line.length))),
    legend: references.map(({ label }) => label),
    drawn: { kind: 'bars', spec },
  }
  const printed = shown.map(({ lines, values }) => ({
    category: categoryOf(lines),
    text: mean(values).toFixed(spec.digits),
  }))
  // The printed values stand in a column of their own, right of everything drawn.
  const room = 1.04 + 0.05 * Math.max(0, ...printed.map(({ text }) => text.length))
  const end = (most || 1) * room
  const isShare = value.unit === '%' && most <= 100 && end > 100
  const kind = {
    barmode: 'overlay',
    xaxis: {
      title: { text: escapeText(axisTitle(value)) },
      type: 'linear',
      range: [0, end],
      ...(isShare && { tickvals: [0, 20, 40, 60, 80, 100] }),
    },
    yaxis: {
      type: 'category',
      categoryorder: 'array',
      categoryarray: printed.map(({ category }) => category),
      range: [shown.length - 0.5, -0.5],
      ticks: '',
      showgrid: false,
    },
    annotations: printed.map(({ category, text }) => ({
      text,
      showarrow: false,
      xref: 'paper',
      x: 1,
      xanchor: 'right',
      yref: 'y',
      y: category,
    })),
    ...(references.length > 0 && {
      yaxis2: { type: 'linear', range: [0, 1], overlaying: 'y', visible: false, fixedrange: true },
    }),
  }
  return { data, layout: composeLayout(kind, meta), meta }
}

/** Characters that a line of a bar's label may have, where a setting has a place to break. */
const LABEL = 34

/** Lines of a label, long ones broken after the semicolons between settings. */
function broken(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const parts: string[] = []
    for (const setting of line.split(/(?<=;)/)) {
      const last = parts.at(-1)
      if (last !== undefined && last.length + setting.length <= LABEL) parts[parts.length - 1] = last + setting
      else parts.push(setting)
    }
    return parts
  })
}

const categoryOf = (lines: readonly string[]): string => broken(lines).map(escapeText).join('<br>')
