/** A figure: its place with the JSON that is drawn into it, and below it the way to its table, its files and its run record. */
import { figureAnchor, linkTo, linkToFile, recordAnchor, tableAnchor } from './anchors'
import type { Experiment, ReportFigure } from './experiment'
import { html, jsonBlock, type Markup } from './markup'
import { placeOf } from './plotted-figure'

export function figureSection({ id: notebook, tables }: Experiment, { id, figure, files }: ReportFigure): Markup {
  const table = tables.find(({ name }) => name === `${figure.meta.drawn?.spec.table}.csv`)
  const picture = files.find((file) => file.endsWith('.svg'))
  const links = [
    html`<a href="${linkTo(recordAnchor(notebook))}">Run record</a>`,
    ...(table ? [html`<a href="${linkTo(tableAnchor(notebook, table.name))}">Table ${table.name}</a>`] : []),
    ...files.map(
      (file) => html`<a href="${linkToFile(`${notebook}/${file}`)}">${file.split('.').at(-1)!.toUpperCase()}</a>`,
    ),
    ...(files.length === 0
      ? [html`<span>rests on the clock, so kept in <a href="${linkToFile(`${notebook}/run.json`)}">run.json</a></span>`]
      : []),
  ]
  return html`
<figure id="${figureAnchor(notebook, id)}">
<h4 class="unseen">${figure.meta.title}</h4>
<plotted-figure data-place="${JSON.stringify(placeOf(figure))}">${jsonBlock({ data: figure.data, layout: figure.layout, meta: placeOf(figure) })}${
    picture ? html`<noscript><img src="${linkToFile(`${notebook}/${picture}`)}" alt=""></noscript>` : null
  }</plotted-figure>
<figcaption><span class="unseen">${figure.meta.caption}</span><code>${id}</code>${links}</figcaption>
</figure>`
}
