import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, type Weights } from 'blockwise/dist/network/weights'
import { keyedRandom } from 'blockwise/dist/random'
import { dlam } from 'blockwise/dist/solvers/dlam'
import { DLAM_DEFAULTS, type DlamSettings, nextEpsilon } from 'blockwise/dist/solvers/dlam/settings'
import { type DlamState, initialState } from 'blockwise/dist/solvers/dlam/state'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { expect } from 'chai'
import { drain } from './drain'

type Matrix = number[][]

/** What make.py writes: float64 NumPy with the paper's own loops. */
interface Oracle {
  readonly widths: number[]
  readonly settings: Partial<DlamSettings>
  readonly x: Matrix
  readonly y: Matrix
  readonly start: { readonly W: Matrix[]; readonly b: number[][] }
  readonly iterations: readonly {
    readonly epsilon: number
    readonly objective: number
    readonly blocks: readonly { readonly block: string; readonly value: unknown; readonly doublings?: number }[]
  }[]
}

const fixture = (name: string): Oracle =>
  JSON.parse(readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'dlam', `${name}.json`), 'utf8')) as Oracle

const random = () => keyedRandom('step', 0)

function setUp(x: Matrix, y: Matrix, widths: readonly number[], W: Matrix[], b: number[][]) {
  const problem: Problem = { architecture: sequential(widths, { bias: true }), x: tf.tensor2d(x), y: tf.tensor2d(y) }
  const start: Weights = { kernels: W.map((w) => [tf.tensor2d(w)]), biases: b.map((v) => tf.tensor1d(v)) }
  const dispose = (): void => {
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
  }
  return { problem, start, dispose }
}

/** A made-up problem: rows of uniform noise, labels in turn, weights of the given size. */
function randomProblem(key: number, { rows = 30, size = 0.5, widths = [7, 6, 5, 3] } = {}) {
  const { uniform } = keyedRandom('dlam test', key)
  const matrix = (n: number, d: number, scale: number, shift = 0.5): Matrix =>
    Array.from({ length: n }, () => Array.from({ length: d }, () => scale * (uniform() - shift)))
  const classes = widths.at(-1)!
  const y = Array.from({ length: rows }, (_, i) => Array.from({ length: classes }, (_, k) => Number(i % classes === k)))
  const W = widths.slice(1).map((d, i) => matrix(d, widths[i]!, 4 * size))
  return setUp(
    matrix(rows, widths[0]!, 1, 0),
    y,
    widths,
    W,
    matrix(widths.length - 1, 1, 0).map((_, i) => matrix(1, widths[i + 1]!, size)[0]!),
  )
}

const flatten = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flatten) : [value as number])
const norm = (values: readonly number[]) => Math.hypot(...values)
const relativeError = (ours: unknown, theirs: unknown) => {
  const [a, b] = [flatten(ours), flatten(theirs)]
  expect(a).to.have.length(b.length)
  return norm(a.map((value, i) => value - b[i]!)) / norm(b)
}

/** 'W2', 'b2', 'z2' or 'a2' of a state, all rows. */
function blockOf({ rows, kernels, biases }: DlamState, block: string): unknown {
  const i = Number(block.slice(1)) - 1
  if (block[0] === 'W') return kernels[i]!.arraySync()
  if (block[0] === 'b') return biases[i]!.arraySync()
  return rows.flatMap((chunk) => (block[0] === 'z' ? chunk.z : chunk.a)[i]!.arraySync())
}

describe('dlam against the float64 oracle', () => {
  for (const name of ['fixed', 'ridge', 'left', 'adaptive'])
    for (const backtracking of ['printed', 'exact'] as const)
      for (const output of ['newton', 'fista'] as const)
        it(`agrees block by block: ${name}, ${backtracking} backtracking, z_L by ${output}`, () => {
          const before = tf.memory().numTensors
          const oracle = fixture(name)
          const { problem, start, dispose } = setUp(oracle.x, oracle.y, oracle.widths, oracle.start.W, oracle.start.b)
          const accuracy = { innerTolerance: 1e-5, innerCap: 20000 }
          const solver = dlam({ ...oracle.settings, ...accuracy, backtracking, output })
          const state = solver.init(problem, start)
          oracle.iterations.forEach(({ epsilon, objective, blocks }, i) => {
            const report = drain(solver.step(state, problem, i + 1, random()), (yielded) => {
              for (const name of yielded.split(' ')) {
                const theirs = blocks.find(({ block }) => block === name)
                if (theirs)
                  expect(relativeError(blockOf(state, name), theirs.value), `${name}, ${i + 1}`).to.be.below(5e-5)
                else expect(yielded).to.equal('epsilon')
              }
            })
            const metrics = solver.metrics(state, problem, i + 1)
            expect(metrics['epsilon']).to.equal(epsilon)
            expect(metrics['objective']! / objective).to.be.closeTo(1, 1e-5)
            const doublings = blocks.reduce((sum, block) => sum + (block.doublings ?? 0), 0)
            expect(report['doublings']).to.equal(doublings)
          })
          solver.dispose(state)
          dispose()
          expect(tf.memory().numTensors).to.equal(before)
        })
})

