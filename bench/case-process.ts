/**
 * One case in a process of its own, so that its peak memory is its own: `node case-process.js CASE ROUNDS PYTHON`, with the
 * threads in TF_NUM_INTRAOP_THREADS. Sends its results to the parent, which prints.
 */
import { describeEngine, engineSentence } from 'blockwise/dist/engine/describe'
import type { Case } from './case'
import { type CaseName, PEERS } from './case-names'
import { dlam } from './cases/dlam'
import { elementwise } from './cases/elementwise'
import { matmul } from './cases/matmul'
import { memory } from './cases/memory'
import { proximal } from './cases/proximal'
import { retrieval } from './cases/retrieval'
import { sgd } from './cases/sgd'
import { solves } from './cases/solves'
import { tikhonov } from './cases/tikhonov'
import { answerParent } from './child'
import type { Row } from './compare'
import { Peer, type PeerDescription } from './peer'

export interface CaseResult {
  readonly title: string
  readonly rows: readonly Row[]
  /** Largest resident set of the process, the engine and the operands of the comparison included. */
  readonly peakMiB: number
  readonly engine: string
  readonly peer: string
}

const cases: Readonly<Record<CaseName, Case>> = {
  matmul,
  elementwise,
  solves,
  tikhonov,
  proximal,
  dlam,
  sgd,
  retrieval,
  memory,
}

async function main(): Promise<CaseResult> {
  const [name, rounds, python] = process.argv.slice(2) as [CaseName, string, string]
  const engine = describeEngine()
  const peer = new Peer(python, PEERS[name], engine.threads)
  try {
    const described = describePeer(await peer.describe())
    const { title, run } = cases[name]
    process.stdout.write(`\n${title}\n`)
    const rows = await run({ peer, rounds: Number(rounds), say: (line) => process.stdout.write(`  ${line}\n`) })
    const peakMiB = process.resourceUsage().maxRSS / 1024
    return { title, rows, peakMiB, engine: engineSentence(engine), peer: described }
  } finally {
    peer.stop()
  }
}

function describePeer({ python, libraries, kernels }: PeerDescription): string {
  const names = [`Python ${python}`, ...Object.entries(libraries).map((library) => library.join(' '))]
  const blas = kernels.map(
    (b) => `${b.library.replace(/-.*/, '')} ${b.version} ${b.architecture}, ${b.num_threads} threads`,
  )
  return `${names.join(', ')} (${[...new Set(blas)].join('; ')})`
}

answerParent(main)
