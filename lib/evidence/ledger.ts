/**
 * The ledger of claims, computed anew from the tables that lie in a tree of results: claims x profiles -> verdicts, with what leads
 * from a verdict to its evidence. The verdicts stored beside the tables are not read.
 */
import { claims as allClaims, type Claim, evaluateClaim, type Outcome, restsOnClock, type Verdict } from '../papers'
import { readTables } from './read-results'
import type { ResultsTree } from './results-tree'

/** Files relative to results/, with '/' between the parts. */
export interface Links {
  readonly folder: string
  readonly table: string
  /** Pictures of the figures that show it; one that rests on the clock has none of its own and lies in the run record. */
  readonly figures: readonly string[]
  readonly record: string | null
}

export interface LedgerLine {
  readonly claim: Claim
  readonly verdict: Verdict
  /** Whose results decided, or would have. */
  readonly profile: string
  /** True when the verdict rests on the clock or the machine: a rerun may give another. */
  readonly clock: boolean
  /** Null where the notebook was not run. */
  readonly links: Links | null
}

/** Tables that do not hold what their claims read. */
export class LedgerFault extends Error {
  override readonly name = 'LedgerFault'
}

/** For each claim the first of these with results of its notebook stands: only `paper` decides, `quick` is indicative. */
const preferred = ['paper', 'quick']

/** Outcomes in the order in which they are counted. */
export const outcomes: readonly Outcome[] = ['reproduced', 'partly', 'not reproduced', 'not testable', 'not run']

/**
 * One line per claim, in the order of `claims`.
 * @param profile only its results; otherwise, claim by claim, those of the paper profile, else of quick
 * @throws LedgerFault naming every claim whose table, column or rows are missing; UnreadableResult for a table that is no table
 */
export function ledger(tree: ResultsTree, profile?: string, claims: readonly Claim[] = allClaims): LedgerLine[] {
  const read = new Map<string, ReturnType<typeof readTables>>()
  const tablesOf = (of: string, notebook: string): ReturnType<typeof readTables> => {
    const key = `${of}/${notebook}`
    if (!read.has(key)) read.set(key, readTables(tree, of, notebook))
    return read.get(key) ?? null
  }
  const faults: string[] = []
  const lines = claims.flatMap((claim): LedgerLine[] => {
    const candidates = profile === undefined ? preferred : [profile]
    const chosen = candidates.find((name) => tablesOf(name, claim.notebook) !== null) ?? candidates[0]!
    const tables = tablesOf(chosen, claim.notebook)
    const files = tables ? Object.fromEntries([...tables].map(([name, { rows }]) => [name, rows])) : undefined
    try {
      const verdict = evaluateClaim(claim, { [claim.notebook]: files }, chosen)
      const links = tables ? linksOf(tree, chosen, claim) : null
      return [{ claim, verdict, profile: chosen, clock: restsOnClock(claim.table), links }]
    } catch (error) {
      faults.push(`${(error as Error).message} (profile ${chosen})`)
      return []
    }
  })
  if (faults.length > 0)
    throw new LedgerFault(
      `${faults.length} of ${claims.length} claims cannot be read off the results in ${tree.name}:\n${faults.join('\n')}`,
    )
  return lines
}

function linksOf(tree: ResultsTree, profile: string, { notebook, table, figures = [] }: Claim): Links {
  const folder = `${profile}/${notebook}`
  const there = (file: string): boolean => tree.files.includes(file)
  return {
    folder,
    table: `${folder}/${table}`,
    figures: figures.map((id) => `${folder}/${id}.svg`).filter(there),
    record: there(`${folder}/run.json`) ? `${folder}/run.json` : null,
  }
}

/** How many lines have each outcome, and how many of those with results are only indicative. */
export function tally(lines: readonly LedgerLine[]): {
  readonly counts: Record<Outcome, number>
  readonly indicative: number
} {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>
  for (const { verdict } of lines) counts[verdict.verdict]++
  const indicative = lines.filter(({ verdict }) => verdict.verdict !== 'not run' && verdict.indicative).length
  return { counts, indicative }
}

/** '134 claims: 2 reproduced, 0 partly, ...': the last line of the ledger. */
export function tallyText(lines: readonly LedgerLine[]): string {
  const { counts, indicative } = tally(lines)
  const parts = outcomes.map((outcome) => `${counts[outcome]} ${outcome}`)
  const decided = lines.length - counts['not run']
  const caution =
    indicative === 0
      ? ''
      : `; ${indicative === decided ? 'all' : indicative} of the ${decided} with results are indicative only`
  return `${lines.length} claims: ${parts.join(', ')}${caution}`
}
