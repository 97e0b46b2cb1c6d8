/** New less old, as a figure: in the axis's own unit, or in per cent of the old value where the axis is logarithmic. */
import type { Figure, FigureMeta, Trace } from '../figure'
import { composeLayout } from '../layout'
import { type Coordinate, coordinatesOf } from './coordinates'

/** Null when no trace has the same points on both sides. Both figures are of this suite's kinds. */
export function differenceFigure(old: Figure, now: Figure): Figure | null {
  const before = new Map(old.data.map((trace) => [trace.meta.id, coordinatesOf(trace, old.layout)]))
  let [log, measuredX] = [false, false]
  const data = now.data.flatMap((trace): Trace[] => {
    const [a, b] = [before.get(trace.meta.id), coordinatesOf(trace, now.layout)]
    if (!a) return []
    const name = ['z', 'y', 'x'].find((n) => b.find((c) => c.name === n)?.kind === 'number') ?? ''
    const [x, y] = [a, b].map((list) => list.find((c) => c.name === name))
    if (!x || !y || x.values.length !== y.values.length || String(x.rows) !== String(y.rows)) return []
    log ||= y.log
    measuredX ||= name === 'x'
    const flat = y.values.map((value, i) => differenceOf(x.values[i]!, value, y))
    return [
      {
        ...trace,
        [name]: y.rows ? nested(flat, y.rows) : flat,
        ...(name === 'z' ? { coloraxis: undefined, colorscale: 'RdBu', zmid: 0 } : {}),
      },
    ]
  })
  if (data.length === 0) return null
  const unit = log ? 'new / old - 1 [%]' : 'new - old [unit of the axis]'
  const value = {
    title: { text: unit },
    type: 'linear',
    zeroline: true,
    zerolinecolor: '#8a8a8a',
    range: undefined,
    dtick: undefined,
    tickmode: undefined,
  }
  const kept = (axis: unknown): object => ({ ...(axis as object) })
  const { xaxis, yaxis, yaxis2, barmode } = now.layout
  const matrix = data.some((trace) => 'z' in trace)
  const kind = {
    barmode,
    xaxis: measuredX && !matrix ? value : kept(xaxis),
    yaxis: measuredX || matrix ? kept(yaxis) : value,
    ...(yaxis2 ? { yaxis2 } : {}),
  }
  const { grid: _, ...rest } = now.meta as FigureMeta & { grid?: unknown }
  const meta: FigureMeta = {
    ...rest,
    title: 'Difference',
    caption: log ? 'New value in relation to the old one.' : 'New value less old value.',
  }
  return { data, layout: composeLayout(kind, meta), meta }
}

function differenceOf(
  old: Coordinate['values'][number],
  now: Coordinate['values'][number],
  { log }: Coordinate,
): number | null {
  if (typeof old !== 'number' || typeof now !== 'number') return null
  if (!log) return now - old
  return old > 0 ? (now / old - 1) * 100 : null
}

function nested(flat: readonly (number | null)[], rows: readonly number[]): (number | null)[][] {
  const starts = rows.map((_, i) => rows.slice(0, i).reduce((sum, length) => sum + length, 0))
  return rows.map((length, i) => flat.slice(starts[i], starts[i]! + length))
}
