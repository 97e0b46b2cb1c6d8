/** Tikhonov BCD on the skip network of Zhang & Brand (2017, Fig. 2), 10,000 images: the U-step alone, an outer iteration, and BCD-S's. */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { disposeWeights, heNormal, tikhonovSkip, type Weights } from 'blockwise/dist/network'
import { acceleratedProjection } from 'blockwise/dist/prox/accelerated-projection'
import { hiddenCurvature, projectedGradientStep } from 'blockwise/dist/prox/tikhonov'
import { keyedRandom } from 'blockwise/dist/random'
import { bcdS } from 'blockwise/dist/solvers/bcd-s'
import type { Problem, Solver } from 'blockwise/dist/solvers/solver'
import type { TikhonovBcdSettings } from 'blockwise/dist/solvers/tikhonov/settings'
import { type TikhonovBcdState, tikhonovBcd } from 'blockwise/dist/solvers/tikhonov-bcd'
import { type Bench, type Case, mnist, NEVER_REACHED, withFiles } from '../case'
import { compare, local, type Opponent, type Row } from '../compare'
import { describeProducts, recordProducts, replay } from '../products'

const ROWS = 10_000
const WIDTH = 784
const CLASSES = 10
/** Inner iterations of every U-step, on both sides: what the solver's own stopping rule takes at t = 2 or 3; at t = 1 it takes hundreds, from t = 16 on one or two. */
const INNER = 10
const GAMMA = 0.1
/** (1 - theta)^2 at t = 2. */
const PROXIMITY = 0.5625
/** Ours may take this many times the time of its own matrix products. */
const PRODUCTS_GOAL = 1.6
/** BCD-S's outer iteration may take this many times BCD's. */
const SPARSE_GOAL = 1.5

export const tikhonov: Case = {
  title: `Tikhonov BCD: ${WIDTH}-${WIDTH}-${WIDTH}-${WIDTH}-${CLASSES}-skip at N = ${ROWS}, ${INNER} inner iterations`,
  async run(bench) {
    const problem = await mnist(tikhonovSkip(WIDTH, CLASSES), ROWS)
    const start = heNormal(problem.architecture, 1)
    const [[w1], [w2], [w3], [v]] = start.kernels as [[tf.Tensor2D], [tf.Tensor2D], [tf.Tensor2D], [tf.Tensor2D]]
    const fixed = { gamma: GAMMA, innerTolerance: NEVER_REACHED, innerCap: INNER }
    const solver = tikhonovBcd(fixed)
    const state = solver.init(problem, start)
    const step = (t: number) => {
      for (const _ of solver.step(state, problem, t, keyedRandom(t)));
    }
    step(1)
    step(2)
    const { objective } = solver.metrics(state, problem, 2)

    const way = await withFiles({ x: problem.x, y: problem.y, w1, w2, w3, v }, (folder) =>
      bench.peer.prepare('tikhonov-bcd', { folder, rows: ROWS, width: WIDTH, classes: CLASSES, inner: INNER }),
    )
    checkSameWork(bench, objective!, await bench.peer.ask('objective'))

    const rows = [
      ...(await against(
        bench,
        way,
        `U-step of ${INNER} inner iterations`,
        'inner_iterations',
        () => uStep(problem, state),
        {
          of: INNER,
          unit: 'ms per inner iteration',
        },
      )),
      ...(await against(bench, way, 'outer iteration (t = 2)', 'outer_iteration', () => step(2), {
        of: 1,
        unit: 'ms per iteration',
      })),
    ]
    rows.push(
      ...(await sparseAgainstPlain(bench, problem, start, `BCD-S, ${INNER} inner iterations (t = 4, 5, ...)`, fixed)),
      ...(await sparseAgainstPlain(bench, problem, start, 'BCD-S, own stopping rule (t = 4, 5, ...)', {
        gamma: GAMMA,
      })),
    )
    solver.dispose(state)
    disposeWeights(start)
    problem.dispose()
    return rows
  },
}

/**
 * BCD-S against BCD, both going on from their own last iterate, the same t in every round. t = 1, which has no proximity, is before, and is
 * told; two are compare's warm-up.
 */
async function sparseAgainstPlain(
  bench: Bench,
  problem: Problem,
  start: Weights,
  what: string,
  settings: Partial<TikhonovBcdSettings>,
): Promise<Row[]> {
  const going = <State>(solver: Solver<State>) => {
    const state = solver.init(problem, start)
    let t = 0
    const iterate = () => {
      t++
      for (const _ of solver.step(state, problem, t, keyedRandom(t)));
    }
    const began = performance.now()
    iterate()
    bench.say(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s at t = 1 by ${solver.name}`)
    return { iterate, end: () => solver.dispose(state) }
  }
  const [sparse, plain] = [going(bcdS(settings)), going(tikhonovBcd(settings))]
  const rows = await compare(
    what,
    local('BCD-S', sparse.iterate),
    [{ ...local("BCD's outer iteration", plain.iterate), goal: SPARSE_GOAL }],
    bench.rounds,
    (s) => `${(1000 * s).toFixed(0)} ms per iteration`,
  )
  sparse.end()
  plain.end()
  return rows
}

/** Against NumPy, and against the matrix products of the same work alone. */
async function against(
  bench: Bench,
  way: string,
  what: string,
  peerMethod: string,
  work: () => void,
  { of, unit }: { of: number; unit: string },
): Promise<Row[]> {
  const products = recordProducts(work)
  bench.say(`matrix products of the ${what}:`)
  for (const line of describeProducts(products)) bench.say(`  ${line}`)
  const alone = replay(products)
  const opponents: Opponent[] = [
    { name: `NumPy: ${way}`, goal: 1, time: (repeat) => bench.peer.time(repeat, peerMethod) },
    { ...local('its matrix products alone', alone.run), goal: PRODUCTS_GOAL },
  ]
  const rows = await compare(
    what,
    local(what, work),
    opponents,
    bench.rounds,
    (s) => `${((1000 * s) / of).toFixed(0)} ${unit}`,
  )
  alone.dispose()
  return rows
}

/** The U-step of `step`, its result thrown away: every call starts from the same U and U*. */
function uStep({ architecture }: Problem, state: TikhonovBcdState): void {
  tf.tidy(() => {
    const hidden = { architecture, kernels: state.kernels, gamma: [GAMMA, GAMMA, GAMMA] }
    const lipschitz = hiddenCurvature(hidden) + PROXIMITY
    for (const chunk of state.chunks)
      tf.tidy(() => {
        const step = projectedGradientStep(hidden, chunk, PROXIMITY, lipschitz)
        const stop = { origin: chunk.u, tolerance: 0, cap: INNER }
        tf.dispose(acceleratedProjection(chunk.uStar ?? chunk.u, step, stop).x)
      })
  })
}

/** Both sides have done t = 1, 2 from the same weights; a comparison of different work would be worthless. */
function checkSameWork(bench: Bench, ours: number, theirs: number): void {
  bench.say(`objective after two iterations: ours ${ours.toPrecision(7)}, NumPy ${theirs.toPrecision(7)}`)
  if (!(Math.abs(ours - theirs) <= 0.001 * theirs))
    throw new Error(
      `after the same two iterations the objectives differ by more than 0.1 %: ours ${ours}, NumPy ${theirs}`,
    )
}
