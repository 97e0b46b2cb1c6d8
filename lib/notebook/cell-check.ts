/**
 * Type-checks the notebooks without running them, with the compiler that the kernel uses (tslab's TypeScript 5.0.4): the code cells of a
 * notebook are one module with top-level await. Also refuses what must not be committed: outputs, execution counts, cells without ids,
 * imports other than `blockwise`.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type * as TypeScript from '@tslab/typescript-for-tslab'
import { z } from 'zod'
import type { NotebookFile } from './catalog'
import { kernelName } from './kernelspec'

const notebookFormat = z.object({
  nbformat: z.literal(4),
  metadata: z.looseObject({ kernelspec: z.looseObject({ name: z.string() }) }),
  cells: z.array(
    z.looseObject({
      id: z.string().optional(),
      cell_type: z.enum(['code', 'markdown', 'raw']),
      source: z.union([z.string(), z.array(z.string())]),
      outputs: z.array(z.unknown()).optional(),
      execution_count: z.number().nullish(),
    }),
  ),
})

/** Where the lines of a notebook's module come from. */
interface Module {
  readonly id: string
  readonly file: string
  readonly text: string
  /** First line in `text` (from 0) of each code cell, in order; a cell's number is its place from 1. */
  readonly starts: readonly number[]
}

const allowedModules = ['blockwise']

/** Problems of the notebooks, a line each, empty when there are none. Reads the built declarations of `blockwise`. */
export function checkNotebooks(root: string, notebooks: readonly NotebookFile[]): string[] {
  const problems: string[] = []
  const modules: Module[] = []
  for (const notebook of notebooks) {
    const { found, module } = readNotebook(root, notebook)
    problems.push(...found)
    if (module) modules.push(module)
  }
  return [...problems, ...(modules.length > 0 ? checkTypes(root, modules) : [])]
}

function readNotebook(root: string, notebook: NotebookFile): { found: string[]; module?: Module } {
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(notebook.path, 'utf8'))
  } catch (error) {
    return { found: [`${notebook.id}: not JSON: ${(error as Error).message}`] }
  }
  const parsed = notebookFormat.safeParse(raw)
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    return { found: [`${notebook.id}: not a notebook of format 4: ${issues.join('; ')}`] }
  }
  const { cells, metadata } = parsed.data
  const found: string[] = []
  if (metadata.kernelspec.name !== kernelName) {
    found.push(`${notebook.id}: its kernel is '${metadata.kernelspec.name}', expected '${kernelName}'`)
  }
  const withoutId = cells.findIndex((cell) => !cell.id)
  if (withoutId >= 0)
    found.push(
      `${notebook.id}: its ${withoutId + 1}. cell, of all, has no id (nbformat 4.5): runs could not be compared`,
    )
  const lines: string[] = []
  const starts: number[] = []
  for (const cell of cells) {
    if (cell.cell_type !== 'code') continue
    starts.push(lines.length)
    const number = starts.length
    if (cell.outputs?.length || cell.execution_count) {
      found.push(
        `${notebook.id}, cell ${number}: holds outputs; notebooks are committed without (clear all outputs and save)`,
      )
    }
    // the semicolon keeps a cell's last expression from running into the next cell
    lines.push(...[cell.source].flat().join('').split('\n'), ';')
  }
  const file = path.join(root, 'notebooks', `${notebook.id}.ipynb.ts`)
  return { found, module: { id: notebook.id, file, starts, text: [...lines, 'export {}'].join('\n') } }
}

function checkTypes(root: string, modules: readonly Module[]): string[] {
  const ts = createRequire(require.resolve('tslab'))('@tslab/typescript-for-tslab') as typeof TypeScript
  // the kernel's options (tslab/dist/converter.js), and strict
  const options: TypeScript.CompilerOptions = {
    strict: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    esModuleInterop: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    types: ['node'],
    experimentalDecorators: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    noEmit: true,
  }
  const host = ts.createCompilerHost(options)
  const virtual = new Map(modules.map((module) => [module.file, module.text]))
  const { fileExists, readFile } = host
  host.getCurrentDirectory = () => root
  host.fileExists = (name) => virtual.has(name) || fileExists(name)
  host.readFile = (name) => virtual.get(name) ?? readFile(name)
  const program = ts.createProgram([...virtual.keys()], options, host)
  return modules.flatMap((module) => {
    const source = program.getSourceFile(module.file)
    if (!source) throw new Error(`The compiler did not read ${module.file}`)
    const at = (position: number, text: string) => {
      const { line, character } = source.getLineAndCharacterOfPosition(position)
      return `${module.id}, ${placeOf(line, module.starts)}, column ${character + 1}: ${text}`
    }
    const imports = source.statements
      .filter(ts.isImportDeclaration)
      .map((statement) => statement.moduleSpecifier as TypeScript.StringLiteral)
      .filter((specifier) => !allowedModules.includes(specifier.text))
      .map((specifier) =>
        at(
          specifier.getStart(source),
          `imports '${specifier.text}'; notebooks import only ${allowedModules.join(', ')}`,
        ),
      )
    const types = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (diagnostic) => at(diagnostic.start ?? 0, ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')),
    )
    return [...imports, ...types]
  })
}

/** 'cell 3, line 2' of a line (from 0) of the module. */
function placeOf(line: number, starts: readonly number[]): string {
  const index = starts.findLastIndex((start) => start <= line)
  return `cell ${index + 1}, line ${line - (starts[index] ?? 0) + 1}`
}
