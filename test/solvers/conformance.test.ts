/** What every solver owes its contract (lib/solvers/solver.ts), on a small problem, whatever the method. */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { allEarlierLayers } from 'blockwise/dist/network/all-earlier-layers'
import {
  type Activation,
  type Architecture,
  residual,
  sequential,
  tikhonovSkip,
} from 'blockwise/dist/network/architecture'
import { forward } from 'blockwise/dist/network/forward'
import { disposeWeights, heNormal, type Weights } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { admm } from 'blockwise/dist/solvers/admm'
import { bcdS } from 'blockwise/dist/solvers/bcd-s'
import { caffe, caffeRules } from 'blockwise/dist/solvers/caffe-sgd'
import { closedFormBcd } from 'blockwise/dist/solvers/closed-form-bcd'
import { dlam } from 'blockwise/dist/solvers/dlam'
import { dropout } from 'blockwise/dist/solvers/dropout'
import { fullBatch } from 'blockwise/dist/solvers/full-batch'
import { sgd } from 'blockwise/dist/solvers/plain-sgd'
import { proxLinearBcd } from 'blockwise/dist/solvers/prox-linear-bcd'
import { withTheory } from 'blockwise/dist/solvers/proximal/theory'
import { proximalBcd } from 'blockwise/dist/solvers/proximal-bcd'
import { residualBcd } from 'blockwise/dist/solvers/residual-bcd'
import type { Problem, Solver } from 'blockwise/dist/solvers/solver'
import { tikhonovBcd } from 'blockwise/dist/solvers/tikhonov-bcd'
import { twoSplittingBcd } from 'blockwise/dist/solvers/two-splitting-bcd'
import { train } from 'blockwise/dist/train'
import { expect } from 'chai'

interface Subject {
  readonly name: string
  readonly make: () => Solver
  /** Each block's update never raises the objective: the paper proves it. */
  readonly descends: boolean
  /** Defined for layers in sequence only. */
  readonly sequentialOnly?: boolean
  /** Defined for layers in sequence that all have a bias. */
  readonly needsBiases?: boolean
  /** Defined for layers without biases only. */
  readonly withoutBiases?: boolean
  /** Defined for layers that take all earlier ones only. */
  readonly allEarlierOnly?: boolean
  /** Defined for layers in sequence, with residual sums or without: run on both. */
  readonly residual?: boolean
  /** Of the hidden layers, in place of ReLU. */
  readonly activation?: Activation
}

const subjects: Subject[] = [
  { name: 'tikhonov-bcd', make: () => tikhonovBcd() as Solver, descends: true, withoutBiases: true },
  {
    name: 'tikhonov-bcd, theta = t^-1.2',
    make: () => tikhonovBcd({ theta: { power: 1.2 } }) as Solver,
    descends: true,
    withoutBiases: true,
  },
  {
    name: 'tikhonov-bcd, theta = 0.5',
    make: () => tikhonovBcd({ theta: { constant: 0.5 } }) as Solver,
    descends: true,
    withoutBiases: true,
  },
  { name: 'bcd-s', make: () => bcdS() as Solver, descends: true, withoutBiases: true },
  {
    name: 'proximal-bcd',
    make: () => proximalBcd({ alpha: 1 }) as Solver,
    descends: true,
    sequentialOnly: true,
  },
  {
    name: 'proximal-bcd, direct, hinge loss',
    make: () => proximalBcd({ gamma: 0.5, form: 'direct', loss: 'hinge' }) as Solver,
    descends: true,
    sequentialOnly: true,
  },
  ...(['leaky-relu', 'sigmoid', 'tanh'] as const).map((activation) => ({
    name: `proximal-bcd, ${activation}`,
    make: () => proximalBcd({ alpha: 0.05, gamma: 0.5, loss: activation === 'tanh' ? 'hinge' : 'squared' }) as Solver,
    descends: true,
    sequentialOnly: true,
    activation,
  })),
  {
    name: 'proximal-bcd, l1 and l2 on the weights, its theory measured',
    make: () => withTheory(proximalBcd({ alpha: 20, l1: 0.5, l2: 0.1 })) as Solver,
    descends: true,
    sequentialOnly: true,
  },
  ...(['relu', 'tanh'] as const).map((activation) => ({
    name: `two-splitting-bcd, ${activation}`,
    make: () =>
      withTheory(
        twoSplittingBcd({ alpha: 0.3, gamma: 0.5, loss: activation === 'tanh' ? 'hinge' : 'squared' }),
      ) as Solver,
    descends: true,
    sequentialOnly: true,
    activation,
  })),
  {
    name: 'residual-bcd',
    make: () => withTheory(residualBcd({ alpha: 1, gamma: 0.7 })) as Solver,
    descends: true,
    residual: true,
  },
  { name: 'dlam', make: () => dlam() as Solver, descends: false, needsBiases: true },
  ...(['printed', 'exact'] as const).flatMap((backtracking) =>
    (['printed', 'clipped'] as const).map((aStep) => ({
      name: `dlam, epsilon fixed, ${backtracking} backtracking, ${aStep} a-step`,
      make: () => dlam({ epsilon: 0.1, epsilonRule: 'fixed', rho: 0.1, backtracking, aStep }) as Solver,
      descends: true,
      needsBiases: true,
    })),
  ),
  {
    name: 'prox-linear-bcd, cross-entropy',
    make: () => proxLinearBcd({ gamma: 0.1, alpha: 0.21 }) as Solver,
    descends: true,
    sequentialOnly: true,
  },
  {
    name: 'prox-linear-bcd, logistic loss',
    make: () => proxLinearBcd({ loss: 'logistic' }) as Solver,
    descends: true,
    sequentialOnly: true,
  },
  { name: 'closed-form-bcd', make: () => closedFormBcd() as Solver, descends: false, allEarlierOnly: true },
  { name: 'sgd', make: () => sgd({ batch: 20 }) as Solver, descends: false },
  {
    name: 'sgd, momentum, cross-entropy',
    make: () => sgd({ batch: 20, momentum: 0.9, loss: 'cross-entropy' }) as Solver,
    descends: false,
  },
  { name: 'admm', make: () => admm() as Solver, descends: false, sequentialOnly: true },
  ...(['gd', 'adagrad', 'adadelta', 'adam'] as const).map((rule) => ({
    name: `full-batch ${rule}`,
    make: () => fullBatch[rule]() as Solver,
    descends: false,
  })),
  ...(['sgd', 'adam', 'adamax'] as const).map((rule) => ({
    name: `dropout ${rule}`,
    make: () => dropout[rule]({ batch: 20 }) as Solver,
    descends: false,
    sequentialOnly: true,
  })),
  ...caffeRules.map((rule) => ({ name: `caffe-${rule}`, make: () => caffe[rule]() as Solver, descends: false })),
]

