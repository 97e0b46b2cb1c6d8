/** Draws a figure again from the table beside it, by what the figure's own `meta.drawn` says: the check that it is that table's picture. */
import { type BarsSpec, bars } from './bars'
import { type CurvesSpec, curves } from './curves'
import type { Drawn, Figure, FigureSpec, Table } from './figure'
import { type HeatMapSpec, heatMap } from './heat-map'
import { type ImagesSpec, images } from './images'
import { type ScatterFitSpec, scatterFit } from './scatter-fit'

const kinds: Readonly<Record<string, (table: Table, spec: FigureSpec) => Figure>> = {
  curves: (table, spec) => curves(table, spec as CurvesSpec),
  bars: (table, spec) => bars(table, spec as BarsSpec),
  images: (table, spec) => images(table, spec as ImagesSpec),
  'heat-map': (table, spec) => heatMap(table, spec as HeatMapSpec),
  'scatter-fit': (table, spec) => scatterFit(table, spec as ScatterFitSpec),
}

/**
 * The figure that the table gives now.
 * @throws RangeError for a kind that is not known, or when the table no longer has what the spec asks for
 */
export function redraw({ kind, spec }: Drawn, table: Table): Figure {
  const draw = kinds[kind]
  if (!draw)
    throw new RangeError(`figure '${spec.id}' is of kind '${kind}'; the kinds are ${Object.keys(kinds).join(', ')}`)
  return draw(table, spec)
}
