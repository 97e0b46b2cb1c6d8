/**
 * Makes a dataset be there: what is there and verified is used, the rest is fetched from the manifest's sources in
 * order. A file takes its place by a rename after its sha256 was checked, so that a file in place is whole; one that is
 * not what the manifest says (truncated, swapped, edited) is refused and fetched anew. Needs no engine: `setup` and
 * `doctor` import this file without loading TensorFlow.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isAlive } from '../engine/whole-folder'
import {
  DATASET_NAMES,
  type DatasetEntry,
  type DatasetName,
  dataFolder,
  datasetEntryOf,
  FILE_ROLES,
  type FileEntry,
  type Manifest,
  readManifest,
  type Source,
} from './manifest'
import { describeSource, fetchFrom } from './sources'

/** A dataset cannot be brought; the message is for the user and says what to do. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError'
}

export interface DatasetOptions {
  /** Gets one line for every thing worth telling: reused, refused, fetched, a source that failed and why. */
  readonly say?: (line: string) => void
  /** Folder that holds one folder per dataset; `dataFolder()` by default. */
  readonly folder?: string
  /** data/manifest.json by default. */
  readonly manifest?: Manifest
}

export interface EnsuredDataset {
  readonly name: DatasetName
  /** Folder of the four IDX files. */
  readonly folder: string
  /** Names of the files that were fetched by this call; empty when all was there. */
  readonly fetched: readonly string[]
}

export interface DatasetStatus {
  readonly name: DatasetName
  readonly state: 'present' | 'missing' | 'corrupt'
  readonly folder: string
  /** One line: what is there, missing, or wrong with expected and found checksum. */
  readonly detail: string
}

/**
 * Verifies what is there and fetches what is not.
 * @throws DatasetError when every source failed (each with its reason, and how to put the files by hand), or when the
 *   folder cannot be written
 * @throws RangeError for a name that is not a dataset
 */
export async function ensureDataset(name: DatasetName, options: DatasetOptions = {}): Promise<EnsuredDataset> {
  const entry = datasetEntryOf(options.manifest ?? readManifest(), name)
  const folder = join(options.folder ?? dataFolder(), name)
  const fetched = await ensureFiles({ name, folder, files: entriesOf(entry), sources: entry.sources }, options.say)
  return { name, folder, fetched }
}

/** Files of one folder, and where they can be had. */
export interface FileSet {
  /** Named in messages. */
  readonly name: string
  readonly folder: string
  readonly files: readonly FileEntry[]
  readonly sources: readonly Source[]
}

/** `ensureDataset` for any files: gives the names of those that it fetched. */
export async function ensureFiles(
  { name, folder, files, sources }: FileSet,
  say: (line: string) => void = () => {},
): Promise<readonly string[]> {
  let missing: FileEntry[] = []
  const refused = new Map<string, string>()
  await removeAbandoned(folder)
  for (const file of files) {
    const fault = await faultOf(join(folder, file.file), file)
    if (fault) missing.push(file)
    if (fault && fault !== 'missing') {
      refused.set(file.file, fault)
      say(`${name}: ${file.file} is refused, it will be fetched anew: ${fault}`)
    }
  }
  if (missing.length === 0) {
    say(`${name}: all ${files.length} files are in place and verified (${folder})`)
    return []
  }
  const fetched: string[] = []
  const failures: string[] = []
  const scratch = await makeScratch(folder, files)
  try {
    for (const [i, source] of sources.entries()) {
      say(`${name}: fetching ${missing.map((file) => file.file).join(', ')} from ${describeSource(source)}`)
      const reason = await takeFrom(source, missing, join(scratch, String(i)), async (file, path) => {
        await rename(path, join(folder, file.file))
        fetched.push(file.file)
      })
      missing = missing.filter((file) => !fetched.includes(file.file))
      if (missing.length === 0) {
        say(`${name}: fetched and verified (${folder})`)
        return fetched
      }
      failures.push(`${describeSource(source)}: ${reason}`)
      const next = sources[i + 1]
      say(`${name}: ${failures.at(-1)}${next ? `; trying ${describeSource(next)}` : ''}`)
    }
  } catch (error) {
    throw storageError(folder, files, error as NodeJS.ErrnoException)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  throw new DatasetError(
    [
      `${name}: no source could bring ${missing.map((file) => file.file).join(', ')}:`,
      ...failures.map((line) => `  - ${line}`),
      `To go on, connect to a network that reaches one of them and run this again, or put the files by hand,`,
      `unpacked and under these names, into ${folder}:`,
      ...missing.map(({ file, bytes, sha256 }) => {
        const fault = refused.get(file)
        return `  ${file}  (${bytes} bytes, sha256 ${sha256})${fault ? `; the one there is refused: ${fault}` : ''}`
      }),
    ].join('\n'),
  )
}

/** What `doctor` tells of every dataset; reads the files and changes nothing. */
export async function datasetStatus(options: Omit<DatasetOptions, 'say'> = {}): Promise<DatasetStatus[]> {
  const manifest = options.manifest ?? readManifest()
  return Promise.all(
    DATASET_NAMES.map(async (name): Promise<DatasetStatus> => {
      const folder = join(options.folder ?? dataFolder(), name)
      const faults: { file: string; fault: string }[] = []
      for (const file of entriesOf(manifest[name])) {
        const fault = await faultOf(join(folder, file.file), file)
        if (fault) faults.push({ file: file.file, fault })
      }
      const corrupt = faults.filter(({ fault }) => fault !== 'missing')
      if (faults.length === 0) return { name, state: 'present', folder, detail: 'four files, verified' }
      if (corrupt.length === 0)
        return { name, state: 'missing', folder, detail: `missing: ${faults.map(({ file }) => file).join(', ')}` }
      return { name, state: 'corrupt', folder, detail: faults.map(({ file, fault }) => `${file}: ${fault}`).join('; ') }
    }),
  )
}

/** What is wrong with a content of that size and checksum, or null. */
export function mismatch(expected: FileEntry, bytes: number, sha256: string): string | null {
  if (sha256 === expected.sha256) return null
  return `expected sha256 ${expected.sha256} (${expected.bytes} bytes), found ${sha256} (${bytes} bytes)`
}

function entriesOf(entry: DatasetEntry): FileEntry[] {
  return FILE_ROLES.map((role) => entry.files[role])
}

/** 'missing', what is wrong with the file, or null when it is what the manifest says. */
async function faultOf(path: string, expected: FileEntry): Promise<string | null> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length
        hash.update(chunk)
      }
    })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'missing'
      : `cannot be read: ${(error as Error).message}`
  }
  return mismatch(expected, bytes, hash.digest('hex'))
}

