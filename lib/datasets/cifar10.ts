/**
 * CIFAR-10 (Krizhevsky 2009) from its official binary files: data_batch_1.bin to data_batch_5.bin and test_batch.bin, each
 * N records of 3,073 bytes, the label and then 1,024 bytes each of red, green and blue, rows from top to bottom. Not one of
 * the datasets that `setup` brings: who asks for it has to do without where it cannot be had.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatasetError, type DatasetOptions, ensureFiles } from './ensure'
import { CLASSES, type Split } from './load'
import { dataFolder, type FileEntry, readManifest } from './manifest'

/** Of an image: 32 x 32 in three colours. */
export const CIFAR10_PIXELS = 3072

export interface Cifar10 {
  readonly name: 'cifar-10'
  /** Of the whole content: part of a run's identity. */
  readonly checksum: string
  /** 50,000 rows of 3,072 bytes: red, green and blue planes one after another. */
  readonly train: Split
  /** 10,000 rows. */
  readonly test: Split
}

/**
 * The dataset, each file checked against the manifest's sha256 in the very bytes that are returned. What is missing or
 * refused is fetched first.
 * @throws DatasetError when a file is missing or wrong and no source can bring it: the message says why, and how to put it by hand
 */
export async function loadCifar10(options: DatasetOptions = {}): Promise<Cifar10> {
  const entry = (options.manifest ?? readManifest())['cifar-10']
  if (!entry)
    throw new RangeError("the manifest has no entry 'cifar-10'; bring it back: git checkout -- data/manifest.json")
  const folder = join(options.folder ?? dataFolder(), 'cifar-10')
  const files = [...entry.train, ...entry.test]
  let contents = await readVerified(folder, files)
  if (!contents) {
    await ensureFiles({ name: 'cifar-10', folder, files, sources: entry.sources }, options.say)
    contents = await readVerified(folder, files)
  }
  if (!contents) throw new DatasetError(`cifar-10: a file in ${folder} was changed while it was read; run it again`)
  const held = contents
  const split = (part: readonly FileEntry[]): Split => joined(part.map((file) => parsed(held.get(file.file)!, file)))
  return { name: 'cifar-10', checksum: entry.checksum, train: split(entry.train), test: split(entry.test) }
}

/** Contents by file name, or null when one of them is not what the manifest says. */
async function readVerified(folder: string, files: readonly FileEntry[]): Promise<Map<string, Uint8Array> | null> {
  const contents = new Map<string, Uint8Array>()
  for (const { file, sha256 } of files) {
    const content = await readFile(join(folder, file)).catch(() => null)
    if (!content || createHash('sha256').update(content).digest('hex') !== sha256) return null
    contents.set(file, content)
  }
  return contents
}

/** @throws RangeError for a size other than that of N records, or a label that is none */
function parsed(content: Uint8Array, { file, shape }: FileEntry): Split {
  const record = 1 + CIFAR10_PIXELS
  const rows = shape[0]!
  if (shape[1] !== record || content.length !== rows * record)
    throw new RangeError(
      `cifar-10 ${file}: expected ${rows} records of ${record} bytes (${rows * record}), found ${content.length} bytes`,
    )
  const images = new Uint8Array(rows * CIFAR10_PIXELS)
  const labels = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    const label = content[row * record]!
    if (label >= CLASSES)
      throw new RangeError(`cifar-10 ${file}: expected labels 0 to ${CLASSES - 1}, found ${label} in row ${row}`)
    labels[row] = label
    images.set(content.subarray(row * record + 1, (row + 1) * record), row * CIFAR10_PIXELS)
  }
  return { images, labels }
}

/** The rows of several splits one after another. */
function joined(splits: readonly Split[]): Split {
  const all = (bytes: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(bytes))
  return { images: all(splits.map(({ images }) => images)), labels: all(splits.map(({ labels }) => labels)) }
}
