/**
 * A wheel of a few kilobytes with the layout of TensorFlow's (two shared libraries, headers, Python files), so that the whole set-up
 * of an engine, pip, compiler and loading included, is exercised in seconds. The libraries log as TensorFlow's do while they load.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Recipe } from 'blockwise/dist/engine/recipe'

export const repository = resolve(__dirname, '../../..')

export interface Tiny {
  /** Everything of this test; removed by `remove`. */
  readonly folder: string
  readonly wheels: string
  readonly recipe: Recipe
  /** Path of the recipe as JSON, for child processes. */
  readonly recipeFile: string
  /** Settings with which pip finds the wheel and nothing else. */
  readonly environment: Readonly<Record<string, string>>
  remove(): void
}

const WHEEL = 'tinyflow-1.0-cp311-cp311-manylinux_2_27_x86_64.whl'

const FRAMEWORK = `#include <cstdio>
#include <cstdlib>
namespace {
struct Starts {
  Starts() {
    fputs("WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\\n", stderr);
    fputs("I0000 00:00:1795407040.887263    8877 port.cc:153] for your information\\n", stderr);
    fputs("E0000 00:00:1795407040.887264    8877 port.cc:154] an error\\n", stderr);
    if (getenv("TINY_CRASH")) { fputs("no AVX here\\n", stderr); abort(); }
  }
} starts;
}
extern "C" int tiny_framework() { return 21; }
`
const LIBRARY = 'extern "C" int tiny_framework(); extern "C" int tiny_answer() { return 2 * tiny_framework(); }\n'
const BINDING = `#include <node_api.h>
#include "tiny.h"
NAPI_MODULE_INIT() {
  napi_value answer;
  napi_create_int32(env, tiny_answer(), &answer);
  napi_set_named_property(env, exports, "answer", answer);
  return exports;
}
`

/** @param padding bytes of ballast in the wheel, for tests of a full disk */
export function makeTiny(padding = 0): Tiny {
  const folder = mkdtempSync(join(tmpdir(), 'blockwise-engine-'))
  const at = (...names: string[]) => {
    const path = join(folder, ...names)
    mkdirSync(dirname(path), { recursive: true })
    return path
  }
  const write = (path: string, content: string | Buffer) => {
    writeFileSync(path, content)
    return path
  }
  const framework = at('wheel', 'tensorflow', 'libtensorflow_framework.so.2')
  const library = at('wheel', 'tensorflow', 'libtensorflow_cc.so.2')
  const shared = (source: string, output: string, ...flags: string[]) =>
    execFileSync('g++', ['-shared', '-fPIC', source, '-o', output, `-Wl,-soname,${output.split('/').at(-1)}`, ...flags])
  shared(write(at('framework.cc'), FRAMEWORK), framework)
  shared(write(at('library.cc'), LIBRARY), library, framework, '-Wl,-rpath,$ORIGIN')
  write(at('wheel', 'tensorflow', 'include', 'tiny.h'), 'extern "C" int tiny_answer();\n')
  write(at('wheel', 'tensorflow', 'python', 'x.py'), 'x = 1\n')
  write(at('wheel', 'tensorflow', 'THIRD_PARTY_NOTICES.txt'), 'notices\n')
  if (padding > 0) write(at('wheel', 'tensorflow', 'python', 'ballast'), Buffer.alloc(padding, 'x'))
  write(at('wheel', 'tinyflow-1.0.dist-info', 'METADATA'), 'Metadata-Version: 2.1\nName: tinyflow\nVersion: 1.0\n')
  write(
    at('wheel', 'tinyflow-1.0.dist-info', 'WHEEL'),
    'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_27_x86_64\n',
  )
  write(at('wheel', 'tinyflow-1.0.dist-info', 'RECORD'), '')
  const wheels = dirname(at('wheels', WHEEL))
  const zip = 'import shutil, sys; shutil.make_archive(sys.argv[2], "zip", sys.argv[1])'
  execFileSync('python3', ['-c', zip, join(folder, 'wheel'), join(folder, 'archive')])
  const archive = readFileSync(join(folder, 'archive.zip'))
  write(join(wheels, WHEEL), archive)
  const sha256 = createHash('sha256').update(archive).digest('hex')
  const napi = join(dirname(require.resolve('node-api-headers/package.json')), 'include')
  const recipe: Recipe = {
    kind: 'cpu',
    links: { 'elsewhere/libtiny.so.1': '../tensorflow/libtensorflow_cc.so.2' },
    title: 'Tinyflow 1.0',
    version: '1.0',
    requirements: write(at('requirements.txt'), `tinyflow==1.0 --hash=sha256:${sha256}\n`),
    peakBytes: 1,
    keptBytes: 1,
    bindings: [
      {
        output: 'tfjs_binding_tensorflow.node',
        sources: [write(at('binding.cc'), BINDING)],
        headers: [],
        flags: [
          ...['-shared', '-fPIC', `-I${napi}`, '-I$TF/include', '-L$TF', '-l:libtensorflow_cc.so.2'],
          ...['-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../tensorflow'],
        ],
      },
      {
        output: 'tfjs_binding.node',
        sources: [join(repository, 'lib', 'engine', 'quiet-binding.cc')],
        headers: [],
        flags: ['-std=c++17', '-shared', '-fPIC', `-I${napi}`, '-ldl'],
      },
    ],
  }
  return {
    folder,
    wheels,
    recipe,
    recipeFile: write(at('recipe.json'), JSON.stringify(recipe)),
    environment: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