/**
 * Takes what one source brings; `place` gets each verified file. Returns why something is still missing.
 * Errors of this machine's disk are thrown: another source would not help.
 */
async function takeFrom(
  source: Source,
  wanted: readonly FileEntry[],
  scratch: string,
  place: (file: FileEntry, path: string) => Promise<void>,
): Promise<string> {
  const reasons: string[] = []
  await mkdir(scratch)
  try {
    for await (const { entry, path } of fetchFrom(source, wanted, scratch)) {
      const fault = await faultOf(path, entry)
      if (fault) reasons.push(`${entry.file}: ${fault}`)
      else await place(entry, path)
    }
  } catch (error) {
    if (isStorageFault(error as NodeJS.ErrnoException)) throw error
    reasons.push((error as Error).message)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return reasons.join('; ')
}

const isStorageFault = ({ code }: NodeJS.ErrnoException) =>
  ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'EIO'].includes(code ?? '')

/** Unfinished files lie in folders of this name, with the process id behind it: of this machine, whoever shares the disk. */
const SCRATCH = `.incoming-${hostname().replace(/[^A-Za-z0-9]/g, '_')}-`

/** A folder for unfinished files beside the finished ones, so that the rename stays within one file system. */
async function makeScratch(folder: string, files: readonly FileEntry[]): Promise<string> {
  try {
    await mkdir(folder, { recursive: true })
    return await mkdtemp(join(folder, `${SCRATCH}${process.pid}-`))
  } catch (error) {
    throw storageError(folder, files, error as NodeJS.ErrnoException)
  }
}

/**
 * Removes the unfinished files of processes that have died (kill -9, power). A folder that cannot be read or written is
 * no reason to fail here: the files in it may be all that is needed.
 */
async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const pid = name.startsWith(SCRATCH) ? Number.parseInt(name.slice(SCRATCH.length), 10) : Number.NaN
    if (!Number.isNaN(pid) && !isAlive(pid))
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
  }
}

function storageError(folder: string, files: readonly FileEntry[], error: NodeJS.ErrnoException): Error {
  if (!isStorageFault(error)) return error
  const needed = Math.ceil(files.reduce((sum, file) => sum + file.bytes, 0) / 1e6)
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT'
  return new DatasetError(
    `${folder} ${full ? 'is on a full disk' : 'cannot be written'}: ${error.message}. The dataset takes ${needed} MB there, and ` +
      `about twice that while it is fetched: ${full ? 'make room' : 'make it writable'}, or name another folder in the environment: BLOCKWISE_DATA=/path`,
  )
}
