/**
 * Tikhonov-regularised block coordinate descent.
 * Z. Zhang, M. Brand, "Convergent Block Coordinate Descent for Training Tikhonov Regularized Deep Neural Networks",
 * NIPS 2017: objective eq. 4, Algorithm 1, testing sec. 3.2.
 *
 *   paper            here                  shape (samples are rows)
 *   x_i = u_{i,0}    rows of chunks[c].x   [rows, d_0], all chunks together N rows
 *   u_{i,n}          of chunks[c].u[n-1]   [rows, d_n], n = 1 .. hidden layers, >= 0
 *   W_{n,m}          kernels[n-1][k]       [d_n, d_m], k-th weighted link of M_n; identity links carry no variable
 *   V                kernels[last][0]      [classes, d_last]
 *   gamma_n          settings.gamma        scalar or one per hidden layer
 *   theta_t          theta(t)              1/t^2 in the experiments
 *   (1 - theta_t)^2  proximity             weight of 1/2 |. - old|^2
 *
 *   f(U, V, W) = sum_i 1/2 |y_i - V u_{i,N}|^2 + sum_{i,n} gamma_n/2 |u_{i,n} - sum_m W_{n,m} u_{i,m}|^2,   u >= 0
 *
 * Each iteration replaces, in the order U, V, W, a block B by B + theta_t (B* - B), where B* minimises f + proximity.
 * f is convex in each block, so with exact B* no block's step raises it; with U* to a tolerance that is checked by the
 * conformance tests, not guaranteed.
 *
 * U-step: non-negative least squares over all hidden layers of a sample jointly, one Hessian for all samples. Solved by
 * accelerated projected gradient, the gradient evaluated through the layers; samples do not interact, so rows are
 * solved in chunks whose iterates stay in the processor's cache. Started from the previous U*.
 * V- and W-steps: ridge regressions on Gram matrices (tikhonov/regression.ts). Identity links go into the target, weighted ones
 * into the inputs. With a proximity they are solved for the change from the old value against its residual: in float32 the
 * direct form loses the small eigenvalues of the Gram matrix.
 *
 * Choices where the paper is silent: U^(0) is the forward pass of the initial weights (the paper: random, feasible); as
 * theta_1 = 1 it only starts the first inner solve. At t = 1 the proximity is 0, and Gram matrices may be singular (W_1's is, on
 * MNIST): V and every W are the minimum-norm solutions, in double precision (the limit of a vanishing proximity would be the
 * ones nearest to W_old), which sets the columns of never-lit pixels to exact zeros. U* is solved to a tolerance, not exactly;
 * how many inner iterations that took is reported (in the paper profile one or two from t = 16 on).
 *
 * Variants replace the W-step: bcd-s.ts.
 */
import { tf } from '../engine/tensorflow'
import { type Architecture, weightedInputs, width } from '../network/architecture'
import { forward } from '../network/forward'
import { cloneWeights, disposeWeights, type Weights } from '../network/weights'
import { type HiddenProblem, hiddenCurvature } from '../prox/tikhonov'
import type { Problem, Report, Solver } from './solver'
import { solveHidden } from './tikhonov/hidden-step'
import {
  type Chunk,
  distanceSquared,
  joint,
  minimumNormRegression,
  normalEquations,
  relax,
  ridgeRegression,
} from './tikhonov/regression'
import {
  checkProblem,
  checkSettings,
  describeSetting,
  type StepSchedule,
  TIKHONOV_BCD_DEFAULTS,
  type TikhonovBcdSettings,
} from './tikhonov/settings'
import { stationarity } from './tikhonov/stationarity'

/** Rows solved together in the U-step: a few MB per layer; fewer rows make the calls costlier, many more leave the cache. */
const CHUNK_ROWS = 2000

/**
 * ... and fewer where a sample has more hidden variables than in the paper's 3 x 784: a chunk's temporaries are some ten times its
 * variables, at 2,000 rows of 48 x 256 a gigabyte.
 */
