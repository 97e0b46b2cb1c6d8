import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import type { Architecture } from 'blockwise/dist/network/architecture'
import { disposeWeights, type Weights } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { type TikhonovBcdState, tikhonovBcd } from 'blockwise/dist/solvers/tikhonov-bcd'
import { expect } from 'chai'

type Matrix = number[][]

/** What make.py writes: float64 NumPy, U* by an active-set method, V* and W* by orthogonal factorisations. */
interface Oracle {
  readonly architecture: Architecture
  readonly gamma: number[]
  readonly theta: { readonly schedule: 'power' | 'constant'; readonly value: number }
  readonly x: Matrix
  readonly y: Matrix
  readonly start: { readonly f: number; readonly U: Matrix[]; readonly V: Matrix; readonly W: Matrix[][] }
  readonly steps: readonly {
    readonly t: number
    readonly blocks: readonly { readonly block: 'U' | 'V' | 'W'; readonly value: unknown; readonly f: number }[]
  }[]
  readonly residuals: { readonly r_U: number; readonly r_V: number; readonly r_W: number }
}

const fixture = (name: string): Oracle =>
  JSON.parse(
    readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'tikhonov-bcd', `${name}.json`), 'utf8'),
  ) as Oracle

function setUp(oracle: Oracle): { problem: Problem; start: Weights; solver: ReturnType<typeof tikhonovBcd> } {
  const { architecture, gamma, theta } = oracle
  const { schedule, value } = theta
  return {
    problem: { architecture, x: tf.tensor2d(oracle.x), y: tf.tensor2d(oracle.y) },
    start: {
      kernels: [...oracle.start.W.map((row) => row.map((w) => tf.tensor2d(w))), [tf.tensor2d(oracle.start.V)]],
      biases: architecture.layers.map(() => null),
    },
    solver: tikhonovBcd({
      gamma,
      theta: schedule === 'power' ? { power: value } : { constant: value },
      innerTolerance: 1e-6,
      innerCap: 5000,
    }),
  }
}

/** The block's value in the state, as nested arrays in the oracle's layout. */
function blockOf(state: TikhonovBcdState, block: 'U' | 'V' | 'W'): unknown {
  if (block === 'V') return state.kernels.at(-1)![0]!.arraySync()
  if (block === 'W') return state.kernels.slice(0, -1).map((row) => row.map((w) => w.arraySync()))
  return state.chunks[0]!.u.map((u) => u.arraySync())
}

const flatten = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flatten) : [value as number])
const norm = (values: readonly number[]) => Math.hypot(...values)
const relativeError = (ours: unknown, theirs: unknown) => {
  const [a, b] = [flatten(ours), flatten(theirs)]
  expect(a).to.have.length(b.length)
  return norm(a.map((value, i) => value - b[i]!)) / norm(b)
}

describe('tikhonov-bcd', () => {
  for (const name of ['skip', 'sequential', 'dense'])
    it(`agrees block by block with the float64 oracle: ${name}, t = 1, 2, 3`, () => {
      const before = tf.memory().numTensors
      const oracle = fixture(name)
      const { problem, start, solver } = setUp(oracle)
      const state = solver.init(problem, start)
      expect(relativeError(blockOf(state, 'U'), oracle.start.U)).to.be.below(1e-6)
      expect(solver.metrics(state, problem, 0)['objective']! / oracle.start.f).to.be.closeTo(1, 1e-6)
      const lastHidden = `W${oracle.architecture.layers.length - 1}`
      for (const { t, blocks } of oracle.steps) {
        const expected = Object.fromEntries(blocks.map((b) => [b.block, b]))
        for (const block of solver.step(state, problem, t, keyedRandom(t))) {
          const kind = block === lastHidden ? 'W' : block === 'U' || block === 'V' ? block : null
          if (!kind) continue
          const theirs = expected[kind]!
          expect(relativeError(blockOf(state, kind), theirs.value), `${kind} at t = ${t}`).to.be.below(2e-4)
          expect(solver.metrics(state, problem, t)['objective']! / theirs.f, `f after ${kind}, t = ${t}`).to.be.closeTo(
            1,
            1e-4,
          )
        }
      }
      const { residual_u, residual_v, residual_w } = solver.metrics(state, problem, 3)
      expect(residual_u! / oracle.residuals.r_U).to.be.closeTo(1, 1e-3)
      expect(residual_v! / oracle.residuals.r_V).to.be.closeTo(1, 5e-2)
      expect(residual_w! / oracle.residuals.r_W).to.be.closeTo(1, 5e-2)
      solver.dispose(state)
      disposeWeights(start)
      tf.dispose([problem.x, problem.y])
      expect(tf.memory().numTensors).to.equal(before)
    })
})
