/**
 * An iteration of DLAM, 784-100-100-10, on all 60,000 images of MNIST, with exact backtracking, against the same algorithm in PyTorch
 * (bench/peer_dlam.py) and a rendering of the authors' public loop (bench/peer_dlam_public.py); and at rho = 1 against itself at
 * rho = 1e-4: the time of the printed loop grows between them. None of them evaluates anything.
 */
import { disposeWeights, sequential, type Weights } from 'blockwise/dist/network'
import { gaussianWeights } from 'blockwise/dist/network/gaussian-weights'
import { keyedRandom } from 'blockwise/dist/random'
import { dlam as dlamSolver } from 'blockwise/dist/solvers/dlam'
import { DLAM_DEFAULTS, type DlamSettings } from 'blockwise/dist/solvers/dlam/settings'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { type Bench, type Case, mnist, NEVER_REACHED, named, withFiles } from '../case'
import { compare, local, type Row } from '../compare'

const ROWS = 60_000
const WIDTHS = [784, 100, 100, 10]
/** With epsilon fixed: its rule would need the risk, an evaluation that the others do not make. */
const SETTINGS: DlamSettings = { ...DLAM_DEFAULTS, rho: 1e-4, epsilon: 1, epsilonRule: 'fixed' }
/** FISTA takes hundreds of iterations at this rho: both sides make so many. */
const FISTA: DlamSettings = { ...SETTINGS, output: 'fista', innerTolerance: NEVER_REACHED, innerCap: 30 }
/** Ours may take these parts of the time of the same algorithm in PyTorch, and of the authors' loop. */
const [TWIN_GOAL, PUBLIC_GOAL] = [1 / 1.5, 1 / 8]
/** exact backtracking: the time at the largest rho may be this many times that at the smallest. */
const RHO_GOAL = 1.15
/** Iterations before the clock starts: the first forms the data's Gram matrix. */
const WARM_UP = 3

/** Problem and start, also as files for the peer. */
interface Setting {
  readonly problem: Problem
  readonly start: Weights
  readonly folder: string
}

export const dlam: Case = {
  title: `DLAM iteration: ${WIDTHS.join('-')} at N = ${ROWS}`,
  async run(bench) {
    const problem = await mnist(sequential(WIDTHS, { bias: true }), ROWS)
    const start = gaussianWeights(problem.architecture, 0.1, 0)
    const rows = await withFiles({ x: problem.x, y: problem.y, ...named(start) }, async (folder) => {
      const setting = { problem, start, folder }
      return [
        ...(await againstItself(bench, setting)),
        ...(await againstTwin(bench, setting, 'z_L by Newton', SETTINGS)),
        ...(await againstTwin(bench, setting, 'z_L by Newton', SETTINGS, { exits: true })),
        ...(await againstTwin(bench, setting, 'z_L by FISTA', FISTA)),
        ...(await againstPublicLoop(bench, setting)),
      ]
    })
    disposeWeights(start)
    problem.dispose()
    return rows
  },
}

const speed = (seconds: number): string => `${seconds.toFixed(2)} s per iteration`

/** At rho = 1 against rho = 1e-4. */
async function againstItself(bench: Bench, setting: Setting): Promise<Row[]> {
  const [small, large] = [running(setting), running(setting, { rho: 1 })]
  const itself = [{ ...local('itself at rho = 1e-4', small.iterate), goal: RHO_GOAL }]
  const rows = await compare('iteration, rho = 1', local('ours', large.iterate), itself, bench.rounds, speed)
  small.dispose()
  large.dispose()
  return rows
}

/**
 * The same algorithm; both sides go through the same iterations in step. From a forward pass most blocks of a hidden layer have no
 * gradient (lib/solvers/dlam.ts). Ours sees that and is done with them; with `exits` so does the twin, than which ours may not be slower.
 */
async function againstTwin(
  bench: Bench,
  setting: Setting,
  name: string,
  settings: DlamSettings,
  { exits = false } = {},
): Promise<Row[]> {
  const { rho, epsilon, output, innerTolerance: tolerance, innerCap: cap } = settings
  const parameters = { folder: setting.folder, rows: ROWS, widths: WIDTHS, rho, epsilon, output, tolerance, cap, exits }
  const way = await bench.peer.prepare('dlam', { ...parameters, warmUp: WARM_UP })
  const ours = running(setting, settings)
  const label = exits ? `${name}, with exits` : name
  checkSameWork(
    bench,
    `${label}: objective after the warm-up`,
    ours.objective(),
    await bench.peer.ask('restart'),
    0.001,
  )
  const twin = {
    name: `PyTorch${exits ? ', with our exits' : ''}: ${way}`,
    goal: exits ? 1 : TWIN_GOAL,
    time: (repeat: number) => bench.peer.time(repeat),
  }
  const rows = await compare(`iteration, ${name}`, local('ours', ours.iterate), [twin], bench.rounds, speed)
  const theirs = await bench.peer.ask('inner_iterations')
  checkSameWork(bench, `${label}: inner iterations, their mean`, ours.innerIterations(), theirs, 0.1)
  ours.dispose()
  return rows
}

async function againstPublicLoop(bench: Bench, setting: Setting): Promise<Row[]> {
  const { rho, epsilon, l2: mu } = SETTINGS
  const parameters = { folder: setting.folder, rows: ROWS, widths: WIDTHS, rho, epsilon, mu, warmUp: WARM_UP }
  await bench.peer.prepare('dlam-public', parameters)
  const ours = running(setting)
  const loop = { name: "PyTorch: the authors' loop", goal: PUBLIC_GOAL, time: (n: number) => bench.peer.time(n) }
  const rows = await compare('iteration', local('ours', ours.iterate), [loop], bench.rounds, speed)
  const theirs = await bench.peer.ask('inner_iterations')
  bench.say(`the authors' loop: ${theirs.toFixed(1)} inner iterations of z_L`)
  ours.dispose()
  return rows
}

/** Ours after its warm-up, iteration after iteration; counts the iterations that z_L takes. */
function running({ problem, start }: Setting, settings: Partial<DlamSettings> = {}) {
  const solver = dlamSolver({ ...SETTINGS, ...settings })
  const state = solver.init(problem, start)
  const inner: number[] = []
  const iterate = (): void => {
    const t = inner.length + 1
    const step = solver.step(state, problem, t, keyedRandom(t))
    let result = step.next()
    while (!result.done) result = step.next()
    inner.push(result.value.inner_iterations!)
  }
  for (let t = 1; t <= WARM_UP; t++) iterate()
  return {
    iterate,
    objective: (): number => solver.metrics(state, problem, inner.length).objective!,
    innerIterations: (): number => mean(inner.slice(WARM_UP)),
    dispose: (): void => solver.dispose(state),
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** A comparison of different work would be worthless. */
function checkSameWork(bench: Bench, what: string, ours: number, theirs: number, tolerance: number): void {
  const both = `ours ${ours.toPrecision(7)}, PyTorch ${theirs.toPrecision(7)}`
  bench.say(`${what}: ${both}`)
  if (!(Math.abs(ours - theirs) <= tolerance * theirs))
    throw new Error(`${what}: more than ${100 * tolerance} % apart, ${both}`)
}
