/**
 * The one template of all figures. Plotly places a title, a legend and a text under the plot without regard to each
 * other, so every height is computed here from the text and the width: title above, then the plot, the axis title, the legend
 * in a grid of equal columns, the caption. A white background is stated, so that a figure reads on a dark page too.
 */
import type { Figure, FigureMeta } from './figure'

export const defaultWidth = 900
const ink = '#1a1a1a'
/** Width of a character of Open Sans in em, generous: prose measures 0.45, names such as 'caffe-rmsprop' 0.5. */
const proseWidth = 0.52
const nameWidth = 0.56
const lineHeight = 1.3

/** Font sizes in px: at 900 px legible at half size, on a phone as large as its own text. */
function sizes(width: number): { title: number; text: number; caption: number } {
  return width >= 600 ? { title: 20, text: 17, caption: 16 } : { title: 15, text: 12, caption: 12 }
}

/** Breaks text at spaces into lines of at most `width` px at a font size. */
export function wrap(text: string, fontSize: number, width: number): string[] {
  const most = Math.max(8, Math.floor(width / (fontSize * proseWidth)))
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Plotly reads a little HTML in texts; ours are plain. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A kind's own layout (axes, modes) completed by the template at a width. */
export function composeLayout(
  kind: Readonly<Record<string, unknown>>,
  meta: FigureMeta,
  width: number = defaultWidth,
): Record<string, unknown> {
  const size = sizes(width)
  const px = (fontSize: number, lines: number): number => Math.round(fontSize * lineHeight * lines)
  const edge = 12
  const title = wrap(meta.title, size.title, width - 2 * edge)
  const caption = wrap(meta.caption, size.caption, width - 2 * edge)

  // Plotly's grid: an entry is 40 px wider than its text, entries stand 5 px apart, above and below are 5 px; 4 px to the caption.
  const entry = Math.ceil(Math.max(0, ...meta.legend.map((l) => l.length)) * size.text * nameWidth)
  const columns = Math.max(1, Math.floor((width - 2 * edge + 4) / (entry + 45)))
  const legend = meta.legend.length === 0 ? 0 : Math.ceil(meta.legend.length / columns) * (px(size.text, 1) + 3) + 14
  const axis = px(size.text, 1) * 2 + 26
  const top = px(size.title, title.length) + 2 * edge
  const under = px(size.caption, caption.length) + edge
  const left = Math.ceil(px(size.text, 1) + meta.labelLength * size.text * nameWidth) + 24
  const plot = meta.plotHeight + meta.rows * (px(size.text, 2) + 2)
  const height = top + plot + axis + legend + under

  const own = ((kind.annotations ?? []) as { name?: string }[]).filter(({ name }) => !composed.includes(name))

  return {
    ...kind,
    template: template(size.text),
    width,
    height,
    margin: { l: left, r: 2 * edge, t: top, b: axis + legend + under, pad: 0, autoexpand: false },
    showlegend: meta.legend.length > 0,
    // Only a legend left of and below the plot is given the whole width by plotly; from half the height on it would scroll.
    legend: {
      orientation: 'h',
      xref: 'paper',
      x: (edge - left) / (width - left - 2 * edge),
      xanchor: 'left',
      yref: 'paper',
      y: -axis / plot,
      yanchor: 'top',
      maxheight: legend + edge,
      entrywidth: entry,
      entrywidthmode: 'pixels',
      font: { size: size.text },
      traceorder: 'normal',
    },
    // Plotly's own title grows upwards out of the picture when it has several lines.
    annotations: [
      ...own,
      text('title', title, size.title, ink, { yanchor: 'bottom', y: 1, yshift: edge, xshift: edge - left }),
      text('caption', caption, size.caption, '#4d4d4d', {
        yanchor: 'top',
        y: 0,
        yshift: -(axis + legend),
        xshift: edge - left,
      }),
    ],
  }
}

/** Annotations that `composeLayout` makes, and makes anew for another width. */
const composed: readonly (string | undefined)[] = ['title', 'caption']

function text(
  name: string,
  lines: readonly string[],
  fontSize: number,
  color: string,
  place: Readonly<Record<string, string | number>>,
): Record<string, unknown> {
  return {
    name,
    text: lines.map(escapeText).join('<br>'),
    font: { size: fontSize, color },
    showarrow: false,
    align: 'left',
    borderpad: 0,
    xref: 'paper',
    x: 0,
    xanchor: 'left',
    yref: 'paper',
    ...place,
  }
}

/** The same figure laid out for another width: smaller type and fewer legend columns on a phone. */
export function fitFigure(figure: Figure, width: number): Figure {
  const { data, layout, meta } = figure
  return { data, layout: composeLayout(layout, meta, width), meta }
}

function template(fontSize: number): Record<string, unknown> {
  const axis = {
    automargin: false,
    color: ink,
    gridcolor: '#e3e3e3',
    linecolor: ink,
    showline: true,
    ticks: 'outside',
    ticklen: 5,
    zeroline: false,
    exponentformat: 'power',
    minexponent: 6,
    separatethousands: true,
    title: { font: { size: fontSize }, standoff: 14 },
    tickfont: { size: fontSize },
  }
  return {
    layout: {
      font: { family: '"Open Sans", "Noto Sans", arial, sans-serif', size: fontSize, color: ink },
      paper_bgcolor: '#ffffff',
      plot_bgcolor: '#ffffff',
      hovermode: 'closest',
      xaxis: axis,
      yaxis: axis,
    },
  }
}
