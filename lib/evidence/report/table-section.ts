/** A table: its first rows, the others as data that the page's script turns into rows when asked, and what its columns mean. */
import { linkToFile, tableAnchor } from './anchors'
import type { ReportTable } from './experiment'
import { html, jsonBlock, type Markup } from './markup'
import { cellText, counted } from './words'

const shownAtFirst = 5

export function tableSection(notebook: string, { name, rows, schema, meanings }: ReportTable): Markup {
  const all = [...schema.types.keys()]
  const same = all.filter((column) => saysNothing(rows, column))
  const columns = all.filter((column) => !same.includes(column))
  const cells = rows.map((row) => columns.map((column) => cellText(row[column] ?? null)))
  const kind = (column: string): string => (schema.types.get(column) === 'string' ? 'text' : 'number')
  const rest = cells.slice(shownAtFirst)
  const file = linkToFile(`${notebook}/${name}`)
  return html`
<section class="table" id="${tableAnchor(notebook, name)}">
<h4><a href="${file}">${name}</a> <span class="quiet">${counted(rows.length, 'row')} × ${counted(all.length, 'column')}</span></h4>
${same.length > 0 ? html`<p class="quiet">In every row: ${same.map((column) => `${column} ${cellText(rows[0]![column] ?? null)}`).join(', ')}.</p>` : null}
<div class="scroll" tabindex="0" role="region" aria-label="Table ${name}">
<table>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${kind(column)}">${column}</th>`)}</tr></thead>
<tbody>${cells.slice(0, shownAtFirst).map((row) => html`<tr>${row.map((cell, i) => html`<td class="${kind(columns[i]!)}">${cell}</td>`)}</tr>`)}</tbody>
</table>
</div>
${rest.length > 0 ? html`<button type="button" class="more">${moreText(rest.length)}</button>${jsonBlock(rest)}` : null}
<details><summary>Columns</summary><dl class="meanings">${all.map((column) => html`<dt>${column}</dt><dd>${meanings.get(column) ?? ''}</dd>`)}</dl></details>
</section>`
}

/** A column of texts that is the same all the way down is said once: on a phone it would fill the screen. */
function saysNothing(rows: ReportTable['rows'], column: string): boolean {
  const text = rows[0]?.[column]
  return typeof text === 'string' && text !== '' && rows.length > 1 && rows.every((row) => row[column] === text)
}

/** As the page's script writes it when there are fewer left. */
const moreText = (left: number): string => `Show more rows (${left.toLocaleString('en-US')} left)`
