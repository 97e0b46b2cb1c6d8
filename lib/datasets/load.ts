/** Reads a dataset from its folder: verified, parsed, as raw bytes. Tensors are made in tensors.ts. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatasetError, type DatasetOptions, ensureDataset } from './ensure'
import { readIdx } from './idx'
import {
  type DatasetEntry,
  type DatasetName,
  dataFolder,
  datasetEntryOf,
  FILE_ROLES,
  type FileRole,
  readManifest,
} from './manifest'

export const PIXELS = 784
export const CLASSES = 10

/** Images and their labels, as bytes. */
export interface Split {
  /** One image after another, rows from top to bottom, 0 to 255: N x 784 as loaded, N x 196 when pooled. */
  readonly images: Uint8Array
  /** N labels, 0 to 9. */
  readonly labels: Uint8Array
}

export interface Dataset {
  readonly name: DatasetName
  /** Of the whole content: part of a run's identity. */
  readonly checksum: string
  /** 60,000 rows. */
  readonly train: Split
  /** 10,000 rows. */
  readonly test: Split
}

/**
 * The dataset, each file checked against the manifest's sha256 in the very bytes that are returned. What is missing or
 * refused is fetched first, as `ensureDataset` does.
 * @throws DatasetError when a file is missing or wrong and no source can bring it
 */
export async function loadDataset(name: DatasetName, options: DatasetOptions = {}): Promise<Dataset> {
  const manifest = options.manifest ?? readManifest()
  const entry = datasetEntryOf(manifest, name)
  const folder = join(options.folder ?? dataFolder(), name)
  let contents = await readVerified(folder, entry)
  if (!contents) {
    await ensureDataset(name, { ...options, manifest })
    contents = await readVerified(folder, entry)
  }
  if (!contents) throw new DatasetError(`${name}: a file in ${folder} was changed while it was read; run it again`)
  const part = (role: FileRole) => readIdx(contents[role], entry.files[role].shape, `${name} ${entry.files[role].file}`)
  const split = (which: 'train' | 'test') =>
    checkedSplit(part(`${which}-images`), part(`${which}-labels`), `${name} ${which}`)
  return { name, checksum: entry.checksum, train: split('train'), test: split('test') }
}

/** The four contents, or null when one of them is not what the manifest says. */
async function readVerified(folder: string, entry: DatasetEntry): Promise<Record<FileRole, Uint8Array> | null> {
  const contents: Partial<Record<FileRole, Uint8Array>> = {}
  for (const role of FILE_ROLES) {
    const { file, sha256 } = entry.files[role]
    const content = await readFile(join(folder, file)).catch(() => null)
    if (!content || createHash('sha256').update(content).digest('hex') !== sha256) return null
    contents[role] = content
  }
  return contents as Record<FileRole, Uint8Array>
}

function checkedSplit(images: Uint8Array, labels: Uint8Array, what: string): Split {
  if (images.length !== labels.length * PIXELS)
    throw new RangeError(`${what}: expected ${labels.length} images of ${PIXELS} pixels, found ${images.length} pixels`)
  const wrong = labels.findIndex((label) => label >= CLASSES)
  if (wrong >= 0)
    throw new RangeError(`${what}: expected labels 0 to ${CLASSES - 1}, found ${labels[wrong]} in row ${wrong}`)
  return { images, labels }
}
