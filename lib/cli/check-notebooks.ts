/** `blockwise check-notebooks`: part of the build. */
import { Command } from 'commander'
import { listNotebooks } from '../notebook/catalog'
import { checkNotebooks } from '../notebook/cell-check'
import { repositoryRoot } from '../notebook/root'

export function checkNotebooksCommand(): Command {
  return new Command('check-notebooks')
    .description("type-check the notebooks' cells, and refuse outputs in them")
    .allowExcessArguments(false)
    .action(() => {
      const root = repositoryRoot()
      const notebooks = listNotebooks(root)
      const problems = checkNotebooks(root, notebooks)
      for (const problem of problems) process.stderr.write(`${problem}\n`)
      if (problems.length > 0) process.exitCode = 1
      else process.stdout.write(`${notebooks.length} notebook${notebooks.length === 1 ? '' : 's'} checked\n`)
    })
}