const CHUNK_VARIABLES = CHUNK_ROWS * 3 * 784

export interface TikhonovBcdState {
  readonly chunks: Chunk[]
  readonly kernels: tf.Tensor2D[][]
  readonly biases: readonly null[]
  /** Gram matrix of the data, wherever a layer's only weighted input is the data: it never changes. */
  dataGram: tf.Tensor2D | null
}

export function tikhonovBcd(options: Partial<TikhonovBcdSettings> = {}): Solver<TikhonovBcdState> {
  const settings = checkSettings('tikhonov-bcd', { ...TIKHONOV_BCD_DEFAULTS, ...options })
  return {
    ...algorithm1(settings, ridgeStep),
    name: 'tikhonov-bcd',
    setting: describeSetting(settings),
    source: __filename,
    settings: { ...settings },
  }
}

/**
 * W* of layer n, [d_n, inputs side by side], and what it has to report; called inside a tidy.
 * @param weight gamma_n (1 for V)
 */
export type WeightStep<State> = (
  state: State,
  architecture: Architecture,
  n: number,
  weight: number,
  proximity: number,
) => { readonly star: tf.Tensor2D; readonly report: Report }

/**
 * Algorithm 1 with a W-step for the hidden layers; V's is always the ridge regression.
 * @param project onto the set in which the W-step keeps the rows, if it does
 */
export function algorithm1<State extends TikhonovBcdState>(
  settings: TikhonovBcdSettings,
  hiddenStep: WeightStep<State>,
  project?: (w: tf.Tensor2D) => tf.Tensor2D,
): Pick<Solver<State>, 'step' | 'metrics' | 'weights' | 'dispose'> & {
  init(problem: Problem, start: Weights): TikhonovBcdState
} {
  return {
    init(problem, start) {
      checkProblem(problem, settings)
      const rows = problem.x.shape[0]
      const variables = hiddenLayers(problem.architecture).reduce((sum, n) => sum + width(problem.architecture, n), 0)
      const chunkRows = Math.min(CHUNK_ROWS, Math.max(1, Math.floor(CHUNK_VARIABLES / variables)))
      const chunks: Chunk[] = []
      for (let first = 0; first < rows; first += chunkRows) {
        const size = Math.min(chunkRows, rows - first)
        const x = tf.slice(problem.x, [first, 0], [size, -1])
        const y = tf.slice(problem.y, [first, 0], [size, -1])
        const u = hiddenLayers(problem.architecture).map((n) => forward(problem.architecture, start, x, n))
        chunks.push({ x, y, u, uStar: null })
      }
      const { kernels } = cloneWeights(start)
      return {
        chunks,
        kernels: kernels.map((row) => [...row]),
        biases: start.biases.map(() => null),
        dataGram: null,
      }
    },

    *step(state, problem, t) {
      const { architecture } = problem
      const theta = stepSize(settings.theta, t)
      const proximity = (1 - theta) ** 2
      const changes = { u: 0, v: 0, w: 0 }
      const inner = { total: 0, most: 0, capped: 0, doublings: 0 }
      const reports: Report[] = []

      const hidden = hiddenProblem(problem, state, settings)
      let lipschitz = hiddenCurvature(hidden) + proximity
      for (const chunk of state.chunks) {
        const solved = solveHidden(hidden, chunk, proximity, lipschitz, settings)
        lipschitz = solved.lipschitz
        inner.total += solved.iterations
        inner.most = Math.max(inner.most, solved.iterations)
        inner.doublings += solved.doublings
        if (!solved.converged) inner.capped++
        if (chunk.uStar) tf.dispose(chunk.uStar)
        chunk.uStar = solved.uStar
        const moved = chunk.u.map((u, i) => relax(u, solved.uStar[i]!, theta))
        changes.u += distanceSquared(moved, chunk.u)
        tf.dispose(chunk.u)
        chunk.u = moved
        yield 'U'
      }

      const update = (n: number, weight: number, find: WeightStep<State>): number => {
        let report: Report = {}
        const old = state.kernels[n - 1]!
        const updated = tf.tidy(() => {
          const found = find(state, architecture, n, weight, proximity)
          report = found.report
          return apart(relax(joint(old), found.star, theta), old)
        })
        const change = distanceSquared(updated, old)
        tf.dispose(old)
        state.kernels[n - 1] = updated
        reports.push(report)
        return change
      }
      changes.v += update(architecture.layers.length, 1, ridgeStep)
      yield 'V'
      for (const n of hiddenLayers(architecture)) {
        if (weightedInputs(architecture, n).length === 0) continue
        changes.w += update(n, gammaOf(settings, n), hiddenStep)
        yield `W${n}`
      }

      return {
        theta,
        inner_iterations: inner.total / state.chunks.length,
        inner_iterations_most: inner.most,
        inner_capped: inner.capped / state.chunks.length,
        inner_doublings: inner.doublings,
        change_u: Math.sqrt(changes.u),
        change_v: Math.sqrt(changes.v),
        change_w: Math.sqrt(changes.w),
        ...worst(reports),
      }
    },

    metrics: (state, problem) =>
      stationarity(state.chunks, hiddenProblem(problem, state, settings), problem.architecture, project),

    weights: (state): Weights => state,

    dispose(state) {
      for (const { x, y, u, uStar } of state.chunks) tf.dispose([x, y, ...u, ...(uStar ?? [])])
      disposeWeights(state)
      state.dataGram?.dispose()
    },
  }
}

