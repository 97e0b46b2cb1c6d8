/** `blockwise claims`: the ledger of claims, its verdicts computed from the tables in results/. */
import path from 'node:path'
import { styleText } from 'node:util'
import { Command, Option } from 'commander'
import { type LedgerLine, ledger } from '../evidence/ledger'
import { ledgerText } from '../evidence/ledger-text'
import { folderTree } from '../evidence/results-tree'
import { profiles } from '../notebook/profiles'
import { repositoryRoot } from '../notebook/root'
import { profileOption } from './profile-option'

interface ClaimsOptions {
  readonly profile?: string
  readonly json?: boolean
}

export function claimsCommand(): Command {
  return new Command('claims')
    .description('what the papers claim, and the verdict that the results give')
    .option('--json', 'print the ledger as a JSON array, with paths of tables, figures and run records')
    .addOption(
      new Option(
        '--profile <name>',
        `only its results (${profiles.join(', ')}); without it those of paper, else, as indicative, of quick`,
      ).argParser(profileOption),
    )
    .action(({ profile, json }: ClaimsOptions) => {
      const lines = ledger(folderTree(path.join(repositoryRoot(), 'results'), 'results/'), profile)
      if (json) process.stdout.write(`${JSON.stringify(lines.map(entry), null, 1)}\n`)
      else process.stdout.write(ledgerText(lines, { width: process.stdout.columns ?? 100, paint }))
    })
}

/** A line as plain JSON; paths are relative to the repository. */
function entry({ claim, verdict, profile, clock, links }: LedgerLine) {
  const { rule, figures: _, ...about } = claim
  const here = (file: string): string => `results/${file}`
  return {
    ...about,
    rule: { says: rule.says, columns: rule.columns },
    ...verdict,
    claim: claim.claim,
    profile,
    clock,
    links: links && {
      folder: here(links.folder),
      table: here(links.table),
      figures: links.figures.map(here),
      record: links.record === null ? null : here(links.record),
    },
  }
}

/** Colour on a terminal that wants it; it only repeats the word. */
function paint(verdict: string): string {
  if (!process.stdout.isTTY || process.env.NO_COLOR) return verdict
  if (verdict.startsWith('reproduced')) return styleText('green', verdict)
  if (verdict.startsWith('partly')) return styleText('yellow', verdict)
  if (verdict.startsWith('not reproduced')) return styleText('red', verdict)
  return styleText('dim', verdict)
}
