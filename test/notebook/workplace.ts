/** A temporary repository with notebooks of its own, and runners over it as real processes. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'

const repository = path.resolve(__dirname, '..', '..', '..')

/** The Python with nbclient: that of setup, or BLOCKWISE_PYTHON. */
export const python = process.env.BLOCKWISE_PYTHON ?? path.join(repository, '.venv', 'bin', 'python')

export interface Finished {
  readonly code: number | null
  readonly text: string
}

export interface Runner {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly finished: Promise<Finished>
}

export class Workplace {
  readonly root = mkdtempSync(path.join(tmpdir(), 'blockwise-test-'))

  constructor() {
    mkdirSync(path.join(this.root, 'notebooks'))
    symlinkSync(path.join(repository, 'node_modules'), path.join(this.root, 'node_modules'))
  }

  /** Writes a notebook of code cells. */
  notebook(id: string, ...cells: readonly string[]): string {
    const file = path.join(this.root, 'notebooks', `${id}.ipynb`)
    writeFileSync(file, JSON.stringify(notebookOf(cells)))
    return file
  }

  /** Starts the suite over these notebooks at the smoke profile. */
  start(...ids: readonly string[]): Runner {
    const child = spawn(process.execPath, [path.join(__dirname, 'run-suite.js'), this.root, python, ...ids], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const finished = new Promise<Finished>((resolve) => child.on('close', (code) => resolve({ code, text })))
    return { child, finished }
  }

  run(...ids: readonly string[]): Promise<Finished> {
    return this.start(...ids).finished
  }

  has(...parts: readonly string[]): boolean {
    return existsSync(path.join(this.root, ...parts))
  }

  read(...parts: readonly string[]): string {
    return readFileSync(path.join(this.root, ...parts), 'utf8')
  }

  /** Outputs of each code cell of an executed notebook. */
  outputs(...parts: readonly string[]): Output[][] {
    const notebook = JSON.parse(this.read(...parts)) as { cells: { outputs: Output[] }[] }
    return notebook.cells.map((cell) => cell.outputs)
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

export interface Output {
  readonly output_type: string
  readonly name?: string
  readonly text?: string[]
  readonly data?: Record<string, unknown>
  readonly ename?: string
  readonly evalue?: string
  readonly traceback?: string[]
}

export function notebookOf(cells: readonly string[]): object {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'blockwise', display_name: 'TypeScript (blockwise)', language: 'typescript' } },
    cells: cells.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      metadata: {},
      source: source.split(/(?<=\n)/),
      outputs: [],
      execution_count: null,
    })),
  }
}

/** Resolves when `condition` holds; fails after `seconds`. */
export async function until(condition: () => boolean, what: string, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what} did not happen within ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Resolves when `condition` holds while the runner runs; fails with what it said when it ends before. */
export async function during(runner: Runner, condition: () => boolean, what: string): Promise<void> {
  const early = runner.finished.then(({ text }) => {
    throw new Error(`The runner ended before ${what}:\n${text}`)
  })
  await Promise.race([until(condition, what, 30), early])
}

/** Command lines of the processes that know this folder, by pid: the runner, the driver, the kernel. */
export function processesOf(root: string): Map<number, string> {
  const found = new Map<number, string>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8')
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ')
      if (command && (environment.includes(root) || command.includes(root))) found.set(Number(entry), command)
    } catch {
      // it ended, or is not ours to read
    }
  }
  return found
}
