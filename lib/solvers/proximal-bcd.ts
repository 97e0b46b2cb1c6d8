/**
 * Proximal block coordinate descent, three-splitting.
 * J. Zeng, T. T.-K. Lau, S. Lin, Y. Yao, "Global Convergence of Block Coordinate Descent in Deep Learning", ICML 2019: eq. 2.5,
 * Algorithm 2 (Lau, Zeng, Wu, Yao 2018 without proofs). Settings and order of b as in github.com/timlautk/BCD-for-DNNs-PyTorch.
 *
 *   paper      here (samples are rows)          shape
 *   X = V_0    rows of `x`                      [N, d_0]
 *   U_i, V_i   chunks[..].u[i-1], v[i-1]        [N, d_i], i = 1 .. L; layer L is the output
 *   W_i, b_i   kernels[i-1][0], biases[i-1]     [d_i, d_(i-1)], [d_i]; the paper absorbs b in W
 *   sigma_i    the layer's activation           any of the suite's; sigma_L is the identity
 *
 *   f = loss(V_L; Y) + sum_i gamma/2 |V_i - sigma_i(U_i)|^2 + rho/2 |U_i - V_(i-1) W_i^T - b_i|^2 + l2/2 |W_i|^2 + l1 |W_i|_1
 *
 * The loss is summed over samples, not averaged. One iteration, every block by its minimiser (in closed form, but for
 * sigmoid and tanh, and W with an l1 term, which are solved to rounding and to a stated tolerance):
 *   V_L = argmin loss + gamma/2 |V - U_L|^2 + alpha/2 |V - V_old|^2
 *   U_L = (gamma V_L + rho P_L)/(gamma + rho)                                         P_i = V_(i-1) W_i^T + b_i
 *   W_L = argmin rho/2 |U_L - V_(L-1) W^T - b_old|^2 + alpha/2 |W - W_old|^2 + l2/2 |W|^2 + l1 |W|_1
 *   b_L = argmin rho/2 |U_L - V_(L-1) W_old^T - b|^2 + alpha/2 |b - b_old|^2
 *   then for i = L-1 .. 1:
 *   V_i = argmin rho/2 |U_(i+1) - V W_(i+1)^T - b_(i+1)|^2 + gamma/2 |V - sigma(U_i)|^2
 *   U_i = argmin gamma/2 |V_i - sigma(U)|^2 + rho/2 |U - P_i|^2 + alpha/2 |U - U_old|^2   element by element
 *   W_i, b_i as above
 * so none of V and U raises f. Nor do W and b, which move at once, each from the old other (the paper, with b absorbed in W, minimises over both
 * together; the public code does as we do): each gains half its own quadratic term or more, and the cross term of a convex
 * quadratic is at most the two halves.
 *
 * W and V are solved for their change against the residual ('increment'). The form 'direct', with an
 * explicit inverse as in the public code, is the same in exact arithmetic and less exact in float32: notebook 06 shows both.
 *
 * Given W, samples do not interact: each layer is one pass over row chunks, whose temporaries stay in the processor's cache.
 * P_i of the iteration's end is kept: the objective reads it, and the next U-step would compute the same product.
 */
import { add, halfSquare, multiply, subtract } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'
import { activate } from '../network/activation'
import { layer } from '../network/architecture'
import { cloneWeights, disposeWeights, type Weights } from '../network/weights'
import { activationProx } from '../prox/activation'
import { losses } from '../prox/loss'
import { type L1Effort, worst } from './proximal/l1-step'
import { accumulate, hiddenStep, predict, regularizer, solveWeights } from './proximal/ridge-steps'
import {
  checkProblem,
  completeSettings,
  describeSetting,
  PROXIMAL_BCD_DEFAULTS,
  type ProximalBcdSettings,
  type SplittingSettings,
} from './proximal/settings'
import {
  activationTarget,
  type Chunk,
  forget,
  isResidual,
  labelsOf,
  layerValue,
  misfit,
  type ProximalBcdState,
  prediction,
  replace,
  rowChunks,
  weightsOf,
  withInput,
} from './proximal/state'
import { subgradientSquare } from './proximal/subgradient'
import type { TheorySolver } from './proximal/theory'
import type { Problem } from './solver'

