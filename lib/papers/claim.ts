/**
 * The ledger's core: what a paper claims, and the verdict that a pure rule reads off a notebook's table. Nothing here is
 * typed in by hand: the words of a verdict carry the table's own numbers.
 */
import type { Table } from './table'

export type Outcome = 'reproduced' | 'partly' | 'not reproduced' | 'not testable' | 'not run'

/** The lowest and highest value over seeds. */
export interface Spread {
  readonly low: number
  readonly high: number
  readonly seeds: number
}

/** What a rule found. */
export interface Finding {
  readonly verdict: Exclude<Outcome, 'not run'>
  /** The number that stands beside the published one, mean over seeds; null when the table gives none. */
  readonly value: number | null
  readonly unit: string
  readonly spread: Spread | null
  /** How far on the right side of the rule's line, in `unit`; negative on the wrong side. */
  readonly margin: number | null
  /** One sentence with the figures filled in. */
  readonly reason: string
  /** False when the rule weighs a spread over seeds and there was but one seed. */
  readonly enoughSeeds: boolean
}

/** How a claim is decided: a pure function over the rows of one table. */
export interface Rule {
  /** The rule in one sentence, thresholds included. */
  readonly says: string
  /** Every column that it reads. */
  readonly columns: readonly string[]
  decide(rows: Table): Finding
}

export interface Claim {
  /** 'zhang-brand-2017/fig3b-best-tuned' */
  readonly id: string
  readonly paper: string
  /** Section, figure, table or equation. */
  readonly source: string
  /** What is claimed, in our words. */
  readonly claim: string
  /** The paper's number; null when it prints none. */
  readonly published: { readonly value: number | string; readonly unit: string } | null
  /** Which notebook, and which of its tables, decide. */
  readonly notebook: string
  readonly table: string
  /** Ids of the notebook's figures that show it, where there are some. */
  readonly figures?: readonly string[]
  readonly rule: Rule
}

/** Whether a table holds what the clock or the machine said: a verdict on it may differ between repeated runs. */
export const restsOnClock = (table: string): boolean => ['seconds.csv', 'rho-timing.csv'].includes(table)

export interface Verdict {
  readonly claim: string
  readonly verdict: Outcome
  /** True unless the published sizes were run, with as many seeds as the rule needs to see a spread. */
  readonly indicative: boolean
  readonly value: number | null
  readonly unit: string
  readonly spread: Spread | null
  readonly margin: number | null
  readonly reason: string
}

/** notebook -> file name -> rows. A notebook that was not run for the profile is absent. */
export type Tables = Readonly<Record<string, Readonly<Record<string, Table>> | undefined>>

/** The one profile that decides. */
const deciding = 'paper'

/**
 * The verdict on one claim.
 * @throws Error when the notebook was run but lacks the table, a column or the rows that the rule reads: that is a fault of the
 *   notebook or the ledger, never a 'not run'
 */
export function evaluateClaim(claim: Claim, tables: Tables, profile: string): Verdict {
  const files = tables[claim.notebook]
  if (!files)
    return {
      claim: claim.id,
      verdict: 'not run',
      indicative: profile !== deciding,
      value: null,
      unit: claim.published?.unit ?? '',
      spread: null,
      margin: null,
      reason: `Notebook ${claim.notebook} was not run at profile ${profile}.`,
    }
  const rows = files[claim.table]
  const fault = (what: string, cause?: unknown): Error =>
    new Error(`claim ${claim.id}: ${claim.notebook}/${claim.table}: ${what}`, { cause })
  if (!rows) throw fault(`the table is missing; the notebook wrote ${Object.keys(files).join(', ') || 'none'}`)
  if (rows.length === 0) throw fault('the table has no rows')
  for (const column of claim.rule.columns)
    if (!rows.every((row) => column in row))
      throw fault(`column '${column}' is missing; the table has ${Object.keys(rows[0]!).join(', ')}`)
  let finding: Finding
  try {
    finding = claim.rule.decide(rows)
  } catch (error) {
    throw fault(error instanceof Error ? error.message : String(error), error)
  }
  const { enoughSeeds, ...found } = finding
  const reason = enoughSeeds ? found.reason : `${found.reason} One seed only: its spread is unknown.`
  return { claim: claim.id, ...found, reason, indicative: profile !== deciding || !enoughSeeds }
}
