/** `blockwise diff`: what the working tree's results hold, compared as numbers with a revision of git or a folder. */
import path from 'node:path'
import { Command, Option } from 'commander'
import { sync as writeFileAtomic } from 'write-file-atomic'
import { compareResults, type NotebookComparison } from '../evidence/compare-results'
import { diffPage } from '../evidence/diff-page'
import { diffText, exitCodeOf } from '../evidence/diff-text'
import { folderTree, notebooksOf, profilesOf, type ResultsTree, treeNamed } from '../evidence/results-tree'
import { chooseNotebooks, codeOf, listNotebooks } from '../notebook/catalog'
import { profiles } from '../notebook/profiles'
import { repositoryRoot } from '../notebook/root'
import { profileOption } from './profile-option'

interface DiffOptions {
  readonly against: string
  readonly profile?: string
  readonly html?: string
  readonly json?: boolean
}

export function diffCommand(): Command {
  const command = new Command('diff')
  return (
    command
      .description(
        'compare results/ as numbers with a revision or a folder; exit 0: nothing changed, 1: something did, 2: could not compare',
      )
      .argument('[ids...]', 'numbers or names of notebooks; all that have results when none is given')
      .option('--against <rev|dir>', 'a revision of git, or a folder laid out as results/', 'HEAD')
      .addOption(
        new Option('--profile <name>', 'one profile; all with results when not given').argParser(profileOption),
      )
      .option('--html <file>', 'also write a page with old, new and difference side by side')
      .option('--json', 'print the whole comparison as JSON instead of text')
      // A wrong word on the command line is no change that was found.
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
      .action((ids: string[], options: DiffOptions) => {
        process.exitCode = 2
        const root = repositoryRoot()
        const now = folderTree(path.join(root, 'results'), 'the working tree')
        const old = treeNamed(root, options.against)
        const known = chosen(command, root, [old, now], ids)
        const comparisons = compareTrees(root, old, now, options.profile, known)
        if (options.html) {
          const file = path.resolve(options.html)
          writeFileAtomic(file, diffPage(comparisons, old, now))
          process.stderr.write(`page: ${file}\n`)
        }
        process.stdout.write(
          options.json ? `${JSON.stringify(comparisons, null, 1)}\n` : diffText(comparisons, old.name),
        )
        process.exitCode = exitCodeOf(comparisons)
      })
  )
}

/** Compares two trees for all profiles with results, or one. */
export function compareTrees(
  root: string,
  old: ResultsTree,
  now: ResultsTree,
  profile?: string,
  notebooks: readonly string[] = [],
): NotebookComparison[] {
  const files = listNotebooks(root)
  return compareResults(old, now, {
    profiles: profile ? [profile] : profilesOf([old, now]),
    notebooks,
    notebookCode: (id) => {
      const file = files.find((notebook) => notebook.id === id)
      return file ? codeOf(file) : null
    },
  })
}

/** Ids of the notebooks that are meant, among those that there are or that have results. */
function chosen(command: Command, root: string, trees: readonly ResultsTree[], ids: readonly string[]): string[] {
  if (ids.length === 0) return []
  const withResults = trees.flatMap((tree) => profiles.flatMap((profile) => notebooksOf(tree, profile)))
  const names = new Set([...listNotebooks(root).map(({ id }) => id), ...withResults])
  try {
    return chooseNotebooks(
      [...names].sort().map((id) => ({ id, path: '' })),
      ids,
    ).map(({ id }) => id)
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`)
  }
}
