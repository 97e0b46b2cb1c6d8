/**
 * The one template of all figures. Plotly places a title, a legend and a text under the plot without regard to each
 * other, so every height is computed here from the text and the width: title above, then the plot, the axis title, the legend
 * in a grid of equal columns or the colour bar, the caption. A white background is stated, so that a figure reads on a dark page too.
 */
import type { Figure, FigureMeta, Grid } from './figure'

export const defaultWidth = 900
const ink = '#1a1a1a'
/** Width of a character of Open Sans in em, generous: prose measures 0.45, names such as 'caffe-rmsprop' 0.5. */
const proseWidth = 0.52
const nameWidth = 0.56
const lineHeight = 1.3
/** Length of a line in the legend in px: plotly's 30 hide what dash it has. */
const legendLine = 56

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

  // Plotly's grid: an entry is 10 px wider than its line and text, entries stand 5 px apart, above and below are 5 px; 4 px to the caption.
  const entry = Math.ceil(Math.max(0, ...meta.legend.map((l) => l.length)) * size.text * nameWidth)
  const columns = Math.max(1, Math.floor((width - 2 * edge + 4) / (entry + legendLine + 15)))
  const entries = meta.legend.length === 0 ? 0 : Math.ceil(meta.legend.length / columns) * (px(size.text, 1) + 3) + 14
  const top = px(size.title, title.length) + 2 * edge
  const under = px(size.caption, caption.length) + edge
  const left = Math.ceil(px(size.text, 1) + meta.labelLength * size.text * nameWidth) + 24
  const cells = meta.grid && cellRoom(meta.grid, size.text, width - left - 2 * edge)
  const bar = meta.grid ? wrap(meta.grid.colorBar, size.text, width - 2 * edge) : []
  // The bar is 14 px thick, its title above it, its ticks' labels below; the rest is air.
  const legend = meta.grid ? px(size.text, bar.length) + 6 + 14 + px(size.text, 1) + 16 : entries
  const axis = px(size.text, 1) * 2 + 26 + (cells?.labels ?? 0)
  const toBar = axis + px(size.text, bar.length) + 6
  const rows = meta.grid?.aspect
    ? Math.round((width - left - 2 * edge) * meta.grid.aspect)
    : meta.plotHeight + meta.rows * (px(size.text, 2) + 2)
  // A colour bar stands at most two heights of the plot below it: plotly's coordinates end there.
  const plot = cells ? Math.max(rows, Math.ceil(toBar / 2)) : rows
  const height = top + plot + axis + legend + under

  const own = ((kind.annotations ?? []) as { name?: string; font?: object }[])
    .filter(({ name }) => !composed.includes(name))
    .map((note) => (cells && note.name === 'cell' ? { ...note, font: { ...note.font, size: cells.fontSize } } : note))

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
      itemwidth: legendLine,
      font: { size: size.text },
      traceorder: 'normal',
    },
    ...(cells && {
      xaxis: { ...(kind.xaxis as object), tickangle: cells.upright ? 0 : -90 },
      coloraxis: {
        ...(kind.coloraxis as object),
        colorbar: {
          ...(kind.coloraxis as { colorbar: object }).colorbar,
          orientation: 'h',
          xref: 'paper',
          x: (3 * edge - left) / (width - left - 2 * edge),
          xanchor: 'left',
          xpad: 0,
          lenmode: 'pixels',
          len: width - 6 * edge,
          yref: 'paper',
          y: -toBar / plot,
          yanchor: 'top',
          ypad: 0,
          thicknessmode: 'pixels',
          thickness: 14,
          outlinewidth: 0,
          // Left to itself plotly hides the right labels of a bar that is wider than the plot.
          ticklabeloverflow: 'allow',
          tickfont: { size: size.text },
        },
      },
    }),
    // Plotly's own title grows upwards out of the picture when it has several lines.
    annotations: [
      ...own,
      text('title', title, size.title, ink, { yanchor: 'bottom', y: 1, yshift: edge, xshift: edge - left }),
      // Plotly's own would stand over the middle of the bar, unwrapped, and on it.
      ...(cells
        ? [text('color bar', bar, size.text, ink, { yanchor: 'top', y: 0, yshift: -axis, xshift: edge - left })]
        : []),
      text('caption', caption, size.caption, '#4d4d4d', {
        yanchor: 'top',
        y: 0,
        yshift: -(axis + legend),
        xshift: edge - left,
      }),
    ],
  }
}

/** Sizes that keep texts within the columns of a grid: long labels stand upright on their end, small cells have small type. */
function cellRoom(
  { columns, cellLength }: Grid,
  fontSize: number,
  plotWidth: number,
): { upright: boolean; labels: number; fontSize: number } {
  const cell = plotWidth / columns.length - 4
  const label = Math.ceil(Math.max(...columns.map((text) => text.length)) * fontSize * nameWidth)
  const upright = label <= cell
  return {
    upright,
    labels: upright ? 0 : Math.max(0, label - Math.round(fontSize * lineHeight)),
    fontSize: Math.min(fontSize, Math.floor((cell / cellLength / nameWidth) * 10) / 10),
  }
}

/** Annotations that `composeLayout` makes, and makes anew for another width. */
const composed: readonly (string | undefined)[] = ['title', 'color bar', 'caption']

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