const residualLayers = 'layers with residual sums'
const denselyLinked = 'layers that take all earlier ones'
const architectures: Record<string, Architecture> = {
  'skip network': tikhonovSkip(12, 3),
  'six layers in sequence': sequential([12, 9, 8, 8, 7, 6, 3]),
  'layers with biases': sequential([12, 10, 9, 3], { bias: true }),
  [residualLayers]: residual([12, 12, 9, 9, 9, 3], { bias: true }),
  [denselyLinked]: allEarlierLayers([12, 8, 9, 3]),
}

/** 90 samples of three classes around random centres, two features always zero. */
function makeProblem(architecture: Architecture): Problem {
  const random = keyedRandom('conformance')
  const centres = Array.from({ length: 3 }, () => Array.from({ length: 10 }, () => random.uniform()))
  const labels = Array.from({ length: 90 }, (_, i) => i % 3)
  const rows = labels.map((label) => [...centres[label]!.map((c) => 0.7 * c + 0.3 * random.uniform()), 0, 0])
  return {
    architecture,
    x: tf.tensor2d(rows),
    y: tf.tensor2d(labels.map((label) => [0, 1, 2].map((k) => (k === label ? 1 : 0)))),
  }
}

const values = ({ kernels }: Weights): number[][] => kernels.flat().map((w) => Array.from(w.dataSync()))

/** The hidden layers with another activation. */
const withActivation = (architecture: Architecture, activation?: Activation): Architecture => ({
  ...architecture,
  layers: architecture.layers.map((l) => (activation && l.activation === 'relu' ? { ...l, activation } : l)),
})

