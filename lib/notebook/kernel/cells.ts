/**
 * Runs cells, one at a time, and tells how each ended. tslab compiles and evaluates; what it only prints (the thrown value, compiler
 * diagnostics, the last expression's value) is caught at the console it is given, and what it lets pass (rejections that nobody awaits)
 * is trapped and becomes the error of the cell.
 */
import { inspect } from 'node:util'
import type { Converter } from 'tslab/dist/converter.js'
import type { Executor } from 'tslab/dist/executor.js'
import { clearInterrupt, requestInterrupt } from '../../interruption'
import { mapped, tslab } from './compiler'
import { describeError, type ErrorContent } from './trace'

export type Outcome =
  | { readonly status: 'ok'; readonly count: number; readonly value?: string }
  | { readonly status: 'error'; readonly count: number; readonly error: ErrorContent }

interface Running {
  thrown: unknown[]
  diagnostics: string[]
  strays: unknown[]
  value?: string
}

/** How long interrupted work may take to stop by itself before the cell is given up: a step yields every second or two. */
const interruptGraceMilliseconds = 3000
/** The format in which tslab prints a diagnostic: file, line, column, text. */
const diagnosticFormat = '%s%d:%d - %s'

export class CellRunner {
  readonly executor: Executor
  private readonly node: Converter
  private running: Running | undefined
  /** What was thrown while no cell ran: reported by the next one. */
  private strays: unknown[] = []
  private count = 0

  constructor(root: string) {
    this.node = mapped(tslab.converter.createConverter({ isJS: false, isBrowser: false }), () => this.count)
    const node = this.node
    const converters = {
      node,
      get browser(): Converter {
        throw new Error('Cells run in Node: /** @browser */ is not available in this kernel')
      },
      close: () => node.close(),
    }
    this.executor = tslab.executor.createExecutor(root, converters, {
      log: (value: unknown) => {
        if (this.running) this.running.value = typeof value === 'string' ? value : inspect(value)
      },
      error: (first: unknown, ...rest: unknown[]) => this.caught(first, rest),
    })
  }

  get executionCount(): number {
    return this.count
  }

  /** Runs one cell; `begin` hears its number first. Never rejects. */
  async run(code: string, begin: (count: number) => Promise<void>): Promise<Outcome> {
    this.count += 1
    const count = this.count
    await begin(count)
    const early = this.strays.splice(0)
    if (early.length > 0)
      return { status: 'error', count, error: strayError(early[0], 'before this cell, which was not run') }
    clearInterrupt()
    const running: Running = { thrown: [], diagnostics: [], strays: [] }
    this.running = running
    try {
      const ok = await this.executor.execute(code)
      // rejections without a handler are announced after the microtasks of this turn
      await new Promise((resolve) => setImmediate(resolve))
      if (running.strays.length > 0)
        return { status: 'error', count, error: strayError(running.strays[0], 'in this cell') }
      if (!ok) return { status: 'error', count, error: failure(running, count) }
      return running.value === undefined ? { status: 'ok', count } : { status: 'ok', count, value: running.value }
    } catch (error) {
      return { status: 'error', count, error: describeError(error) }
    } finally {
      this.running = undefined
    }
  }

  /** Asks the running cell to stop; gives it up when it does not. Nothing happens when none runs. */
  interrupt(): void {
    const running = this.running
    if (!running) return
    requestInterrupt()
    setTimeout(() => {
      if (this.running === running) this.executor.interrupt()
    }, interruptGraceMilliseconds).unref()
  }

  /** For the process's unhandledRejection and uncaughtException: ends the running cell with the reason, or fails the next one. */
  stray(reason: unknown): void {
    if (!this.running) {
      this.strays.push(reason)
      return
    }
    this.running.strays.push(reason)
    requestInterrupt()
    this.executor.interrupt()
  }

  private caught(first: unknown, rest: unknown[]): void {
    const running = this.running
    if (!running) return
    if (first !== diagnosticFormat) {
      running.thrown.push(first)
      return
    }
    const [file, line, column, text] = rest
    running.diagnostics.push(`${String(file)}line ${String(line)}, column ${String(column)}: ${String(text)}`)
  }
}

function failure(running: Running, count: number): ErrorContent {
  if (running.diagnostics.length > 0) {
    const [evalue = '', ...more] = running.diagnostics.map((diagnostic) => `cell ${count}, ${diagnostic}`)
    return { ename: 'TypeScriptError', evalue, traceback: [`TypeScriptError: ${evalue}`, ...more] }
  }
  const error = describeError(running.thrown[0])
  if (error.evalue !== 'Interrupted asynchronously') return error
  const evalue = 'stopped by an interrupt; what the cell had begun may still be running'
  return { ename: 'Interrupted', evalue, traceback: [`Interrupted: ${evalue}`] }
}

function strayError(reason: unknown, where: string): ErrorContent {
  const error = describeError(reason)
  const [first = '', ...frames] = error.traceback
  return { ...error, traceback: [first, `  thrown ${where}, by code that nothing awaits`, ...frames] }
}
