/**
 * Rule: one quantity grows linearly with another, along one or several lines of a table. Each line is fitted by least squares.
 * - reproduced: every slope is positive and the fit explains at least `r2` of the variance;
 * - partly: every slope is positive; not reproduced: one is not. Not testable: a line with fewer than three points.
 */
import type { Rule } from '../claim'
import type { Table } from '../table'
import { fitLine, type Line } from './fit'
import { digits, mean } from './numbers'

export interface LinearSpec {
  /** The quantity against the other, as it begins the reason: 'seconds per iteration against rows'. */
  readonly what: string
  readonly columns: readonly string[]
  /** Of the slope. */
  readonly unit: string
  readonly r2: number
  readonly lines: (rows: Table) => readonly Line[]
}

export function linear({ what, columns, unit, r2, lines }: LinearSpec): Rule {
  return {
    says: `${what}: a line explains at least ${r2} of the variance and rises, for every line of the table (partly: every line rises)`,
    columns,
    decide(rows) {
      const all = lines(rows)
      const none = { value: null, unit, spread: null, margin: null, enoughSeeds: true }
      const fits = all.flatMap(({ name, points }) => {
        const fit = points.length < 3 ? null : fitLine(points)
        return fit ? [{ name, ...fit }] : []
      })
      if (fits.length < all.length || fits.length === 0)
        return { ...none, verdict: 'not testable', reason: `${what}: a line has fewer than three different points.` }
      const worst = fits.reduce((a, b) => (b.r2 < a.r2 ? b : a))
      const falling = fits.filter(({ slope }) => !(slope > 0))
      const text = falling.length > 0 ? `; it does not rise for ${falling.map(({ name }) => name).join(', ')}` : ''
      return {
        ...none,
        verdict: falling.length > 0 ? 'not reproduced' : worst.r2 >= r2 ? 'reproduced' : 'partly',
        value: mean(fits.map(({ slope }) => slope)),
        margin: worst.r2 - r2,
        reason:
          `${what}: slope ${digits(mean(fits.map(({ slope }) => slope)))} ${unit} (mean over ${fits.length} lines); ` +
          `the worst fit explains ${digits(worst.r2)} of the variance (${worst.name}), ${r2} is asked for${text}.`,
      }
    },
  }
}
