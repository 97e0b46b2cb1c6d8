/** The peer's Python environment: bench/.venv with what requirements-bench.txt pins, made once and reused. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findPython } from 'blockwise/dist/cli/python'
import { pipInstall } from 'blockwise/dist/engine/pip'
import { SetupError } from 'blockwise/dist/engine/setup-error'
import { makeWhole } from 'blockwise/dist/engine/whole-folder'

const BENCH = join(__dirname, '..')
const REQUIREMENTS = join(BENCH, '..', 'requirements-bench.txt')

/**
 * Path of the environment's interpreter. A finished environment carries the requirements' hash: one with another is made anew.
 * @throws SetupError when Python, its venv module, a wheel for this Python, the network or disk is missing
 */
export async function peerPython(): Promise<string> {
  const place = join(BENCH, '.venv')
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex')
  const interpreter = (folder: string) => join(folder, 'bin', 'python')
  const stamp = (folder: string) => join(folder, 'requirements.sha256')
  const isWhole = (folder: string) =>
    existsSync(interpreter(folder)) && existsSync(stamp(folder)) && readFileSync(stamp(folder), 'utf8') === wanted
  if (isWhole(place)) return interpreter(place)
  const base = findPython()
  const [major = 0, minor = 0] = base.version.split('.').map(Number)
  if (major !== 3 || minor < 11 || minor > 14)
    throw new SetupError(
      `python3 is ${base.version}, and the pinned NumPy of the bench has wheels for 3.11 to 3.14`,
      'put one of these first on the PATH',
    )
  process.stderr.write('bench: making the Python environment of the peer, once …\n')
  await makeWhole(place, isWhole, async (temporary) => {
    execFileSync(base.path, ['-m', 'venv', temporary], { stdio: 'inherit' })
    const scratch = join(temporary, 'tmp')
    await mkdir(scratch)
    await pipInstall({
      python: interpreter(temporary),
      what: "the bench's NumPy and SciPy",
      temporary: scratch,
      folder: temporary,
      args: ['--only-binary=:all:', '-r', REQUIREMENTS],
    })
    await rm(scratch, { recursive: true, force: true })
    await writeFile(stamp(temporary), wanted)
  })
  return interpreter(place)
}
