import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Architecture, residual, sequential, tikhonovSkip } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal, type Weights } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { closedFormBcd } from 'blockwise/dist/solvers/closed-form-bcd'
import { proxLinearBcd } from 'blockwise/dist/solvers/prox-linear-bcd'
import type { ProximalBcdSettings } from 'blockwise/dist/solvers/proximal/settings'
import type { ProximalBcdState } from 'blockwise/dist/solvers/proximal/state'
import { proximalBcd } from 'blockwise/dist/solvers/proximal-bcd'
import { residualBcd } from 'blockwise/dist/solvers/residual-bcd'
import type { Problem, Solver } from 'blockwise/dist/solvers/solver'
import { type TwoSplittingBcdState, twoSplittingBcd } from 'blockwise/dist/solvers/two-splitting-bcd'
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

interface Case {
  readonly name: string
  readonly variant: string
  readonly make: (settings: object) => Solver<unknown>
  /** Relative, of a block's value; and of the objective after it, where that is another. */
  readonly tolerance: number
  readonly toleranceOfObjective?: number
}

const oracleOf = (name: string): Oracle =>
  JSON.parse(
    readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'proximal-bcd', `${name}.json`), 'utf8'),
  ) as Oracle

/** The block's value in the state, all chunks, in the oracle's layout. */
function blockOf(state: ProximalBcdState | TwoSplittingBcdState, block: string): unknown {
  const i = Number(block.slice(1)) - 1
  if (block.startsWith('W')) return { w: state.kernels[i]![0].arraySync(), b: state.biases[i]?.arraySync() ?? null }
  if (!('chunks' in state)) return state.v[i]!.arraySync()
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
  const threeSplitting: Record<string, (settings: object) => Solver<ProximalBcdState>> = {
    ...Object.fromEntries(
      ['published', 'weights', 'hinge', 'leaky-relu', 'tanh', 'l2'].map((name) => [name, proximalBcd]),
    ),
    sigmoid: proximalBcd,
    logistic: proxLinearBcd,
    'cross-entropy': proxLinearBcd,
    residual: residualBcd,
    'residual-everywhere': residualBcd,
  }
  const cases: Case[] = [
    ...Object.entries(threeSplitting).flatMap(([name, make]) =>
      (['increment', 'direct'] as const).map((form) => ({
        name,
        variant: form,
        make: (settings: object) => make({ ...settings, form }) as Solver<unknown>,
        tolerance: form === 'direct' ? 5e-6 : 3e-6,
      })),
    ),
    // The W-step of the l1 term ends where a step moves W by 1e-4 of the change; the error left is the larger, the worse the condition.
    { name: 'l1', variant: 'increment', make: (s: object) => proximalBcd(s) as Solver<unknown>, tolerance: 2e-3 },
    ...['two-splitting', 'two-splitting-hinge'].map((name) => ({
      name,
      variant: 'linear layers',
      make: (s: object) => twoSplittingBcd(s) as Solver<unknown>,
      tolerance: 5e-6,
    })),
    // Descent ends before the minimum, and later blocks start from where it ended: W_1 of tanh is half of its change off, the objective 5 % of its fall.
    ...['two-splitting-sigmoid', 'two-splitting-tanh'].map((name) => ({
      name,
      variant: 'smooth layers',
      make: (s: object) => twoSplittingBcd(s) as Solver<unknown>,
      tolerance: 1e-2,
      toleranceOfObjective: 1e-5,
    })),
  ]
  for (const { name, variant, make, tolerance, toleranceOfObjective = tolerance } of cases)
    it(`agrees block by block with the float64 oracle, one epoch: ${name}, ${variant}`, () => {
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
      const solver = make(oracle.settings)
      const state = solver.init(problem, start)
      expect(solver.metrics(state, problem, 0)['objective']! / oracle.start.f).to.be.closeTo(1, 1e-6)
      const blocks = [...oracle.blocks]
      for (const block of solver.step(state, problem, 1, keyedRandom(1))) {
        const theirs = blocks.shift()!
        expect(block).to.equal(theirs.block)
        expect(relativeError(blockOf(state as ProximalBcdState, block), theirs.value), block).to.be.below(tolerance)
        expect(solver.metrics(state, problem, 1)['objective']! / theirs.f, `f after ${block}`).to.be.closeTo(
          1,
          toleranceOfObjective,
        )
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
    expect(() => proximalBcd({ l2: -0.1 })).to.throw(RangeError, /l2 is -0.1; expected a number >= 0/)
    expect(() => residualBcd({ l1: Number.NaN })).to.throw(
      RangeError,
      /residual-bcd: l1 is NaN; expected a number >= 0/,
    )
    expect(() => proximalBcd({ l1: 1, form: 'direct' })).to.throw(RangeError, /form is 'direct'; expected 'increment'/)
    expect(() => twoSplittingBcd({ gamma: 0 })).to.throw(RangeError, /two-splitting-bcd: gamma is 0; expected a posit/)
    expect(() => twoSplittingBcd({ rho: 1 } as object)).to.throw(RangeError, /no setting 'rho'; expected one of gamma/)
    expect(() => twoSplittingBcd({ loss: 'logistic' as 'hinge' })).to.throw(
      RangeError,
      /loss is 'logistic'; expected sq/,
    )
    expect(() => proximalBcd({ beta: 1 } as object)).to.throw(RangeError, /no setting 'beta'; expected one of gamma/)
  })

  it('names in `setting` what differs from the defaults, in one order', () => {
    expect(proximalBcd().setting).to.equal('')
    expect(proxLinearBcd({ loss: 'logistic' }).setting).to.equal('loss=logistic')
    expect(proximalBcd({ alpha: 4, gamma: 0.1 }).setting).to.equal('gamma=0.1;alpha=4')
    expect(proximalBcd({ loss: 'hinge', form: 'direct', alpha: 1 }).setting).to.equal('alpha=1;form=direct;loss=hinge')
  })

  const refused = (solver: Pick<Solver, 'init'>, architecture: Architecture, message: RegExp) => {
    const before = tf.memory().numTensors
    const start = heNormal(architecture, 0)
    const [x, y] = [tf.zeros<tf.Rank.R2>([5, 4]), tf.tensor2d(Array.from({ length: 5 }, () => [1, 0, 0]))]
    expect(() => solver.init({ architecture, x, y }, start)).to.throw(RangeError, message)
    disposeWeights(start)
    tf.dispose([x, y])
    expect(tf.memory().numTensors).to.equal(before)
  }

  it('refuses networks that are not layers in sequence with an identity output', () => {
    const both = /layer 2 takes layer 0 \(identity\) and layer 1 \(weight\); expected layer 1 through a weight/
    refused(proximalBcd(), tikhonovSkip(4, 3), both)
    refused(twoSplittingBcd(), tikhonovSkip(4, 3), both)
    refused(residualBcd(), tikhonovSkip(4, 3), both)
    refused(
      proximalBcd(),
      residual([4, 5, 5, 3]),
      /layer 2 takes layer 1 \(weight\) and layer 1 \(residual\); expected .* nothing else \(residualBcd has residual sums\)/,
    )
    const plain = sequential([4, 3])
    refused(
      proximalBcd(),
      { ...plain, layers: plain.layers.map((layer) => ({ ...layer, activation: 'relu' as const })) },
      /output layer has activation relu; expected identity/,
    )
  })

  it('refuses settings that only look like numbers, and says which solver has a loss', () => {
    const shams = ['1', true, null, [1], {}, Number.NaN, Number.POSITIVE_INFINITY, 1e39, 1e-46]
    for (const sham of shams) {
      for (const solver of [proximalBcd, proxLinearBcd, residualBcd, twoSplittingBcd, closedFormBcd])
        expect(() => solver({ gamma: sham as number })).to.throw(RangeError, /gamma is .*; expected a positive number/)
      if (sham !== 1e-46)
        expect(() => proximalBcd({ l2: sham as number })).to.throw(RangeError, /l2 is .*; expected a number >= 0/)
    }
    expect(() => proximalBcd(5 as unknown as object)).to.throw(RangeError, /settings are 5; expected an object/)
    expect(() => residualBcd({ loss: 'logistic' as 'hinge' })).to.throw(RangeError, /; proxLinearBcd has that loss/)
  })

  it('refuses residual sums of layers of other widths, or in another order', () => {
    const sums = residual([4, 5, 5, 3])
    const layers = sums.layers.map((layer, i) => (i === 0 ? { ...layer, width: 6 } : layer))
    refused(
      residualBcd(),
      { ...sums, layers },
      /layer 2 \(width 5\) takes layer 1 \(width 6\) through a residual sum: widths/,
    )
    const turned = sums.layers.map((layer) => ({ ...layer, inputs: [...layer.inputs].reverse() }))
    refused(
      residualBcd(),
      { ...sums, layers: turned },
      /layer 2 takes .*expected .* at most layer 1 as a residual after/,
    )
  })
})
