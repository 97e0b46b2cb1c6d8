/**
 * Which browser draws: CHROME_PATH, else a Chrome or Chromium on the PATH, else the one that npm's @sparticuz/chromium
 * carries (Linux x64). The package unpacks into a shared temporary folder, where an interrupted or a doubled unpacking is
 * taken for a finished one; here its archives are unpacked whole into the user's cache folder and renamed into place.
 */

import { access, constants, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { cacheFolder } from '../engine/whole-folder'

export interface Browser {
  readonly path: string
  readonly source: 'CHROME_PATH' | 'system' | 'package'
  /** Shared libraries that the package brings for systems that lack them. */
  readonly libraries?: string
}

const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome']

/**
 * The browser that figures are drawn with; unpacks the packaged one on first use (a few seconds, 190 MB).
 * @throws Error naming the mend when CHROME_PATH is no executable file, or when nothing is found
 */
export async function findBrowser(): Promise<Browser> {
  const given = process.env.CHROME_PATH
  if (given) {
    if (await executable(given)) return { path: resolve(given), source: 'CHROME_PATH' }
    throw new Error(
      `CHROME_PATH is '${given}', which is no executable file; point it at a Chrome or Chromium, or unset it`,
    )
  }
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter).filter((f) => f !== '')) {
      const path = join(folder, name)
      if (await executable(path)) return { path, source: 'system' }
    }
  return packagedBrowser()
}

/** The browser inside @sparticuz/chromium, unpacked into the user's cache folder. */
export async function packagedBrowser(): Promise<Browser> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `no Chrome found on the PATH, and the packaged one is for linux-x64 (this is ${process.platform}-${process.arch}); ` +
        'install Chrome or Chromium, or set CHROME_PATH',
    )
  const { version } = JSON.parse(await readFile(join(packageFolder(), 'package.json'), 'utf8')) as { version: string }
  const home = join(cacheFolder(), `chromium-${version}`)
  const browser: Browser = { path: join(home, 'chromium'), source: 'package', libraries: join(home, 'lib') }
  if (!(await executable(browser.path))) await unpack(home)
  return browser
}

/** Open Sans from the package, so that text has the same widths on every machine: file name -> TrueType data. */
export async function packagedFonts(): Promise<Map<string, Buffer>> {
  return untar(await inflate('fonts.tar.br'))
}

async function unpack(home: string): Promise<void> {
  await mkdir(dirname(home), { recursive: true })
  const fresh = await mkdtemp(`${home}-`)
  try {
    await mkdir(join(fresh, 'lib'))
    for (const [name, content] of untar(await inflate('al2023.tar.br')))
      await writeFile(join(fresh, 'lib', name), content)
    await writeFile(join(fresh, 'chromium'), await inflate('chromium.br'), { mode: 0o755 })
    await rename(fresh, home)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Another process was first: its copy is whole, because it too was renamed into place.
    if (await executable(join(home, 'chromium'))) return
    throw new Error(`the packaged Chromium could not be unpacked into ${home}; free space there or set CHROME_PATH`, {
      cause: error,
    })
  }
}

function packageFolder(): string {
  return resolve(dirname(require.resolve('@sparticuz/chromium')), '../..')
}

async function inflate(file: string): Promise<Buffer> {
  return promisify(brotliDecompress)(await readFile(join(packageFolder(), 'bin', file)))
}

/** The plain files of a tar archive by base name. Header: name at 0, size in octal at 124, type at 156. */
function untar(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const text = (from: number, length: number): string =>
      archive.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '')
    const size = Number.parseInt(text(124, 12), 8)
    const type = text(156, 1)
    if (type === '0' || type === '')
      files.set(text(0, 100).split('/').at(-1)!, archive.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

async function executable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
