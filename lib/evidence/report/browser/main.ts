/** What the page does once it is there. It stands in the head: figures reserve their places while the page is parsed. */
import { filterLedger } from './ledger-filter'
import { definePlottedFigure, type FitFigure } from './plotted-figure'
import { offerRows } from './table-rows'

export function start(fitFigure: FitFigure): void {
  definePlottedFigure(fitFigure)
  document.addEventListener('DOMContentLoaded', () => {
    for (const form of document.querySelectorAll<HTMLFormElement>('[data-filter]')) filterLedger(form)
    for (const button of document.querySelectorAll<HTMLButtonElement>('button.more')) offerRows(button)
  })
}