const ALL = ['W1', 'b1', 'z1', 'a1', 'W2', 'b2', 'z2', 'a2', 'W3', 'b3', 'z3']

/** Iterates of both kinds of backtracking, side by side. */
function pair(problem: Problem, start: Weights, settings: Partial<DlamSettings>, iterations: number) {
  const [printed, exact] = (['printed', 'exact'] as const).map((backtracking) => {
    const solver = dlam({ ...settings, backtracking })
    const state = solver.init(problem, start)
    const doublings = Array.from(
      { length: iterations },
      (_, i) => drain(solver.step(state, problem, i + 1, random()))['doublings']!,
    )
    const blocks = ALL.map((block) => blockOf(state, block))
    solver.dispose(state)
    return { doublings, blocks }
  })
  return { printed: printed!, exact: exact! }
}

describe('dlam: exact backtracking', () => {
  it('takes the step of the printed loop, on 80 random problems', () => {
    for (let key = 0; key < 80; key++) {
      const { uniform } = keyedRandom('dlam settings', key)
      const settings: Partial<DlamSettings> = {
        rho: 10 ** (3 * uniform() - 1),
        epsilon: 0.05 + uniform(),
        epsilonRule: 'fixed',
        tauStart: uniform() < 0.5 ? 1 : 0.125,
        l2: uniform() < 0.5 ? 0 : 0.1,
        variables: uniform() < 0.5 ? 'forward' : 'gaussian',
        aStep: uniform() < 0.7 ? 'printed' : 'clipped',
      }
      const { problem, start, dispose } = randomProblem(key, { size: 0.3 + uniform() })
      const { printed, exact } = pair(problem, start, { ...settings, innerTolerance: 1e-4 }, 2)
      // Where an entry of a is on its bound with a gradient outwards, tau grows until the step is rounding: there a doubling more or less.
      const toRounding = settings.variables === 'gaussian' && Math.max(...exact.doublings) > 30
      exact.doublings.forEach((doublings, i) => {
        expect(doublings, JSON.stringify({ key, settings })).to.be.closeTo(printed.doublings[i]!, toRounding ? 1 : 0)
      })
      for (const [i, block] of exact.blocks.entries()) {
        const what = `${ALL[i]}, ${JSON.stringify({ key, settings })}`
        expect(relativeError(block, printed.blocks[i]), what).to.be.below(toRounding ? 1e-3 : 1e-4)
      }
      dispose()
    }
  })

  it('takes it where a lies outside the bounds of a smaller epsilon as well', () => {
    let outside = 0
    for (let key = 0; key < 20; key++) {
      const { problem, start, dispose } = randomProblem(key)
      const settings: Partial<DlamSettings> = { rho: 0.5, epsilon: 4, onShrink: 'leave', tauStart: 0.01 }
      const { printed, exact } = pair(problem, start, settings, 6)
      expect(exact.doublings, `problem ${key}`).to.deep.equal(printed.doublings)
      for (const [i, block] of exact.blocks.entries()) expect(relativeError(block, printed.blocks[i])).to.be.below(1e-4)
      outside += exact.doublings.filter((doublings) => doublings >= DLAM_DEFAULTS.doublingCap).length
      dispose()
    }
    expect(outside, 'steps that no tau allows').to.be.above(0)
  })
})

/** The Gaussian numbers of one state's only chunk in place of another's, which drew its own. */
function copyVariables(from: DlamState, to: DlamState): void {
  let first = 0
  for (const { y, a, z, p, x } of to.rows) {
    const rows = y.shape[0]
    for (const kind of ['a', 'z'] as const)
      from.rows[0]![kind].forEach((whole, i) => {
        const list = kind === 'a' ? a : z
        list[i]!.dispose()
        list[i] = tf.slice(whole, [first, 0], [rows, -1])
      })
    p.forEach((old, i) => {
      old.dispose()
      const input = i === 0 ? x : a[i - 1]!
      p[i] = tf.tidy(() => tf.add(tf.matMul(input, to.kernels[i]!, false, true), to.biases[i]!))
    })
    first += rows
  }
}

