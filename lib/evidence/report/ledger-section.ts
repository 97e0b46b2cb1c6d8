/**
 * The ledger: how many claims came out how, and every claim with the published number beside the one found. Claims that were not run are
 * most of it for a long time, so they are hidden until asked for.
 */
import type { Claim } from '../../papers'
import { digits } from '../../papers/rules/numbers'
import { type LedgerLine, outcomes, tally } from '../ledger'
import { claimAnchor, experimentAnchor, figureAnchor, ledgerAnchor, linkTo, recordAnchor, tableAnchor } from './anchors'
import type { Experiment } from './experiment'
import { html, type Markup } from './markup'
import { slugOf, verdictMark } from './verdict-mark'
import { counted } from './words'

export function ledgerSection(ledger: readonly LedgerLine[], experiments: readonly Experiment[]): Markup {
  const papers = [...new Set(ledger.map(({ claim }) => claim.paper))]
  const { counts } = tally(ledger)
  const hideUnrun = ledger.some(({ verdict }) => verdict.verdict !== 'not run')
  const shown = (line: LedgerLine): boolean => !hideUnrun || line.verdict.verdict !== 'not run'
  const count = ledger.filter(shown).length
  const paperSection = (paper: string): Markup => {
    const lines = ledger.filter(({ claim }) => claim.paper === paper)
    return html`
<section class="paper" data-paper="${paper}"${hiddenUnless(lines.some(shown))}>
<h3>${paper}</h3>
<ol class="claims">${lines.map((line) => claimItem(line, experiments, shown(line)))}</ol>
</section>`
  }
  return html`
<section id="${ledgerAnchor}">
<h2>Claims</h2>
<form class="filter" data-filter>
<fieldset><legend>Verdicts shown</legend>${outcomes.map((outcome) => {
    const checked = outcome !== 'not run' || !hideUnrun
    return html`<label class="tally"><input type="checkbox" name="verdict" value="${outcome}"${checked ? html` checked` : null}> <b>${counts[outcome]}</b> ${verdictMark(outcome)}</label>`
  })}</fieldset>
<p><label for="paper-shown">Paper</label> <select id="paper-shown" name="paper"><option value="">all papers</option>${papers.map(
    (paper) => html`<option>${paper}</option>`,
  )}</select> <output>${`${counted(count, 'claim')} of ${ledger.length} shown`}</output></p>
</form>
${papers.map(paperSection)}
<p class="none"${hiddenUnless(count === 0)}>No claim has these verdicts in this paper.</p>
</section>`
}

const hiddenUnless = (shown: boolean): Markup | null => (shown ? null : html` hidden`)

function claimItem(line: LedgerLine, experiments: readonly Experiment[], shown: boolean): Markup {
  const { claim, verdict } = line
  const experiment = experiments.find(({ id }) => id === claim.notebook)
  return html`
<li class="claim ${slugOf(verdict.verdict)}" id="${claimAnchor(claim.id)}" data-verdict="${verdict.verdict}"${hiddenUnless(shown)}>
<p class="outcome">${verdictMark(verdict.verdict)}${cautions(line).map((caution) => html` <span class="caution">${caution}</span>`)}</p>
<div class="said"><p>${claim.claim}</p><p class="source">${claim.source}</p></div>
${numbers(line, experiment)}
<div class="why"><p>${verdict.reason}</p>
<p class="rule"><span>Rule:</span> ${claim.rule.says}</p>
${experiment ? links(claim, experiment) : null}</div>
</li>`
}

/** What holds a verdict back. */
function cautions({ verdict, clock }: LedgerLine): string[] {
  if (verdict.verdict === 'not run') return []
  return [...(verdict.indicative ? ['indicative'] : []), ...(clock ? ['by the clock'] : [])]
}

/** The published number and the one found, which leads to the figure that shows it. */
function numbers({ claim, verdict }: LedgerLine, experiment: Experiment | undefined): Markup {
  const published = claim.published
  const found = (): Markup => {
    if (verdict.value === null) return html`<span class="quiet">no number</span>`
    const text = withUnit(digits(verdict.value), verdict.unit)
    return experiment
      ? html`<a class="value" href="${linkTo(evidenceOf(claim, experiment))}">${text}</a>`
      : html`${text}`
  }
  const spread = verdict.spread
  return html`<dl class="numbers">
<div><dt>published</dt><dd>${published ? withUnit(typeof published.value === 'number' ? digits(published.value) : published.value, published.unit) : html`<span class="quiet">no number</span>`}</dd></div>
${verdict.verdict === 'not run' ? null : html`<div><dt>found</dt><dd>${found()}${spread && spread.seeds > 1 ? html`<span class="spread">${digits(spread.low)} to ${digits(spread.high)}, ${counted(spread.seeds, 'seed')}</span>` : null}</dd></div>`}
${verdict.margin === null ? null : html`<div><dt>margin</dt><dd>${withUnit(digits(verdict.margin), verdict.unit)}</dd></div>`}
</dl>`
}

const withUnit = (number: string, unit: string): string => (unit === '' ? number : `${number} ${unit}`)

/** Figures that the claim names, and those drawn from the table that decides it. */
function figuresOf(claim: Claim, { figures }: Experiment): string[] {
  const named = (claim.figures ?? []).filter((id) => figures.some((figure) => figure.id === id))
  const drawn = figures
    .filter(({ figure }) => `${figure.meta.drawn?.spec.table}.csv` === claim.table)
    .map(({ id }) => id)
  return [...new Set([...named, ...drawn])]
}

/** Where a number's evidence is shown first: a figure, else the table that decides, else the experiment. */
function evidenceOf(claim: Claim, experiment: Experiment): string {
  const [figure] = figuresOf(claim, experiment)
  if (figure !== undefined) return figureAnchor(experiment.id, figure)
  if (experiment.tables.some(({ name }) => name === claim.table)) return tableAnchor(experiment.id, claim.table)
  return experimentAnchor(experiment.id)
}

function links(claim: Claim, experiment: Experiment): Markup {
  const table = experiment.tables.find(({ name }) => name === claim.table)
  const all: [string, string][] = [
    ...figuresOf(claim, experiment).map((id): [string, string] => [`Figure ${id}`, figureAnchor(experiment.id, id)]),
    ...(table ? [[`Table ${table.name}`, tableAnchor(experiment.id, table.name)] satisfies [string, string]] : []),
    ['Run record', recordAnchor(experiment.id)],
  ]
  return html`<p class="links">${all.map(([text, anchor]) => html`<a href="${linkTo(anchor)}">${text}</a>`)}</p>`
}
