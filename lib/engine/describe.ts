/** What computes: the part of a run's identity and record that says on which engine, device and processor its numbers arose. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { installedEngine } from './load'
import { gpuNames } from './platforms'
import { tf } from './tensorflow'

export interface EngineDescription {
  /** Version of TensorFlow's library. */
  readonly tensorflow: string
  /** Version of TensorFlow.js. */
  readonly tfjs: string
  /** 'cpu', or 'gpu: ' and its name. */
  readonly device: string
  /** The processor's model name. */
  readonly processor: string
  /** Threads that one operation is spread over. */
  readonly threads: number
  /** Which build of the engine. */
  readonly engineKey: string
}

interface NodeBackend {
  readonly binding: { readonly TF_Version: string }
  readonly isUsingGpuDevice: boolean
}

/** Describes the loaded engine. */
export function describeEngine(): EngineDescription {
  const backend = tf.backend() as unknown as NodeBackend
  return {
    tensorflow: backend.binding.TF_Version,
    tfjs: tf.version.tfjs,
    device: backend.isUsingGpuDevice ? `gpu: ${gpuInUse()}` : 'cpu',
    processor: cpus()[0]?.model.trim() || process.arch,
    threads: threads(),
    engineKey: installedEngine().record.key,
  }
}

/** One plain sentence for people, e.g. 'TensorFlow 2.21.0 on the CPU (AMD EPYC 7B13, 2 threads)'. */
export function engineSentence(engine: EngineDescription): string {
  const where = engine.device === 'cpu' ? 'the CPU' : `the GPU ${engine.device.replace(/^gpu: /, '')}`
  return `TensorFlow ${engine.tensorflow} on ${where} (${engine.processor}, ${engine.threads} thread${engine.threads === 1 ? '' : 's'})`
}

/** tfjs-node computes on the last GPU that it sees (its TFJSBackend constructor); CUDA_VISIBLE_DEVICES hides some. */
function gpuInUse(): string {
  const names = gpuNames()
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',').map((index) => names[Number(index)])
  return (visible ?? names).at(-1) ?? 'unnamed'
}

/** As TensorFlow counts them: TF_NUM_INTRAOP_THREADS, else the processors on which this process may run, whatever a quota says. */
function threads(): number {
  const asked = Number(process.env.TF_NUM_INTRAOP_THREADS)
  if (Number.isInteger(asked) && asked > 0) return asked
  try {
    const allowed = /^Cpus_allowed:\s*([0-9a-f,]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
    const bits = [...allowed.replaceAll(',', '')].reduce((sum, digit) => sum + ones(Number.parseInt(digit, 16)), 0)
    if (bits > 0) return bits
  } catch {
    // no /proc: what Node says is the best there is
  }
  return availableParallelism()
}

const ones = (digit: number) => [1, 2, 4, 8].filter((bit) => digit & bit).length
