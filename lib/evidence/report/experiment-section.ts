/** One experiment: which claims it decides, its figures, its tables, its run record. */
import type { LedgerLine } from '../ledger'
import { claimAnchor, experimentAnchor, linkTo, linkToFile, recordAnchor } from './anchors'
import type { Experiment } from './experiment'
import { figureSection } from './figure-section'
import { html, type Markup } from './markup'
import { recordSection } from './record-section'
import { tableSection } from './table-section'
import { verdictMark } from './verdict-mark'
import { counted, utcMinute } from './words'

export function experimentSection(experiment: Experiment, ledger: readonly LedgerLine[]): Markup {
  const { id, title, figures, tables, record, notebook } = experiment
  const { seeds } = record.notebook
  const { device, processor } = record.engine
  const decided = ledger.filter(({ claim }) => claim.notebook === id)
  return html`
<section class="experiment" id="${experimentAnchor(id)}">
<h2>${title}</h2>
<p class="byline"><code>${id}</code> <span>${counted(seeds, 'seed')}</span> <span>${device === 'cpu' ? 'CPU' : device}, ${processor}</span> <span>finished ${utcMinute(record.finished)}</span>
${notebook ? html`<a href="${linkToFile(notebook)}">Executed notebook</a>` : null} <a href="${linkTo(recordAnchor(id))}">Run record</a></p>
${decided.length > 0 ? decides(decided) : null}
${figures.length > 0 ? html`<h3>Figures</h3>${figures.map((figure) => figureSection(experiment, figure))}` : null}
${tables.length > 0 ? html`<h3>Tables</h3><p class="quiet">Numbers to six digits; the files hold all of them. An empty cell was not measured.</p>${tables.map((table) => tableSection(id, table))}` : null}
${recordSection(experiment)}
</section>`
}

function decides(lines: readonly LedgerLine[]): Markup {
  return html`
<h3>Its claims</h3>
<ul class="decides">${lines.map(
    ({ claim, verdict }) =>
      html`<li>${verdictMark(verdict.verdict)} <span><a href="${linkTo(claimAnchor(claim.id))}">${claim.claim}</a>${verdict.indicative ? html` <span class="quiet">(indicative)</span>` : null}</span></li>`,
  )}</ul>`
}
