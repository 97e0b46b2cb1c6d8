/** The whole page. The same results give the same bytes: it holds no time of its own making. */
import type { LedgerLine } from '../ledger'
import { experimentAnchor, ledgerAnchor, linkTo } from './anchors'
import type { Experiment } from './experiment'
import { experimentSection } from './experiment-section'
import { ledgerSection } from './ledger-section'
import { html, Markup } from './markup'
import { pageScript } from './script'
import { style } from './style'
import { shapeSheet } from './verdict-mark'

/** plotly.js, beside the page. */
export const plotlyFile = 'plotly.min.js'

export interface Report {
  readonly profile: string
  readonly ledger: readonly LedgerLine[]
  readonly experiments: readonly Experiment[]
}

export function reportPage({ profile, ledger, experiments }: Report): string {
  const raw = (text: string): Markup => new Markup(text)
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>blockwise, ${profile} profile: claims and evidence</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 1h6v6H1zM9 9h6v6H9z' fill='%230072b2'/%3E%3Cpath d='M9 1h6v6H9zM1 9h6v6H1z' fill='%23e69f00'/%3E%3C/svg%3E">
<style>${raw(style)}</style>
<noscript><style>.claim[hidden], .paper[hidden] { display: revert } .filter, .more { display: none }</style></noscript>
<script>${raw(pageScript())}</script>
<script defer src="${plotlyFile}"></script>
</head>
<body>
${raw(shapeSheet)}
<a class="skip" href="${linkTo(ledgerAnchor)}">Skip to the claims</a>
<header>
<h1>blockwise <span>${profile} profile</span></h1>
<p>What papers claim of training deep networks without backpropagation, and what came out when it was run again. Every verdict is computed from the tables below by the rule beside it.</p>
${profile === 'paper' ? null : html`<p class="note"><strong>Indicative.</strong> This profile runs small sizes; only the paper profile decides a claim.</p>`}
</header>
<nav aria-label="Contents"><ul>
<li><a href="${linkTo(ledgerAnchor)}">Claims</a></li>
${experiments.map(({ id, title }) => html`<li><a href="${linkTo(experimentAnchor(id))}"><span class="place">${id.slice(0, 2)}</span> ${title}</a></li>`)}
</ul></nav>
<main>
${ledgerSection(ledger, experiments)}
${experiments.map((experiment) => experimentSection(experiment, ledger))}
</main>
</body>
</html>
`
  return page.text
}
