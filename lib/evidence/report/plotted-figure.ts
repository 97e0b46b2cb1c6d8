/** A stored figure, checked for what the page needs of it: traces, a layout, and what its height is computed from. */
import { z } from 'zod'
import { UnreadableResult } from '../read-results'

const plotted = z.looseObject({
  data: z.array(z.looseObject({})),
  layout: z.looseObject({}),
  meta: z.looseObject({
    id: z.string(),
    title: z.string(),
    caption: z.string(),
    plotHeight: z.number(),
    rows: z.number(),
    labelLength: z.number(),
    legend: z.array(z.string()),
    drawn: z.looseObject({ spec: z.looseObject({ table: z.string().optional() }) }).optional(),
  }),
})
export type PlottedFigure = z.infer<typeof plotted>

/** @throws UnreadableResult saying where the figure is and what it lacks */
export function checkedFigure(figure: unknown, where: string): PlottedFigure {
  const found = plotted.safeParse(figure)
  if (!found.success) throw new UnreadableResult(`${where} cannot be drawn: ${z.prettifyError(found.error)}`)
  return found.data
}

/** What the place of a figure is reserved by: all that its height depends on. Its traces are parsed only when it is drawn. */
export function placeOf({ meta }: PlottedFigure): Record<string, unknown> {
  const { drawn: _, ...place } = meta
  return place
}
