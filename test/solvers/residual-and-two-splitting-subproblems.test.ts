/**
 * After each block of Algorithms 1 and 3 (Zeng et al. 2019), in float64 from the objectives as the paper has them: no single entry of the block
 * does better elsewhere. The sub-problems are convex quadratics or fall apart into entries, so that this is their minimum. Those of Algorithm 1
 * that are neither are only lowered: their value with the proximal term is not above the one before.
 */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Activation, type Architecture, residual, sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { residualBcd } from 'blockwise/dist/solvers/residual-bcd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { twoSplittingBcd } from 'blockwise/dist/solvers/two-splitting-bcd'
import { expect } from 'chai'

type Matrix = number[][]
/** Of layers 1 to L; biases as matrices of one row. */
interface Point {
  readonly u: Matrix[]
  readonly v: Matrix[]
  readonly w: Matrix[]
  readonly b: Matrix[]
}
type Kind = keyof Point

const sigmas: Readonly<Record<Activation, (z: number) => number>> = {
  relu: (z) => Math.max(z, 0),
  'leaky-relu': (z) => (z >= 0 ? z : 0.01 * z),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  identity: (z) => z,
}
const lossValues = {
  squared: (z: number, label: number) => 0.5 * (z - label) ** 2,
  hinge: (z: number, label: number) => Math.max(0, 1 - (2 * label - 1) * z),
}

/** sum over entries, [rows, d] each. */
function total(term: (...values: number[]) => number, ...of: Matrix[]): number {
  let sum = 0
  of[0]!.forEach((row, n) => {
    row.forEach((_, j) => {
      sum += term(...of.map((m) => m[n]![j]!))
    })
  })
  return sum
}
const predict = (input: Matrix, w: Matrix, [b]: Matrix): Matrix =>
  input.map((row) => w.map((weights, j) => weights.reduce((sum, value, k) => sum + value * row[k]!, b![j]!)))

const rows = 8
const random = keyedRandom('subproblems of residual and two-splitting')
const x: Matrix = Array.from({ length: rows }, () => Array.from({ length: 5 }, () => Math.fround(random.uniform())))
const y: Matrix = x.map((_, n) => [0, 1, 2].map((k) => (n % 3 === k ? 1 : 0)))

const offsets = [1e-4, 1e-3, 0.01, 0.03, 0.1, ...Array.from({ length: 16 }, (_, i) => 0.25 * (i + 1))].flatMap((d) => [
  d,
  -d,
])

/** By how much the value at `point` exceeds the least along the entries of one block, relative to the value. */
function excess(point: Point, kind: Kind, i: number, value: (at: Point) => number): number {
  const [block, own] = [point[kind][i]!, value(point)]
  let least = own
  for (const row of block)
    row.forEach((entry, j) => {
      for (const offset of offsets) {
        row[j] = entry + offset
        least = Math.min(least, value(point))
      }
      row[j] = entry
    })
  return (own - least) / own
}

function read(state: unknown): Point {
  const { chunks, v, kernels, biases } = state as {
    chunks?: { u: tf.Tensor2D[]; v: tf.Tensor2D[] }[]
    v?: tf.Tensor2D[]
    kernels: tf.Tensor2D[][]
    biases: tf.Tensor1D[]
  }
  const whole = chunks ? chunks[0]! : { u: [], v: v! }
  return {
    u: whole.u.map((t) => t.arraySync()),
    v: whole.v.map((t) => t.arraySync()),
    w: kernels.map(([w]) => w!.arraySync()),
    b: biases.map((b) => [b.arraySync()]),
  }
}

function setUp(architecture: Architecture): { problem: Problem; start: ReturnType<typeof heNormal>; end(): void } {
  const problem = { architecture, x: tf.tensor2d(x), y: tf.tensor2d(y) }
  const start = heNormal(architecture, 3)
  return {
    problem,
    start,
    end() {
      tf.dispose([problem.x, problem.y])
      disposeWeights(start)
    },
  }
}

const pairs = (['squared', 'hinge'] as const).flatMap((loss) =>
  (['relu', 'leaky-relu', 'sigmoid', 'tanh', 'identity'] as const).map((activation) => ({ loss, activation })),
)

