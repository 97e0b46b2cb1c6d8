/** `blockwise report`: the page of a profile's results, to be opened from disk or put on a web server. */
import path from 'node:path'
import { Command, Option } from 'commander'
import { SetupError } from '../engine/setup-error'
import { ledger } from '../evidence/ledger'
import { UnreadableResult } from '../evidence/read-results'
import { readExperiment } from '../evidence/report/experiment'
import { writeReport } from '../evidence/report/write'
import { folderTree, notebooksOf, profilesOf } from '../evidence/results-tree'
import { type Profile, profiles } from '../notebook/profiles'
import { repositoryRoot } from '../notebook/root'

export function reportCommand(): Command {
  return new Command('report')
    .description('write results/<profile>/index.html: claims, figures, tables and run records on one page')
    .addOption(
      new Option('--profile <name>', 'one profile; every profile with results when not given').choices(profiles),
    )
    .action(({ profile }: { readonly profile?: Profile }) => {
      const results = path.join(repositoryRoot(), 'results')
      for (const file of writeReports(results, profile)) process.stdout.write(`${file}\n`)
    })
}

/**
 * Writes the report of a profile, or of every profile that has results other than smoke.
 * @returns the paths of the files, each page before what belongs to it
 * @throws SetupError where there are no results, or some that cannot be read; LedgerFault for tables that lack what a claim reads
 */
export function writeReports(results: string, profile?: Profile): string[] {
  const tree = folderTree(results, 'results/')
  const wanted = profile ? [profile] : profilesOf([tree])
  const found = wanted.filter((name) => notebooksOf(tree, name).length > 0)
  if (found.length === 0)
    throw new SetupError(
      `there are no results ${profile ? `of the profile ${profile} ` : ''}in ${results}, so there is nothing to report`,
      `run 'npx blockwise run${profile ? ` --profile ${profile}` : ''}' first`,
    )
  try {
    return found.flatMap((name) =>
      writeReport(results, {
        profile: name,
        ledger: ledger(tree, name),
        experiments: notebooksOf(tree, name).map((id) => readExperiment(tree, name, id)),
      }),
    )
  } catch (error) {
    if (!(error instanceof UnreadableResult)) throw error
    throw new SetupError(
      error.message,
      "run its notebook again ('npx blockwise run'), or take the file back from git ('git checkout')",
    )
  }
}
