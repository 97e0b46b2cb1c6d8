/** The peers' Python environments: bench/.venv and bench/.venv-torch, each made once, when a case first asks for it, and reused. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findPython } from 'blockwise/dist/cli/python'
import { pipInstall } from 'blockwise/dist/engine/pip'
import { SetupError } from 'blockwise/dist/engine/setup-error'
import { makeWhole } from 'blockwise/dist/engine/whole-folder'
import type { Library } from './case-names'

const BENCH = join(__dirname, '..')

/** PyTorch apart: it is gigabytes, which the cases against NumPy need not wait for. */
const ENVIRONMENTS: Readonly<Record<Library, { folder: string; requirements: string; what: string }>> = {
  numpy: { folder: '.venv', requirements: 'requirements-bench.txt', what: "the bench's NumPy and SciPy" },
  torch: { folder: '.venv-torch', requirements: 'requirements-bench-torch.txt', what: "the bench's PyTorch (3 GB)" },
}

/**
 * Path of the environment's interpreter. A finished environment carries the requirements' hash: one with another is made anew.
 * @throws SetupError when Python, its venv module, a wheel for this Python, the network or disk is missing
 */
export async function peerPython(library: Library): Promise<string> {
  const { folder, requirements, what } = ENVIRONMENTS[library]
  const place = join(BENCH, folder)
  const pins = join(BENCH, '..', requirements)
  const wanted = createHash('sha256').update(readFileSync(pins)).digest('hex')
  const interpreter = (folder: string) => join(folder, 'bin', 'python')
  const stamp = (folder: string) => join(folder, 'requirements.sha256')
  const isWhole = (folder: string) =>
    existsSync(interpreter(folder)) && existsSync(stamp(folder)) && readFileSync(stamp(folder), 'utf8') === wanted
  if (isWhole(place)) return interpreter(place)
  const base = findPython()
  const [major = 0, minor = 0] = base.version.split('.').map(Number)
  if (major !== 3 || minor < 11 || minor > 14)
    throw new SetupError(
      `python3 is ${base.version}, and what the bench pins has wheels for 3.11 to 3.14`,
      'put one of these first on the PATH',
    )
  process.stderr.write(`bench: making the Python environment of ${what}, once …\n`)
  await makeWhole(place, isWhole, async (temporary) => {
    execFileSync(base.path, ['-m', 'venv', temporary], { stdio: 'inherit' })
    const scratch = join(temporary, 'tmp')
    await mkdir(scratch)
    await pipInstall({
      python: interpreter(temporary),
      what,
      temporary: scratch,
      folder: temporary,
      args: ['--only-binary=:all:', '-r', pins],
    })
    await rm(scratch, { recursive: true, force: true })
    await writeFile(stamp(temporary), wanted)
  })
  return interpreter(place)
}
