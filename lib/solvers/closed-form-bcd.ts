/**
 * Tikhonov BCD as a student report re-implemented it (its eq. 9-11): every sub-problem of Zhang & Brand (2017, Algorithm 1) by one linear
 * solve, with (1 + p) I in place of p I on the left and p times the old value on the right, p = (1 - theta_t)^2. So no step minimises
 * f + proximity, and f may rise. u >= 0 is left out of the solve; `project` cuts U* off at 0 afterwards, which the report
 * does not mention.
 *
 *   report            here (samples are rows)     shape
 *   u_{i,1} = x_i     rows of `x`                 [N, d_0]
 *   u'_i              rows of `u`: u_1 .. u_K      [N, D], D = d_1 + .. + d_K
 *   W_n               kernels[n-1], side by side  [d_n, d_0 + .. + d_(n-1)]
 *   V                 kernels[K][0]               [classes, d_K]
 *
 * With the lower block-triangular M = I - (weights from hidden to hidden layers), C = (weights from x) and Q = (0 .. 0 V):
 *   U* = (gamma x C^T M + y Q + p U_old) (gamma M^T M + Q^T Q + (1 + p) I)^-1               eq. 9, its two slips mended
 *   V* = (y^T u_K + p V_old) (u_K^T u_K + (1 + p) I)^-1                                     eq. 10, its missing + put in
 *   W_n* = (gamma u_n^T a_n + p W_old) (gamma a_n^T a_n + (1 + p) I)^-1, a_n = (x u_1 .. u_(n-1))   eq. 11
 * and each block moves to old + theta_t (star - old). All regressions read one Gram matrix, of (x U).
 *
 * Chosen: theta_t = 1/t^2, the report's example; U^(0) from a forward pass.
 */
import { add, halfSquare, multiply, product, relu, subtract } from '../engine/arithmetic'
import { invertSpd, solveSpd } from '../engine/linear-algebra'
import { tf } from '../engine/tensorflow'
import { type Architecture, weightedInputs, width } from '../network/architecture'
import { forward } from '../network/forward'
import { cloneWeights, disposeWeights, type Weights } from '../network/weights'
import { isNonNegative, isPositive } from './refusals/number'
import { checkShapes } from './refusals/shapes'
import type { Problem, Solver } from './solver'

export interface ClosedFormBcdSettings {
  /** gamma_n of eq. 4, one for all hidden layers. */
  readonly gamma: number
  /** theta_t = t^-power. */
  readonly power: number
  /** Whether U* is projected on u >= 0. */
  readonly project: boolean
}

export const CLOSED_FORM_BCD_DEFAULTS: ClosedFormBcdSettings = { gamma: 1, power: 2, project: false }

export interface ClosedFormBcdState {
  /** U of 2,000 rows each. */
  readonly chunks: { readonly first: number; readonly rows: number; u: tf.Tensor2D }[]
  readonly kernels: tf.Tensor2D[][]
  readonly biases: readonly null[]
}

const CHUNK_ROWS = 2000

