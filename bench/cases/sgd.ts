/** One epoch of Caffe's SGD with momentum at batch 64 on 784-784-784-784-10, 10,000 images. */
import { disposeWeights, heNormal, sequential } from 'blockwise/dist/network'
import { keyedRandom } from 'blockwise/dist/random'
import { caffe } from 'blockwise/dist/solvers/caffe-sgd'
import { type Bench, type Case, mnist, named, numpy, withFiles } from '../case'
import { compare, local } from '../compare'
import { describeProducts, recordProducts, replay } from '../products'

const ROWS = 10_000
const WIDTHS = [784, 784, 784, 784, 10]
const BATCH = 64
const PRODUCTS_GOAL = 1.6

export const sgd: Case = {
  title: `SGD epoch: ${WIDTHS.join('-')}, batch ${BATCH}, N = ${ROWS}`,
  async run(bench) {
    const problem = await mnist(sequential(WIDTHS, { bias: true }), ROWS)
    const start = heNormal(problem.architecture, 1)
    const solver = caffe.sgd({ batch: BATCH })
    const state = solver.init(problem, start)
    let epochs = 0
    let firstLoss = Number.NaN
    const epoch = () => {
      const running = solver.step(state, problem, ++epochs, keyedRandom(epochs))
      let result = running.next()
      while (!result.done) result = running.next()
      if (epochs === 1) firstLoss = result.value.mean_batch_loss!
    }
    const products = recordProducts(epoch)
    bench.say('matrix products of the epoch:')
    for (const line of describeProducts(products)) bench.say(`  ${line}`)
    const alone = replay(products)

    const peer = await withFiles({ x: problem.x, y: problem.y, ...named(start) }, (folder) =>
      numpy(bench, 'sgd-epoch', { folder, rows: ROWS, widths: WIDTHS, batch: BATCH }, 1),
    )
    checkSameWork(bench, firstLoss, await bench.peer.ask('first_epoch_loss'))

    const opponents = [peer, { ...local('its matrix products alone', alone.run), goal: PRODUCTS_GOAL }]
    const steps = Math.ceil(ROWS / BATCH)
    const rows = await compare(
      'epoch',
      local('epoch', epoch),
      opponents,
      bench.rounds,
      (s) => `${(steps / s).toFixed(0)} steps/s`,
    )
    alone.dispose()
    solver.dispose(state)
    disposeWeights(start)
    problem.dispose()
    return rows
  },
}

/** The mean loss over the first epoch, from the same weights; the samples' order differs. */
function checkSameWork(bench: Bench, ours: number, theirs: number): void {
  bench.say(`mean loss over the first epoch: ours ${ours.toFixed(4)}, NumPy ${theirs.toFixed(4)}`)
  if (!(Math.abs(ours - theirs) <= 0.1 * theirs))
    throw new Error(`the losses of the first epoch differ by more than 10 %: ours ${ours}, NumPy ${theirs}`)
}
