/**
 * Rule: one quantity is lower (or higher) than others, judged by differences paired by seed (every method starts from the same
 * weights, so that pairing removes what the start contributes).
 *
 * A comparison is won when every paired difference is in favour, lost when every one is against, and a tie when they
 * disagree in sign or one is zero: a tie lies inside the spread. Spread is lowest to highest.
 * - reproduced: every comparison is won, and no seed lacks a value;
 * - not reproduced: at least one is lost;
 * - partly: none is lost, but one is a tie, or a seed has no value on one side (a diverged run has no error to compare);
 * - not testable: no seed has a value on both sides of any comparison.
 */
import type { Finding, Rule } from '../claim'
import type { BySeed, Table } from '../table'
import { mean, present, spreadOf, withSpread } from './numbers'

export interface Comparison {
  /** The one that the claim favours, and the other, as named in the reason. */
  readonly ours: string
  readonly theirs: string
  /** Their values. */
  readonly own: BySeed
  readonly other: BySeed
}

export interface CompareSpec {
  readonly says: string
  readonly columns: readonly string[]
  readonly unit: string
  /** What is compared, in the rule's unit. The first comparison's `own` is the number reported. */
  readonly comparisons: (rows: Table) => readonly Comparison[]
}

type Side = 'lower' | 'higher'

/** Each comparison's own value is claimed to be the lower one. */
export const lower = (spec: CompareSpec): Rule => compare(spec, 'lower')

/** Each comparison's own value is claimed to be the higher one. */
export const higher = (spec: CompareSpec): Rule => compare(spec, 'higher')

function compare({ says, columns, unit, comparisons }: CompareSpec, side: Side): Rule {
  return { says, columns, decide: (rows) => weigh(comparisons(rows), unit, side) }
}

function weigh(comparisons: readonly Comparison[], unit: string, side: Side): Finding {
  const judged = comparisons.map((comparison) => {
    const { own, other } = comparison
    const seeds = new Set([...own.keys(), ...other.keys()])
    const differences: number[] = []
    for (const seed of seeds) {
      const [a, b] = [own.get(seed) ?? null, other.get(seed) ?? null]
      if (a !== null && b !== null) differences.push(side === 'lower' ? b - a : a - b)
    }
    const won = differences.length > 0 && differences.every((d) => d > 0)
    const lost = differences.length > 0 && differences.every((d) => d < 0)
    return { ...comparison, differences, won, lost, lacking: seeds.size - differences.length }
  })
  const compared = judged.filter(({ differences }) => differences.length > 0)
  const lacking = judged.filter((j) => j.lacking > 0)
  const lackingText = lacking.map(
    (j) => `${j.lacking} of ${j.lacking + j.differences.length} seeds against ${j.theirs}`,
  )
  const values = present(judged[0]?.own ?? new Map())
  if (compared.length === 0)
    return {
      verdict: 'not testable',
      value: values.length > 0 ? mean(values) : null,
      unit,
      spread: values.length > 0 ? spreadOf(values) : null,
      margin: null,
      reason: `Nothing can be compared: no value for ${lackingText.join(', ')}.`,
      enoughSeeds: true,
    }
  const lost = compared.filter((j) => j.lost)
  const won = compared.filter((j) => j.won)
  const ties = compared.filter((j) => !j.won && !j.lost)
  const closest = compared.reduce((a, b) => (mean(b.differences) < mean(a.differences) ? b : a))
  const against = (j: (typeof judged)[number]): string =>
    `${j.ours === closest.ours ? '' : `${j.ours} against `}${j.theirs} at ${withSpread(present(j.other), unit)}, difference ${withSpread(j.differences, '')}`
  const list = (name: string, of: typeof judged): string[] =>
    of.length > 0 ? [`${name} ${of.map(against).join('; ')}`] : []
  const reason = [
    `${closest.ours} at ${withSpread(present(closest.own), unit)} is ${side} than ${won.length} of ${comparisons.length}`,
    ...(lost.length === 0 && ties.length === 0 ? [`closest is ${against(closest)}`] : []),
    ...list(`${side} than it:`, lost),
    ...list('no difference beyond the spread:', ties),
    ...(lacking.length > 0 ? [`no value for ${lackingText.join(', ')}`] : []),
  ].join('; ')
  return {
    verdict: lost.length > 0 ? 'not reproduced' : ties.length > 0 || lacking.length > 0 ? 'partly' : 'reproduced',
    value: values.length > 0 ? mean(values) : null,
    unit,
    spread: values.length > 0 ? spreadOf(values) : null,
    margin: mean(closest.differences),
    reason: `${reason}.`,
    enoughSeeds: compared.every(({ differences }) => differences.length > 1),
  }
}

/** A table's values multiplied: fractions to per cent. */
export function scaled(values: BySeed, factor: number): BySeed {
  return new Map([...values].map(([seed, value]) => [seed, value === null ? null : value * factor]))
}
