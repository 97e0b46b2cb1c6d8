import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Architecture, sequential, tikhonovSkip } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal, type Weights } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { proxLinearBcd } from 'blockwise/dist/solvers/prox-linear-bcd'
import type { ProximalBcdSettings } from 'blockwise/dist/solvers/proximal/settings'
import type { ProximalBcdState } from 'blockwise/dist/solvers/proximal/state'
import { proximalBcd } from 'blockwise/dist/solvers/proximal-bcd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { expect } from 'chai'

type Matrix = number[][]

/** What make.py writes: float64 NumPy, by stacked least squares and by comparing pieces. */
interface Oracle {
  readonly architecture: Architecture
  readonly settings: Partial<ProximalBcdSettings>
  readonly x: Matrix
  readonly y: Matrix
  readonly start: { readonly kernels: Matrix[]; readonly biases: (number[] | null)[]; readonly f: number }
  readonly blocks: readonly { readonly block: string; readonly value: unknown; readonly f: number }[]
}

const oracleOf = (name: string): Oracle =>
  JSON.parse(
    readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'proximal-bcd', `${name}.json`), 'utf8'),
  ) as Oracle

/** The block's value in the state, all chunks, in the oracle's layout. */
function blockOf(state: ProximalBcdState, block: string): unknown {
  const i = Number(block.slice(1)) - 1
  if (block.startsWith('W')) return { w: state.kernels[i]![0].arraySync(), b: state.biases[i]?.arraySync() ?? null }
  return state.chunks.flatMap(({ u, v }) => (block.startsWith('V') ? v : u)[i]!.arraySync())
}

const numbers = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : value === null ? [] : Object.values(value as object).flatMap(numbers)

function relativeError(ours: unknown, theirs: unknown): number {
  const [a, b] = [numbers(ours), numbers(theirs)]
  expect(a).to.have.length(b.length)
  return Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b)
}

describe('proximal-bcd', () => {
  for (const name of ['published', 'weights', 'hinge', 'logistic', 'cross-entropy'])
    for (const form of ['increment', 'direct'] as const)
      it(`agrees block by block with the float64 oracle, one epoch: ${name}, ${form}`, () => {
        const before = tf.memory().numTensors
        const oracle = oracleOf(name)
        const problem: Problem = {
          architecture: oracle.architecture,
          x: tf.tensor2d(oracle.x),
          y: tf.tensor2d(oracle.y),
        }
        const start: Weights = {
          kernels: oracle.start.kernels.map((w) => [tf.tensor2d(w)]),
          biases: oracle.start.biases.map((b) => b && tf.tensor1d(b)),
        }
        const smooth = ['logistic', 'cross-entropy'].includes(name)
        const make = (smooth ? proxLinearBcd : proximalBcd) as (settings: object) => ReturnType<typeof proximalBcd>
        const solver = make({ ...oracle.settings, form })
        const state = solver.init(problem, start)
        expect(solver.metrics(state, problem, 0)['objective']! / oracle.start.f).to.be.closeTo(1, 1e-6)
        const blocks = [...oracle.blocks]
        for (const block of solver.step(state, problem, 1, keyedRandom(1))) {
          const theirs = blocks.shift()!
          expect(block).to.equal(theirs.block)
          expect(relativeError(blockOf(state, block), theirs.value), block).to.be.below(3e-6)
          expect(solver.metrics(state, problem, 1)['objective']! / theirs.f, `f after ${block}`).to.be.closeTo(1, 2e-6)
        }
        expect(blocks).to.deep.equal([])
        solver.dispose(state)
        disposeWeights(start)
        tf.dispose([problem.x, problem.y])
        expect(tf.memory().numTensors).to.equal(before)
      })

  it('refuses settings by name', () => {
    expect(() => proximalBcd({ alpha: -1 })).to.throw(RangeError, /alpha is -1; expected a positive number/)
    expect(() => proximalBcd({ gamma: Number.NaN })).to.throw(RangeError, /gamma is NaN; expected a positive/)
    expect(() => proximalBcd({ form: 'indirect' as 'direct' })).to.throw(RangeError, /form is 'indirect'; expected/)
    expect(() => proximalBcd({ loss: 'squard' as 'squared' })).to.throw(
      RangeError,
      /loss is 'squard'; expected squared/,
    )
    expect(() => proxLinearBcd({ loss: 'hinge' as 'logistic' })).to.throw(
      RangeError,
      /loss is 'hinge'; expected logistic/,
    )
    expect(() => proxLinearBcd({ gamma: 0.1, alpha: 0.2 })).to.throw(
      RangeError,
      /alpha is 0.2; expected more than 0.2, /,
    )
    expect(() => proxLinearBcd({ gamma: 0.1, alpha: 0.08, loss: 'logistic' })).not.to.throw()
    expect(() => proximalBcd({ beta: 1 } as object)).to.throw(RangeError, /no setting 'beta'; expected one of gamma/)
  })

  it('names in `setting` what differs from the defaults, in one order', () => {
    expect(proximalBcd().setting).to.equal('')
    expect(proxLinearBcd({ loss: 'logistic' }).setting).to.equal('loss=logistic')
    expect(proximalBcd({ alpha: 4, gamma: 0.1 }).setting).to.equal('gamma=0.1;alpha=4')
    expect(proximalBcd({ loss: 'hinge', form: 'direct', alpha: 1 }).setting).to.equal('alpha=1;form=direct;loss=hinge')
  })

  it('refuses networks that are not layers in sequence with an identity output', () => {
    const refused = (architecture: Architecture, message: RegExp) => {
      const start = heNormal(architecture, 0)
      const [x, y] = [tf.zeros<tf.Rank.R2>([5, 4]), tf.zeros<tf.Rank.R2>([5, 3])]
      expect(() => proximalBcd().init({ architecture, x, y }, start)).to.throw(RangeError, message)
      disposeWeights(start)
      tf.dispose([x, y])
    }
    refused(tikhonovSkip(4, 3), /layer 2 takes layer 0 \(identity\) and layer 1 \(weight\); expected layer 1/)
    const plain = sequential([4, 3])
    refused(
      { ...plain, layers: plain.layers.map((layer) => ({ ...layer, activation: 'relu' as const })) },
      /output layer has activation relu; expected identity/,
    )
  })
})
