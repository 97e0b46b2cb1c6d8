/**
 * Runs one notebook in processes of its own: headless.py (nbclient) drives a kernel. Either may die, and this process may be killed: the
 * driver's standard input is its lifeline, the kernel watches its parent, so that nothing is left running in any of these cases.
 */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

export interface HeadlessJob {
  readonly python: string
  readonly root: string
  readonly notebook: string
  /** Where the executed notebook goes, also when a cell fails or the kernel dies. */
  readonly output: string
  /** Added to this process's environment for the kernel. */
  readonly environment: Readonly<Record<string, string>>
}

export type Ending =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'error'
      readonly cell: number
      readonly ename: string
      readonly evalue: string
      readonly traceback: readonly string[]
    }
  /** `reason`: 'signal SIGKILL' or 'exit code 1'; `log`: the end of what the kernel wrote to its standard error. */
  | { readonly kind: 'died'; readonly cell: number; readonly reason: string; readonly log: string }
  /** The driver itself failed, e.g. nbclient is missing. */
  | { readonly kind: 'broken'; readonly log: string }
  | { readonly kind: 'stopped' }

export interface HeadlessRun {
  readonly ending: Promise<Ending>
  /** Ends the driver and its kernel, at once when asked a second time. */
  stop(): void
}

const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('kernel'), pid: z.number() }),
  z.object({ event: z.literal('cell'), cell: z.number(), cells: z.number() }),
  z.object({ event: z.literal('done') }),
  z.object({
    event: z.literal('error'),
    cell: z.number(),
    ename: z.string(),
    evalue: z.string(),
    traceback: z.array(z.string()),
  }),
  z.object({ event: z.literal('died'), cell: z.number(), signal: z.string().optional(), code: z.number().optional() }),
])

const mostLogCharacters = 4000
const stopGraceMilliseconds = 8000

/** Path of the Python driver: it stays with the sources, of which dist/ is a sibling. */
const driver = path.resolve(__dirname, '..', '..', 'notebook', 'headless.py')
const kernel = path.join(__dirname, 'kernel.js')

/** Starts the notebook; `onCell` hears each cell's number as it begins. */
export function startHeadless(job: HeadlessJob, onCell: (cell: number, cells: number) => void): HeadlessRun {
  const description = {
    notebook: job.notebook,
    output: job.output,
    cwd: job.root,
    kernel: [process.execPath, kernel, '{connection_file}'],
  }
  // a process group of its own: Ctrl-C in the terminal reaches only the runner, which stops the driver in order
  const child = spawn(job.python, [driver, JSON.stringify(description)], {
    cwd: job.root,
    detached: true,
    env: { ...process.env, PYTHONUNBUFFERED: '1', ...job.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let log = ''
  let stopping = false
  let ending: Ending | undefined
  let kernelPid: number | undefined
  child.stdin.on('error', () => undefined)
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    log = (log + text).slice(-mostLogCharacters)
  })
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const told = event.parse(JSON.parse(line))
    if (told.event === 'cell') onCell(told.cell, told.cells)
    else if (told.event === 'kernel') kernelPid = told.pid
    else if (told.event === 'died') ending = { kind: 'died', cell: told.cell, reason: deathOf(told), log: log.trim() }
    else if (told.event === 'error') ending = { kind: 'error', ...told }
    else ending = { kind: 'done' }
  })
  const closed = new Promise<Ending>((resolve) => {
    child.on('error', (error) => resolve({ kind: 'broken', log: error.message }))
    // a driver that was killed could not end its kernel; the kernel notices by itself, but not at once
    child.on('exit', () => kernelPid && !ending && killGroup(kernelPid))
    child.on('close', (code, signal) => {
      if (stopping) resolve({ kind: 'stopped' })
      else resolve(ending ?? { kind: 'broken', log: log.trim() || `the driver ended with ${signal ?? `code ${code}`}` })
    })
  })
  const stop = () => {
    if (!child.pid || stopping) {
      if (child.pid) killGroup(child.pid)
      return
    }
    stopping = true
    child.kill('SIGTERM')
    setTimeout(() => child.pid && killGroup(child.pid), stopGraceMilliseconds).unref()
  }
  return { ending: closed, stop }
}

function deathOf(told: { signal?: string | undefined; code?: number | undefined }): string {
  return told.signal ? `signal ${told.signal}` : `exit code ${told.code}`
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // it ended meanwhile
  }
}
