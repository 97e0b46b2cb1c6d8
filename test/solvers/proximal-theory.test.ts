/** What notebook 10 records: against float64 differences of the objective, against snapshots, and at kinks by hand. */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Activation, type Architecture, residual, sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import { leastSubgradient } from 'blockwise/dist/prox/activation-slope'
import { losses } from 'blockwise/dist/prox/loss'
import { keyedRandom } from 'blockwise/dist/random'
import { proxLinearBcd } from 'blockwise/dist/solvers/prox-linear-bcd'
import { l1Step } from 'blockwise/dist/solvers/proximal/l1-step'
import { leastByWeights } from 'blockwise/dist/solvers/proximal/subgradient'
import { type TheorySolver, withTheory } from 'blockwise/dist/solvers/proximal/theory'
import { proximalBcd } from 'blockwise/dist/solvers/proximal-bcd'
import { residualBcd } from 'blockwise/dist/solvers/residual-bcd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { twoSplittingBcd } from 'blockwise/dist/solvers/two-splitting-bcd'
import { train } from 'blockwise/dist/train'
import { expect } from 'chai'

const plain = (activation: Activation): Architecture => sequential([5, 4, 4, 3], { bias: true, activation })
const sums = (activation: Activation): Architecture => residual([5, 4, 4, 4, 3], { bias: true, activation })

const subjects: { name: string; make: () => TheorySolver<never>; architecture: Architecture; smooth: boolean }[] = [
  { name: 'three-splitting, tanh', make: () => proximalBcd({ gamma: 0.7, alpha: 0.4 }), architecture: plain('tanh') },
  {
    name: 'three-splitting, sigmoid, l2',
    make: () => proximalBcd({ rho: 0.6, l2: 0.3 }),
    architecture: plain('sigmoid'),
  },
  {
    name: 'prox-linear, linear',
    make: () => proxLinearBcd({ gamma: 0.3, alpha: 0.2 }),
    architecture: plain('identity'),
  },
  { name: 'residual, tanh', make: () => residualBcd({ gamma: 0.6, alpha: 0.5 }), architecture: sums('tanh') },
  {
    name: 'two-splitting, sigmoid',
    make: () => twoSplittingBcd({ gamma: 0.8, alpha: 0.5 }),
    architecture: plain('sigmoid'),
  },
  {
    name: 'three-splitting, ReLU, hinge',
    make: () => proximalBcd({ loss: 'hinge' }),
    architecture: plain('relu'),
    kinks: true,
  },
  {
    name: 'three-splitting, leaky ReLU, l1',
    make: () => proximalBcd({ l1: 0.1 }),
    architecture: plain('leaky-relu'),
    kinks: true,
  },
  { name: 'residual, ReLU', make: () => residualBcd(), architecture: sums('relu'), kinks: true },
  {
    name: 'two-splitting, ReLU',
    make: () => twoSplittingBcd({ alpha: 0.1 }),
    architecture: plain('relu'),
    kinks: true,
  },
].map(
  ({ kinks, make, ...rest }: { name: string; make: () => unknown; architecture: Architecture; kinks?: boolean }) => ({
    ...rest,
    make: make as () => TheorySolver<never>,
    smooth: kinks !== true,
  }),
)

function makeProblem(architecture: Architecture): Problem {
  const random = keyedRandom('theory')
  const x = Array.from({ length: 20 }, () => Array.from({ length: 5 }, () => random.uniform()))
  return {
    architecture,
    x: tf.tensor2d(x),
    y: tf.tensor2d(x.map((_, i) => [0, 1, 2].map((k) => (i % 3 === k ? 1 : 0)))),
  }
}

/** The lists that hold the state's blocks. P is dropped, so that it is computed anew from changed blocks. */
function slotsOf(state: unknown): (tf.Tensor | null)[][] {
  const { chunks, v, kernels, biases } = state as {
    chunks?: { u: tf.Tensor[]; v: tf.Tensor[]; predicted: (tf.Tensor | null)[] }[]
    v?: tf.Tensor[]
    kernels: tf.Tensor[][]
    biases: (tf.Tensor | null)[]
  }
  for (const { predicted } of chunks ?? []) {
    tf.dispose(predicted.filter((p) => p !== null))
    predicted.fill(null)
  }
  return [...(chunks ?? []).flatMap((chunk) => [chunk.u, chunk.v]), ...(v ? [v] : []), ...kernels, biases]
}

