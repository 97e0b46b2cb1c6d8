/** Small datasets of the real format, a manifest that pins them, and a real web server that serves or spoils them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  contentChecksum,
  type DatasetEntry,
  type FileEntry,
  type Manifest,
  type Source,
} from 'blockwise/dist/datasets/manifest'
import { keyedRandom } from 'blockwise/dist/random'

export const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const

export type Contents = Readonly<Record<string, Buffer>>

/** The bytes of an IDX array of unsigned bytes. */
export function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt32BE(0x0800 | shape.length)
  shape.forEach((size, i) => void header.writeUInt32BE(size, 4 + 4 * i))
  return Buffer.concat([header, data])
}

/** 20 training and 10 test rows; the four files of a dataset as small as it gets, different for every key. */
export function smallContents(key: string): Contents {
  const random = keyedRandom('fixture', key)
  const bytes = (n: number, top: number) => Uint8Array.from({ length: n }, () => Math.floor(random.uniform() * top))
  return {
    'train-images-idx3-ubyte': idx([20, 28, 28], bytes(20 * 784, 256)),
    'train-labels-idx1-ubyte': idx([20], bytes(20, 10)),
    't10k-images-idx3-ubyte': idx([10, 28, 28], bytes(10 * 784, 256)),
    't10k-labels-idx1-ubyte': idx([10], bytes(10, 10)),
  }
}

export function entryOf(contents: Contents, sources: readonly Source[]): DatasetEntry {
  const file = (name: (typeof FILES)[number]): FileEntry => {
    const content = contents[name]!
    const rows = name.startsWith('train') ? 20 : 10
    return {
      file: name,
      shape: name.includes('idx3') ? [rows, 28, 28] : [rows],
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    }
  }
  const files = {
    'train-images': file(FILES[0]),
    'train-labels': file(FILES[1]),
    'test-images': file(FILES[2]),
    'test-labels': file(FILES[3]),
  }
  return { checksum: contentChecksum(files), files, sources }
}

/** A manifest whose two datasets come from the given sources. */
export function manifestOf(contents: Contents, sources: readonly Source[]): Manifest {
  return { mnist: entryOf(contents, sources), 'fashion-mnist': entryOf(smallContents('fashion'), sources) }
}

export const web = (base: string, timeoutSeconds = 5): Source => ({ kind: 'download', base, timeoutSeconds })

export function writeContents(folder: string, contents: Contents): void {
  mkdirSync(folder, { recursive: true })
  for (const [file, content] of Object.entries(contents)) writeFileSync(join(folder, file), content)
}

/** How a path below the server's root answers: the good answer in `gz` may be sent, cut, changed or withheld. */
export type Behaviour = (file: string, gz: Buffer, response: ServerResponse) => void

export const good: Behaviour = (_file, gz, response) => void response.setHeader('content-length', gz.length).end(gz)

export interface WebServer {
  /** Address that ends in a slash. */
  readonly address: string
  /** Paths asked for, in order. */
  readonly asked: string[]
  close(): Promise<void>
}

/** Serves each behaviour under its name: `<address><name>/<file>.gz`. */
export function serveContents(contents: Contents, behaviours: Readonly<Record<string, Behaviour>>): Promise<WebServer> {
  return serve((path, response) => {
    const [name, file = ''] = path.slice(1).split('/')
    const content = contents[file.replace(/\.gz$/, '')]
    const behaviour = behaviours[name!]
    if (content && behaviour) behaviour(file, gzipSync(content), response)
    else response.writeHead(404).end()
  })
}

export async function serve(answer: (path: string, response: ServerResponse) => void): Promise<WebServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    answer(request.url!, response)
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

/** A folder of a test's own; `removeFolders` takes all of them away. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'blockwise-datasets-'))
  folders.push(folder)
  return folder
}

const folders: string[] = []

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Every file below a folder, relative, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((found) => !found.isDirectory())
    .map((found) => join(found.parentPath, found.name).slice(folder.length + 1))
    .sort()
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** stdout: a JSON line with the result, or with the error's name and message. */
  readonly said: string
}

/** ensureDataset('mnist') in a process of its own: see child.ts. */
export function ensureInProcess(
  manifest: Manifest,
  folder: string,
  options: { env?: Record<string, string>; before?: string[]; asNobody?: boolean } = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const path = join(temporaryFolder(), 'manifest.json')
  writeFileSync(path, JSON.stringify(manifest))
  const [program, ...args] = [...(options.before ?? []), process.execPath, join(__dirname, 'child.js'), path, folder]
  const env = { ...process.env, ...options.env, ...(options.asNobody ? { AS_NOBODY: '1' } : {}) }
  const child = spawn(program!, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout!.on('data', (chunk) => {
    said += chunk
  })
  const ended = new Promise<Ended>((done) => void child.on('close', (code, signal) => done({ code, signal, said })))
  return { child, ended }
}
