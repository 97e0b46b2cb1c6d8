/**
 * tslab's compiler for cells, made to keep its source maps: tslab 1.0.22 compiles a cell in two stages (TypeScript to modules, modules to
 * CommonJS) and asks for a map in neither, so a trace could not name the line of a cell. The TypeScript that tslab requires is replaced,
 * in this process only, by a copy with the two functions wrapped. What the kernel uses of tslab is loaded here, after that.
 */
import { createRequire, SourceMap, type SourceMapPayload } from 'node:module'
import type * as TypeScript from '@tslab/typescript-for-tslab'
import typescript from '@tslab/typescript-for-tslab'
import type { Converter } from 'tslab/dist/converter.js'

type Compiler = typeof TypeScript
interface Stages {
  readonly typescript: SourceMap
  readonly commonjs: SourceMap
}

const inlineMap = /\n?\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/
/** tslab puts `export {};` before a cell. */
const linesBeforeCell = 1
const mapsOfCells = new Map<number, Stages & { readonly lines: number }>()
let latest: Stages | undefined

function keepMaps(): void {
  const fromTslab = createRequire(require.resolve('tslab'))
  const file = fromTslab.resolve('@tslab/typescript-for-tslab')
  const original = fromTslab(file) as Compiler
  const createWatchCompilerHost = original.createWatchCompilerHost as (
    files: string[],
    options: TypeScript.CompilerOptions,
    ...rest: unknown[]
  ) => unknown
  // A file that changes while a kernel lives (the library is rebuilt) would fail the next cell with 'Unexpected pending
  // rebuildTimer', and could not be loaded anew anyway: nothing on disk is watched.
  const unwatched = () => ({ close: () => undefined })
  const replacement = {
    ...original,
    sys: Object.assign(Object.create(original.sys) as TypeScript.System, {
      watchFile: unwatched,
      watchDirectory: unwatched,
    }),
    createWatchCompilerHost: (files: string[], options: TypeScript.CompilerOptions, ...rest: unknown[]) =>
      createWatchCompilerHost(files, { ...options, inlineSourceMap: true }, ...rest),
    transpileModule: (source: string, options: TypeScript.TranspileOptions) => {
      const first = inlineMap.exec(source)
      const result = original.transpileModule(source.replace(inlineMap, ''), {
        ...options,
        compilerOptions: { ...options.compilerOptions, sourceMap: true },
      })
      latest =
        first?.[1] && result.sourceMapText
          ? {
              typescript: new SourceMap(JSON.parse(Buffer.from(first[1], 'base64').toString()) as SourceMapPayload),
              commonjs: new SourceMap(JSON.parse(result.sourceMapText) as SourceMapPayload),
            }
          : undefined
      return { ...result, outputText: result.outputText.replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, '') }
    },
  }
  const module = require.cache[file]
  if (!module) throw new Error(`TypeScript was not found in the module cache under ${file}`)
  module.exports = replacement
}

keepMaps()

/** tslab's modules; imported anywhere else they would load before their compiler is wrapped. */
export const tslab = {
  converter: require('tslab/dist/converter.js') as typeof import('tslab/dist/converter.js'),
  executor: require('tslab/dist/executor.js') as typeof import('tslab/dist/executor.js'),
  jupyter: require('tslab/dist/jupyter.js') as typeof import('tslab/dist/jupyter.js'),
}

/** A converter whose scripts are called `blockwise-cell-N` in traces, with the map of each kept. */
export function mapped(converter: Converter, cell: () => number): Converter {
  return {
    ...converter,
    convert(previous, source) {
      const converted = converter.convert(previous, spellOut(source))
      if (!converted.output) return converted
      // the cell's own script is compiled after all that it imports
      if (latest) mapsOfCells.set(cell(), { ...latest, lines: converted.output.split('\n').length })
      return { ...converted, output: `${converted.output}\n//# sourceURL=blockwise-cell-${cell()}` }
    },
  }
}

/**
 * `{ a }` as `{ a: a }`: tslab does not see that a shorthand property reads a variable of an earlier cell, and the cell
 * would fail with 'a is not defined'. Lines stay as they are.
 */
export function spellOut(source: string): string {
  const names: TypeScript.Identifier[] = []
  const visit = (node: TypeScript.Node): void => {
    if (typescript.isShorthandPropertyAssignment(node)) names.push(node.name)
    typescript.forEachChild(node, visit)
  }
  visit(typescript.createSourceFile('cell.ts', source, typescript.ScriptTarget.Latest, true))
  return names.reduceRight((text, name) => `${text.slice(0, name.end)}: ${name.text}${text.slice(name.end)}`, source)
}

/**
 * Line and column (from 1) in the cell's TypeScript of a position (from 1) in the script that runs; undefined where the compiler
 * invented the code (the first line, and the call of the function that tslab wraps around a cell, after the last).
 */
export function positionInCell(
  cell: number,
  line: number,
  column: number,
): { line: number; column: number } | undefined {
  const maps = mapsOfCells.get(cell)
  if (!maps || line > maps.lines) return undefined
  const middle = maps.commonjs.findEntry(line - 1, column - 1)
  if (!('originalLine' in middle)) return undefined
  const source = maps.typescript.findEntry(middle.originalLine, middle.originalColumn)
  if (!('originalLine' in source) || source.originalLine < linesBeforeCell) return undefined
  return { line: source.originalLine - linesBeforeCell + 1, column: source.originalColumn + 1 }
}
