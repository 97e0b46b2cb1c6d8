/** Runs pip with pinned, hash-checked requirements; a failure becomes one message that names what is missing and what would bring it. */
import { execa } from 'execa'
import { SetupError } from './setup-error'
import { diskFull } from './whole-folder'

export interface PipJob {
  /** The interpreter whose pip it is. */
  readonly python: string
  /** Arguments of `pip install`. */
  readonly args: readonly string[]
  /** What is installed, for messages. */
  readonly what: string
  /** Folder for pip's own temporary files: beside the target, so that it moves instead of copying. */
  readonly temporary: string
  /** Folder that is being filled, for messages. */
  readonly folder: string
  /** Told what pip is busy with, e.g. 'tensorflow_cpu-2.21.0 (273.8 MB)'. */
  readonly say?: (busyWith: string) => void
}

/**
 * @throws SetupError for a full disk, no network, a wrong checksum, or whatever else pip reports
 */
export async function pipInstall(job: PipJob): Promise<void> {
  const process = execa(
    job.python,
    ['-m', 'pip', 'install', '--require-hashes', '--no-input', '--progress-bar', 'off', ...job.args],
    {
      // A user's settings that contradict the arguments would stop pip; the index, proxy and cache that he set stay.
      env: {
        TMPDIR: job.temporary,
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        PIP_USER: '0',
        PIP_REQUIRE_VIRTUALENV: '0',
        PIP_QUIET: '0',
        PIP_VERBOSE: '0',
        PYTHONUTF8: '1',
      },
      stdin: 'ignore',
      reject: false,
      all: true,
    },
  )
  process.stdout.on('data', (chunk: Buffer) => {
    const downloads = /(?:Downloading|Using cached) (\S+?)(?:-(?:cp|py|pp)\d\S*)?\.(?:whl|tar\.gz)( \([^)]*\))?/.exec(
      `${chunk}`,
    )
    if (downloads) job.say?.(`${downloads[1]}${downloads[2] ?? ''}`)
    else if (/Installing collected packages/.test(`${chunk}`)) job.say?.('unpacking')
  })
  const { exitCode, all, shortMessage } = await process
  if (exitCode === 0) return
  throw pipFailure(job, all || shortMessage || 'it could not be started')
}

function pipFailure({ what, folder }: PipJob, said: string): SetupError {
  if (/No space left on device|Disk quota exceeded|File too large|Errno (28|122|27)\b/.test(said))
    return diskFull(folder)
  const lines = said.split('\n').map((line) => line.trim())
  if (/DO NOT MATCH THE HASHES|Hashes are required|hash.*mismatch/i.test(said))
    return new SetupError(
      `pip refused ${what}: what it was given has not the pinned checksum.\n${lines.filter((line) => /^(Expected sha256|Got|tensorflow|https?:|file:)/.test(line)).join('\n')}`.trim(),
      `a cut or changed download: 'python3 -m pip cache purge', then 'npx blockwise setup'; if it comes again, the package index in use (PIP_INDEX_URL, PIP_FIND_LINKS, pip.conf) serves another file`,
    )
  if (
    /NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|Temporary failure in name|Connection refused|Connection broken|IncompleteRead|ProxyError|SSLError|Network is unreachable|Failed to establish/.test(
      said,
    )
  )
    return new SetupError(
      `${what} could not be downloaded: the Python package index does not answer (no network?)`,
      `connect to a network that reaches it, or name a mirror (PIP_INDEX_URL) or a folder with the wheels (PIP_FIND_LINKS), then 'npx blockwise setup'`,
    )
  const missing = /No matching distribution found for ([^\s;]+)/.exec(said)?.[1]
  if (missing)
    return new SetupError(
      `${what} could not be downloaded: the package index in use has no ${missing}`,
      `let pip reach the Python package index (see 'python3 -m pip config list' and the variables PIP_NO_INDEX, PIP_INDEX_URL), then 'npx blockwise setup'`,
    )
  const errors = lines.filter((line) => /error/i.test(line))
  const shown = (errors.length > 0 ? errors : lines.filter((line) => line !== '')).slice(-6).join('\n')
  return new SetupError(
    `pip could not install ${what}:\n${shown}`,
    `see what pip says above, then 'npx blockwise setup'`,
  )
}