/** The paper's W-step: a ridge regression, of minimum norm where there is no proximity. */
const ridgeStep: WeightStep<TikhonovBcdState> = (state, architecture, n, weight, proximity) => {
  if (proximity === 0) return { star: minimumNormRegression(state.chunks, architecture, n), report: {} }
  const old = joint(state.kernels[n - 1]!)
  return { star: ridgeRegression(equationsOf(state, architecture, n), old, weight, proximity), report: {} }
}

/** Layer n's normal equations; where its only weighted input is the data, their Gram matrix is kept in the state. */
export function equationsOf(state: TikhonovBcdState, architecture: Architecture, n: number) {
  const links = weightedInputs(architecture, n)
  const onlyData = links.length === 1 && links[0]!.from === 0
  const old = joint(state.kernels[n - 1]!)
  const found = normalEquations(state.chunks, architecture, n, old, onlyData ? state.dataGram : null)
  if (onlyData) state.dataGram ??= tf.keep(found.gram.clone())
  return found
}

/** The inverse of `joint`, with the widths of `like`. */
function apart(whole: tf.Tensor2D, like: readonly tf.Tensor2D[]): tf.Tensor2D[] {
  return like.length === 1
    ? [whole]
    : tf.split<tf.Tensor2D>(
        whole,
        like.map((w) => w.shape[1]),
        1,
      )
}

/** Of what several layers report under one name, the largest. */
function worst(reports: readonly Report[]): Report {
  const names = [...new Set(reports.flatMap((report) => Object.keys(report)))]
  return Object.fromEntries(names.map((name) => [name, Math.max(...reports.map((report) => report[name] ?? 0))]))
}

const hiddenLayers = (architecture: Architecture): number[] => architecture.layers.slice(0, -1).map((_, i) => i + 1)
const gammaOf = ({ gamma }: TikhonovBcdSettings, n: number): number =>
  typeof gamma === 'number' ? gamma : gamma[n - 1]!
const stepSize = (theta: StepSchedule, t: number): number => ('power' in theta ? t ** -theta.power : theta.constant)

function hiddenProblem(
  { architecture }: Problem,
  { kernels }: TikhonovBcdState,
  settings: TikhonovBcdSettings,
): HiddenProblem {
  return { architecture, kernels, gamma: hiddenLayers(architecture).map((n) => gammaOf(settings, n)) }
}
