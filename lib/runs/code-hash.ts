/**
 * What code a number came from: a hash over a module and everything of the library that it imports. Comments and
 * layout are left out, so that better words do not make an hour's run stale.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from '@tslab/typescript-for-tslab'

/** The compiled root of the library. */
const root = path.join(__dirname, '..')

/** 'solvers/tikhonov-bcd.js' for that module's absolute path; `fileOf` is its inverse. */
export function nameOf(module: string): string {
  return path.relative(root, module).split(path.sep).join('/')
}

export function fileOf(name: string): string {
  return path.join(root, name)
}

/**
 * Modules and folders that cannot change a number: the engine's provisioning (its version is in a run's identity by itself), progress,
 * interrupts, and what refuses a problem or a setting (a run that it lets through is the same run). The walk stops at them.
 */
const OUTSIDE = ['engine/tensorflow.js', 'engine/load.js', 'progress.js', 'interruption.js', 'solvers/refusals/'].map(
  fileOf,
)

const known = new Map<string, { text: string; imports: string[] }>()

/** sha256 over the given compiled modules (absolute paths) and their transitive imports within the library. */
export function codeHash(...modules: readonly string[]): string {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file) || OUTSIDE.some((outside) => file.startsWith(outside))) return
    found.add(file)
    for (const imported of readModule(file).imports) visit(imported)
  }
  for (const module of modules) visit(module)
  const hash = createHash('sha256')
  for (const file of [...found].sort()) hash.update(`${nameOf(file)}\n${readModule(file).text}\n`)
  return hash.digest('hex')
}

function readModule(file: string): { text: string; imports: string[] } {
  const cached = known.get(file)
  if (cached) return cached
  const source = readFileSync(file, 'utf8')
  const compilerOptions = { removeComments: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS }
  // A notebook's kernel wraps this compiler and lets it end texts in another way.
  const text = ts
    .transpileModule(source, { compilerOptions })
    .outputText.replace(/\/\/# sourceMappingURL=\S+\s*$/, '')
    .trimEnd()
  const imports = [...text.matchAll(/\brequire\("(\.[^"]*)"\)/g)].map(([, request]) =>
    require.resolve(path.resolve(path.dirname(file), request!)),
  )
  const module = { text, imports }
  known.set(file, module)
  return module
}
