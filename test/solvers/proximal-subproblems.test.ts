/**
 * After each block of proximal BCD its own optimality condition, in float64 and from the objective alone: the gradient of a smooth
 * sub-problem, and for a scalar one the objective at every stationary point of its pieces. More rows than one chunk has.
 */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Activation, sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import type { LossName } from 'blockwise/dist/prox/loss'
import type { SmoothLossName } from 'blockwise/dist/prox/smooth-loss'
import { keyedRandom } from 'blockwise/dist/random'
import { type ProxLinearBcdSettings, proxLinearBcd } from 'blockwise/dist/solvers/prox-linear-bcd'
import type { ProximalBcdSettings } from 'blockwise/dist/solvers/proximal/settings'
import type { ProximalBcdState } from 'blockwise/dist/solvers/proximal/state'
import { proximalBcd } from 'blockwise/dist/solvers/proximal-bcd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { expect } from 'chai'

type Matrix = readonly (readonly number[])[]

const relu = (z: number): number => Math.max(z, 0)
const map = (f: (...values: number[]) => number, ...of: Matrix[]): Matrix =>
  of[0]!.map((row, i) => row.map((_, j) => f(...of.map((m) => m[i]![j]!))))
const transpose = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!))
const times = (a: Matrix, b: Matrix): Matrix => {
  const columns = transpose(b)
  return a.map((row) => columns.map((column) => row.reduce((sum, value, k) => sum + value * column[k]!, 0)))
}
const norm = (a: Matrix): number => Math.hypot(...a.map((row) => Math.hypot(...row)))
const addRow = (a: Matrix, b: readonly number[]): Matrix => a.map((row) => row.map((value, j) => value + b[j]!))
const columnSums = (a: Matrix): number[] => transpose(a).map((column) => column.reduce((sum, value) => sum + value, 0))

/** |sum of the terms|, against the size of the numbers that they are differences of: what float32 can do is some 1e-7 of it. */
const relative = (size: number, ...terms: Matrix[]): number =>
  norm(map((...values) => values.reduce((sum, value) => sum + value, 0), ...terms)) / size

interface Snapshot {
  readonly u: Matrix[]
  readonly v: Matrix[]
  readonly w: Matrix[]
  readonly b: number[][]
}

function read({ chunks, kernels, biases }: ProximalBcdState, x: Matrix): Snapshot {
  const whole = (kind: 'u' | 'v', i: number): Matrix => chunks.flatMap((chunk) => chunk[kind][i]!.arraySync())
  return {
    u: kernels.map((_, i) => whole('u', i)),
    v: [x, ...kernels.map((_, i) => whole('v', i))],
    w: kernels.map(([w]) => w.arraySync()),
    b: biases.map((b) => b!.arraySync()),
  }
}

const predict = ({ v, w, b }: Snapshot, i: number): Matrix => addRow(times(v[i]!, transpose(w[i]!)), b[i]!)

/** Largest excess of f(chosen) over the least of f at the candidates, over the size of its terms. */
function excess(chosen: Matrix, candidates: Matrix[], f: (at: Matrix) => Matrix): number {
  const [own, others] = [f(chosen), candidates.map(f)]
  let worst = 0
  own.forEach((row, i) => {
    row.forEach((value, j) => {
      const least = Math.min(...others.map((other) => other[i]![j]!))
      worst = Math.max(worst, (value - least) / (1 + Math.abs(least)))
    })
  })
  return worst
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))
const activations: Record<string, (z: number) => number> = {
  relu,
  'leaky-relu': (z) => (z >= 0 ? z : 0.01 * z),
  sigmoid,
  tanh: Math.tanh,
  identity: (z) => z,
}
const slopes: Record<string, number> = { relu: 0, 'leaky-relu': 0.01, identity: 1 }

