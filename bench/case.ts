/** What a case of the bench is given and gives back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDataset, type Split, toProblemData } from 'blockwise/dist/datasets'
import type { tf } from 'blockwise/dist/engine/tensorflow'
import type { Architecture, Weights } from 'blockwise/dist/network'
import type { Problem } from 'blockwise/dist/solvers/solver'
import type { Opponent, Row } from './compare'
import type { Peer } from './peer'

export interface Bench {
  readonly peer: Peer
  readonly rounds: number
  /** A line for the reader, above the table. */
  say(line: string): void
}

export interface Case {
  readonly title: string
  run(bench: Bench): Promise<Row[]>
}

/** Ours may take this many times NumPy's time: at least .9 of its rate. */
export const NINE_TENTHS = 1 / 0.9

/** A tolerance that no residual comes down to, so that inner loops run to their cap: positive in float32, as the solvers demand. */
export const NEVER_REACHED = 1e-30

/** The NumPy peer, prepared for a case, as an opponent; it tells which way of writing the work was its fastest. */
export async function numpy(bench: Bench, what: string, parameters: object, goal: number): Promise<Opponent> {
  const way = await bench.peer.prepare(what, parameters)
  return { name: `NumPy: ${way}`, goal, time: (repeat) => bench.peer.time(repeat) }
}

/** The first `rows` training images of MNIST. */
export async function mnist(architecture: Architecture, rows: number): Promise<Problem & { dispose(): void }> {
  const { train } = await loadDataset('mnist')
  const split: Split = {
    images: train.images.subarray(0, rows * architecture.features),
    labels: train.labels.subarray(0, rows),
  }
  const { x, y, dispose } = toProblemData(split)
  return { architecture, x, y, dispose }
}

/** The weights under the names by which the peers read them: w1, b1, w2, ... */
export function named({ kernels, biases }: Weights): Record<string, tf.Tensor> {
  const matrices = kernels.map(([w], i): [string, tf.Tensor] => [`w${i + 1}`, w!])
  const vectors = biases.flatMap((b, i): [string, tf.Tensor][] => (b ? [[`b${i + 1}`, b]] : []))
  return Object.fromEntries([...matrices, ...vectors])
}

/** Hands tensors to the peer as raw files of their 32-bit numbers in a temporary folder, while `use` runs. */
export async function withFiles<T>(
  tensors: Readonly<Record<string, tf.Tensor>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'blockwise-bench-'))
  try {
    for (const [name, tensor] of Object.entries(tensors)) {
      const values = tensor.dataSync<'float32'>()
      writeFileSync(join(folder, `${name}.f32`), new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    }
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Waits until a tensor is computed (a GPU works behind the caller's back), by reading one element. */
export function finished(tensor: tf.Tensor): void {
  const element = tensor.flatten().slice(0, 1)
  element.dataSync()
  element.dispose()
}
