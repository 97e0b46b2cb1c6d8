/**
 * Brings an engine: pip unpacks TensorFlow's wheel, g++ compiles tfjs-node-gpu's binding over its C API, what only Python needs is
 * dropped, and the finished folder takes its place by one rename. Loads no TensorFlow.
 */
import { type Dirent, statSync } from 'node:fs'
import { mkdir, readdir, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { execa } from 'execa'
import { pipInstall } from './pip'
import { wheelTags } from './platforms'
import { type Binding, type EngineRecord, engineFolder, engineKey, RECORD, type Recipe, readEngine } from './recipe'
import { SetupError } from './setup-error'
import { cacheFolder, diskFull, makeWhole } from './whole-folder'

export interface Provisioned {
  readonly folder: string
  /** False when it was there already. */
  readonly built: boolean
}

/**
 * Makes an engine be there; what is there and whole is used as it is.
 * @param python an interpreter with pip; its version does not matter
 * @param say told what is going on, for a progress display
 * @throws SetupError for an unsupported platform, a missing compiler, no network, a full disk, an unwritable cache
 */
export async function provision(
  recipe: Recipe,
  python: string,
  say: (busyWith: string) => void = () => {},
): Promise<Provisioned> {
  const folder = engineFolder(recipe)
  if (readEngine(folder)) return { folder, built: false }
  const tags = wheelTags()
  await requireCompiler()
  await makeWhole(
    folder,
    (place) => readEngine(place) !== undefined,
    async (temporary) => {
      await requireSpace(temporary, recipe)
      const scratch = join(temporary, 'tmp')
      await mkdir(scratch)
      await pipInstall({
        python,
        what: recipe.title,
        temporary: scratch,
        folder: temporary,
        say,
        args: [
          ...['--target', temporary, '--no-deps', '--no-compile', '--only-binary=:all:', '--implementation', 'cp'],
          ...tags.platforms.flatMap((tag) => ['--platform', tag]),
          ...['--python-version', tags.python, '--abi', tags.abi, '-r', recipe.requirements],
        ],
      })
      await rm(scratch, { recursive: true, force: true })
      say('compiling the binding')
      await mkdir(join(temporary, 'binding'))
      for (const binding of recipe.bindings) await compile(binding, temporary)
      await dropPythonParts(temporary)
      for (const [path, target] of Object.entries(recipe.links)) {
        await mkdir(dirname(join(temporary, path)), { recursive: true })
        await symlink(target, join(temporary, path))
      }
      await writeRecord(temporary, recipe)
    },
  )
  return { folder, built: true }
}

const compilerName = () => process.env.CXX || 'g++'

/** @throws SetupError when there is no C++ compiler */
export async function requireCompiler(): Promise<void> {
  const compiler = compilerName()
  const { failed } = await execa(compiler, ['--version'], { reject: false, stdin: 'ignore' })
  if (failed)
    throw new SetupError(
      `no C++ compiler was found (looked for ${compiler}${process.env.CXX ? ', as CXX says' : ''}): TensorFlow's binding has to be compiled once`,
      "install one: 'sudo apt install g++' on Debian and Ubuntu, 'sudo dnf install gcc-c++' on Fedora; one of another name is given as CXX=name",
    )
}

async function compile({ sources, flags, output }: Binding, folder: string): Promise<void> {
  const tensorflow = join(folder, 'tensorflow')
  const args = [
    ...sources,
    '-o',
    join(folder, 'binding', output),
    ...flags.map((flag) => flag.replace('$TF', tensorflow)),
  ]
  const { failed, stderr } = await execa(compilerName(), args, {
    reject: false,
    stdin: 'ignore',
    env: { LC_ALL: 'C', TMPDIR: folder },
  })
  if (!failed) return
  if (/No space left on device|Disk quota exceeded|File too large|file size limit/i.test(stderr)) throw diskFull(folder)
  throw new SetupError(
    `the C++ compiler could not make ${output}:\n${stderr.split('\n').slice(0, 15).join('\n')}`,
    `a compiler for C++17 is needed (g++ 8 or newer; '${compilerName()} --version' shows yours)`,
  )
}

/** Of the wheel only the two libraries are loaded: Python code, headers and tools go; licences stay. */
async function dropPythonParts(folder: string): Promise<void> {
  const keep = /^(libtensorflow_(cc|framework)\.so\.2|THIRD_PARTY_NOTICES\.txt)$/
  const tensorflow = join(folder, 'tensorflow')
  for (const name of await readdir(tensorflow))
    if (!keep.test(name)) await rm(join(tensorflow, name), { recursive: true })
  await rm(join(folder, 'bin'), { recursive: true, force: true })
}

async function writeRecord(folder: string, recipe: Recipe): Promise<void> {
  const entries: Dirent[] = await readdir(folder, { recursive: true, withFileTypes: true })
  const objects = entries
    .filter((entry) => !entry.isDirectory() && /\.so(\.|$)|\.node$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const record: EngineRecord = {
    kind: recipe.kind,
    key: engineKey(recipe),
    tensorflow: recipe.version,
    files: Object.fromEntries(objects.map((path) => [relative(folder, path), statSync(path).size])),
  }
  await writeFile(join(folder, RECORD), `${JSON.stringify(record, null, 2)}\n`)
}

/** Says so before a long download, not after it. */
async function requireSpace(folder: string, recipe: Recipe): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= recipe.peakBytes) return
  const gb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
  throw new SetupError(
    `${recipe.title} needs ${gb(recipe.peakBytes)} of free disk while it is installed (${gb(recipe.keptBytes)} afterwards), and ${cacheFolder()} has ${gb(free)}`,
    `make room there ('df -h ${cacheFolder()}'), or name a cache folder on another disk: XDG_CACHE_HOME=/path`,
  )
}
