/** `blockwise lab`: JupyterLab at the notebooks, with the kernel registered. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { Command } from 'commander'
import { ensureSetup } from './setup'

export function labCommand(): Command {
  return (
    new Command('lab')
      .description('open the notebooks in JupyterLab; further arguments go to it')
      .argument('[arguments...]', 'e.g. --no-browser --port=9999')
      // --help among them
      .helpOption(false)
      .allowUnknownOption()
      .action(async (given: string[]) => {
        const { root, python } = await ensureSetup({ extra: 'lab' })
        process.exitCode = await openLab(root, python, given)
      })
  )
}

/** Resolves to JupyterLab's exit code. Results and notebooks are both in reach of its file browser, which opens at the notebooks. */
function openLab(root: string, python: string, given: readonly string[]): Promise<number> {
  const places = [`--ServerApp.root_dir=${root}`, `--ServerApp.preferred_dir=${path.join(root, 'notebooks')}`]
  const lab = spawn(python, ['-m', 'jupyterlab', ...places, ...given], { cwd: root, stdio: 'inherit' })
  // Ctrl-C reaches JupyterLab as well, which asks before it ends: it decides, and this process waits
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => lab.kill(signal))
  return new Promise((resolve, reject) => {
    lab.on('error', reject)
    lab.on('close', (code) => resolve(code ?? 1))
  })
}