for (const subject of subjects)
  describe(`conformance: ${subject.name}`, () => {
    const { make, descends, sequentialOnly, needsBiases, withoutBiases, allEarlierOnly } = subject
    for (const [kind, plain] of Object.entries(architectures)) {
      const architecture = withActivation(plain, subject.activation)
      const sums = architecture.layers.some(({ inputs }) => inputs.some(({ link }) => link === 'residual'))
      if (sums && !subject.residual) continue
      if (subject.residual && !sums && architecture.layers.some(({ inputs }) => inputs.length > 1)) continue
      if (sequentialOnly && architecture.layers.some(({ inputs }) => inputs.length > 1)) continue
      if (withoutBiases && architecture.layers.some(({ bias }) => bias)) continue
      if (allEarlierOnly && kind !== denselyLinked) continue
      if (needsBiases && !architecture.layers.every(({ bias }) => bias)) continue
      let problem: Problem
      let start: Weights
      before(() => {
        problem = makeProblem(architecture)
        start = heNormal(architecture, 1)
      })
      after(() => {
        tf.dispose([problem.x, problem.y])
        disposeWeights(start)
      })

      const run = (solver: Solver, state: unknown, from: number, to: number) => {
        for (let t = from; t <= to; t++)
          for (const _ of solver.step(state, problem, t, keyedRandom('step', 7, t))) void _
      }

      it(`same seed, same bits; finite; scored by the forward pass: ${kind}`, () => {
        const results = [0, 1].map(() => {
          const solver = make()
          const state = solver.init(problem, start)
          run(solver, state, 1, 4)
          const weights = solver.weights(state)
          const output = tf.tidy(() => forward(architecture, weights, problem.x).arraySync())
          const all = { weights: values(weights), metrics: solver.metrics(state, problem, 4), output }
          solver.dispose(state)
          return all
        })
        expect(results[1]).to.deep.equal(results[0])
        expect(results[0]!.weights.flat().every(Number.isFinite)).to.equal(true)
        expect(Object.values(results[0]!.metrics).every(Number.isFinite)).to.equal(true)
      })

      it(`does not touch the start, the problem or the number of tensors: ${kind}`, () => {
        const initial = values(start)
        const solver = make()
        const before = tf.memory().numTensors
        const state = solver.init(problem, start)
        run(solver, state, 1, 2)
        solver.weights(state)
        const [tensors, bytes] = [tf.memory().numTensors, tf.memory().numBytes]
        run(solver, state, 3, 6)
        solver.weights(state)
        solver.metrics(state, problem, 6)
        expect(tf.memory().numTensors).to.equal(tensors)
        expect(tf.memory().numBytes).to.equal(bytes)
        solver.dispose(state)
        expect(tf.memory().numTensors).to.equal(before)
        expect(values(start)).to.deep.equal(initial)
      })

      it(`is whole at every yield, so a step can be abandoned there: ${kind}`, () => {
        const solver = make()
        const before = tf.memory().numTensors
        const state = solver.init(problem, start)
        run(solver, state, 1, 2)
        for (let stopAt = 1; stopAt <= 3; stopAt++) {
          const step = solver.step(state, problem, 3, keyedRandom('step', 7, 3))
          for (let k = 0; k < stopAt; k++) if (step.next().done) break
          step.return({})
          expect(values(solver.weights(state)).flat().every(Number.isFinite)).to.equal(true)
          expect(Object.values(solver.metrics(state, problem, 3)).every(Number.isFinite)).to.equal(true)
        }
        solver.dispose(state)
        expect(tf.memory().numTensors).to.equal(before)
      })

      it(`a run in two parts equals a run in one: ${kind}`, () => {
        const final = [[5], [2, 5]].map((stops) => {
          const solver = make()
          const state = solver.init(problem, start)
          let done = 0
          for (const stop of stops) {
            run(solver, state, done + 1, stop)
            solver.metrics(state, problem, stop) // recording in between changes nothing
            done = stop
          }
          const result = values(solver.weights(state))
          solver.dispose(state)
          return result
        })
        expect(final[1]).to.deep.equal(final[0])
      })

      if (descends)
        it(`no block raises the objective, t = 1 to 12: ${kind}`, () => {
          const solver = make()
          const state = solver.init(problem, start)
          let last = solver.metrics(state, problem, 0)['objective']!
          for (let t = 1; t <= 12; t++)
            for (const block of solver.step(state, problem, t, keyedRandom('step', 7, t))) {
              const objective = solver.metrics(state, problem, t)['objective']!
              expect(objective, `${block} at t = ${t}`).to.be.at.most(last * (1 + 1e-6))
              last = objective
            }
          solver.dispose(state)
        })

      it(`training records iteration 0, every iteration and a clock that only grows: ${kind}`, async () => {
        const before = tf.memory().numTensors
        const training = await train(make(), problem, { start, iterations: 3, seed: 0 })
        expect(training.trace.map(({ iteration }) => iteration)).to.deep.equal([0, 1, 2, 3])
        expect(training.seconds[0]).to.equal(0)
        expect([...training.seconds].sort((a, b) => a - b)).to.deep.equal(training.seconds)
        expect(training.divergedAt).to.equal(null)
        disposeWeights(training.weights)
        expect(tf.memory().numTensors).to.equal(before)
      })
    }

    it('refuses a problem of other shapes, saying expected and got', () => {
      const architecture = architectures['skip network']!
      const solver = make()
      const weights = heNormal(architecture, 0)
      const [x, y] = [tf.zeros<tf.Rank.R2>([5, 11]), tf.zeros<tf.Rank.R2>([5, 3])]
      expect(() => solver.init({ architecture, x, y }, weights)).to.throw(RangeError, /expected.*12.*got.*11/s)
      disposeWeights(weights)
      tf.dispose([x, y])
    })
  })

describe('training', () => {
  it('records a run that diverges with its iteration, not as rows of NaN', async () => {
    const architecture = architectures['skip network']!
    const problem = makeProblem(architecture)
    const start = heNormal(architecture, 1)
    const training = await train(caffe.sgd({ learningRate: 1e6 }), problem, { start, iterations: 20, seed: 0 })
    expect(training.divergedAt).to.be.within(1, 20)
    expect(training.trace.map(({ iteration }) => iteration)).to.deep.equal(
      Array.from({ length: training.divergedAt! }, (_, i) => i),
    )
    for (const row of training.trace) expect(Object.values(row).every(Number.isFinite)).to.equal(true)
    disposeWeights(training.weights)
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
  })
})
