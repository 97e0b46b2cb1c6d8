/**
 * What an engine is made of, as data, and the folder that it gets: `<cache>/engine/<key>`. The key holds a hash of all that goes into
 * the build (requirements with their checksums, sources, flags), so that checkouts of one version share an engine and a new version
 * never meets an old one.
 */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { EngineKind } from './platforms'
import { cacheFolder } from './whole-folder'

/** One shared object that g++ makes. Paths are absolute; `$TF` in `flags` stands for the unpacked wheel's tensorflow folder. */
export interface Binding {
  readonly output: string
  readonly sources: readonly string[]
  /** What the sources include from beside themselves: part of the key. */
  readonly headers: readonly string[]
  readonly flags: readonly string[]
}

export interface Recipe {
  readonly kind: EngineKind
  /** e.g. 'TensorFlow 2.21.0 (CPU)' */
  readonly title: string
  readonly version: string
  /** File for pip with pinned versions and checksums. */
  readonly requirements: string
  /** Disk that the installation takes at its peak, and keeps, in bytes. */
  readonly peakBytes: number
  readonly keptBytes: number
  /** Compiled in this order into the folder `binding`. */
  readonly bindings: readonly Binding[]
  /** Symbolic links within the folder: path, and what it points to from there. */
  readonly links: Readonly<Record<string, string>>
}

/** What stands in an engine's folder: its record, engine.json. */
export interface EngineRecord {
  readonly kind: EngineKind
  readonly key: string
  readonly tensorflow: string
  /** Size of each shared object, by path within the folder: a folder in which one is missing or cut is not whole. */
  readonly files: Readonly<Record<string, number>>
}

export const RECORD = 'engine.json'

/** lib/, from lib/dist/engine; the requirements lie in the folder above it. */
const library = resolve(__dirname, '..', '..')

const TENSORFLOW = '2.21.0'
const GB = 1e9

/** The engines of this version of the suite. */
export function recipeOf(kind: EngineKind): Recipe {
  return kind === 'cpu'
    ? {
        kind,
        title: `TensorFlow ${TENSORFLOW} (CPU)`,
        version: TENSORFLOW,
        requirements: join(library, '..', 'requirements-engine-cpu.txt'),
        peakBytes: 1.8 * GB,
        keptBytes: 0.9 * GB,
        bindings: tfjsBindings(),
        links: {},
      }
    : {
        kind,
        title: `TensorFlow ${TENSORFLOW} (CUDA)`,
        version: TENSORFLOW,
        requirements: join(library, '..', 'requirements-engine-cuda.txt'),
        peakBytes: 10 * GB,
        keptBytes: 5.7 * GB,
        bindings: tfjsBindings(),
        // libtensorflow_framework opens cuSOLVER by its name, but its RUNPATH lacks nvidia/cusolver/lib (that of libtensorflow_cc has
        // it, in vain): without this link no GPU device is registered at all. test/engine/cuda-libraries.py shows it.
        links: { 'nvidia/cublas/lib/libcusolver.so.11': '../../cusolver/lib/libcusolver.so.11' },
      }
}

/** Folder of npm's @tensorflow/tfjs-node-gpu, whose install script is not run: it would fetch a TensorFlow of 2022. */
export function tfjsNodeFolder(): string {
  return dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'))
}

function tfjsBindings(): Binding[] {
  const tfjs = tfjsNodeFolder()
  const napi = join(dirname(require.resolve('node-api-headers/package.json')), 'include')
  const common = ['-O2', '-fPIC', '-shared', '-std=c++17', '-DNAPI_VERSION=8', `-I${napi}`]
  const binding = (name: string) => join(tfjs, 'binding', name)
  return [
    {
      output: 'tfjs_binding_tensorflow.node',
      sources: [binding('tfjs_backend.cc'), binding('tfjs_binding.cc')],
      headers: [
        'napi_auto_ref.h',
        'tf_auto_status.h',
        'tf_auto_tensor.h',
        'tfe_auto_op.h',
        'tfjs_backend.h',
        'utils.h',
      ].map(binding),
      // The libraries are found beside the binding, wherever the folder is moved.
      flags: [
        ...common,
        '-I$TF/include',
        `-I${tfjs}`,
        '-L$TF',
        '-l:libtensorflow_cc.so.2',
        '-l:libtensorflow_framework.so.2',
        '-Wl,-rpath,$ORIGIN/../tensorflow',
      ],
    },
    {
      output: 'tfjs_binding.node',
      sources: [join(library, 'engine', 'quiet-binding.cc')],
      headers: [],
      flags: [...common, '-ldl'],
    },
  ]
}

/** e.g. 'tensorflow-2.21.0-cpu-linux-x64-3f9a2c41d0' */
export function engineKey(recipe: Recipe): string {
  const hash = createHash('sha256')
  const add = (text: string | Buffer) => void hash.update(text).update('\0')
  add(readFileSync(recipe.requirements))
  for (const { output, sources, headers, flags } of recipe.bindings) {
    add(output)
    for (const path of [...sources, ...headers]) add(readFileSync(path))
    // Folders differ between checkouts; what they hold is hashed above, or pinned by the lockfile.
    for (const flag of flags) if (!flag.startsWith('-I')) add(flag)
  }
  for (const [path, target] of Object.entries(recipe.links)) add(`${path} ${target}`)
  const digest = hash.digest('hex').slice(0, 10)
  return `tensorflow-${recipe.version}-${recipe.kind}-${process.platform}-${process.arch}-${digest}`
}

/** Folder that holds the engines, one folder each. */
export function enginesFolder(): string {
  return join(cacheFolder(), 'engine')
}

/** Where this engine is, or would be. */
export function engineFolder(recipe: Recipe): string {
  return join(enginesFolder(), engineKey(recipe))
}

/** The record of an engine that is whole: every shared object is there in its full size. */
export function readEngine(folder: string): EngineRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as EngineRecord
    const files = Object.entries(record.files)
    return files.every(([path, bytes]) => statSync(join(folder, path)).size === bytes) ? record : undefined
  } catch {
    return undefined
  }
}
