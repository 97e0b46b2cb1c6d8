/** Memory must not grow from step to step: what is resident after iteration 10 against what was after iteration 2. */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Architecture, disposeWeights, heNormal, sequential, tikhonovSkip } from 'blockwise/dist/network'
import { keyedRandom } from 'blockwise/dist/random'
import { caffe } from 'blockwise/dist/solvers/caffe-sgd'
import type { Solver } from 'blockwise/dist/solvers/solver'
import { tikhonovBcd } from 'blockwise/dist/solvers/tikhonov-bcd'
import { type Case, mnist } from '../case'
import type { Row } from '../compare'

const [EARLY, LATE] = [2, 10]
/** Freed memory does not all go back to the system, and not at once. */
const GOAL = 1.05

export const memory: Case = {
  title: `memory per step: iteration ${LATE} against iteration ${EARLY}`,
  async run() {
    const bcd = await grow('Tikhonov BCD, N = 10000', tikhonovBcd({ innerCap: 3 }), tikhonovSkip(784, 10), 10_000)
    const widths = [784, 784, 784, 784, 10]
    return [bcd, await grow('SGD epochs, N = 5000', caffe.sgd(), sequential(widths, { bias: true }), 5000)]
  },
}

async function grow<S>(what: string, solver: Solver<S>, architecture: Architecture, samples: number): Promise<Row> {
  const problem = await mnist(architecture, samples)
  const start = heNormal(architecture, 1)
  const state = solver.init(problem, start)
  const resident: number[] = []
  const tensors: number[] = []
  for (let t = 1; t <= LATE; t++) {
    for (const _ of solver.step(state, problem, t, keyedRandom(t)));
    resident.push(process.memoryUsage.rss() / 2 ** 20)
    tensors.push(tf.memory().numTensors)
  }
  solver.dispose(state)
  disposeWeights(start)
  problem.dispose()
  const [ours, theirs] = [resident[LATE - 1]!, resident[EARLY - 1]!]
  const ratio = ours / theirs
  return {
    what: `${what}: resident after ${LATE}`,
    opponent: `resident after ${EARLY}`,
    unit: 'MiB',
    ours,
    theirs,
    ratio: { median: ratio, low: ratio, high: ratio },
    goal: GOAL,
    speed: `tensors ${tensors[EARLY - 1]} then ${tensors[LATE - 1]}`,
  }
}