describe('dlam in row chunks', () => {
  const readings: Partial<DlamSettings>[] = [
    { rho: 0.5, epsilon: 0.3, epsilonRule: 'fixed', aStep: 'clipped', tauStart: 0.01, variables: 'gaussian' },
    { rho: 0.5, epsilon: 4, onShrink: 'leave', aStep: 'clipped', tauStart: 0.01 },
    { rho: 0.02, l2: 0.1 },
  ]
  for (const reading of readings)
    for (const backtracking of ['printed', 'exact'] as const)
      it(`does what it does in one: ${backtracking}, ${JSON.stringify(reading)}`, () => {
        const { problem, start, dispose } = randomProblem(21, { rows: 50 })
        // The inner problem of a chunk stops by the chunk's own residual: here nearly at rounding.
        const solver = dlam({ ...reading, backtracking, innerTolerance: 1e-6 })
        const settings = { ...DLAM_DEFAULTS, ...reading, backtracking, innerTolerance: 1e-6 }
        // The widest variable has 6 columns: 50 rows in chunks of 16, the last of 2.
        const states = [initialState(problem, start, settings), initialState(problem, start, settings, 6 * 16)]
        if (reading.variables === 'gaussian') copyVariables(states[0]!, states[1]!)
        expect(states.map(({ rows }) => rows.length)).to.deep.equal([1, 4])
        for (let t = 1; t <= 4; t++) {
          const [one, many] = states.map((state) => drain(solver.step(state, problem, t, random())))
          expect(many!.doublings).to.equal(one!.doublings)
          expect(many!.descent_margin).to.be.closeTo(one!.descent_margin!, 1e-5)
          for (const block of ALL)
            expect(relativeError(blockOf(states[1]!, block), blockOf(states[0]!, block)), `${block}, ${t}`).to.be.below(
              1e-4,
            )
        }
        for (const state of states) solver.dispose(state)
        dispose()
      })
})

describe('dlam: what it knows of its penalties', () => {
  const readings: Partial<DlamSettings>[] = [
    {},
    { rho: 1, epsilon: 0.02, epsilonRule: 'fixed' },
    { rho: 0.5, epsilon: 4, onShrink: 'leave', aStep: 'clipped', tauStart: 0.01 },
    { rho: 0.3, l2: 0.1, tauStart: 1e-3 },
    { rho: 0.3, variables: 'gaussian' },
  ]
  for (const reading of readings)
    it(`is what a fresh product gives, after every block: ${JSON.stringify(reading)}`, () => {
      const { problem, start, dispose } = randomProblem(5, { rows: 80 })
      const solver = dlam(reading)
      const state = solver.init(problem, start)
      const rho = reading.rho ?? DLAM_DEFAULTS.rho
      let [known, zero] = [0, 0]
      for (let t = 1; t <= 12; t++)
        drain(solver.step(state, problem, t, random()), (block) => {
          state.penalties.forEach((penalty, i) => {
            if (penalty === null) return
            known++
            const fresh = state.rows.map(({ x, a, z }) =>
              tf.tidy(() => {
                const product = tf.matMul(i === 0 ? x : a[i - 1]!, state.kernels[i]!, false, true)
                return tf.sum(tf.square(tf.sub(tf.add(product, state.biases[i]!), z[i]!))).arraySync() as number
              }),
            )
            const phi = (rho / 2) * fresh.reduce((sum, value) => sum + value, 0)
            if (penalty === 0) zero++
            // An entry of p and z of size 2 is known to 2e-7.
            const rounding = rho * 80 * 6 * (2 ** -22) ** 2
            expect(Math.abs(penalty - phi), `phi_${i + 1} after ${block}, ${t}`).to.be.below(1e-4 * phi + rounding)
          })
        })
      expect(known).to.be.above(100)
      if (!reading.l2 && !reading.onShrink && !reading.variables) expect(zero).to.be.above(100)
      solver.dispose(state)
      dispose()
    })
})

