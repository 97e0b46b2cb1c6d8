import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { sequential, tikhonovSkip } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal, type Weights } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { type AdmmState, admm } from 'blockwise/dist/solvers/admm'
import type { AdmmSettings } from 'blockwise/dist/solvers/admm/settings'
import { expect } from 'chai'
import { drain } from './drain'

type Matrix = number[][]

/** What make.py writes: float64 NumPy, pinv by SVD, entrywise problems by comparing candidates. */
interface Oracle {
  readonly widths: number[]
  readonly bias: boolean
  readonly settings: AdmmSettings
  readonly x: Matrix
  readonly y: Matrix
  readonly start: { readonly W: Matrix[]; readonly b: number[][] | null }
  readonly iterations: readonly {
    readonly blocks: readonly { readonly block: string; readonly value: unknown }[]
    readonly multiplier: Matrix
    readonly objective: number
  }[]
}

const flatten = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flatten) : [value as number])
const relativeError = (ours: unknown, theirs: unknown): number => {
  const [a, b] = [flatten(ours), flatten(theirs)]
  expect(a).to.have.length(b.length)
  return Math.hypot(...a.map((value, i) => value - b[i]!)) / (Math.hypot(...b) || 1)
}

function blockOf({ rows, kernels, biases }: AdmmState, block: string): unknown {
  const i = Number(block.slice(1)) - 1
  if (block[0] === 'W') return kernels[i]!.arraySync()
  if (block[0] === 'b') return biases[i]!.arraySync()
  return rows.flatMap((chunk) => (block[0] === 'z' ? chunk.z : chunk.a)[i]!.arraySync())
}

describe('admm', () => {
  for (const name of ['hinge', 'squared', 'overwritten'])
    it(`agrees block by block with the float64 oracle: ${name}`, () => {
      const before = tf.memory().numTensors
      const file = path.join(__dirname, '..', '..', 'fixtures', 'admm', `${name}.json`)
      const oracle = JSON.parse(readFileSync(file, 'utf8')) as Oracle
      const { widths, bias, start: first } = oracle
      const problem = { architecture: sequential(widths, { bias }), x: tf.tensor2d(oracle.x), y: tf.tensor2d(oracle.y) }
      const start: Weights = {
        kernels: first.W.map((w) => [tf.tensor2d(w)]),
        biases: first.W.map((_, i) => (first.b ? tf.tensor1d(first.b[i]!) : null)),
      }
      const solver = admm(oracle.settings)
      const state = solver.init(problem, start)
      oracle.iterations.forEach(({ blocks, multiplier, objective }, i) => {
        const seen: string[] = []
        drain(solver.step(state, problem, i + 1, keyedRandom(i)), (yielded) => {
          for (const { block, value } of blocks.filter(
            ({ block }) => block === yielded || block === yielded.replace('W', 'b'),
          ))
            expect(relativeError(blockOf(state, block), value), `${block}, iteration ${i + 1}`).to.be.below(5e-4)
          seen.push(yielded)
        })
        expect(seen).to.deep.equal(blocks.map(({ block }) => block).filter((block) => block[0] !== 'b'))
        const ours = state.rows.flatMap((chunk) => chunk.multiplier.arraySync())
        expect(relativeError(ours, multiplier)).to.be.below(5e-4)
        expect(solver.metrics(state, problem, i + 1)['objective']! / objective).to.be.closeTo(1, 1e-3)
      })
      solver.dispose(state)
      disposeWeights(start)
      tf.dispose([problem.x, problem.y])
      expect(tf.memory().numTensors).to.equal(before)
    })

  it('names what differs from the defaults, and refuses settings by name', () => {
    expect(admm().setting).to.equal('')
    expect(admm({ loss: 'squared', multiplier: 'overwritten' }).setting).to.equal('loss=squared;multiplier=overwritten')
    expect(() => admm({ gamma: -1 })).to.throw(RangeError, /gamma is -1; expected a positive number/)
    expect(() => admm({ warmUp: 0.5 })).to.throw(RangeError, /warmUp is 0.5; expected a whole number, 0 or more/)
  })

  it('refuses a network that is not a sequence', () => {
    const architecture = tikhonovSkip(4, 2)
    const start = heNormal(architecture, 0)
    const problem = {
      architecture,
      x: tf.zeros<tf.Rank.R2>([3, 4]),
      y: tf.tensor2d(Array.from({ length: 3 }, () => [0, 1])),
    }
    expect(() => admm().init(problem, start)).to.throw(RangeError, /layer 2 .*sequential/)
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
  })
})
