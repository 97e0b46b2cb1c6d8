/**
 * The project's own Python, `.venv`, which drives notebooks headlessly and holds JupyterLab. Made whole or not at all from the pinned
 * requirements, and made again when they change or its Python is gone.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'
import { pipInstall } from '../engine/pip'
import { SetupError } from '../engine/setup-error'
import { makeWhole } from '../engine/whole-folder'

/** What is asked of the environment: JupyterLab is large and comes only when it is first called. */
export type Extra = 'lab'

interface VenvRecord {
  /** Scripts of a virtual environment name its folder: one that was moved is made again. */
  readonly folder: string
  readonly python: string
  /** sha256 of each requirements file that was installed. */
  readonly requirements: Readonly<Record<string, string>>
}

const RECORD = 'blockwise.json'
const OLDEST_PYTHON = [3, 10] as const
const MAIN = 'requirements.txt'
const LAB = 'requirements-lab.txt'

export const venvFolder = (root: string) => join(root, '.venv')

/** The environment's interpreter; tools are called as `python -m name`. */
export const venvPython = (root: string) => join(venvFolder(root), 'bin', 'python')

export interface PythonEnvironment {
  readonly python: string
  /** False when it was there already. */
  readonly built: boolean
}

/**
 * Makes the environment be there, with JupyterLab when `extra` says so or when it was there before.
 * @param say told what is going on
 * @throws SetupError when Python, its venv module, the network, disk or the right to write is missing
 */
export async function ensurePython(
  root: string,
  extra?: Extra,
  say: (busyWith: string) => void = () => {},
): Promise<PythonEnvironment> {
  const place = venvFolder(root)
  const files = [MAIN]
  if (extra === 'lab' || readRecord(place)?.requirements[LAB]) files.push(LAB)
  const wanted = Object.fromEntries(files.map((file) => [file, hashOf(join(root, file))]))
  const isCurrent = (folder: string) => fault(folder, place, wanted) === undefined
  if (isCurrent(place)) return { python: venvPython(root), built: false }
  const base = findPython()
  await makeWhole(place, isCurrent, async (temporary) => {
    say(`python ${base.version}`)
    const { failed, all } = await execa(base.path, ['-m', 'venv', temporary], {
      reject: false,
      all: true,
      stdin: 'ignore',
    })
    if (failed) throw noVenv(base.path, all ?? '')
    const scratch = join(temporary, 'tmp')
    await mkdir(scratch)
    await pipInstall({
      python: join(temporary, 'bin', 'python'),
      what: extra === 'lab' ? 'JupyterLab' : 'the notebook runner (nbclient)',
      temporary: scratch,
      folder: temporary,
      say,
      args: files.flatMap((file) => ['-r', join(root, file)]),
    })
    await rm(scratch, { recursive: true, force: true })
    await renameWithin(temporary, place)
    const record: VenvRecord = { folder: place, python: base.version, requirements: wanted }
    await writeFile(join(temporary, RECORD), `${JSON.stringify(record, null, 2)}\n`)
  })
  return { python: venvPython(root), built: true }
}

/** What is wrong with the environment of `doctor`'s checkout, or undefined. */
export function pythonFault(root: string): string | undefined {
  return fault(venvFolder(root), venvFolder(root), { [MAIN]: hashOf(join(root, MAIN)) })
}

function fault(folder: string, place: string, wanted: Readonly<Record<string, string>>): string | undefined {
  const record = readRecord(folder)
  if (!record) return existsSync(folder) ? 'not finished, or not made by this suite' : 'missing'
  if (record.folder !== place) return `made for ${record.folder}`
  for (const [file, hash] of Object.entries(wanted)) if (record.requirements[file] !== hash) return `older than ${file}`
  const found = versionOf(join(folder, 'bin', 'python'))
  return found === record.python ? undefined : `its Python ${record.python} is ${found ? `now ${found}` : 'gone'}`
}

function readRecord(folder: string): VenvRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as VenvRecord
  } catch {
    return undefined
  }
}

function versionOf(python: string): string | undefined {
  const { failed, stdout } = execaSync(python, ['-S', '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'], {
    reject: false,
    stdin: 'ignore',
  })
  return failed ? undefined : stdout.trim()
}

/**
 * The system's Python, which makes the environment.
 * @throws SetupError when there is none, or an old one, or one without venv
 */
export function findPython(): { path: string; version: string } {
  const path = 'python3'
  const version = versionOf(path)
  if (!version)
    throw new SetupError(
      'no Python was found (looked for python3)',
      "install it: 'sudo apt install python3 python3-venv' on Debian and Ubuntu, 'sudo dnf install python3' on Fedora",
    )
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1]))
    throw new SetupError(
      `python3 is ${version}, and ${OLDEST_PYTHON.join('.')} or newer is needed`,
      'install a newer Python and put it first on the PATH',
    )
  const check = execaSync(path, ['-c', 'import venv, ensurepip'], { reject: false, stdin: 'ignore' })
  if (check.failed) throw noVenv(path, check.stderr)
  return { path, version }
}

function noVenv(path: string, said: string): SetupError {
  const reason = said.trim().split('\n').at(-1) ?? ''
  return new SetupError(
    `${path} cannot make a virtual environment with pip${reason ? `: ${reason}` : ''}`,
    "install what it lacks: 'sudo apt install python3-venv' on Debian and Ubuntu; elsewhere a Python with the modules venv and ensurepip",
  )
}

/** Scripts and settings name the folder that they were installed in: here it becomes the one that they are renamed to. */
async function renameWithin(temporary: string, place: string): Promise<void> {
  const bin = join(temporary, 'bin')
  const files = (await readdir(bin, { withFileTypes: true })).filter((entry) => entry.isFile())
  for (const path of [...files.map(({ name }) => join(bin, name)), join(temporary, 'pyvenv.cfg')]) {
    const content = await readFile(path, 'latin1')
    if (content.includes(temporary)) await writeFile(path, content.replaceAll(temporary, place), 'latin1')
  }
}

function hashOf(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex')
  } catch (error) {
    throw new SetupError(
      `${file} cannot be read: ${(error as Error).message}`,
      `bring it back: git checkout -- ${file}`,
    )
  }
}
