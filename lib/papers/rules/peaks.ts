/**
 * Rule: a curve climbs early to a high value and declines slightly later. Per curve and seed: the peak lies in the first half of
 * the iterations and is at least `level`; the last value is below it, by at most `decline`.
 * - reproduced: so in every curve and seed; partly: in at least half of them;
 * - not reproduced: in fewer; a run that diverged counts as one that does not. Not testable: fewer than four values.
 */
import type { Rule } from '../claim'
import type { Curve, Series } from '../curves'
import type { Table } from '../table'
import { digits, mean, spreadOf, withSpread } from './numbers'

export interface PeaksSpec {
  /** The curve, as it begins the reason. */
  readonly what: string
  readonly columns: readonly string[]
  readonly series: (rows: Table) => readonly Series[]
  readonly unit: string
  /** From the column to the unit: 100 for a fraction in %. */
  readonly scale: number
  /** In `unit`. */
  readonly level: number
  readonly decline: number
}

export function peaks({ what, columns, series, unit, scale, level, decline }: PeaksSpec): Rule {
  return {
    says: `${what}: highest in the first half of the iterations, there at least ${level} ${unit}, and lower at the end by at most ${decline} ${unit}, in every seed (partly: in at least half of the runs)`,
    columns,
    decide(rows) {
      const all = series(rows).map(({ name, curves }) => ({
        name,
        runs: [...curves.values()].map((c) => read(c, scale)),
      }))
      const runs = all.flatMap((one) => one.runs)
      const seen = runs.filter((run) => run !== null)
      const none = { value: null, unit, spread: null, margin: null, enoughSeeds: true }
      if (seen.length === 0 || seen.some(({ values }) => values < 4))
        return { ...none, verdict: 'not testable', reason: `${what}: a run has fewer than four values.` }
      const shaped = seen.filter((r) => r.early && r.peak >= level && r.fall > 0 && r.fall <= decline).length
      const peaksOf = ({ runs }: (typeof all)[number]): number[] => runs.flatMap((run) => (run ? [run.peak] : []))
      const some = all.filter((one) => peaksOf(one).length > 0)
      const lowest = some.reduce((a, b) => (mean(peaksOf(b)) < mean(peaksOf(a)) ? b : a))
      const diverged = runs.length - seen.length
      return {
        ...none,
        verdict: shaped === runs.length ? 'reproduced' : 2 * shaped >= runs.length ? 'partly' : 'not reproduced',
        value: mean(peaksOf(lowest)),
        spread: spreadOf(peaksOf(lowest)),
        margin: Math.min(...seen.map(({ peak, fall }) => Math.min(peak - level, decline - fall))),
        reason:
          `${what}: ${shaped} of ${runs.length} runs peak early and decline slightly; ` +
          `${all.length > 1 ? `the lowest of ${all.length} peaks, of ${lowest.name},` : 'the peak'} is ${withSpread(peaksOf(lowest), unit)}, ` +
          `and the runs end ${digits(mean(seen.map(({ fall }) => fall)))} ${unit} below their peak (mean)` +
          `${diverged > 0 ? `; ${diverged} diverged` : ''}.`,
        enoughSeeds: all.every((one) => one.runs.length > 1),
      }
    },
  }
}

function read({ points, whole }: Curve, scale: number) {
  if (!whole) return null
  const top = points.reduce((a, b) => (b.value > a.value ? b : a))
  const last = points.at(-1)!
  return {
    values: points.length,
    early: top.iteration <= last.iteration / 2,
    peak: top.value * scale,
    fall: (top.value - last.value) * scale,
  }
}