export function closedFormBcd(given: Partial<ClosedFormBcdSettings> = {}): Solver<ClosedFormBcdState> {
  const settings = completeSettings(given)
  const { gamma, power, project } = settings
  return {
    name: 'closed-form-bcd',
    setting: describeSetting(settings),
    source: __filename,
    settings: { ...settings },

    init(problem, start) {
      checkProblem(problem, start)
      const { architecture, x } = problem
      const chunks = Array.from({ length: Math.ceil(x.shape[0] / CHUNK_ROWS) }, (_, k) => {
        const first = k * CHUNK_ROWS
        const rows = Math.min(CHUNK_ROWS, x.shape[0] - first)
        const u = tf.tidy(() => {
          const part = tf.slice2d(x, [first, 0], [rows, -1])
          return tf.concat(
            hidden(architecture).map((n) => forward(architecture, start, part, n)),
            1,
          )
        })
        return { first, rows, u }
      })
      return {
        chunks,
        kernels: cloneWeights(start).kernels.map((row) => [...row]),
        biases: start.biases.map(() => null),
      }
    },

    *step(state, problem, t) {
      const { architecture } = problem
      const theta = t ** -power
      const p = (1 - theta) ** 2
      const moved = (old: tf.Tensor2D, star: tf.Tensor2D): tf.Tensor2D =>
        tf.tidy(() => add(multiply(old, tf.scalar(1 - theta)), multiply(star, tf.scalar(theta))))

      const us = tf.tidy(() => {
        const { m, c, q } = matrices(architecture, state)
        const ridge = tf.mul<tf.Tensor2D>(tf.eye(m.shape[0]), 1 + p)
        const weighted = multiply(m, tf.scalar(gamma))
        const inverse = invertSpd(add(add(product(m, weighted, { left: true }), product(q, q, { left: true })), ridge))
        const fromX = product(product(c, weighted, { left: true }), inverse)
        const fromY = product(q, inverse)
        return state.chunks.map((chunk) =>
          tf.tidy(() => {
            const { x, y } = rowsOf(problem, chunk)
            const fixed = add(product(x, fromX), product(y, fromY))
            const star = add<tf.Tensor2D>(fixed, multiply(product(chunk.u, inverse), tf.scalar(p)))
            return moved(chunk.u, project ? relu(star) : star)
          }),
        )
      })
      state.chunks.forEach((chunk, k) => {
        chunk.u.dispose()
        chunk.u = us[k]!
      })
      yield 'U'

      const stars = tf.tidy(() => regressions(problem, state, gamma, p))
      const layers = [architecture.layers.length, ...hidden(architecture)]
      for (const n of layers) {
        const old = state.kernels[n - 1]!
        state.kernels[n - 1] = old.map((w, k) => moved(w, stars[n - 1]![k]!))
        tf.dispose([...old, ...stars[n - 1]!])
      }
      yield 'W'
      return { theta }
    },

    /** objective: f of eq. 4. train_accuracy_auxiliary: largest output of V u_K, u_K being the auxiliary variable. */
    metrics(state, problem) {
      let [objective, correct] = [0, 0]
      for (const chunk of state.chunks) {
        const [terms, right] = tf.tidy(() => {
          const { x, y } = rowsOf(problem, chunk)
          const { m, c, q } = matrices(problem.architecture, state)
          const residual = subtract(product(chunk.u, m, { right: true }), product(x, c, { right: true }))
          const output = product(chunk.u, q, { right: true })
          const hits = tf.sum(tf.cast(tf.equal(tf.argMax(output, 1), tf.argMax(y, 1)), 'float32'))
          return [
            [halfSquare(subtract(output, y)), tf.mul(halfSquare(residual), gamma)].map((term) => term.dataSync()[0]!),
            hits.dataSync()[0]!,
          ] as const
        })
        objective += terms[0]! + terms[1]!
        correct += right
      }
      return { objective, train_accuracy_auxiliary: correct / problem.x.shape[0] }
    },

    weights: (state): Weights => state,

    dispose(state) {
      for (const { u } of state.chunks) u.dispose()
      disposeWeights(state)
    },
  }
}

const hidden = ({ layers }: Architecture): number[] => layers.slice(0, -1).map((_, i) => i + 1)

const rowsOf = ({ x, y }: Problem, { first, rows }: { first: number; rows: number }) => ({
  x: tf.slice2d(x, [first, 0], [rows, -1]),
  y: tf.slice2d(y, [first, 0], [rows, -1]),
})

/** (x U) of a chunk. */
const all = (problem: Problem, chunk: ClosedFormBcdState['chunks'][number]): tf.Tensor2D =>
  tf.concat([rowsOf(problem, chunk).x, chunk.u], 1)

/** M [D, D], C [D, d_0] and Q [classes, D]. Called inside a tidy. */
function matrices(
  architecture: Architecture,
  { kernels }: ClosedFormBcdState,
): { m: tf.Tensor2D; c: tf.Tensor2D; q: tf.Tensor2D } {
  const layers = hidden(architecture)
  const block = (n: number, k: number): tf.Tensor2D => {
    if (k < n) return tf.neg(kernels[n - 1]![k]!)
    return k === n ? tf.eye(width(architecture, n)) : tf.zeros([width(architecture, n), width(architecture, k)])
  }
  const v = kernels.at(-1)![0]!
  const before = layers.slice(0, -1).reduce((sum, n) => sum + width(architecture, n), 0)
  return {
    m: tf.concat(
      layers.map((n) =>
        tf.concat(
          layers.map((k) => block(n, k)),
          1,
        ),
      ),
      0,
    ),
    c: tf.concat(
      layers.map((n) => kernels[n - 1]![0]!),
      0,
    ),
    q: tf.concat([tf.zeros([v.shape[0], before]), v], 1),
  }
}

