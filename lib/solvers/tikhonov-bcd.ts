/**
 * Tikhonov-regularised block coordinate descent.
 * Z. Zhang, M. Brand, "Convergent Block Coordinate Descent for Training Tikhonov Regularized Deep Neural Networks",
 * NIPS 2017: objective eq. 4, Algorithm 1, testing sec. 3.2.
 *
 *   paper            here                  shape (samples are rows)
 *   x_i = u_{i,0}    rows of `x`           [N, d_0]
 *   u_{i,n}          rows of `u[..][n-1]`  [N, d_n], n = 1 .. hidden layers, >= 0
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
 * V- and W-steps: ridge regressions on Gram matrices. Identity links go into the target, weighted ones into the inputs.
 * They are solved for the change from the old value against its residual: in float32 the direct form loses the small
 * eigenvalues of the Gram matrix.
 *
 * Choices where the paper is silent: U^(0) is the forward pass of the initial weights (the paper: random, feasible); as
 * theta_1 = 1 it only starts the first inner solve. At
 * t = 1 the proximity is 0 and W_1's Gram matrix is singular on MNIST: the minimum-norm solution is taken (the limit of a
 * vanishing proximity would be the solution nearest to W_old), which sets
 * the columns of never-lit pixels to exact zeros. In float32 that means eigenvalues above 7e-6 of the largest (784 wide);
 * a float64 rendering that went down to 1e-7 had an objective 1.1 % lower after t = 2 on 10,000 images of MNIST.
 * U* is solved to a tolerance, not exactly (reported).
 */
import { solveMinimumNorm, solveSpd } from '../engine/linear-algebra'
import { tf } from '../engine/tensorflow'
import { type Architecture, layer, weightedInputs, width } from '../network/architecture'
import { forward } from '../network/forward'
import { cloneWeights, disposeWeights, type Weights } from '../network/weights'
import { acceleratedProjection } from '../prox/accelerated-projection'
import {
  type HiddenProblem,
  hiddenCurvature,
  projectedGradientStep,
  tikhonovGradient,
  tikhonovResiduals,
} from '../prox/tikhonov'
import type { Problem, Solver } from './solver'
import {
  checkProblem,
  checkSettings,
  describeSetting,
  type StepSchedule,
  TIKHONOV_BCD_DEFAULTS,
  type TikhonovBcdSettings,
} from './tikhonov-bcd-settings'

/** Rows solved together in the U-step: a few MB per layer; fewer rows make the calls costlier, many more leave the cache. */
const CHUNK_ROWS = 2000

interface Chunk {
  readonly x: tf.Tensor2D
  readonly y: tf.Tensor2D
  /** U of the chunk's rows, one per hidden layer. */
  u: tf.Tensor2D[]
  /** The last U*, where the next U-step starts. */
  uStar: tf.Tensor2D[] | null
}

export interface TikhonovBcdState {
  readonly chunks: Chunk[]
  readonly kernels: tf.Tensor2D[][]
  readonly biases: readonly null[]
  /** Gram matrix of the data, wherever a layer's only weighted input is the data: it never changes. */
  dataGram: tf.Tensor2D | null
  /** Dominant eigenvector of the U-step's Hessian, one row per hidden layer: the next power iteration starts here. */
  dominant: tf.Tensor2D[]
}

