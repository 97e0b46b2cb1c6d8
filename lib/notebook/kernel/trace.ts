/**
 * An error as a notebook should show it: name, message, and a trace of the frames that are the reader's business (cells, by number and
 * line of their TypeScript, and this library's sources), without the kernel's and Node's own, and without absolute paths.
 */
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import path from 'node:path'
import { inspect } from 'node:util'
import { positionInCell } from './compiler'

/** Content of Jupyter's `error` message. */
export interface ErrorContent {
  readonly ename: string
  readonly evalue: string
  readonly traceback: readonly string[]
}

const framePattern = /^\s+at (?:(.+) \()?(?:file:\/\/)?(.+?):(\d+):(\d+)\)?$/
/** The library's compiled code; its kernel (this folder) is no part of a user's trace. */
const compiled = path.resolve(__dirname, '..', '..')

/** Describes whatever was thrown, with its causes. */
export function describeError(thrown: unknown): ErrorContent {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) {
    const evalue = typeof thrown === 'string' ? thrown : inspect(thrown)
    return { ename: 'Error', evalue, traceback: [`Error: ${evalue}`] }
  }
  const ename = errorName(thrown)
  const traceback = [`${ename}: ${thrown.message}`, ...frames(thrown.stack ?? '')]
  const seen = new Set<unknown>([thrown])
  for (let cause = thrown.cause; cause !== undefined && !seen.has(cause); ) {
    seen.add(cause)
    if (!isErrorLike(cause)) {
      traceback.push(`caused by: ${inspect(cause)}`)
      break
    }
    traceback.push(`caused by: ${errorName(cause)}: ${cause.message}`, ...frames(cause.stack ?? ''))
    cause = cause.cause
  }
  return { ename, evalue: thrown.message, traceback }
}

/** Errors of another realm or of a native module are not `instanceof` ours. */
function isErrorLike(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
}

function errorName(error: Error): string {
  const code = (error as { code?: unknown }).code
  if (code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') return 'Interrupted'
  return error.name || 'Error'
}

function frames(stack: string): string[] {
  return stack.split('\n').flatMap((line) => readableFrame(line) ?? [])
}

function readableFrame(text: string): string | undefined {
  const match = framePattern.exec(text)
  const [, callee, file, line, column] = match ?? []
  if (!file || !line || !column) return undefined
  const cell = /^(?:async )?blockwise-cell-(\d+)$/.exec(file)?.[1]
  const place = cell ? positionInCell(Number(cell), Number(line), Number(column)) : undefined
  const where = cell ? place && `cell ${cell}, line ${place.line}` : libraryPlace(file, Number(line), Number(column))
  if (!where) return undefined
  const name = callee?.replace(/^async /, '').replace(/^(?:Object|Proxy|exports)\./, '')
  return name && name !== '<anonymous>' ? `    at ${name} (${where})` : `    at ${where}`
}

/** Line of the library's TypeScript, where its map is at hand. */
function libraryPlace(file: string, line: number, column: number): string | undefined {
  if (!file.startsWith(compiled + path.sep) || file.startsWith(__dirname)) return undefined
  if (!existsSync(`${file}.map`)) return undefined
  const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')) as SourceMapPayload)
  const entry = map.findEntry(line - 1, column - 1)
  if (!('originalLine' in entry)) return undefined
  const source = path.relative(compiled, file).replace(/\.js$/, '.ts').split(path.sep).join('/')
  return `lib/${source}:${entry.originalLine + 1}`
}
