/**
 * How files are taken from each kind of source: an npm package and a Debian package are fetched by their own clients
 * into a scratch folder and unpacked there, nothing is installed; a web address is read with a time-out, an archive from
 * there unpacked likewise. A source only
 * brings files; whether they are the right ones is decided by their checksums (ensure.ts).
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Duplex, Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { createGunzip } from 'node:zlib'
import { ExecaError, execa } from 'execa'
import type { ArchiveSource, DebianSource, DownloadSource, FileEntry, NpmSource, Source } from './manifest'

/** A file, uncompressed, at a path inside the scratch folder; not checked yet. */
export interface Arrival {
  readonly entry: FileEntry
  readonly path: string
}

/** How a source is called in messages. */
export function describeSource(source: Source): string {
  if (source.kind === 'npm') return `npm package ${source.package}@${source.version}`
  if (source.kind === 'debian') return `Debian package ${source.package}`
  return source.kind === 'archive' ? source.address : source.base
}

/**
 * Brings the wanted files one after another, each as soon as it is there.
 * @param scratch an empty folder that the caller removes
 * @throws Error saying why the source failed; what was yielded before stays good
 */
export function fetchFrom(source: Source, wanted: readonly FileEntry[], scratch: string): AsyncGenerator<Arrival> {
  if (source.kind === 'npm') return fromNpm(source, wanted, scratch)
  if (source.kind === 'debian') return fromDebian(source, wanted, scratch)
  return source.kind === 'archive' ? fromArchive(source, wanted, scratch) : fromWeb(source, wanted, scratch)
}

async function* fromNpm(source: NpmSource, wanted: readonly FileEntry[], scratch: string): AsyncGenerator<Arrival> {
  const retries = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=60000']
  const quiet = ['--ignore-scripts', '--loglevel=error', '--prefer-offline', ...retries]
  await command('npm', ['pack', `${source.package}@${source.version}`, ...quiet], scratch)
  const packed = join(scratch, await onlyFile(scratch, '.tgz'))
  const members = wanted.map(({ file }) => `package/${source.folder}/${file}`)
  await command('tar', ['-xzf', packed, '--no-same-owner', ...members], scratch)
  for (const [i, entry] of wanted.entries()) yield { entry, path: join(scratch, members[i]!) }
}

async function* fromDebian(
  source: DebianSource,
  wanted: readonly FileEntry[],
  scratch: string,
): AsyncGenerator<Arrival> {
  await aptDownload(source.package, scratch)
  const packed = join(scratch, await onlyFile(scratch, '.deb'))
  const unpacked = join(scratch, 'unpacked')
  await command('dpkg-deb', ['-x', packed, unpacked], scratch)
  for (const entry of wanted) {
    const path = join(scratch, entry.file)
    await pipeline(
      createReadStream(join(unpacked, source.folder, `${entry.file}.gz`)),
      createGunzip(),
      atMost(entry.bytes),
      createWriteStream(path),
    )
    yield { entry, path }
  }
}

/**
 * apt-get works for any user here. A fresh container often has no package lists: then they are fetched into the scratch
 * folder, and the system's own stay untouched.
 */
