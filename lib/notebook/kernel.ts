/**
 * The kernel that JupyterLab, VS Code and the headless run start: `node kernel.js <connection file>`. Cells run in the root of the
 * repository, wherever the notebook lies, so that `import ... from 'blockwise'` and relative paths mean the same everywhere.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Progress, setProgressSink } from '../progress'
import { setDisplaySink } from './display'
import { progressText } from './estimate'
import { CellRunner } from './kernel/cells'
import { tslab } from './kernel/compiler'
import { endWithParent } from './kernel/orphan'
import { type Connection, type DisplayContent, KernelServer } from './kernel/server'
import { repositoryRoot } from './root'

async function main(connectionFile: string | undefined): Promise<void> {
  if (!connectionFile) throw new Error('The kernel is started by Jupyter, with a connection file as its argument')
  endWithParent()
  process.chdir(repositoryRoot())
  Error.stackTraceLimit = 50
  const connection = JSON.parse(readFileSync(connectionFile, 'utf8')) as Connection
  const cells = new CellRunner(process.cwd())
  const editor = new tslab.jupyter.JupyterHandlerImpl(cells.executor, false)
  const server = new KernelServer(connection, cells, editor, () => process.exit(0))
  process.on('SIGINT', () => cells.interrupt())
  process.on('uncaughtException', (error) => cells.stray(error))
  process.on('unhandledRejection', (reason) => cells.stray(reason))
  redirect(server, cells)
  await server.start()
}

/** From here on what the process prints and displays belongs to the running cell. */
function redirect(server: KernelServer, cells: CellRunner): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder()
    process[name].write = (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown) => {
      server.write(name, typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
      const written = typeof encoding === 'function' ? encoding : callback
      if (typeof written === 'function') queueMicrotask(() => written())
      return true
    }
  }
  const display = (content: DisplayContent, update: boolean) => server.display(content, update)
  // for cells that use tslab's own `display`
  Object.assign(tslab.jupyter, { lastWriteDisplayData: display })
  setDisplaySink((data) => display({ data, metadata: {} }, false))
  setProgressSink(progressLine(display, () => cells.executionCount))
}

/** One line per label and cell that is updated in place. Interactive only: in a headless run progress goes to its file. */
function progressLine(
  display: (content: DisplayContent, update: boolean) => void,
  cell: () => number,
): (progress: Progress) => void {
  const describe = progressText()
  let line: { readonly label: string; readonly cell: number; readonly id: string } | undefined
  return (progress) => {
    const update = line?.label === progress.label && line.cell === cell()
    if (!line || !update) line = { label: progress.label, cell: cell(), id: randomUUID() }
    const data = { 'text/plain': describe(progress) }
    display({ data, metadata: {}, transient: { display_id: line.id } }, update)
  }
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
