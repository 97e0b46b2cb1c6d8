/**
 * The page of `blockwise diff --html`: one self-contained file. What changed most stands first; each figure with old, new and
 * difference side by side, its traces in words, and the difference of the pictures as a further view.
 */
import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import type { Figure } from '../figures'
import {
  type Difference,
  differenceFigure,
  type FigureComparison,
  type Status,
  type TraceComparison,
  worstOf,
} from '../figures/compare'
import type { NotebookComparison } from './compare-results'
import { acceptText, summaryText } from './diff-text'
import type { Fault } from './integrity'
import { readFigures } from './read-results'
import { bundle, withinElement } from './report/bundle'
import { html, Markup } from './report/markup'
import { checkedFigure } from './report/plotted-figure'
import { style } from './report/style'
import type { ResultsTree } from './results-tree'

const plotly = require.resolve('plotly.js-cartesian-dist-min')

/** Statuses that a figure may have, the ones to look at first. */
const order: readonly Status[] = ['not comparable', 'changed', 'missing', 'new', 'within tolerance', 'same']

interface Compared {
  readonly notebook: NotebookComparison
  readonly name: string
  readonly figure: FigureComparison
  /** The figure's status, or 'changed' when it is not what its run left. */
  readonly status: Status
  readonly faults: readonly Fault[]
}

/** @param old, now the trees that were compared */
export function diffPage(comparisons: readonly NotebookComparison[], old: ResultsTree, now: ResultsTree): string {
  const figures = comparisons.flatMap((notebook) => notebook.figures.map((figure) => comparedOf(notebook, figure)))
  figures.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status) || changedTraces(b) - changedTraces(a))
  const raw = (text: string): Markup => new Markup(text)
  const script = bundle(
    {
      './compared-figures': require.resolve('./report/browser/compared-figures'),
      './layout': require.resolve('../figures/layout'),
    },
    "require('./compared-figures').startDiff(require('./layout').fitFigure)",
  )
  const flips = comparisons.flatMap((c) => c.flips.map((flip) => ({ ...flip, profile: c.profile })))
  const accept = acceptText(comparisons)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>blockwise: results against ${old.name}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}${raw(ownStyle)}</style>
<script>${raw(withinElement(readFileSync(plotly, 'utf8')))}</script>
<script>${raw(script)}</script>
</head>
<body class="wide">
<header>
<h1>Results <span>of ${now.name} against ${old.name}</span></h1>
<p>${summaryText(comparisons, old.name)}.</p>
${accept ? html`<p class="quiet">${accept.slice(0, accept.indexOf(': '))}: <code>${accept.slice(accept.indexOf(': ') + 2)}</code></p>` : null}
${flips.map(
  (flip) =>
    html`<p class="note"><strong>Verdict flipped</strong> ${flip.claim} (${flip.profile}${flip.indicative ? ', indicative' : ''}): ${flip.old} → ${flip.new}. ${flip.reason}</p>`,
)}
</header>
<main>
${comparisons.map(notebookSection)}
<section aria-label="Figures">
<h2>Figures</h2>
${filterForm(figures)}
${figures.map((figure) => figureSection(figure, old, now))}
</section>
</main>
</body>
</html>
`.text
}

function comparedOf(notebook: NotebookComparison, figure: NotebookComparison['figures'][number]): Compared {
  const faults = notebook.faults.filter(({ what }) => what === figure.name || what.startsWith(`${figure.name}.`))
  const status = worstOf([figure.status, ...(faults.length > 0 ? (['changed'] as const) : [])])
  return { notebook, name: figure.name, figure, status, faults }
}

const changedTraces = ({ figure }: Compared): number =>
  figure.traces.filter(({ status }) => status !== 'same' && status !== 'within tolerance').length

function filterForm(figures: readonly Compared[]): Markup {
  const counts = order
    .map((status) => ({ status, count: figures.filter((f) => f.status === status).length }))
    .filter(({ count }) => count > 0)
  const quiet = counts.every(({ status }) => status === 'same' || status === 'within tolerance')
  return html`<form class="filter"><fieldset><legend>Show figures that are</legend>
