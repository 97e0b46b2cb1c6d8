/**
 * Folders that are there whole or not at all: built under a temporary name beside their place, then renamed. An interrupted build is
 * never taken for a finished one, two builds at once do not meet, and what a killed one leaves is removed by the next.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import envPaths from 'env-paths'
import { SetupError } from './setup-error'

/** Older ones are left-overs even when this machine cannot tell whether their process lives (another host, a container). */
const LONGEST_BUILD_MS = 24 * 3600 * 1000

const HOST = hostname().replace(/[^A-Za-z0-9]/g, '_')

/**
 * The folder in which the suite keeps what checkouts share, e.g. ~/.cache/blockwise. The XDG specification has a relative
 * XDG_CACHE_HOME ignored.
 */
export function cacheFolder(): string {
  const given = process.env.XDG_CACHE_HOME
  if (!given) return envPaths('blockwise', { suffix: '' }).cache
  return join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'blockwise')
}

/**
 * Makes `place` by `build`, which fills the temporary folder that it is given.
 * @param isWhole says whether a folder in place is good: what is not is replaced; when another process put a good one there
 *   meanwhile, that one stays and ours is discarded
 * @throws SetupError when the folder cannot be written or the disk is full
 */
export async function makeWhole(
  place: string,
  isWhole: (folder: string) => boolean,
  build: (temporary: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(place)
  try {
    await mkdir(parent, { recursive: true })
    removeLeftOvers(parent)
    const temporary = await makeTemporary(place)
    const stop = removeWhenStopped(temporary)
    try {
      await build(temporary)
      await putInPlace(temporary, place, isWhole)
    } finally {
      stop()
      await rm(temporary, { recursive: true, force: true, maxRetries: 3 })
    }
  } catch (error) {
    throw asSetupError(error as NodeJS.ErrnoException, parent)
  }
}

/** Temporary folders in `parent` whose builder has died. */
export function leftOvers(parent: string): string[] {
  let names: string[] = []
  try {
    names = readdirSync(parent)
  } catch {
    return []
  }
  return names.flatMap((name) => {
    const builder = /^\..+-([A-Za-z0-9_]+)-(\d+)-[0-9a-f]{12}\.tmp$/.exec(name)
    if (!builder) return []
    const path = join(parent, name)
    const dead = builder[1] === HOST ? !isAlive(Number(builder[2])) : age(path) > LONGEST_BUILD_MS
    return dead ? [path] : []
  })
}

/** Removes them, as far as this user may. */
export function removeLeftOvers(parent: string): string[] {
  const found = leftOvers(parent)
  for (const path of found) {
    try {
      rmSync(path, { recursive: true, force: true })
    } catch {
      // another set-up removes it at the same moment, or it is another user's
    }
  }
  return found
}

/** Its name says whose it is; git ignores *.tmp. */
async function makeTemporary(place: string): Promise<string> {
  const own = `.${basename(place)}-${HOST}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`
  const folder = join(dirname(place), own)
  await mkdir(folder, { mode: 0o700 })
  return folder
}

async function putInPlace(temporary: string, place: string, isWhole: (folder: string) => boolean): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(temporary, place)
    } catch (error) {
      const occupied = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
      if (!occupied || attempt > 3) throw error
      if (isWhole(place)) return
      // Moved away first, so that nobody meets a folder that is half removed.
      const broken = await makeTemporary(place)
      await rename(place, join(broken, 'replaced')).catch(() => {})
      await rm(broken, { recursive: true, force: true })
    }
  }
}

/** A build that is interrupted (Ctrl-C, SIGTERM) takes its temporary folder with it; after kill -9 the next build does that. */
function removeWhenStopped(temporary: string): () => void {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
  const handlers = Object.entries(signals).map(([signal, status]) => {
    const handler = () => {
      rmSync(temporary, { recursive: true, force: true, maxRetries: 3 })
      process.exit(status)
    }
    process.once(signal, handler)
    return () => process.removeListener(signal, handler)
  })
  return () => {
    for (const remove of handlers) remove()
  }
}

function asSetupError(error: NodeJS.ErrnoException, folder: string): Error {
  if (isDiskFull(error)) return diskFull(folder)
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(error.code ?? ''))
    return new SetupError(
      `the folder ${folder} cannot be written: ${error.message}`,
      `make it a folder that you may write ('ls -ld ${folder}' shows whose it is), or, for the cache, name another one: XDG_CACHE_HOME=/path`,
    )
  return error
}

export function isDiskFull({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
}

export function diskFull(folder: string): SetupError {
  return new SetupError(
    `the disk is full: ${folder} could not be written to the end`,
    `make room there ('df -h ${folder}'; 'npx blockwise cache prune' removes what this suite no longer needs), or name a cache folder on another disk: XDG_CACHE_HOME=/path`,
  )
}

function age(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return 0
  }
}

/** Whether a process of this machine runs; one of another user counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
