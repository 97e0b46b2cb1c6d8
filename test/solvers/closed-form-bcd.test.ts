import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { allEarlierLayers } from 'blockwise/dist/network/all-earlier-layers'
import { type Architecture, sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal, type Weights } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { type ClosedFormBcdSettings, closedFormBcd } from 'blockwise/dist/solvers/closed-form-bcd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { expect } from 'chai'

type Matrix = number[][]

/** What make.py writes: float64 NumPy, sample by sample. */
interface Oracle {
  readonly widths: number[]
  readonly settings: ClosedFormBcdSettings
  readonly x: Matrix
  readonly y: Matrix
  readonly start: { readonly kernels: Matrix[][]; readonly f: number }
  readonly steps: readonly {
    readonly t: number
    readonly theta: number
    readonly U: Matrix
    readonly kernels: Matrix[][]
    readonly f: number
    readonly accuracy: number
  }[]
}

const oracleOf = (name: string): Oracle =>
  JSON.parse(
    readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'closed-form-bcd', `${name}.json`), 'utf8'),
  ) as Oracle

const flatten = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flatten) : [value as number])

function relativeError(ours: unknown, theirs: unknown): number {
  const [a, b] = [flatten(ours), flatten(theirs)]
  expect(a).to.have.length(b.length)
  return Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b)
}

describe('closed-form-bcd', () => {
  for (const name of ['printed', 'projected'])
    it(`agrees block by block with the float64 oracle, t = 1, 2, 3: ${name}`, () => {
      const before = tf.memory().numTensors
      const oracle = oracleOf(name)
      const problem: Problem = {
        architecture: allEarlierLayers(oracle.widths),
        x: tf.tensor2d(oracle.x),
        y: tf.tensor2d(oracle.y),
      }
      const start: Weights = {
        kernels: oracle.start.kernels.map((row) => row.map((w) => tf.tensor2d(w))),
        biases: oracle.start.kernels.map(() => null),
      }
      const solver = closedFormBcd(oracle.settings)
      const state = solver.init(problem, start)
      expect(solver.metrics(state, problem, 0).objective! / oracle.start.f).to.be.closeTo(1, 1e-6)
      for (const { t, theta, U, kernels, f, accuracy } of oracle.steps) {
        const step = solver.step(state, problem, t, keyedRandom(t))
        expect(step.next().value).to.equal('U')
        expect(
          relativeError(
            state.chunks.flatMap(({ u }) => u.arraySync()),
            U,
          ),
          `U, t = ${t}`,
        ).to.be.below(1e-5)
        expect(step.next().value).to.equal('W')
        const ours = state.kernels.map((row) => row.map((w) => w.arraySync()))
        expect(relativeError(ours, kernels), `W, t = ${t}`).to.be.below(1e-5)
        const end = step.next()
        expect(end.done).to.equal(true)
        expect((end.value as { theta: number }).theta).to.be.closeTo(theta, 1e-8)
        const { objective, train_accuracy_auxiliary } = solver.metrics(state, problem, t)
        expect(objective! / f).to.be.closeTo(1, 1e-5)
        expect(train_accuracy_auxiliary).to.be.closeTo(accuracy, 1e-6)
      }
      solver.dispose(state)
      disposeWeights(start)
      tf.dispose([problem.x, problem.y])
      expect(tf.memory().numTensors).to.equal(before)
    })

  it('refuses settings and networks by name', () => {
    expect(() => closedFormBcd({ gamma: 0 })).to.throw(RangeError, /gamma is 0; expected a positive number/)
    expect(() => closedFormBcd({ power: -1 })).to.throw(RangeError, /power is -1; expected a number >= 0/)
    expect(() => closedFormBcd({ theta: 1 } as object)).to.throw(
      RangeError,
      /no setting 'theta'; expected one of gamma/,
    )
    expect(closedFormBcd().setting).to.equal('')
    expect(closedFormBcd({ project: true }).setting).to.equal('project=true')
    const refused = (architecture: Architecture, message: RegExp) => {
      const start = heNormal(architecture, 0)
      const [x, y] = [tf.zeros<tf.Rank.R2>([5, 4]), tf.tensor2d(Array.from({ length: 5 }, () => [1, 0, 0]))]
      expect(() => closedFormBcd().init({ architecture, x, y }, start)).to.throw(RangeError, message)
      disposeWeights(start)
      tf.dispose([x, y])
    }
    refused(sequential([4, 4, 4, 3]), /layer 2 takes layer 1 \(weight\); expected layer 0, 1, each through weights/)
    refused(sequential([4, 4, 3], { bias: true }), /expected ReLU hidden layers, an identity output and no biases/)
    refused(sequential([4, 3]), /expected at least one hidden layer, got none/)
  })
})