/** W* of the hidden layers and V*, laid out as the kernels; owned by the caller's tidy. */
function regressions(
  problem: Problem,
  { chunks, kernels }: ClosedFormBcdState,
  gamma: number,
  p: number,
): tf.Tensor2D[][] {
  const { architecture } = problem
  const depth = all(problem, chunks[0]!).shape[1]
  let gram = tf.zeros<tf.Rank.R2>([depth, depth])
  let labels = tf.zeros<tf.Rank.R2>([depth, problem.y.shape[1]])
  for (const chunk of chunks)
    [gram, labels] = tf.tidy(() => {
      const z = all(problem, chunk)
      return [
        add<tf.Tensor2D>(gram, product(z, z, { left: true })),
        add<tf.Tensor2D>(labels, product(z, rowsOf(problem, chunk).y, { left: true })),
      ]
    })
  const start = (n: number): number =>
    Array.from({ length: n }, (_, k) => width(architecture, k)).reduce((a, b) => a + b, 0)
  const solve = (system: tf.Tensor2D, weight: number, right: tf.Tensor2D, old: tf.Tensor2D): tf.Tensor2D => {
    const ridge = tf.mul<tf.Tensor2D>(tf.eye(system.shape[0]), 1 + p)
    const target = tf.add<tf.Tensor2D>(tf.mul(right, weight), tf.mul(tf.transpose(old), p))
    return tf.transpose(solveSpd(tf.add(tf.mul(system, weight), ridge), target))
  }
  return kernels.map((old, i) => {
    const n = i + 1
    if (n === kernels.length) {
      const [from, size] = [start(i), width(architecture, i)]
      return [
        solve(tf.slice2d(gram, [from, from], [size, size]), 1, tf.slice2d(labels, [from, 0], [size, -1]), old[0]!),
      ]
    }
    const size = start(n)
    const star = solve(
      tf.slice2d(gram, [0, 0], [size, size]),
      gamma,
      tf.slice2d(gram, [0, size], [size, width(architecture, n)]),
      tf.concat(old, 1),
    )
    return tf.split<tf.Tensor2D>(
      star,
      old.map((w) => w.shape[1]),
      1,
    )
  })
}

/** @throws RangeError that names the setting, what was given and what was expected */
function completeSettings(given: Partial<ClosedFormBcdSettings>): ClosedFormBcdSettings {
  const known = Object.keys(CLOSED_FORM_BCD_DEFAULTS)
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new RangeError(`closed-form-bcd has no setting '${name}'; expected one of ${known.join(', ')}`)
  const settings = { ...CLOSED_FORM_BCD_DEFAULTS, ...given }
  const { gamma, power, project } = settings
  if (!isPositive(gamma))
    throw new RangeError(`closed-form-bcd: gamma is ${gamma}; expected a positive number, finite in float32`)
  if (!isNonNegative(power))
    throw new RangeError(`closed-form-bcd: power is ${power}; expected a number >= 0, finite in float32`)
  if (typeof project !== 'boolean')
    throw new RangeError(`closed-form-bcd: project is ${project}; expected true or false`)
  return settings
}

/** What differs from the defaults, for the key column `setting`. */
function describeSetting(settings: ClosedFormBcdSettings): string {
  return (['gamma', 'power', 'project'] as const)
    .filter((name) => settings[name] !== CLOSED_FORM_BCD_DEFAULTS[name])
    .map((name) => `${name}=${settings[name]}`)
    .join(';')
}

/** @throws RangeError for shapes or an architecture that eq. 9-11 are not written for */
function checkProblem(problem: Problem, start: Weights): void {
  checkShapes('closed-form-bcd', problem, start)
  const { architecture } = problem
  const last = architecture.layers.length
  architecture.layers.forEach(({ activation, bias, inputs }, i) => {
    const n = i + 1
    const expected = n === last ? [last - 1] : Array.from({ length: n }, (_, k) => k)
    const complete = inputs.length === expected.length && expected.every((from, k) => inputs[k]!.from === from)
    if (!complete || weightedInputs(architecture, n).length !== inputs.length)
      throw new RangeError(
        `closed-form-bcd: layer ${n} takes ${inputs.map(({ from, link }) => `layer ${from} (${link})`).join(', ')}; expected layer ${expected.join(', ')}, each through weights`,
      )
    if (bias || activation !== (n === last ? 'identity' : 'relu'))
      throw new RangeError('closed-form-bcd: expected ReLU hidden layers, an identity output and no biases')
  })
  if (last < 2) throw new RangeError('closed-form-bcd: expected at least one hidden layer, got none')
}