/** The output layer's part of the objective: what tells the variants of three-splitting BCD apart. */
export interface OutputTerms {
  /** The loss, summed over samples. */
  sum(v: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar
  /** The new V_L from U_L, the old V_L and the labels. Called inside a tidy. */
  step(u: tf.Tensor2D, v: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor2D
  /** That step lowers f by at least this times |V_L - V_old|^2. */
  readonly descent: number
  /** The element of least norm of the loss's subdifferential at V_L + `rest`. */
  leastSubgradient(v: tf.Tensor2D, y: tf.Tensor2D, rest: tf.Tensor2D): tf.Tensor2D
}

export function proximalBcd(options: Partial<ProximalBcdSettings> = {}): TheorySolver<ProximalBcdState> {
  const settings = completeSettings('proximal-bcd', PROXIMAL_BCD_DEFAULTS, Object.keys(losses), options)
  return {
    name: 'proximal-bcd',
    setting: describeSetting(settings, PROXIMAL_BCD_DEFAULTS),
    source: __filename,
    settings: { ...settings },
    ...threeSplitting('proximal-bcd', settings, proximalOutput(settings)),
  }
}

/** V_L by the loss's proximal operator: the proximity to U_L and that to the old V_L are one, to their mean. */
export function proximalOutput({ gamma, alpha, loss }: ProximalBcdSettings): OutputTerms {
  const { sum, prox, leastSubgradient } = losses[loss]
  return {
    sum,
    step: (u, v, y) => prox(mean(u, gamma, v, alpha), y, gamma + alpha),
    descent: gamma / 2 + alpha,
    leastSubgradient,
  }
}

/** Algorithm 2 with a given step of V_L; where the architecture has residual sums, Algorithm 3 (residual-bcd.ts). */
export function threeSplitting(
  solver: string,
  settings: SplittingSettings,
  output: OutputTerms,
  { residual = false } = {},
): Pick<TheorySolver<ProximalBcdState>, 'init' | 'step' | 'metrics' | 'weights' | 'dispose' | 'theory'> {
  const { gamma, rho, alpha } = settings

  /** What V_i is drawn to besides U_(i+1): sigma_i(U_i), and below a residual layer V_(i+1) - sigma_(i+1)(U_(i+1)) as much. */
  const hiddenTarget = (problem: Problem, chunk: Chunk, i: number): tf.Tensor2D => {
    const value = layerValue(problem, chunk, i, chunk.u[i - 1]!)
    if (!isResidual(problem, i + 1)) return value
    const above = activate(layer(problem.architecture, i + 1).activation, chunk.u[i]!)
    return mean(value, 1, subtract(chunk.v[i]!, above), 1)
  }

  /** U_i, from V_i and P_i. */
  const preactivationStep = (problem: Problem, chunk: Chunk, i: number, predicted: tf.Tensor2D): tf.Tensor2D => {
    const target = activationTarget(problem, chunk, i)
    if (i === problem.architecture.layers.length) return mean(target, gamma, predicted, rho)
    const prox = activationProx[layer(problem.architecture, i).activation]
    return prox(target, mean(predicted, rho, chunk.u[i - 1]!, alpha), (rho + alpha) / gamma)
  }

  return {
    /** U and V are those of a forward pass. */
    init(problem, start) {
      checkProblem(solver, problem, start, residual)
      const { kernels, biases } = cloneWeights(start)
      const state: ProximalBcdState = {
        chunks: rowChunks(problem.x.shape[0]).map((range) => ({ ...range, u: [], v: [], predicted: [] })),
        kernels: kernels.map(([w]) => [w!]),
        biases: [...biases],
        dataGram: null,
        sums: null,
        shared: [],
      }
      for (const chunk of state.chunks)
        for (let i = 1; i <= problem.architecture.layers.length; i++) {
          const u = prediction(state, problem, chunk, i)
          chunk.predicted.push(u)
          chunk.u.push(u.clone())
          chunk.v.push(tf.tidy(() => layerValue(problem, chunk, i, u)))
        }
      return state
    },

    *step(state, problem) {
      const depth = problem.architecture.layers.length
      const samples = problem.x.shape[0]
      const solved: L1Effort[] = []
      forget(state)
      for (let i = depth; i >= 1; i--) {
        const pull = isResidual(problem, i + 1) ? 2 * gamma : gamma
        const above = i < depth ? hiddenStep({ ...settings, gamma: pull }, weightsOf(state, i + 1)) : null
        state.shared = above?.shared ?? []
        for (const chunk of state.chunks) {
          if (above) {
            const v = tf.tidy(() => above.apply(chunk.v[i - 1]!, hiddenTarget(problem, chunk, i), chunk.u[i]!))
            replace(chunk.v, i, v)
            replace(chunk.predicted, i + 1, predict(v, weightsOf(state, i + 1)))
          } else
            replace(
              chunk.v,
              i,
              tf.tidy(() =>
                output.step(layerValue(problem, chunk, i, chunk.u[i - 1]!), chunk.v[i - 1]!, labelsOf(problem, chunk)),
              ),
            )
          yield `V${i}`

          if (!chunk.predicted[i - 1]) replace(chunk.predicted, i, prediction(state, problem, chunk, i))
          const predicted = chunk.predicted[i - 1]!
          replace(
            chunk.u,
            i,
            tf.tidy(() => preactivationStep(problem, chunk, i, predicted)),
          )
          state.sums = withInput(problem, chunk, i, (v) =>
            accumulate(state.sums, settings, weightsOf(state, i), {
              u: chunk.u[i - 1]!,
              v,
              predicted,
              gram: i === 1 ? state.dataGram : null,
            }),
          )
          yield `U${i}`
        }
        const { w, b, inner } = solveWeights(settings, weightsOf(state, i), state.sums!, samples)
        for (const chunk of state.chunks) replace(chunk.predicted, i, null)
        if (i === 1) state.dataGram ??= state.sums!.gram.clone()
        tf.dispose([state.kernels[i - 1]![0], state.biases[i - 1]!])
        state.kernels[i - 1] = [w]
        state.biases[i - 1] = b
        if (inner) solved.push(inner)
        forget(state)
        yield `W${i}`
      }
      for (const chunk of state.chunks) replace(chunk.predicted, 1, prediction(state, problem, chunk, 1))
      return worst(solved)
    },

    /** objective: f, all terms. */
    metrics(state, problem) {
      let objective = 0
      for (const chunk of state.chunks) {
        const terms = tf.tidy(() => {
          const parts: tf.Scalar[] = [output.sum(chunk.v.at(-1)!, labelsOf(problem, chunk))]
          chunk.u.forEach((u, at) => {
            const predicted = chunk.predicted[at] ?? prediction(state, problem, chunk, at + 1)
            const coupling = halfSquare(misfit(problem, chunk, at + 1))
            parts.push(tf.mul(coupling, gamma), tf.mul(halfSquare(subtract(u, predicted)), rho))
          })
          return tf.stack(parts).dataSync()
        })
        for (const term of terms) objective += term
      }
      if (settings.l2 > 0 || settings.l1 > 0)
        for (const [w] of state.kernels) objective += tf.tidy(() => regularizer(settings, w).dataSync()[0]!)
      return { objective }
    },

    weights: (state): Weights => state,

    /** a: V_L's own constant; gamma/2 for the hidden V_i and U_L; alpha/2 for U_i by the proximal term; W_i and b_i together have alpha. */
    theory: {
      descent: Math.min(output.descent, gamma / 2, alpha / 2),
      variables: ({ chunks, kernels, biases }) => [
        ...chunks.flatMap(({ u, v }) => [...u, ...v]),
        ...kernels.flat(),
        ...biases.filter((b) => b !== null),
      ],
      subgradient: (state, problem) => subgradientSquare(state, problem, settings, output.leastSubgradient),
    },

    dispose(state) {
      forget(state)
      for (const { u, v, predicted } of state.chunks)
        for (const held of [u, v, predicted]) for (const t of held) t?.dispose()
      state.dataGram?.dispose()
      disposeWeights(state)
    },
  }
}

/** (p a + q b)/(p + q). */
export const mean = (a: tf.Tensor2D, p: number, b: tf.Tensor2D, q: number): tf.Tensor2D =>
  tf.tidy(() => add(multiply(a, tf.scalar(p / (p + q))), multiply(b, tf.scalar(q / (p + q)))))
