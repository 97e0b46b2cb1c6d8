/** `blockwise list`: the notebooks that `run` and `lab` know. */
import { Command } from 'commander'
import { listNotebooks, titleOf } from '../notebook/catalog'
import { repositoryRoot } from '../notebook/root'

export function listCommand(): Command {
  return new Command('list').description('the notebooks, with their titles').action(() => {
    const notebooks = listNotebooks(repositoryRoot())
    const width = Math.max(...notebooks.map(({ id }) => id.length))
    for (const notebook of notebooks) process.stdout.write(`${notebook.id.padEnd(width)}  ${titleOf(notebook)}\n`)
    if (notebooks.length === 0) process.stdout.write('no notebooks in notebooks/\n')
  })
}