${counts.map(
  ({ status, count }) =>
    html`<label class="tally"><input type="checkbox" name="status" value="${status}"${new Markup(quiet || status !== 'same' ? ' checked' : '')}> <b>${count}</b> ${status}</label>`,
)}
</fieldset><p><output></output></p></form>`
}

/** What is told of a notebook besides its figures. */
function notebookSection(c: NotebookComparison): Markup {
  const tables = c.tables.filter(({ status }) => status !== 'same')
  const others = c.faults.filter(
    ({ what }) => !c.figures.some(({ name }) => what === name || what.startsWith(`${name}.`)),
  )
  return html`<section>
<h2>${c.profile}/${c.notebook} <span class="status ${slug(c.status)}">${c.status}</span></h2>
${c.reason ? html`<p class="note">${c.reason}</p>` : null}
${c.machine ? html`<p class="note">Another machine (${c.machine}): judged by bands over seeds.</p>` : null}
${faultList(others)}
${
  tables.length > 0
    ? html`<div class="scroll traces" tabindex="0" role="group" aria-label="Tables that differ"><table><thead><tr><th>Table</th><th>Status</th><th>What</th>${pointHead}</tr></thead><tbody>
${tables.map((t) => html`<tr><th scope="row"><code>${t.name}</code></th><td><span class="status ${slug(t.status)}">${t.status}</span></td><td>${t.reason ?? ''}</td>${pointCells(t.worst)}</tr>`)}
</tbody></table></div>`
    : html`<p>${c.tables.length > 0 ? `All ${c.tables.length} tables are the same.` : ''}</p>`
}
</section>`
}

function figureSection(compared: Compared, old: ResultsTree, now: ResultsTree): Markup {
  const { notebook, name, figure, status, faults } = compared
  const drawn = drawnFigures(compared, old, now)
  const off = figure.traces.filter((trace) => trace.status !== 'same')
  const id = `${notebook.profile}/${notebook.notebook}/${name}`
  return html`
<article class="compared" id="${id}" data-status="${status}" aria-label="${id}">
<h3><span class="status ${slug(status)}">${status}</span> ${name} <span class="quiet">${notebook.profile}/${notebook.notebook}</span></h3>
${figure.reason ? html`<p>${figure.reason}</p>` : null}
${faultList(faults)}
<div class="sides">${Object.entries(drawn).map(
    ([side, { meta }]) =>
      html`<div><h4>${side}</h4><div class="place" data-figure="${side}" data-meta="${JSON.stringify({ ...meta, drawn: undefined })}"></div></div>`,
  )}</div>
