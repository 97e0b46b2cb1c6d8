/**
 * Finished work, kept so that stepping through a notebook again is instant and an interrupted suite goes on. A record
 * is a folder named by the hash of its identity; it appears whole (written beside, then renamed) or not at all, and only
 * finished work is written, so a failure is never kept. Everything here can be deleted at any time.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from '../engine/tensorflow'
import { cacheFolder } from '../engine/whole-folder'
import type { Weights } from '../network/weights'

/** Plain JSON: everything that a result depends on. */
export type Identity = Readonly<Record<string, unknown>>

export interface StoredRecord<Result> {
  readonly identity: Identity
  readonly result: Result
}

/** Where finished runs are kept: per user, shared by all checkouts. */
export function runsFolder(): string {
  return path.join(cacheFolder(), 'runs')
}

/** 16 hexadecimal digits; equal for equal identities whatever the order of their keys. */
export function identityKey(identity: Identity): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(identity)))
    .digest('hex')
    .slice(0, 16)
}

/** The result stored under an identity, or null. A record that cannot be read whole counts as absent. */
export function recall<Result>(identity: Identity): Result | null {
  try {
    const record = JSON.parse(
      readFileSync(path.join(folderOf(identity), 'record.json'), 'utf8'),
    ) as StoredRecord<Result>
    return identityKey(record.identity) === identityKey(identity) ? record.result : null
  } catch {
    return null
  }
}

/**
 * Stores a result, and weights beside it, replacing an older record of the same identity.
 * @throws with the folder's name when the disk is full or not writable; no half record stays
 */
export function keep<Result>(identity: Identity, result: Result, weights?: Weights): void {
  const folder = folderOf(identity)
  const partial = `${folder}.${randomUUID()}.tmp`
  try {
    mkdirSync(partial, { recursive: true })
    if (weights) writeWeights(partial, weights)
    writeFileSync(path.join(partial, 'record.json'), `${JSON.stringify({ identity, result }, null, 1)}\n`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(partial, folder)
  } catch (cause) {
    try {
      rmSync(partial, { recursive: true, force: true })
    } catch {
      // what could not be made cannot be removed either: the first error is the one to tell
    }
    if (recall(identity) !== null) return // another process stored the same result in between
    throw new Error(
      `The finished run could not be kept in ${folder}: ${(cause as Error).message}. Free space there, or set XDG_CACHE_HOME to a folder that can be written.`,
      { cause },
    )
  }
}

interface WeightsShape {
  readonly kernels: readonly (readonly (readonly [number, number])[])[]
  readonly biases: readonly (number | null)[]
}

/** The weights stored with a result; new tensors, the caller owns them. */
export function recallWeights(identity: Identity): Weights {
  const folder = folderOf(identity)
  const shape = JSON.parse(readFileSync(path.join(folder, 'weights.json'), 'utf8')) as WeightsShape
  const bytes = readFileSync(path.join(folder, 'weights.bin'))
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  let offset = 0
  const take = (count: number): Float32Array => {
    offset += count
    return values.slice(offset - count, offset)
  }
  return {
    kernels: shape.kernels.map((row) => row.map(([d, m]) => tf.tensor2d(take(d * m), [d, m]))),
    biases: shape.biases.map((d) => (d === null ? null : tf.tensor1d(take(d)))),
  }
}

function writeWeights(folder: string, { kernels, biases }: Weights): void {
  const tensors = [...kernels.flat(), ...biases.filter((b) => b !== null)]
  const parts = tensors.map((tensor) => {
    const values = tensor.dataSync() as Float32Array
    return Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  })
  const shape: WeightsShape = {
    kernels: kernels.map((row) => row.map((w) => w.shape)),
    biases: biases.map((b) => b && b.shape[0]),
  }
  writeFileSync(path.join(folder, 'weights.bin'), Buffer.concat(parts))
  writeFileSync(path.join(folder, 'weights.json'), JSON.stringify(shape))
}

const folderOf = (identity: Identity): string => path.join(runsFolder(), identityKey(identity))

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => [key, sorted(held)]),
  )
}