async function aptDownload(name: string, scratch: string): Promise<void> {
  const settings = { 'APT::Sandbox::User': 'root', 'Acquire::Retries': '1', 'Acquire::http::Timeout': '20' }
  const own = {
    'Dir::State::Lists': join(scratch, 'lists'),
    'Dir::Cache': join(scratch, 'cache'),
    'Debug::NoLocking': '1',
  }
  const flags = (table: Record<string, string>) =>
    Object.entries(table).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  try {
    await command('apt-get', [...flags(settings), 'download', name], scratch)
  } catch (error) {
    if (!/unable to locate package|no packages found|can't find a source/i.test((error as Error).message)) throw error
    for (const folder of ['lists/partial', 'cache/archives/partial'])
      await mkdir(join(scratch, folder), { recursive: true })
    const all = flags({ ...settings, ...own })
    await command('apt-get', [...all, 'update'], scratch)
    await command('apt-get', [...all, 'download', name], scratch)
  }
}

async function* fromWeb(
  source: DownloadSource,
  wanted: readonly FileEntry[],
  scratch: string,
): AsyncGenerator<Arrival> {
  for (const entry of wanted) {
    const path = join(scratch, entry.file)
    const unpacked = [createGunzip(), atMost(entry.bytes)]
    await download(`${source.base}${entry.file}.gz`, source.timeoutSeconds, unpacked, path)
    yield { entry, path }
  }
}

/** The archive is checked before anything unpacks it. */
async function* fromArchive(
  source: ArchiveSource,
  wanted: readonly FileEntry[],
  scratch: string,
): AsyncGenerator<Arrival> {
  const packed = join(scratch, 'archive.tar.gz')
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await download(source.address, source.timeoutSeconds, [atMost(source.bytes), hashing], packed)
  const found = hash.digest('hex')
  if (found !== source.sha256)
    throw new Error(`${basename(source.address)}: expected sha256 ${source.sha256}, found ${found}`)
  const members = wanted.map(({ file }) => `${source.folder}/${file}`)
  await command('tar', ['-xzf', packed, '--no-same-owner', ...members], scratch)
  for (const [i, entry] of wanted.entries()) yield { entry, path: join(scratch, members[i]!) }
}

/**
 * Reads a web address through some transforms into a file.
 * @throws Error that begins with the file's name and says why; when nothing arrives for so many seconds too
 */
async function download(
  address: string,
  timeoutSeconds: number,
  through: readonly Duplex[],
  path: string,
): Promise<void> {
  const silence = new AbortController()
  const giveUp = () => silence.abort(new Error(`nothing arrived for ${timeoutSeconds} s`))
  let timer = setTimeout(giveUp, timeoutSeconds * 1000)
  const watch = new Transform({
    transform(chunk, _encoding, done) {
      clearTimeout(timer)
      timer = setTimeout(giveUp, timeoutSeconds * 1000)
      done(null, chunk)
    },
  })
  try {
    const response = await fetch(address, { signal: silence.signal })
    if (!response.ok || !response.body)
      throw new Error(`HTTP status ${response.status} ${response.statusText}, expected 200`)
    const body = Readable.fromWeb(response.body as ReadableStream)
    await pipeline([body, watch, ...through, createWriteStream(path)], { signal: silence.signal })
  } catch (error) {
    throw withReason(
      `${basename(address)}: `,
      silence.signal.aborted ? (silence.signal.reason as Error) : (error as Error),
    )
  } finally {
    clearTimeout(timer)
  }
}

/** Stops a stream that brings more than it should, before it fills the disk. */
function atMost(bytes: number): Transform {
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (seen > bytes) done(new Error(`content is longer than the expected ${bytes} bytes`))
      else done(null, chunk)
    },
  })
}

async function onlyFile(folder: string, extension: string): Promise<string> {
  const found = (await readdir(folder)).filter((name) => name.endsWith(extension))
  if (found.length !== 1)
    throw new Error(`expected one ${extension} file to arrive, found ${found.length ? found.join(', ') : 'none'}`)
  return found[0]!
}

/** Runs a client to its end, its messages in English; its own words become the reason when it fails. */
async function command(program: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await execa(program, args, { cwd, timeout: 300_000, stdin: 'ignore', env: { LC_ALL: 'C' } })
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error
    if (error.code === 'ENOENT') throw new Error(`${program} is not on this machine`)
    const said = `${error.stderr}`
      .split('\n')
      .map((line) => line.replace(/^(npm (error|ERR!)|[EW]:) */, '').trim())
      .filter((line) => line !== '' && !/complete log of this run|\.log$/.test(line))
    throw new Error(
      `${program} ${args[0] === '-o' ? '' : args[0]}`.trim() +
        ` failed: ${said.slice(0, 4).join('; ') || error.shortMessage}`,
    )
  }
}

/** fetch hides why it failed in `cause`; the code of a file-system error is kept for the caller. */
function withReason(prefix: string, error: Error): Error {
  const cause = error.cause instanceof Error ? error.cause : undefined
  const code = (error as NodeJS.ErrnoException).code
  const detail = cause?.message || (cause as NodeJS.ErrnoException | undefined)?.code
  return Object.assign(new Error(`${prefix}${error.message}${detail ? ` (${detail})` : ''}`, { cause: error }), {
    code,
  })
}
