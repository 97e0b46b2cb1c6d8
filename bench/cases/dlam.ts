/**
 * An iteration of DLAM, 784-100-100-10, on all 60,000 images of MNIST: exact backtracking at rho = 1 against rho = 1e-4 (the time of the
 * printed loop grows between them), and against its own matrix products. There is no peer yet: the issue asks for PyTorch, which
 * the bench's Python environment does not have.
 */
import { disposeWeights, sequential } from 'blockwise/dist/network'
import { gaussianWeights } from 'blockwise/dist/network/gaussian-weights'
import { keyedRandom } from 'blockwise/dist/random'
import { dlam as dlamSolver } from 'blockwise/dist/solvers/dlam'
import type { DlamSettings } from 'blockwise/dist/solvers/dlam/settings'
import { type Case, mnist } from '../case'
import { compare, local } from '../compare'
import { describeProducts, recordProducts, replay } from '../products'

const ROWS = 60_000
const WIDTHS = [784, 100, 100, 10]
/** exact backtracking: the time at the largest rho may be this many times that at the smallest. */
const RHO_GOAL = 1.15
/** Ours may take this many times the time of its own matrix products; the narrow layers are mostly elementwise passes. */
const PRODUCTS_GOAL = 3
/** Iterations before the clock starts: the first forms the data's Gram matrix. */
const WARM_UP = 3

export const dlam: Case = {
  title: `DLAM iteration: ${WIDTHS.join('-')} at N = ${ROWS}`,
  async run(bench) {
    const problem = await mnist(sequential(WIDTHS, { bias: true }), ROWS)
    const start = gaussianWeights(problem.architecture, 0.1, 0)
    const running = (settings: Partial<DlamSettings>) => {
      const solver = dlamSolver({ epsilon: 1, epsilonRule: 'fixed', ...settings })
      const state = solver.init(problem, start)
      let t = 0
      const iterate = (): void => {
        t++
        for (const _ of solver.step(state, problem, t, keyedRandom(t)));
      }
      for (let i = 0; i < WARM_UP; i++) iterate()
      return { iterate, dispose: () => solver.dispose(state) }
    }
    const [small, large] = [running({ rho: 1e-4 }), running({ rho: 1 })]
    const products = recordProducts(small.iterate)
    bench.say('matrix products of an iteration:')
    for (const line of describeProducts(products)) bench.say(`  ${line}`)
    const alone = replay(products)
    const speed = (s: number) => `${s.toFixed(2)} s per iteration`
    const itself = [{ ...local('itself at rho = 1e-4', small.iterate), goal: RHO_GOAL }]
    const own = [{ ...local('its matrix products alone', alone.run), goal: PRODUCTS_GOAL }]
    const rows = [
      ...(await compare('iteration, rho = 1e-4', local('ours', small.iterate), own, bench.rounds, speed)),
      ...(await compare('iteration, rho = 1', local('ours', large.iterate), itself, bench.rounds, speed)),
    ]
    alone.dispose()
    small.dispose()
    large.dispose()
    disposeWeights(start)
    problem.dispose()
    return rows
  },
}