type Given = Partial<Omit<ProximalBcdSettings, 'loss'>> & { readonly loss?: LossName | SmoothLossName }
const pairs = (['squared', 'hinge', 'cross-entropy', 'logistic'] as const).flatMap((loss) =>
  (['relu', 'leaky-relu', 'identity', 'sigmoid', 'tanh'] as const).map((activation) => ({ loss, activation })),
)
const cases: (Given & { readonly activation?: Activation })[] = [
  ...pairs.map((pair) => ({ gamma: 0.8, rho: 0.5, alpha: 1, ...pair })),
  { gamma: 1, rho: 1, alpha: 5 },
  { gamma: 0.3, rho: 1.7, alpha: 0.2, loss: 'hinge' },
  { gamma: 1, rho: 1, alpha: 5, form: 'direct' },
  { gamma: 1, rho: 1, alpha: 0.4, loss: 'logistic', activation: 'identity' },
  // Weak quadratic terms, where the scalar problem of U may have two local minima.
  { gamma: 1, rho: 0.05, alpha: 0.01, loss: 'hinge', activation: 'sigmoid' },
  { gamma: 1, rho: 0.1, alpha: 0.1, activation: 'tanh' },
]
const tolerance = 2e-6

for (const given of cases)
  it(`every block of proximal BCD solves its sub-problem: ${JSON.stringify(given)}`, () => {
    const { activation = 'relu', ...own } = given
    const solver =
      own.loss === 'cross-entropy' || own.loss === 'logistic'
        ? proxLinearBcd(own as Partial<ProxLinearBcdSettings>)
        : proximalBcd(own as Partial<ProximalBcdSettings>)
    const { gamma, rho, alpha, loss } = solver.settings as unknown as Required<Given>
    const sigma = activations[activation]!
    const slope = slopes[activation]
    const architecture = sequential([9, 7, 8, 3], { bias: true, activation })
    const rows = given.loss === undefined && activation === 'relu' ? 4100 : 300
    const random = keyedRandom('subproblems')
    const x = Array.from({ length: rows }, () => Array.from({ length: 9 }, () => Math.fround(random.uniform())))
    const y = x.map((row, i) => [0, 1, 2].map((k) => ((row[0]! > 0.5 ? i : 0) % 3 === k ? 1 : 0)))
    const problem: Problem = { architecture, x: tf.tensor2d(x), y: tf.tensor2d(y) }
    const start = heNormal(architecture, 3)
    const state = solver.init(problem, start)
    expect(state.chunks.length).to.equal(Math.ceil(rows / 2000))
    // Away from the forward pass, where U = P and most gradients are rounding already.
    for (const { u } of state.chunks)
      u.forEach((before, k) => {
        u[k] = tf.tidy(() =>
          tf.add<tf.Tensor2D>(before, tf.randomNormal<tf.Rank.R2>(before.shape, 0, 1, 'float32', k + 1)),
        )
        before.dispose()
      })
    for (let t = 1; t <= 2; t++) {
      let old = read(state, x)
      for (const block of solver.step(state, problem, t, random)) {
        if (!block.startsWith('W')) continue
        const i = Number(block.slice(1)) - 1
        const now = read(state, x)
        const [u, v] = [now.u[i]!, now.v[i + 1]!]
        const [oldU, oldV, oldW, oldB] = [old.u[i]!, old.v[i + 1]!, old.w[i]!, old.b[i]!]
        const p = predict(old, i)

        if (i === 2 && (loss === 'cross-entropy' || loss === 'logistic')) {
          const gradient = oldV.map((row, n) => {
            const total = row.reduce((sum, z) => sum + Math.exp(z), 0)
            return row.map((z, k) => (loss === 'logistic' ? sigmoid(z) : Math.exp(z) / total) - y[n]![k]!)
          })
          const linearised = [
            gradient,
            map((a, b) => gamma * (a - b), v, oldU),
            map((a, b) => alpha * (a - b), v, oldV),
          ]
          expect(relative(norm(v), ...linearised), `V3, t = ${t}`).to.be.below(tolerance)
        } else if (i === 2) {
          const value = (at: number, label: number): number =>
            loss === 'hinge' ? relu(1 - (2 * label - 1) * at) : 0.5 * (at - label) ** 2
          const centre = (label: number, before: number, target: number): number =>
            loss === 'hinge'
              ? (gamma * target + alpha * before) / (gamma + alpha)
              : (label + gamma * target + alpha * before) / (1 + gamma + alpha)
          const smooth = map(centre, y, oldV, oldU)
          const signs = map((label) => 2 * label - 1, y)
          const candidates =
            loss === 'hinge' ? [smooth, map((c, s) => c + s / (gamma + alpha), smooth, signs), signs] : [smooth]
          const f = (at: Matrix) =>
            map(
              (z, label, before, target) =>
                value(z, label) + (gamma / 2) * (z - target) ** 2 + (alpha / 2) * (z - before) ** 2,
              ...[at, y, oldV, oldU],
            )
          expect(excess(v, candidates, f), `V3, t = ${t}`).to.be.below(tolerance)
        }
        if (i === 2) {
          const gradient = [map((a, b) => gamma * (a - b), u, v), map((a, b) => rho * (a - b), u, p)]
          expect(relative(norm(u), ...gradient), `U3, t = ${t}`).to.be.below(tolerance)
        } else {
          const above = map((a, b) => rho * (a - b), predict(now, i + 1), now.u[i + 1]!)
          const gradient = [times(above, now.w[i + 1]!), map((a, z) => gamma * (a - sigma(z)), v, oldU)]
          const size = rho * norm(now.u[i + 1]!) * norm(now.w[i + 1]!) + gamma * norm(v)
          expect(relative(size, ...gradient), `V${i + 1}, t = ${t}`).to.be.below(tolerance)

          const centre = map((b, c) => (rho * b + alpha * c) / (rho + alpha), p, oldU)
          const piece = (k: number, cut: (z: number) => number) =>
            map((a, c) => cut((gamma * k * a + (rho + alpha) * c) / (gamma * k * k + rho + alpha)), v, centre)
          const others =
            slope === undefined
              ? Array.from({ length: 25 }, (_, k) => map((c) => c + 0.5 * (k - 12), centre))
              : [piece(1, (z) => (slope === 1 ? z : relu(z))), piece(slope, (z) => (slope === 1 ? z : Math.min(0, z)))]
          const f = (at: Matrix) =>
            map(
              (z, a, b, c) => (gamma / 2) * (a - sigma(z)) ** 2 + (rho / 2) * (z - b) ** 2 + (alpha / 2) * (z - c) ** 2,
              ...[at, v, p, oldU],
            )
          expect(excess(u, others, f), `U${i + 1}, t = ${t}`).to.be.below(tolerance)
          if (slope === undefined) {
            const rise = (z: number) => (activation === 'tanh' ? 1 - Math.tanh(z) ** 2 : sigmoid(z) * sigmoid(-z))
            const ends = [
              map((z, a) => gamma * (sigma(z) - a) * rise(z), u, v),
              map((z, c) => (rho + alpha) * (z - c), u, centre),
            ]
            expect(relative(gamma * norm(v), ...ends), `U${i + 1}' = 0, t = ${t}`).to.be.below(10 * tolerance)
          }
        }

        const input = now.v[i]!
        const withNewW = addRow(times(input, transpose(now.w[i]!)), oldB)
        const forW = [
          times(transpose(map((a, b) => rho * (a - b), withNewW, u)), input),
          map((a, b) => alpha * (a - b), now.w[i]!, oldW),
        ]
        expect(relative(rho * norm(u) * norm(input), ...forW), `W${i + 1}, t = ${t}`).to.be.below(tolerance)
        const withNewB = addRow(times(input, transpose(oldW)), now.b[i]!)
        const forB = [
          [columnSums(map((a, b) => rho * (a - b), withNewB, u))],
          [now.b[i]!.map((b, j) => alpha * (b - oldB[j]!))],
        ]
        expect(relative(rho * norm(u) * Math.sqrt(rows), ...forB), `b${i + 1}, t = ${t}`).to.be.below(tolerance)
        old = now
      }
    }
    solver.dispose(state)
    disposeWeights(start)
    tf.dispose([problem.x, problem.y])
  })
