/**
 * Memory must not grow from step to step: what is resident after iteration 10 against what was after iteration 2. Where an issue
 * bounds the peak, it is compared with that bound. Each solver is alone in a process, with the engine and its data.
 */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Architecture, disposeWeights, heNormal, sequential, tikhonovSkip } from 'blockwise/dist/network'
import { constantBiasWeights } from 'blockwise/dist/network/constant-bias-weights'
import { gaussianWeights } from 'blockwise/dist/network/gaussian-weights'
import type { Weights } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { caffe } from 'blockwise/dist/solvers/caffe-sgd'
import { dlam } from 'blockwise/dist/solvers/dlam'
import { proximalBcd } from 'blockwise/dist/solvers/proximal-bcd'
import type { Solver } from 'blockwise/dist/solvers/solver'
import { tikhonovBcd } from 'blockwise/dist/solvers/tikhonov-bcd'
import { type Case, mnist } from '../case'
import { inChild } from '../child'
import type { Row } from '../compare'

const [EARLY, LATE] = [2, 10]
/** Freed memory does not all go back to the system, and not at once. */
const GOAL = 1.05

/** MiB resident and tensors alive after each iteration; MiB of the largest resident set. */
interface Residence {
  readonly resident: readonly number[]
  readonly tensors: readonly number[]
  readonly peak: number
}

interface Occupant {
  readonly what: string
  /** What the peak may be, in GB. */
  readonly limit?: number
  live(): Promise<Residence>
}

const layers = (...widths: number[]): Architecture => sequential(widths, { bias: true })
const ten = Array.from({ length: 10 }, () => 600)
const heStart = (architecture: Architecture) => heNormal(architecture, 1)
const publicStart = (architecture: Architecture) => constantBiasWeights(architecture, 1)
const dlamStart = (architecture: Architecture) => gaussianWeights(architecture, 0.1, 0)

export const occupants: Readonly<Record<string, Occupant>> = {
  tikhonov: {
    what: 'Tikhonov BCD, N = 10000',
    live: () => live(tikhonovBcd({ innerCap: 3 }), tikhonovSkip(784, 10), heStart, 10_000),
  },
  sgd: {
    what: 'SGD epochs, N = 5000',
    live: () => live(caffe.sgd(), layers(784, 784, 784, 784, 10), heStart, 5000),
  },
  dlam: {
    what: 'DLAM, N = 60000',
    limit: 4,
    live: () => live(dlam(), layers(784, 100, 100, 10), dlamStart, 60_000),
  },
  wide: {
    what: 'Proximal BCD, 3 x 1500, N = 60000',
    limit: 6,
    live: () => live(proximalBcd(), layers(784, 1500, 1500, 1500, 10), publicStart, 60_000),
  },
  deep: {
    what: 'Proximal BCD, 10 x 600, N = 60000',
    limit: 6,
    live: () => live(proximalBcd({ alpha: 1 }), layers(784, ...ten, 10), publicStart, 60_000),
  },
}

export const memory: Case = {
  title: `memory per step: iteration ${LATE} against iteration ${EARLY}`,
  async run() {
    const rows: Row[] = []
    for (const [name, { what, limit }] of Object.entries(occupants)) {
      const { resident, tensors, peak } = await inChild<Residence>(what, 'memory-process.js', [name])
      const counts = `tensors ${tensors[EARLY - 1]} then ${tensors[LATE - 1]}`
      const [early, late] = [resident[EARLY - 1]!, resident[LATE - 1]!]
      rows.push(row(`${what}: resident after ${LATE}`, late, `resident after ${EARLY}`, early, GOAL, counts))
      if (limit) rows.push(row(`${what}: peak`, peak, `the limit, ${limit} GB`, (limit * 1e9) / 2 ** 20, 1, ''))
    }
    return rows
  },
}

function row(what: string, ours: number, opponent: string, theirs: number, goal: number, speed: string): Row {
  const ratio = ours / theirs
  return { what, opponent, unit: 'MiB', ours, theirs, ratio: { median: ratio, low: ratio, high: ratio }, goal, speed }
}

async function live<S>(
  solver: Solver<S>,
  architecture: Architecture,
  start: (architecture: Architecture) => Weights,
  samples: number,
): Promise<Residence> {
  const problem = await mnist(architecture, samples)
  const weights = start(architecture)
  const state = solver.init(problem, weights)
  const resident: number[] = []
  const tensors: number[] = []
  for (let t = 1; t <= LATE; t++) {
    for (const _ of solver.step(state, problem, t, keyedRandom(t)));
    resident.push(process.memoryUsage.rss() / 2 ** 20)
    tensors.push(tf.memory().numTensors)
  }
  solver.dispose(state)
  disposeWeights(weights)
  problem.dispose()
  return { resident, tensors, peak: process.resourceUsage().maxRSS / 1024 }
}
