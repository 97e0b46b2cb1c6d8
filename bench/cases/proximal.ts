/**
 * Proximal BCD on all 60,000 images of MNIST: an epoch against its own matrix products, and the increment form against the direct
 * one. There is no peer yet: the public PyTorch code (github.com/timlautk/BCD-for-DNNs-PyTorch) is not rendered here.
 */

import { disposeWeights, sequential } from 'blockwise/dist/network'
import { constantBiasWeights } from 'blockwise/dist/network/constant-bias-weights'
import { keyedRandom } from 'blockwise/dist/random'
import { proximalBcd } from 'blockwise/dist/solvers/proximal-bcd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { type Bench, type Case, mnist } from '../case'
import { compare, local, type Row } from '../compare'
import { describeProducts, recordProducts, replay } from '../products'

const ROWS = 60_000
/** Ours may take this many times the time of its own matrix products. */
const PRODUCTS_GOAL = 1.35
/** The increment form may take this many times the direct one. */
const DIRECT_GOAL = 1.2

const networks = [
  { name: '3 x 1500', hidden: [1500, 1500, 1500], alpha: 5 },
  { name: '10 x 600', hidden: Array.from({ length: 10 }, () => 600), alpha: 1 },
]

export const proximal: Case = {
  title: `Proximal BCD at N = ${ROWS}`,
  async run(bench) {
    const rows: Row[] = []
    for (const { name, hidden, alpha } of networks) {
      const problem = await mnist(sequential([784, ...hidden, 10], { bias: true }), ROWS)
      rows.push(...(await epochs(bench, `epoch, ${name}`, problem, alpha)))
      problem.dispose()
    }
    return rows
  },
}

async function epochs(bench: Bench, what: string, problem: Problem, alpha: number): Promise<Row[]> {
  const start = constantBiasWeights(problem.architecture, 1)
  const forms = (['increment', 'direct'] as const).map((form) => {
    const solver = proximalBcd({ form, alpha })
    const state = solver.init(problem, start)
    let t = 0
    const epoch = (): void => {
      t++
      for (const _ of solver.step(state, problem, t, keyedRandom(t)));
      state.kernels[0]![0].dataSync()
    }
    return { epoch, dispose: () => solver.dispose(state) }
  })
  const [increment, direct] = forms as [(typeof forms)[number], (typeof forms)[number]]
  const products = recordProducts(increment.epoch)
  bench.say(`matrix products of an ${what}:`)
  for (const line of describeProducts(products)) bench.say(`  ${line}`)
  const alone = replay(products)
  const rows = await compare(
    what,
    local(what, increment.epoch),
    [
      { ...local('its matrix products alone', alone.run), goal: PRODUCTS_GOAL },
      { ...local('the direct form', direct.epoch), goal: DIRECT_GOAL },
    ],
    bench.rounds,
    (seconds) => `${seconds.toFixed(1)} s per epoch`,
  )
  alone.dispose()
  for (const { dispose } of forms) dispose()
  disposeWeights(start)
  return rows
}