<script type="application/octet-stream">${new Markup(deflateRawSync(JSON.stringify(drawn)).toString('base64'))}</script>
${off.length > 0 ? traceTable(off) : null}
${pixelView(compared, old, now)}
${figure.cosmetic.length > 0 ? html`<details><summary>${figure.cosmetic.length} changes of looks</summary><ul>${figure.cosmetic.map((change) => html`<li><code>${change}</code></li>`)}</ul></details>` : null}
</article>`
}

/** Old, new and difference as far as there are such; only one of two that are the same. */
function drawnFigures(
  { notebook, name, status }: Compared,
  old: ResultsTree,
  now: ResultsTree,
): Record<string, Figure> {
  const side = (tree: ResultsTree): Figure | undefined => {
    const figure = figuresOf(tree, notebook.profile, notebook.notebook).get(name)
    try {
      return figure === undefined ? undefined : (checkedFigure(figure, name) as unknown as Figure)
    } catch {
      // A figure of another suite, without what a height is computed from: it is compared, and not drawn.
      return undefined
    }
  }
  const [before, after] = [side(old), side(now)]
  if (status === 'same' && after) return { 'old and new': after }
  const difference = before && after ? differenceFigure(before, after) : null
  return { ...(before && { old: before }), ...(after && { new: after }), ...(difference && { difference }) }
}

const read = new WeakMap<ResultsTree, Map<string, ReturnType<typeof readFigures>>>()

function figuresOf(tree: ResultsTree, profile: string, notebook: string): ReturnType<typeof readFigures> {
  const known = read.get(tree) ?? new Map<string, ReturnType<typeof readFigures>>()
  read.set(tree, known)
  const key = `${profile}/${notebook}`
  const figures = known.get(key) ?? readFigures(tree, profile, notebook)
  known.set(key, figures)
  return figures
}

/** The two pictures over one another: black where they agree. */
function pixelView({ notebook, name, status }: Compared, old: ResultsTree, now: ResultsTree): Markup | null {
  if (status === 'same') return null
  const file = `${notebook.profile}/${notebook.notebook}/${name}.png`
  const [before, after] = [old.read(file), now.read(file)]
  if (!before || !after || before.equals(after)) return null
  const source = (png: Buffer): string => `data:image/png;base64,${png.toString('base64')}`
  return html`<details><summary>Difference of the pictures</summary><p class="quiet">Black where the stored PNGs agree.</p><div class="pixels"><img src="${source(before)}" alt="old picture"><img src="${source(after)}" alt="new picture laid over it"></div></details>`
}

function faultList(faults: readonly Fault[]): Markup | null {
  return faults.length === 0
    ? null
    : html`<ul class="faults">${faults.map(({ what, reason, worst }) => html`<li><code>${what}</code> ${reason}${worst ? `; ${worst.where}: ${worst.old} → ${worst.new}${worst.by ? ` (${worst.by})` : ''}` : ''}</li>`)}</ul>`
}

const pointHead = html`<th>Furthest off at</th><th class="number">Old</th><th class="number">New</th><th class="number">By</th>`

function pointCells(worst: Difference | null): Markup {
  return worst
    ? html`<td>${worst.where}</td><td class="number">${worst.old}</td><td class="number">${worst.new}</td><td class="number">${worst.by}</td>`
    : html`<td></td><td></td><td></td><td></td>`
}

function traceTable(traces: readonly TraceComparison[]): Markup {
  const sorted = [...traces].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  return html`<div class="scroll traces" tabindex="0" role="group" aria-label="Traces that differ"><table><thead><tr><th>Trace</th><th>Status</th><th>Policy</th><th>What</th>${pointHead}</tr></thead><tbody>
${sorted.map(
  ({ id, status, policy, reason, worst }) =>
    html`<tr><th scope="row"><code>${id}</code></th><td><span class="status ${slug(status)}">${status}</span></td><td>${policy}</td><td>${reason ?? ''}</td>${pointCells(worst)}</tr>`,
)}
</tbody></table></div>`
}

const slug = (status: Status): string => status.replaceAll(' ', '-')

/** Beside the report's style: three figures in a row where there is room. */
const ownStyle = `
body.wide { display: block; }
.wide header, .wide main { max-width: 1500px; margin: 0 auto; }
.status { display: inline-block; font-size: 0.87rem; font-weight: 600; border: 1px solid currentColor; border-radius: 4px; padding: 0 0.4rem; white-space: nowrap; }
h2 .status, h3 .status { vertical-align: 0.1em; }
.status.changed, .status.missing, .status.not-comparable, .status.not-regenerated { color: var(--not-reproduced); }
.status.new { color: var(--partly); }
.status.within-tolerance, .status.same { color: var(--reproduced); }
.status.changed { border-width: 2px; }
.compared { border-top: 1px solid var(--line); padding: 0.5rem 0 1.5rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 12px; margin-top: 0.6rem; }
.sides h4 { margin: 0.4rem 0; }
.sides > div { min-width: 0; max-width: 900px; }
.place { overflow: hidden; background: #ffffff; color: #1a1a1a; color-scheme: light; border-radius: 6px; }
.faults { padding-left: 1.2rem; }
.faults li { color: var(--not-reproduced); }
.pixels { position: relative; isolation: isolate; max-width: 900px; }
.pixels img { width: 100%; display: block; }
.pixels img + img { position: absolute; inset: 0; mix-blend-mode: difference; }
.traces { max-height: 22rem; margin-top: 0.8rem; }
.traces table { width: 100%; min-width: 62rem; }
.traces th code { overflow-wrap: anywhere; }
.traces :is(th, td):nth-child(1) { white-space: normal; min-width: 16rem; }
.traces td:nth-last-child(-n+5):not(.number) { white-space: normal; min-width: 12rem; }
`