for (const { name, make, architecture, smooth } of subjects)
  describe(`what is proven of ${name}`, () => {
    const problem = makeProblem(architecture)
    const start = heNormal(architecture, 1)
    after(() => {
      tf.dispose([problem.x, problem.y])
      disposeWeights(start)
    })

    it('Lemma 1 holds at every iteration, and change and margin are what snapshots say', async () => {
      const solver = make()
      const state = solver.init(problem, start)
      const read = () => solver.theory.variables(state).map((block) => Array.from(block.dataSync()))
      const { trace, weights } = await train(withTheory(solver), problem, { start, iterations: 8, seed: 0 })
      disposeWeights(weights)
      for (let t = 1; t <= 8; t++) {
        const [before, f] = [read(), solver.metrics(state, problem, t)['objective']!]
        for (const _ of solver.step(state, problem, t, keyedRandom('step', 0, t))) void _
        const moved = Math.hypot(...read().flatMap((block, i) => block.map((value, k) => value - before[i]![k]!)))
        const row = trace[t]!
        expect(row['change']! / moved).to.be.closeTo(1, 1e-5)
        const fall = f - solver.metrics(state, problem, t)['objective']!
        expect(row['descent_margin']!).to.be.closeTo((fall - solver.theory.descent * moved ** 2) / f, 1e-6)
        expect(row['descent_margin'], `t = ${t}`).to.be.at.least(-1e-6)
      }
      solver.dispose(state)
    }).timeout(60000)

    if (smooth)
      it('the subgradient is the gradient of the objective, by differences', () => {
        const solver = make()
        const state = solver.init(problem, start)
        for (const _ of solver.step(state, problem, 1, keyedRandom('step', 0, 1))) void _
        let square = 0
        for (const slot of slotsOf(state))
          slot.forEach((held, at) => {
            if (!held) return
            const data = Array.from(held.dataSync())
            data.forEach((value, k) => {
              const f = (changed: number): number => {
                const moved = tf.tensor(data.with(k, changed), held.shape)
                slot[at] = moved
                const { objective } = solver.metrics(state, problem, 1)
                moved.dispose()
                return objective!
              }
              square += ((f(value + 0.02) - f(value - 0.02)) / 0.04) ** 2
            })
            slot[at] = held
          })
        expect(solver.theory.subgradient(state, problem) / square).to.be.closeTo(1, 0.02)
        solver.dispose(state)
      })
  })

describe('least subgradients at kinks', () => {
  const row = (...values: number[]) => tf.tensor2d([values])
  const of = (t: tf.Tensor) => Array.from(t.dataSync())

  it('ReLU at 0: 0 between the one-sided derivatives, the nearer of the two outside or where the kink is concave', () => {
    // One-sided derivatives: rest on the left, rest - misfit on the right.
    const [u, misfit, rest] = [row(0, 0, 0, 0, 1, -1), row(-2, -2, 2, 2, 2, 2), row(-1, 1, 1.5, -0.5, 3, 3)]
    expect(of(leastSubgradient('relu', u, misfit, rest))).to.deep.equal([0, 1, -0.5, -0.5, 1, 3])
    tf.dispose([u, misfit, rest])
  })

  it('hinge at its corner, and an l1 term at 0', () => {
    const [v, y, rest] = [row(1, 1, 1, 0, 2), row(1, 1, 1, 1, 1), row(0.4, 1.5, -0.25, 0.5, 0.5)]
    expect(of(losses.hinge.leastSubgradient(v, y, rest))).to.deep.equal([0, 0.5, -0.25, -0.5, 0.5])
    const [w, smooth] = [row(0, 0, 0, 2, -2), row(0.5, 2, -3, 1, 1)]
    expect(of(leastByWeights({ l2: 0.5, l1: 1 }, w, smooth))).to.deep.equal([0, 1, -2, 3, -1])
    tf.dispose([v, y, rest, w, smooth])
  })
})

describe('the W-step with an l1 term', () => {
  for (const [seed, l1, ridge] of [1.5, 0.5, 0.1].flatMap((l1) =>
    [2, 0.02].flatMap((ridge) => [0, 1, 2].map((seed) => [seed, l1, ridge] as const)),
  ))
    it(`ends at a fixed point of the proximal gradient step, to its tolerance, in float64: ${seed}, l1 = ${l1}, ridge = ${ridge}`, () => {
      const before = tf.memory().numTensors
      const random = keyedRandom('l1', seed)
      const draw = (n: number, m: number) =>
        Array.from({ length: n }, () => Array.from({ length: m }, () => random.uniform() - 0.4))
      const [v, target, w] = [draw(60, 30), draw(60, 5), draw(5, 30)]
      const gram = v[0]!.map((_, i) =>
        v[0]!.map((_, j) => v.reduce((sum, r) => sum + r[i]! * r[j]!, 0) + (i === j ? ridge : 0)),
      )
      const right = v[0]!.map((_, i) =>
        target[0]!.map((_, j) => v.reduce((sum, r, n) => sum + r[i]! * target[n]![j]!, 0)),
      )
      const tensors = [tf.tensor2d(w), tf.tensor2d(gram), tf.tensor2d(right)] as const
      const solution = l1Step(...tensors, l1)
      const found = solution.w.arraySync()
      const lipschitz = Math.max(...gram.map((row) => row.reduce((sum, g) => sum + Math.abs(g), 0)))
      let [moved, way, zeros] = [0, 0, 0]
      found.forEach((row, k) => {
        const d = row.map((value, i) => value - w[k]![i]!)
        row.forEach((value, i) => {
          const gradient = d.reduce((sum, dj, j) => sum + dj * gram[j]![i]!, 0) - right[i]![k]!
          const z = value - gradient / lipschitz
          moved += (value - Math.sign(z) * Math.max(0, Math.abs(z) - l1 / lipschitz)) ** 2
          way += d[i]! ** 2
          if (value === 0) zeros++
        })
      })
      expect(Math.sqrt(moved / way)).to.be.below(1.05e-4)
      expect(solution.residual).to.be.at.most(1e-4)
      if (l1 > 1) expect(zeros).to.be.above(0)
      tf.dispose([...tensors, solution.w])
      expect(tf.memory().numTensors).to.equal(before)
    })
})
