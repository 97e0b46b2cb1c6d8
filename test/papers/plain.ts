/** What every finding is: printable and storable. */
import type { Finding } from 'blockwise/dist/papers'
import { expect } from 'chai'

const outcomes = ['reproduced', 'partly', 'not reproduced', 'not testable']

/** No NaN, no infinity, no hole in its sentence. */
export function expectPlain(
  found: Omit<Finding, 'enoughSeeds' | 'verdict'> & { readonly verdict: string },
  about: string,
): void {
  expect(found.verdict, about).to.be.oneOf(outcomes)
  for (const number of [found.value, found.margin, ...Object.values(found.spread ?? {})])
    if (number !== null) expect(Number.isFinite(number), `${about}: ${JSON.stringify(found)}`).to.equal(true)
  expect(found.reason, about).to.match(/^[^.].*\.$/)
  expect(found.reason, about).not.to.match(/NaN|Infinity|undefined|null|∞/)
}