describe('sub-problems of residual BCD', () => {
  for (const { loss, activation } of pairs)
    it(`${loss}, ${activation}: every block is at its minimum`, () => {
      const [gamma, rho, alpha] = [0.8, 0.5, 0.3]
      const { problem, start, end } = setUp(residual([5, 4, 4, 4, 3], { bias: true, activation }))
      const solver = residualBcd({ gamma, rho, alpha, loss })
      const f = ({ u, v, w, b }: Point): number => {
        let sum = total(lossValues[loss], v[3]!, y)
        u.forEach((own, i) => {
          const below = i === 0 ? x : v[i - 1]!
          const summed = i === 1 || i === 2
          const sigma = i === 3 ? sigmas.identity : sigmas[activation]
          sum +=
            (gamma / 2) * total((a, z, c) => (a - (summed ? c : 0) - sigma(z)) ** 2, v[i]!, own, summed ? below : own)
          sum += (rho / 2) * total((z, p) => (z - p) ** 2, own, predict(below, w[i]!, b[i]!))
        })
        return sum
      }
      const state = solver.init(problem, start)
      for (let t = 1; t <= 2; t++) {
        let old = read(state)
        for (const block of solver.step(state, problem, t, keyedRandom(t))) {
          if (!block.startsWith('W')) continue
          const i = Number(block.slice(1)) - 1
          const now = read(state)
          // In the order of the steps; W and b each with the other's old value.
          const order: Kind[] = ['v', 'u', 'w', 'b']
          order.forEach((kind, n) => {
            const done = order.slice(0, n).filter((earlier) => !(kind === 'b' && earlier === 'w'))
            const point = structuredClone(old)
            for (const each of [...done, kind]) point[each][i] = structuredClone(now[each][i]!)
            const proximity = kind === 'v' ? i === 3 : kind !== 'u' || i < 3
            const value = (at: Point): number =>
              f(at) + (proximity ? (alpha / 2) * total((a, c) => (a - c) ** 2, at[kind][i]!, old[kind][i]!) : 0)
            expect(excess(point, kind, i, value), `${kind}${i + 1}, t = ${t}`).to.be.below(1e-9)
          })
          old = now
        }
      }
      solver.dispose(state)
      end()
    }).timeout(60000)
})

describe('sub-problems of two-splitting BCD', () => {
  for (const { loss, activation } of pairs)
    it(`${loss}, ${activation}: V_L, W_L and linear layers are at their minimum, the others no higher than before`, () => {
      const [gamma, alpha] = [0.8, 0.3]
      const { problem, start, end } = setUp(sequential([5, 4, 4, 3], { bias: true, activation }))
      const solver = twoSplittingBcd({ gamma, alpha, loss })
      const f = ({ v, w, b }: Point): number =>
        v.reduce(
          (sum, own, i) => {
            const sigma = i === 2 ? sigmas.identity : sigmas[activation]
            const p = predict(i === 0 ? x : v[i - 1]!, w[i]!, b[i]!)
            return sum + (gamma / 2) * total((a, z) => (a - sigma(z)) ** 2, own, p)
          },
          total(lossValues[loss], v[2]!, y),
        )
      const state = solver.init(problem, start)
      for (let t = 1; t <= 3; t++) {
        let old = read(state)
        for (const block of solver.step(state, problem, t, keyedRandom(t))) {
          const [kind, i] = [block[0]!.toLowerCase() as Kind, Number(block.slice(1)) - 1]
          const now = read(state)
          // W and b are one block.
          const moved: Kind[] = kind === 'w' ? ['w', 'b'] : ['v']
          const value = (at: Point): number =>
            f(at) +
            (alpha / 2) *
              moved.reduce((sum, each) => sum + total((a, c) => (a - c) ** 2, at[each][i]!, old[each][i]!), 0)
          expect(value(now), `${block}, t = ${t}`).to.be.at.most(value(old) * (1 + 1e-6))
          // V of the layer below the linear output still goes through its own sigma below, a constant, and W_L above, linear.
          const convex = i === 2 || activation === 'identity' || (kind === 'v' && i === 1)
          if (convex)
            for (const each of moved) expect(excess(now, each, i, value), `${each}${i + 1}, t = ${t}`).to.be.below(1e-9)
          old = now
        }
      }
      solver.dispose(state)
      end()
    }).timeout(60000)
})
