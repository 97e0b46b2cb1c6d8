/**
 * The end of a notebook's line: figures and verdicts go to the results folder and onto the screen. What rests on the clock
 * goes into run.json alone, and onto the screen only when somebody steps through by hand: so a repeated headless run
 * changes seconds.csv and run.json and nothing else.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { sync as writeFileAtomic } from 'write-file-atomic'
import { canonicalFigure, closeRenderer, type Figure, renderFigure, writeFigure } from '../figures'
import { claims, evaluateClaim, restsOnClock, type Verdict } from '../papers'
import { type Experiment, type Row, writeRunRecord } from '../runs'
import { codeOf, listNotebooks } from './catalog'
import { showFigure, showTable } from './display'
import { repositoryRoot } from './root'
import type { Notebook } from './session'

const headless = (): boolean => process.env['BLOCKWISE_PROGRESS'] !== undefined

/** Writes a figure to the results folder as JSON, SVG and PNG, named by its id, and shows it. */
export async function publishFigure(notebook: Notebook, figure: Figure): Promise<void> {
  const files = await writeFigure(notebook.resultsDir, figure.meta.id, figure)
  showFigure({ json: JSON.parse(readFileSync(files.json, 'utf8')) as object, png: readFileSync(files.png) })
}

/**
 * Evaluates every claim that this notebook decides, writes claims.json and run.json, and shows the verdicts. Call it last.
 * @param tables name of each table -> its rows
 * @param timing figures that rest on the clock
 */
export async function concludeNotebook(
  notebook: Notebook,
  experiment: Experiment,
  tables: Readonly<Record<string, readonly Row[]>>,
  timing: readonly Figure[],
): Promise<void> {
  const files = Object.fromEntries(Object.entries(tables).map(([name, rows]) => [`${name}.csv`, rows]))
  const decided = claims.filter((claim) => claim.notebook === notebook.id)
  const verdictOf = (claim: (typeof decided)[number]) =>
    evaluateClaim(claim, { [notebook.id]: files }, notebook.profile)
  const lasting = decided.filter(({ table }) => !restsOnClock(table)).map(verdictOf)
  const clocked = decided.filter(({ table }) => restsOnClock(table)).map(verdictOf)

  writeFileAtomic(path.join(notebook.resultsDir, 'claims.json'), `${JSON.stringify(lasting, null, 1)}\n`)
  const file = listNotebooks(repositoryRoot()).find(({ id }) => id === notebook.id)
  const code = file ? codeOf(file) : ''
  writeRunRecord(notebook.resultsDir, { ...notebook, code }, experiment, {
    figures: timing.map(canonicalFigure),
    verdicts: clocked,
  })
  showTable(lasting.map(shown))
  if (!headless()) {
    for (const figure of timing) showFigure({ json: canonicalFigure(figure), png: (await renderFigure(figure)).png })
    showTable(clocked.map(shown))
  }
  await closeRenderer()
}

const shown = ({ claim, verdict, indicative, reason }: Verdict) => ({
  claim,
  verdict: indicative ? `${verdict} (indicative)` : verdict,
  reason,
})
