/**
 * Proximal BCD on all 60,000 images of MNIST: an epoch against its own matrix products, the increment form against the direct one,
 * and against the public implementation rendered in PyTorch (bench/peer_proximal.py). None of them evaluates anything.
 */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { disposeWeights, sequential, type Weights } from 'blockwise/dist/network'
import { constantBiasWeights } from 'blockwise/dist/network/constant-bias-weights'
import { gaussianWeights } from 'blockwise/dist/network/gaussian-weights'
import { keyedRandom } from 'blockwise/dist/random'
import type { ProximalBcdSettings } from 'blockwise/dist/solvers/proximal/settings'
import type { ProximalBcdState } from 'blockwise/dist/solvers/proximal/state'
import { proximalBcd } from 'blockwise/dist/solvers/proximal-bcd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { type Bench, type Case, mnist, named, withFiles } from '../case'
import { compare, local, type Opponent, type Row } from '../compare'
import { describeProducts, recordProducts, replay } from '../products'

const ROWS = 60_000
const [GAMMA, RHO] = [1, 1]
/** Ours may take this many times the time of its own matrix products. */
const PRODUCTS_GOAL = 1.35
/** The increment form may take this many times the direct one. */
const DIRECT_GOAL = 1.2

interface Network {
  readonly name: string
  readonly widths: readonly number[]
  readonly alpha: number
  /** Ours may take this part of the public implementation's time. */
  readonly publicGoal: number
}

const networks: readonly Network[] = [
  { name: '3 x 1500', widths: [784, 1500, 1500, 1500, 10], alpha: 5, publicGoal: 1 / 3.5 },
  { name: '10 x 600', widths: [784, ...Array.from({ length: 10 }, () => 600), 10], alpha: 1, publicGoal: 1 / 4.5 },
]

/**
 * Where the rendering is checked: with these weights and a small alpha every branch of the prox has its share. float32 leaves .0006 of a
 * block's norm; a prox without its third branch, which few entries take, shows as .004.
 */
const CHECK = { rows: 2000, widths: [784, 60, 60, 10], deviation: 0.1, alpha: 0.1, epochs: 3, tolerance: 1.5e-3 }

export const proximal: Case = {
  title: `Proximal BCD at N = ${ROWS}`,
  async run(bench) {
    await checkRendering(bench)
    const rows: Row[] = []
    for (const network of networks) rows.push(...(await epochs(bench, network)))
    return rows
  },
}

async function epochs(bench: Bench, { name, widths, alpha, publicGoal }: Network): Promise<Row[]> {
  const problem = await mnist(sequential(widths, { bias: true }), ROWS)
  const start = constantBiasWeights(problem.architecture, 1)
  const [increment, direct] = [running(problem, start, { alpha }), running(problem, start, { alpha, form: 'direct' })]
  const what = `epoch, ${name}`
  const products = recordProducts(increment.epoch)
  bench.say(`matrix products of an ${what}:`)
  for (const line of describeProducts(products)) bench.say(`  ${line}`)
  const alone = replay(products)
  const publicCode = await withFiles({ x: problem.x, y: problem.y, ...named(start) }, (folder) =>
    renderPublic(bench, { folder, rows: ROWS, widths, alpha }, publicGoal),
  )
  const rows = await compare(
    what,
    local(what, increment.epoch),
    [
      { ...local('its matrix products alone', alone.run), goal: PRODUCTS_GOAL },
      { ...local('the direct form', direct.epoch), goal: DIRECT_GOAL },
      publicCode,
    ],
    bench.rounds,
    (seconds) => `${seconds.toFixed(1)} s per epoch`,
  )
  alone.dispose()
  increment.dispose()
  direct.dispose()
  disposeWeights(start)
  problem.dispose()
  return rows
}

/** Ours, epoch after epoch. */
function running(problem: Problem, start: Weights, settings: Partial<ProximalBcdSettings>) {
  const solver = proximalBcd({ gamma: GAMMA, rho: RHO, ...settings })
  const state = solver.init(problem, start)
  let t = 0
  const epoch = (): void => {
    t++
    for (const _ of solver.step(state, problem, t, keyedRandom(t)));
    state.kernels[0]![0].dataSync()
  }
  return { epoch, state, dispose: () => solver.dispose(state) }
}

async function renderPublic(bench: Bench, parameters: object, goal: number): Promise<Opponent> {
  await bench.peer.prepare('proximal', { ...parameters, gamma: GAMMA, rho: RHO })
  return { name: 'PyTorch: the public code', goal, time: (repeat) => bench.peer.time(repeat) }
}

/** A rendering that did something else would be no comparison: on a small problem it must take the path of our direct form. */
async function checkRendering(bench: Bench): Promise<void> {
  const { rows, widths, deviation, alpha, epochs, tolerance } = CHECK
  const problem = await mnist(sequential(widths, { bias: true }), rows)
  const start = gaussianWeights(problem.architecture, deviation, 1)
  const ours = running(problem, start, { alpha, form: 'direct' })
  for (let t = 1; t <= epochs; t++) ours.epoch()
  const after = blocksOf(ours.state)
  const difference = await withFiles({ x: problem.x, y: problem.y, ...named(start), ...after }, async (folder) => {
    await renderPublic(bench, { folder, rows, widths, alpha }, 1)
    return bench.peer.ask('difference', { epochs })
  })
  const found = `after ${epochs} epochs of ${widths.join('-')} at N = ${rows} the public code's rendering and our direct form differ by`
  bench.say(`${found} ${difference.toExponential(1)}, relative to a block's norm`)
  if (!(difference <= tolerance)) throw new Error(`${found} ${difference}: more than ${tolerance} of a block's norm`)
  tf.dispose(after)
  ours.dispose()
  disposeWeights(start)
  problem.dispose()
}

/** All variables under the names by which the peer compares them: u1_after, v1_after, w1_after, b1_after, ... */
function blocksOf(state: ProximalBcdState): Record<string, tf.Tensor> {
  const columns = state.kernels.map((_, i): [string, tf.Tensor][] => [
    [`u${i + 1}`, tf.concat(state.chunks.map(({ u }) => u[i]!))],
    [`v${i + 1}`, tf.concat(state.chunks.map(({ v }) => v[i]!))],
  ])
  const weights = Object.entries(named(state)).map(([name, w]): [string, tf.Tensor] => [name, w.clone()])
  return Object.fromEntries([...columns.flat(), ...weights].map(([name, block]) => [`${name}_after`, block]))
}
