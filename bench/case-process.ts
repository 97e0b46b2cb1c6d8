/**
 * One case in a process of its own, so that its peak memory is its own: `node case-process.js CASE ROUNDS PYTHON`, with the
 * threads in TF_NUM_INTRAOP_THREADS. Sends its results to the parent, which prints.
 */
import { describeEngine, engineSentence } from 'blockwise/dist/engine/describe'
import type { Case } from './case'
import type { CaseName } from './case-names'
import { dlam } from './cases/dlam'
import { elementwise } from './cases/elementwise'
import { matmul } from './cases/matmul'
import { memory } from './cases/memory'
import { proximal } from './cases/proximal'
import { sgd } from './cases/sgd'
import { solves } from './cases/solves'
import { tikhonov } from './cases/tikhonov'
import type { Row } from './compare'
import { Peer } from './peer'

export interface CaseResult {
  readonly title: string
  readonly rows: readonly Row[]
  /** Largest resident set of the process, the engine and the operands of the comparison included. */
  readonly peakMiB: number
  readonly engine: string
  readonly peer: string
}

const cases: Readonly<Record<CaseName, Case>> = { matmul, elementwise, solves, tikhonov, proximal, dlam, sgd, memory }

async function main(): Promise<void> {
  const [name, rounds, python] = process.argv.slice(2) as [CaseName, string, string]
  const engine = describeEngine()
  const peer = new Peer(python, engine.threads)
  try {
    const { python: version, numpy, scipy, blas } = await peer.describe()
    const kernels = blas.map(
      (b) => `${b.library.replace(/-.*/, '')} ${b.version} ${b.architecture}, ${b.num_threads} threads`,
    )
    const { title, run } = cases[name]
    process.stdout.write(`\n${title}\n`)
    const rows = await run({ peer, rounds: Number(rounds), say: (line) => process.stdout.write(`  ${line}\n`) })
    const result: CaseResult = {
      title,
      rows,
      peakMiB: process.resourceUsage().maxRSS / 1024,
      engine: engineSentence(engine),
      peer: `Python ${version}, NumPy ${numpy}, SciPy ${scipy} (${[...new Set(kernels)].join('; ')})`,
    }
    process.send!(result)
  } finally {
    peer.stop()
  }
}

process.on('disconnect', () => process.exit()) // the parent was killed, or everything is done

main().then(
  () => process.disconnect(),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
