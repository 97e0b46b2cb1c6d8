import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Architecture, tikhonovSkip } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal, type Weights } from 'blockwise/dist/network/weights'
import { regressInL1Ball } from 'blockwise/dist/prox/l1-regression'
import { keyedRandom } from 'blockwise/dist/random'
import { bcdS } from 'blockwise/dist/solvers/bcd-s'
import type { Solver } from 'blockwise/dist/solvers/solver'
import { tikhonovBcd } from 'blockwise/dist/solvers/tikhonov-bcd'
import { expect } from 'chai'
import { drain } from './drain'

type Matrix = number[][]

/** What fixtures/bcd-s/make.py writes: float64, W* by scikit-learn's Lasso at the penalty that gives the radius. */
interface Oracle {
  readonly architecture: Architecture
  readonly gamma: number[]
  readonly theta: { readonly value: number }
  readonly radius: number
  readonly x: Matrix
  readonly y: Matrix
  readonly start: { readonly f: number; readonly V: Matrix; readonly W: Matrix[][] }
  readonly steps: readonly {
    readonly t: number
    readonly p: number
    readonly blocks: readonly { readonly block: 'U' | 'V' | 'W'; readonly value: unknown; readonly f: number }[]
    readonly regressions: readonly {
      readonly layer: number
      readonly inputs: Matrix
      readonly target: Matrix
      readonly old: Matrix
      readonly star: Matrix
      readonly value: number
    }[]
  }[]
}

const oracle = JSON.parse(
  readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'bcd-s', 'skip.json'), 'utf8'),
) as Oracle

const flatten = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flatten) : [value as number])
const relativeError = (ours: unknown, theirs: unknown): number => {
  const [a, b] = [flatten(ours), flatten(theirs)]
  expect(a).to.have.length(b.length)
  return Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b)
}

/** The l1 norm of each unit's weights, all its inputs side by side, in float64. */
const rowNorms = (kernels: readonly tf.Tensor2D[]): number[] =>
  kernels
    .map((w) => w.arraySync().map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0)))
    .reduce((a, b) => a.map((value, unit) => value + b[unit]!))

