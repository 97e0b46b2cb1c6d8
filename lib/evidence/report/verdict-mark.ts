/** How a verdict looks: a word and a shape, and a colour that only repeats what both say. */
import type { Outcome } from '../../papers'
import { outcomes } from '../ledger'
import { html, type Markup } from './markup'

/** 'not reproduced' -> 'not-reproduced', for class names and values of controls. */
export const slugOf = (outcome: Outcome): string => outcome.replaceAll(' ', '-')

const stroke = 'fill="none" stroke="currentColor" stroke-width="2"'

/** Drawn in 16 x 16. */
const shapes: Readonly<Record<Outcome, string>> = {
  reproduced:
    '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.5 8.3l2.5 2.5 4.6-5" fill="none" stroke="var(--paper)" stroke-width="2"/>',
  partly: `<circle cx="8" cy="8" r="6" ${stroke}/><path d="M8 2a6 6 0 0 0 0 12z" fill="currentColor"/>`,
  'not reproduced': `<path d="M3 3l10 10M13 3L3 13" fill="none" stroke="currentColor" stroke-width="3"/>`,
  'not testable': `<path d="M2 8h12" fill="none" stroke="currentColor" stroke-width="3"/>`,
  'not run': `<circle cx="8" cy="8" r="6" ${stroke} stroke-dasharray="2.6 2.1"/>`,
}

/** The shapes, once for the page. */
export const shapeSheet: string = `<svg width="0" height="0" style="position:absolute" aria-hidden="true">${outcomes
  .map((outcome) => `<symbol id="shape-${slugOf(outcome)}" viewBox="0 0 16 16">${shapes[outcome]}</symbol>`)
  .join('')}</svg>`

/** Shape and word. */
export function verdictMark(outcome: Outcome): Markup {
  return html`<span class="verdict ${slugOf(outcome)}"><svg class="shape" width="16" height="16" aria-hidden="true"><use href="#shape-${slugOf(outcome)}"/></svg>${outcome}</span>`
}