export function tikhonovBcd(options: Partial<TikhonovBcdSettings> = {}): Solver<TikhonovBcdState> {
  const settings = checkSettings({ ...TIKHONOV_BCD_DEFAULTS, ...options })

  return {
    name: 'tikhonov-bcd',
    setting: describeSetting(settings),
    source: __filename,
    settings: { ...settings },

    init(problem, start) {
      checkProblem(problem, settings)
      const rows = problem.x.shape[0]
      const chunks: Chunk[] = []
      for (let first = 0; first < rows; first += CHUNK_ROWS) {
        const size = Math.min(CHUNK_ROWS, rows - first)
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
        dominant: hiddenLayers(problem.architecture).map((n) =>
          tf.randomNormal<tf.Rank.R2>([1, width(problem.architecture, n)], 0, 1, 'float32', n),
        ),
      }
    },

    *step(state, problem, t) {
      const { architecture } = problem
      const theta = stepSize(settings.theta, t)
      const proximity = (1 - theta) ** 2
      const changes = { u: 0, v: 0, w: 0 }
      const inner = { total: 0, most: 0, capped: 0 }

      const lipschitz = tf.tidy(() => {
        const { curvature, dominant } = hiddenCurvature(hiddenProblem(problem, state, settings), state.dominant)
        tf.dispose(state.dominant)
        state.dominant = dominant.map((row) => tf.keep(row))
        return curvature + proximity
      })
      for (const chunk of state.chunks) {
        const solved = tf.tidy(() => {
          const step = projectedGradientStep(hiddenProblem(problem, state, settings), chunk, proximity, lipschitz)
          const { x, ...rest } = acceleratedProjection(chunk.uStar ?? chunk.u, step, {
            origin: chunk.u,
            tolerance: settings.innerTolerance,
            cap: settings.innerCap,
          })
          return { uStar: x, ...rest }
        })
        inner.total += solved.iterations
        inner.most = Math.max(inner.most, solved.iterations)
        if (!solved.converged) inner.capped++
        if (chunk.uStar) tf.dispose(chunk.uStar)
        chunk.uStar = solved.uStar
        const moved = chunk.u.map((u, i) => relax(u, solved.uStar[i]!, theta))
        changes.u += distanceSquared(moved, chunk.u)
        tf.dispose(chunk.u)
        chunk.u = moved
        yield 'U'
      }

      const last = architecture.layers.length
      changes.v += regress(state, architecture, last, 1, theta, proximity)
      yield 'V'
      for (const n of hiddenLayers(architecture)) {
        if (weightedInputs(architecture, n).length === 0) continue
        changes.w += regress(state, architecture, n, gammaOf(settings, n), theta, proximity)
        yield `W${n}`
      }

      return {
        theta,
        inner_iterations: inner.total / state.chunks.length,
        inner_iterations_most: inner.most,
        inner_capped: inner.capped / state.chunks.length,
        change_u: Math.sqrt(changes.u),
        change_v: Math.sqrt(changes.v),
        change_w: Math.sqrt(changes.w),
      }
    },

    /**
     * objective: f of eq. 4, summed over samples. residual_u: |U - max(0, U - grad_U f)|; residual_v, residual_w: norms
     * of the gradients. All three vanish exactly at a stationary point; theta_t plays no part in them.
     */
    metrics(state, problem) {
      return stationarity(state, problem, settings)
    },

    weights: (state): Weights => state,

    dispose(state) {
      for (const { x, y, u, uStar } of state.chunks) tf.dispose([x, y, ...u, ...(uStar ?? [])])
      disposeWeights(state)
      state.dataGram?.dispose()
      tf.dispose(state.dominant)
    },
  }
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

/** old + theta (star - old); exactly star for theta = 1, whose zeros must stay zeros. */
function relax(old: tf.Tensor2D, star: tf.Tensor2D, theta: number): tf.Tensor2D {
  return theta === 1 ? star.clone() : tf.tidy(() => tf.add<tf.Tensor2D>(tf.mul(old, 1 - theta), tf.mul(star, theta)))
}

const distanceSquared = (a: readonly tf.Tensor2D[], b: readonly tf.Tensor2D[]): number =>
  tf.tidy(() => tf.addN(a.map((block, i) => tf.sum(tf.squaredDifference(block, b[i]!)))).dataSync()[0]!)

/** Inputs and target of layer n's regression for one chunk: the weighted links side by side, identity links subtracted. */
function regressionData(
  { x, y, u }: Chunk,
  architecture: Architecture,
  n: number,
): { inputs: tf.Tensor2D; target: tf.Tensor2D } {
  const activation = (m: number) => (m === 0 ? x : u[m - 1]!)
  const weighted = weightedInputs(architecture, n).map(({ from }) => activation(from))
  const identities = layer(architecture, n).inputs.filter(({ link }) => link === 'identity')
  let target = n === architecture.layers.length ? y : u[n - 1]!
  for (const { from } of identities) target = tf.sub(target, activation(from))
  return { inputs: weighted.length === 1 ? weighted[0]! : tf.concat(weighted, 1), target }
}

/**
 * V- or W-step of layer n: W* = argmin weight/2 |target - inputs W^T|^2 + proximity/2 |W - W_old|^2, then the average.
 * @returns |W_new - W_old|^2
 */
function regress(
  state: TikhonovBcdState,
  architecture: Architecture,
  n: number,
  weight: number,
  theta: number,
  proximity: number,
): number {
  const links = weightedInputs(architecture, n)
  const onlyData = links.length === 1 && links[0]!.from === 0
  const old = state.kernels[n - 1]!
  const updated = tf.tidy((): tf.Tensor2D[] => {
    const oldJoint = old.length === 1 ? old[0]! : tf.concat(old, 1)
    let gram: tf.Tensor2D | null = onlyData ? state.dataGram : null
    const gramKnown = gram !== null
    let correlation: tf.Tensor2D | null = null // inputs^T (target - inputs W_ref^T), W_ref = W_old, or 0 where there is no proximity
    for (const chunk of state.chunks) {
      ;[gram, correlation] = tf.tidy(() => {
        const { inputs, target } = regressionData(chunk, architecture, n)
        const residual = proximity > 0 ? tf.sub<tf.Tensor2D>(target, tf.matMul(inputs, oldJoint, false, true)) : target
        const correlated = tf.matMul(inputs, residual, true, false)
        const square = gramKnown ? null : tf.matMul(inputs, inputs, true, false)
        return [
          square ? (gram ? tf.add<tf.Tensor2D>(gram, square) : square) : gram!,
          correlation ? tf.add<tf.Tensor2D>(correlation, correlated) : correlated,
        ] as [tf.Tensor2D, tf.Tensor2D]
      })
    }
    if (onlyData && !gramKnown) state.dataGram = tf.keep(gram!.clone())
    const star =
      proximity > 0
        ? tf.add<tf.Tensor2D>(oldJoint, tf.transpose(solveRidge(gram!, correlation!, weight, proximity)))
        : tf.transpose(solveMinimumNorm(gram!, correlation!))
    const moved = relax(oldJoint, star, theta)
    return old.length === 1
      ? [moved]
      : tf.split<tf.Tensor2D>(
          moved,
          old.map((w) => w.shape[1]),
          1,
        )
  })
  const change = distanceSquared(updated, old)
  tf.dispose(old)
  state.kernels[n - 1] = updated
  return change
}

/** (weight gram + proximity I)^-1 weight correlation. */
function solveRidge(gram: tf.Tensor2D, correlation: tf.Tensor2D, weight: number, proximity: number): tf.Tensor2D {
  const ridge = proximity / weight
  return solveSpd(tf.add(gram, tf.mul(tf.eye(gram.shape[0]), ridge)), correlation)
}

function stationarity(
  state: TikhonovBcdState,
  problem: Problem,
  settings: TikhonovBcdSettings,
): Record<string, number> {
  const hidden = hiddenProblem(problem, state, settings)
  const { architecture } = problem
  const last = architecture.layers.length
  let [objective, residualU] = [0, 0]
  const gradients: (tf.Tensor2D | null)[] = architecture.layers.map(() => null)
  for (const chunk of state.chunks) {
    const sums = tf.tidy(() => {
      const { residuals, misfit } = tikhonovResiduals(hidden, chunk, chunk.u)
      const gradientU = tikhonovGradient(hidden, residuals, misfit)
      const movable = chunk.u.map((u, i) => tf.sum(tf.squaredDifference(u, tf.relu(tf.sub(u, gradientU[i]!)))))
      for (let n = 1; n <= last; n++) {
        const { inputs } = regressionData(chunk, architecture, n)
        const gradient = tf.matMul<tf.Tensor2D>(n === last ? misfit : residuals[n - 1]!, inputs, true, false)
        const before = gradients[n - 1]
        gradients[n - 1] = tf.keep(before ? tf.add<tf.Tensor2D>(before, gradient) : gradient)
        before?.dispose()
      }
      const fit = tf.mul(tf.sum(tf.square(misfit)), 0.5)
      const penalties = residuals.map((r, i) => tf.mul(tf.sum(tf.square(r)), hidden.gamma[i]! / 2))
      return tf.stack([tf.addN([fit, ...penalties]), tf.addN(movable)]).dataSync()
    })
    objective += sums[0]!
    residualU += sums[1]!
  }
  const norms = gradients.map((g, i) =>
    tf.tidy(() => tf.sum(tf.square(g!)).dataSync()[0]! * (i + 1 === last ? 1 : hidden.gamma[i]! ** 2)),
  )
  tf.dispose(gradients as tf.Tensor2D[])
  return {
    objective,
    residual_u: Math.sqrt(residualU),
    residual_v: Math.sqrt(norms[last - 1]!),
    residual_w: Math.sqrt(norms.slice(0, -1).reduce((sum, value) => sum + value, 0)),
  }
}