describe('bcd-s', () => {
  it('solves each sub-problem of W as the float64 oracle does', () => {
    const { gamma, radius, steps } = oracle
    for (const { t, p, regressions } of steps)
      for (const { layer, inputs, target, old, star, value } of regressions)
        tf.tidy(() => {
          const [a, b, before, best] = [tf.tensor2d(inputs), tf.tensor2d(target), tf.tensor2d(old), tf.tensor2d(star)]
          const residual = tf.sub<tf.Tensor2D>(b, tf.matMul(a, before, false, true))
          const problem = {
            gram: tf.matMul<tf.Tensor2D>(a, a, true, false),
            correlation: tf.matMul<tf.Tensor2D>(a, residual, true, false),
            misfit: tf.sum(tf.square(residual), 0) as tf.Tensor1D,
            old: before,
            weight: gamma[layer - 1]!,
            proximity: p,
          }
          const what = `t = ${t}, layer ${layer}`
          const found = regressInL1Ball(problem, radius, before, { tolerance: 1e-6, cap: 5000 })
          expect(found.iterations, what).to.be.below(5000)
          expect(found.value / value, what).to.be.closeTo(1, 1e-5)
          // 1e-6 of the value, in a direction as flat as the proximity, or at t = 1 the inputs, allow.
          const away = tf.norm(tf.sub(found.w, best)).dataSync()[0]! / tf.norm(best).dataSync()[0]!
          expect(away, what).to.be.below(3e-3)
          // A loose solution is above the minimum by no more than its certificate says.
          const loose = regressInL1Ball(problem, radius, tf.zerosLike(before), { tolerance: 0.3, cap: 5 })
          expect(loose.value - value, what).to.be.within(-1e-5 * value, loose.gap + 1e-5 * value)
        })
  })

  it('follows the float64 oracle from block to block', () => {
    const { architecture, gamma, theta, radius } = oracle
    const before = tf.memory().numTensors
    const problem = { architecture, x: tf.tensor2d(oracle.x), y: tf.tensor2d(oracle.y) }
    const start: Weights = {
      kernels: [...oracle.start.W.map((row) => row.map((w) => tf.tensor2d(w))), [tf.tensor2d(oracle.start.V)]],
      biases: architecture.layers.map(() => null),
    }
    const exact = { innerTolerance: 1e-6, innerCap: 5000, weightTolerance: 1e-6, weightCap: 5000 }
    const solver = bcdS({ gamma, theta: { power: theta.value }, radius, ...exact })
    const state = solver.init(problem, start)
    expect(solver.metrics(state, problem, 0)['objective']! / oracle.start.f).to.be.closeTo(1, 1e-6)
    for (const { t, blocks } of oracle.steps) {
      const ours: Record<string, { f: number; value: unknown }> = {}
      drain(solver.step(state, problem, t, keyedRandom(t)), (block) => {
        const kernels = solver.weights(state).kernels.map((row) => row.map((w) => w.arraySync()))
        const value = {
          U: state.chunks[0]!.u.map((u) => u.arraySync()),
          V: kernels.at(-1)![0],
          W: kernels.slice(0, -1),
        }
        const kind = block[0] as 'U' | 'V' | 'W'
        ours[kind] = { f: solver.metrics(state, problem, t).objective!, value: value[kind] }
      })
      for (const { block, value, f } of blocks) {
        expect(ours[block]!.f / f, `f at t = ${t}, after ${block}`).to.be.closeTo(1, 1e-5)
        expect(relativeError(ours[block]!.value, value), `${block} at t = ${t}`).to.be.below(2e-3)
      }
    }
    solver.dispose(state)
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
    expect(tf.memory().numTensors).to.equal(before)
  })

  for (const radius of [0, 0.25, 1, 4])
    it(`keeps every row within radius ${radius} to 1e-5 at every iteration, and never raises the objective from t = 2 on`, () => {
      const architecture = tikhonovSkip(40, 5)
      const random = keyedRandom('bcd-s', radius)
      const uniform = (rows: number, columns: number) =>
        tf.tensor2d(Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.uniform())))
      const labels = Array.from({ length: 300 }, (_, i) => i % 5)
      const problem = { architecture, x: uniform(300, 40), y: tf.oneHot(labels, 5).toFloat() as tf.Tensor2D }
      const start = heNormal(architecture, 0)
      const solver = bcdS({ radius })
      const state = solver.init(problem, start)
      let last = Number.POSITIVE_INFINITY
      for (let t = 1; t <= 8; t++) {
        const report = drain(solver.step(state, problem, t, keyedRandom(t)))
        for (const [at, kernels] of solver.weights(state).kernels.slice(0, -1).entries())
          for (const [unit, norm] of rowNorms(kernels).entries())
            expect(norm, `t = ${t}, layer ${at + 1}, unit ${unit}`).to.be.at.most(radius * (1 + 1e-5))
        expect(report['w_gap'], `gap at t = ${t}`).to.be.within(0, 0.01)
        expect(report['w_iterations'], `inner iterations at t = ${t}`).to.be.below(1000)
        const { objective } = solver.metrics(state, problem, t)
        expect(objective, `t = ${t}`).to.be.at.most(last * (1 + 1e-5))
        last = objective!
      }
      solver.dispose(state)
      disposeWeights(start)
      tf.dispose([problem.x, problem.y])
    })

  it('has the W-step of tikhonov-bcd where the ball is too large to matter, of minimum norm at t = 1', () => {
    const { architecture, gamma } = oracle
    // A pixel that is never lit: nothing but the norm decides about its weights.
    const x = tf.tensor2d(oracle.x.map((row) => row.map((value, pixel) => (pixel === 3 ? 0 : value))))
    const problem = { architecture, x, y: tf.tensor2d(oracle.y) }
    const start = heNormal(architecture, 0)
    const kernels = [bcdS({ gamma, radius: 1e3, weightTolerance: 1e-6, weightCap: 5000 }), tikhonovBcd({ gamma })].map(
      (solver) => {
        const [free, state] = [solver as Solver, solver.init(problem, start)]
        for (let t = 1; t <= 3; t++) drain(free.step(state, problem, t, keyedRandom(t)))
        const found = free.weights(state).kernels.map((row) => row.map((w) => w.arraySync()))
        free.dispose(state)
        return found
      },
    )
    expect(relativeError(kernels[0], kernels[1])).to.be.below(0.02)
    expect(kernels[0]![0]![0]!.map((row) => row[3])).to.deep.equal(kernels[1]![0]![0]!.map((row) => row[3]))
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
  })

  it('says with what gap a W-step ended that its cap cut short', () => {
    const { architecture, gamma } = oracle
    const problem = { architecture, x: tf.tensor2d(oracle.x), y: tf.tensor2d(oracle.y) }
    const start = heNormal(architecture, 0)
    const solver = bcdS({ gamma, radius: 4, weightCap: 2 })
    expect(solver.setting).to.include('radius=4;weight_cap=2')
    const state = solver.init(problem, start)
    const report = drain(solver.step(state, problem, 1, keyedRandom(1)))
    expect(report['w_iterations']).to.equal(2)
    expect(report['w_gap']).to.be.above(0.01)
    solver.dispose(state)
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
  })

  it('refuses settings that cannot be, by name', () => {
    for (const radius of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => bcdS({ radius })).to.throw(RangeError, `bcd-s: radius is ${radius}`)
    for (const weightTolerance of [0, Number.NaN])
      expect(() => bcdS({ weightTolerance })).to.throw(RangeError, `bcd-s: weightTolerance is ${weightTolerance}`)
    expect(() => bcdS({ theta: { constant: 0.5 } })).to.throw(RangeError, 'bcd-s: theta is constant at 0.5')
    expect(() => bcdS({ gamma: -1 })).to.throw(RangeError, 'bcd-s: gamma is -1')
    for (const weightCap of [0, 1.5])
      expect(() => bcdS({ weightCap })).to.throw(RangeError, `bcd-s: weightCap is ${weightCap}`)
  })
})
