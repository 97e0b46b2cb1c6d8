/** What a headless run ends with: the claims' verdicts in one line, the comparison with git in another, where the page is. */
import path from 'node:path'
import { summaryText } from '../evidence/diff-text'
import { ledger, tallyText } from '../evidence/ledger'
import { folderTree, revisionTree } from '../evidence/results-tree'
import type { Profile } from '../notebook/profiles'
import { compareTrees } from './diff'
import { writeReports } from './report'

/** Profiles whose results are committed: the others have no baseline. */
const committed: readonly Profile[] = ['quick', 'paper']

/**
 * One entry for each. What cannot be told is told as that, and the rest goes on. `faulty`: claims or page could not be made, which
 * is a fault of the results; a checkout without git merely has no baseline.
 */
export function evidenceSummary(
  root: string,
  profile: Profile,
): { readonly lines: string[]; readonly faulty: boolean } {
  const results = path.join(root, 'results')
  let faulty = false
  const attempt = (what: string, tell: () => string[]): string[] => {
    try {
      return tell()
    } catch (error) {
      faulty ||= what !== 'diff'
      return [`${what}: ${(error as Error).message}`]
    }
  }
  const lines = [
    ...attempt('claims', () => [
      `claims, profile ${profile}: ${tallyText(ledger(folderTree(results, 'results/'), profile))}`,
    ]),
    ...(committed.includes(profile) ? attempt('diff', () => diffLines(root, profile)) : []),
    ...attempt('report', () => [`report: ${path.relative(root, writeReports(results, profile)[0]!)}`]),
  ]
  return { lines, faulty }
}

function diffLines(root: string, profile: Profile): string[] {
  const head = revisionTree(root, 'HEAD')
  const comparisons = compareTrees(root, head, folderTree(path.join(root, 'results'), 'the working tree'), profile)
  const flips = comparisons.flatMap((c) =>
    c.flips.map(({ claim, old, new: now }) => `VERDICT FLIPPED: ${claim} (${profile}): ${old} -> ${now}`),
  )
  const differs = comparisons.some(({ status }) => status !== 'same')
  const more = differs ? `\n      what differs: npx blockwise diff --profile ${profile}` : ''
  return [...flips, `diff ${summaryText(comparisons, head.name)}${more}`]
}