describe('dlam', () => {
  it('does not hang at a stationary point, and stays there', () => {
    // Zero weights, zero data and labels in equal parts: every gradient vanishes, and z_L has one solution.
    for (const backtracking of ['printed', 'exact'] as const) {
      const widths = [4, 3, 2]
      const zeros = (n: number, d: number): Matrix => Array.from({ length: n }, () => Array<number>(d).fill(0))
      const y = zeros(6, 2).map((row, i) => row.map((_, k) => Number(i % 2 === k)))
      const { problem, start, dispose } = setUp(
        zeros(6, 4),
        y,
        widths,
        [zeros(3, 4), zeros(2, 3)],
        [
          [0, 0, 0],
          [0, 0],
        ],
      )
      const solver = dlam({ rho: 1, epsilon: 0.5, epsilonRule: 'fixed', backtracking, innerTolerance: 1e-5 })
      const state = solver.init(problem, start)
      drain(solver.step(state, problem, 1, random()))
      const { objective } = solver.metrics(state, problem, 1)
      for (let t = 2; t <= 5; t++) {
        const { doublings, change } = drain(solver.step(state, problem, t, random()))
        expect(doublings).to.be.at.most(3 * DLAM_DEFAULTS.doublingCap)
        expect(change).to.be.below(1e-5)
      }
      expect(solver.metrics(state, problem, 5)['objective']).to.be.closeTo(objective!, 1e-6 * objective!)
      solver.dispose(state)
      dispose()
    }
  })

  it('descends by what Lemma 1 says while epsilon is fixed, and keeps its constraints to float32', () => {
    for (const rho of [1e-4, 1e-2, 1])
      for (const epsilon of [0.01, 1])
        for (const aStep of ['printed', 'clipped'] as const) {
          const { problem, start, dispose } = randomProblem(1000, { rows: 60 })
          const solver = dlam({ rho, epsilon, epsilonRule: 'fixed', aStep })
          const state = solver.init(problem, start)
          let last = solver.metrics(state, problem, 0)['objective']!
          for (let t = 1; t <= 20; t++) {
            const { descent_margin } = drain(solver.step(state, problem, t, random()))
            const { objective, violation } = solver.metrics(state, problem, t)
            expect(descent_margin, `rho ${rho}, epsilon ${epsilon}, ${aStep}, ${t}`).to.be.at.least(-1e-6)
            expect(objective).to.be.at.most(last * (1 + 1e-6))
            const sizes = [blockOf(state, 'z1'), blockOf(state, 'z2')].flatMap(flatten).map(Math.abs)
            expect(violation).to.be.within(0, 2 ** -21 * (epsilon + Math.max(...sizes)))
            last = objective!
          }
          solver.dispose(state)
          dispose()
        }
  })

  it('descends where a sits on its bound above a negative z, through many shrinkings of epsilon', () => {
    const { problem, start, dispose } = randomProblem(11, { rows: 300, widths: [7, 40, 40, 3], size: 0.2 })
    const solver = dlam({ tauStart: 1e-6 })
    const state = solver.init(problem, start)
    const seen = new Set<number>()
    for (let t = 1; t <= 80; t++) {
      const { descent_margin } = drain(solver.step(state, problem, t, random()))
      expect(descent_margin, `iteration ${t}`).to.be.at.least(-1e-6)
      seen.add(state.epsilon)
    }
    expect(seen.size).to.be.above(2)
    solver.dispose(state)
    dispose()
  })

  it('solves for z_L alike by FISTA and by Newton', () => {
    for (const rho of [1e-4, 1e-2, 1]) {
      const { problem, start, dispose } = randomProblem(7, { size: 2 })
      const solved = (['newton', 'fista'] as const).map((output) => {
        const solver = dlam({ rho, output, innerTolerance: 1e-3, innerCap: 50000 })
        const state = solver.init(problem, start)
        const { inner_capped } = drain(solver.step(state, problem, 1, random()))
        expect(inner_capped).to.equal(0)
        const z = blockOf(state, 'z3')
        solver.dispose(state)
        return z
      })
      expect(relativeError(solved[0], solved[1])).to.be.below(2e-3)
      dispose()
    }
  })

  it('from a forward pass never trains a hidden layer, whatever rho and epsilon (to rounding)', () => {
    const readings: Partial<DlamSettings>[] = [
      { rho: 1, epsilonRule: 'fixed' },
      { rho: 1, epsilonRule: 'fixed', epsilon: 0.01 },
      {},
      { rho: 0.1, aStep: 'clipped', tauStart: 1e-3, epsilonRule: 'swapped' },
    ]
    for (const reading of readings) {
      const { problem, start, dispose } = randomProblem(3)
      const solver = dlam(reading)
      const state = solver.init(problem, start)
      for (let t = 1; t <= 15; t++) drain(solver.step(state, problem, t, random()))
      const moved = ['W1', 'W2', 'W3'].map((block, i) =>
        relativeError(blockOf(state, block), start.kernels[i]![0]!.arraySync()),
      )
      expect(moved[0], JSON.stringify(reading)).to.be.below(1e-6)
      expect(moved[1], JSON.stringify(reading)).to.be.below(1e-6)
      expect(moved[2], JSON.stringify(reading)).to.be.above(1e-3)
      solver.dispose(state)
      dispose()
    }
  })

  it('trains hidden layers once a smaller epsilon leaves a outside its bounds', () => {
    const { problem, start, dispose } = randomProblem(3)
    const solver = dlam({ rho: 0.5, epsilon: 4, onShrink: 'leave', aStep: 'clipped', tauStart: 0.01 })
    const state = solver.init(problem, start)
    for (let t = 1; t <= 15; t++) drain(solver.step(state, problem, t, random()))
    expect(relativeError(blockOf(state, 'W2'), start.kernels[1]![0]!.arraySync())).to.be.above(1e-3)
    solver.dispose(state)
    dispose()
  })

  it('trains hidden layers from Gaussian variables, descending all the same', () => {
    const { problem, start, dispose } = randomProblem(3)
    const solver = dlam({ rho: 0.5, epsilon: 1, epsilonRule: 'fixed', variables: 'gaussian' })
    const state = solver.init(problem, start)
    expect(solver.metrics(state, problem, 0)['violation']).to.be.below(2 ** -20)
    for (let t = 1; t <= 15; t++)
      expect(drain(solver.step(state, problem, t, random()))['descent_margin'], `${t}`).to.be.at.least(-1e-6)
    for (const i of [0, 1])
      expect(relativeError(blockOf(state, `W${i + 1}`), start.kernels[i]![0]!.arraySync())).to.be.above(1e-3)
    solver.dispose(state)
    dispose()
  })

  it('renews epsilon as printed, with min and max swapped, or not at all', () => {
    expect(nextEpsilon(0.02, 5, 'printed')).to.equal(1)
    expect(nextEpsilon(3, 50, 'printed')).to.equal(6)
    expect(nextEpsilon(10, 0.5, 'printed')).to.equal(0.01)
    expect(nextEpsilon(0.008, 1e-4, 'printed')).to.equal(0.004)
    expect(nextEpsilon(0.02, 5, 'swapped')).to.equal(0.04)
    expect(nextEpsilon(3, 50, 'swapped')).to.equal(1)
    expect(nextEpsilon(10, 0.5, 'swapped')).to.equal(5)
    expect(nextEpsilon(0.015, 1e-4, 'swapped')).to.equal(0.01)
    for (const rule of ['printed', 'swapped', 'fixed'] as const) expect(nextEpsilon(1, 1, rule)).to.equal(1)
    expect(nextEpsilon(10, 0.5, 'fixed')).to.equal(10)
  })

  it('names what differs from the defaults', () => {
    expect(dlam().setting).to.equal('')
    expect(dlam({ rho: 1, epsilonRule: 'swapped', aStep: 'clipped' }).setting).to.equal(
      'rho=1;epsilon_rule=swapped;a_step=clipped',
    )
  })

  it('refuses settings by name, with what was given and what was expected', () => {
    const refused: [Partial<DlamSettings>, RegExp][] = [
      [{ rho: 0 }, /rho is 0; expected a positive number/],
      [{ epsilon: Number.NaN }, /epsilon is .*; expected a positive number/],
      [{ l2: -1 }, /l2 is -1; expected a number >= 0/],
      [{ doublingCap: 1.5 }, /doublingCap is 1.5; expected a positive integer/],
      [{ innerCap: 0 }, /innerCap is 0; expected a positive integer/],
      [{ onShrink: 'keep' as 'leave' }, /onShrink is "keep"; expected 'project' or 'leave'/],
      [{ aStep: 'free' as 'printed' }, /aStep is "free"; expected 'printed' or 'clipped'/],
    ]
    for (const [settings, message] of refused) expect(() => dlam(settings)).to.throw(RangeError, message)
  })

  it('refuses a network without biases, saying how to make one', () => {
    const { problem, start, dispose } = randomProblem(0)
    const plain = { ...problem, architecture: sequential([7, 6, 5, 3]) }
    expect(() => dlam().init(plain, start)).to.throw(RangeError, /layer 1 .*bias: true/)
    dispose()
  })
})
