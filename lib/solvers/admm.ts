/**
 * ADMM for networks: G. Taylor et al., "Training Neural Networks Without Gradients: A Scalable ADMM Approach", ICML 2016, Algorithm 1.
 *
 *   paper              here                     shape (samples are rows)
 *   a_0, a_l, z_l      rows of x, a[l-1], z[l-1]  [N, d_l]
 *   W_l                kernels[l-1]             [d_l, d_{l-1}]
 *   lambda             multiplier               [N, d_L]
 *
 *   l(z_L, y) + <z_L, lambda> + beta |z_L - W_L a_{L-1}|^2 + sum_{l<L} gamma |a_l - h(z_l)|^2 + beta |z_l - W_l a_{l-1}|^2
 *
 * An iteration, l = 1 .. L - 1:
 *   W_l = z_l pinv(a_{l-1})
 *   a_l = (beta W_{l+1}^T W_{l+1} + gamma I)^-1 (beta W_{l+1}^T z_{l+1} + gamma h(z_l))
 *   z_l = argmin gamma (a_l - h(z))^2 + beta (z - W_l a_{l-1})^2, entry by entry: the better of the branches z >= 0 and z <= 0
 * then W_L, z_L = argmin l + <z, lambda> + beta |z - W_L a_{L-1}|^2 and, after `warmUp` iterations, lambda += beta (z_L - W_L a_{L-1}).
 *
 * Biases, which the paper does not have, are a column of ones in a_{l-1}. It starts from Gaussian a and z, here from a forward pass of
 * the weights that all methods of an experiment share. pinv(a) = (a^T a)^+ a^T; where that is singular, eigenvalues of the Gram matrix below float32's noise
 * counting as zero; that of the data never changes and is inverted once.
 */
import { addToRows, halfSquare, product, relu, subtract } from '../engine/arithmetic'
import { cholesky, invertSpd, NotPositiveDefinite, solveMinimumNorm } from '../engine/linear-algebra'
import { tf } from '../engine/tensorflow'
import { cloneWeights, type Weights } from '../network/weights'
import { hiddenMinimum, lossValue, outputMinimum } from './admm/entries'
import { ADMM_DEFAULTS, type AdmmSettings, checkSettings, describeSetting } from './admm/settings'
import { checkSequence } from './refusals/sequence'
import { checkShapes } from './refusals/shapes'
import type { Problem, Solver } from './solver'

interface Rows {
  readonly x: tf.Tensor2D
  readonly y: tf.Tensor2D
  readonly a: tf.Tensor2D[]
  readonly z: tf.Tensor2D[]
  multiplier: tf.Tensor2D
}

export interface AdmmState {
  readonly rows: readonly Rows[]
  readonly kernels: tf.Tensor2D[]
  readonly biases: (tf.Tensor1D | null)[]
  /** (a_0^T a_0)^+ of the data, with its column of ones where there is a bias. */
  dataInverse: tf.Tensor2D | null
}

/** Rows at a time: a variable's rows and their temporaries stay in the processor's cache. */
const CHUNK = 4000

export function admm(options: Partial<AdmmSettings> = {}): Solver<AdmmState> {
  const settings = checkSettings({ ...ADMM_DEFAULTS, ...options })
  const { beta, gamma, loss } = settings
  return {
    name: 'admm',
    setting: describeSetting(settings),
    source: __filename,
    settings: { ...settings },

    init(problem, start) {
      checkShapes('admm', problem, start)
      checkSequence('admm', problem.architecture)
      const { kernels, biases } = cloneWeights(start)
      const state: AdmmState = {
        rows: [],
        kernels: kernels.map((row) => row[0]!),
        biases: [...biases],
        dataInverse: null,
      }
      return { ...state, rows: forwardRows(problem, state) }
    },

    *step(state, _problem, t) {
      const depth = state.kernels.length
      for (let l = 1; l <= depth; l++) {
        regress(state, l)
        yield `W${l}`
        if (l === depth) break
        updateActivations(state, l, settings)
        yield `a${l}`
        for (const { x, a, z } of state.rows)
          replace(z, l - 1, () => hiddenMinimum(a[l - 1]!, layerOf(state, l, l === 1 ? x : a[l - 2]!), beta, gamma))
        yield `z${l}`
      }
      let residual = 0
      const moves = t > settings.warmUp
      for (const chunk of state.rows) {
        const { a, y, z, multiplier } = chunk
        const m = layerOf(state, depth, a.at(-1)!)
        replace(z, depth - 1, () => outputMinimum(m, y, multiplier, beta, loss))
        residual += 2 * tf.tidy(() => halfSquare(subtract(z.at(-1)!, m)).dataSync()[0]!)
        if (moves)
          chunk.multiplier = tf.tidy(() => {
            const pull = tf.mul<tf.Tensor2D>(tf.sub(z.at(-1)!, m), beta)
            return settings.multiplier === 'accumulated' ? tf.add<tf.Tensor2D>(multiplier, pull) : pull
          })
        if (moves) multiplier.dispose()
        m.dispose()
      }
      yield `z${depth}`
      return { primal_residual: Math.sqrt(residual) }
    },

    metrics: (state) => ({ objective: lagrangian(state, settings) }),

    weights: ({ kernels, biases }): Weights => ({ kernels: kernels.map((kernel) => [kernel]), biases }),

    dispose({ rows, kernels, biases, dataInverse }) {
      for (const { x, y, a, z, multiplier } of rows) tf.dispose([x, y, multiplier, ...a, ...z])
      tf.dispose([...kernels, ...biases.filter((b) => b !== null)])
      dataInverse?.dispose()
    },
  }
}

function forwardRows({ x, y }: Problem, state: AdmmState): Rows[] {
  const rows: Rows[] = []
  for (let first = 0; first < x.shape[0]; first += CHUNK) {
    const length = Math.min(CHUNK, x.shape[0] - first)
    const chunk = { x: tf.slice(x, [first, 0], [length, -1]), y: tf.slice(y, [first, 0], [length, -1]) }
    const [a, z]: [tf.Tensor2D[], tf.Tensor2D[]] = [[], []]
    state.kernels.forEach((_, i) => {
      z.push(layerOf(state, i + 1, i === 0 ? chunk.x : a[i - 1]!))
      if (i + 1 < state.kernels.length) a.push(relu(z[i]!))
    })
    rows.push({ ...chunk, a, z, multiplier: tf.zerosLike(chunk.y) })
  }
  return rows
}

/** W_l a + b_l. */
function layerOf({ kernels, biases }: AdmmState, l: number, a: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const output = product(a, kernels[l - 1]!, { right: true })
    const bias = biases[l - 1]
    return bias ? addToRows(output, bias) : output
  })
}

function replace(list: tf.Tensor2D[], i: number, make: () => tf.Tensor2D): void {
  const next = tf.tidy(make)
  list[i]!.dispose()
  list[i] = next
}

/**
 * W_l (and b_l) = z_l pinv(a_{l-1}), from the Gram matrix, then once more for what was left of z_l: through the Gram matrix alone float32
 * loses the small singular values.
 */
function regress(state: AdmmState, l: number): void {
  const bias = state.biases[l - 1]
  const inputsOf = ({ x, a }: Rows): tf.Tensor2D => {
    const plain = l === 1 ? x : a[l - 2]!
    return bias ? tf.concat([plain, tf.ones<tf.Rank.R2>([plain.shape[0], 1])], 1) : plain
  }
  const [kernel, shift] = tf.tidy(() => {
    const inverse =
      (l === 1 ? state.dataInverse : null) ??
      pseudoInverse(
        addUp(state.rows, (chunk) => {
          const inputs = inputsOf(chunk)
          return product(inputs, inputs, { left: true })
        }),
      )
    if (l === 1) state.dataInverse ??= tf.keep(inverse.clone())
    const fitTo = (target: (chunk: Rows, inputs: tf.Tensor2D) => tf.Tensor2D): tf.Tensor2D =>
      product(
        inverse,
        addUp(state.rows, (chunk) => {
          const inputs = inputsOf(chunk)
          return product(inputs, target(chunk, inputs), { left: true })
        }),
      )
    const first = fitTo(({ z }) => z[l - 1]!)
    const solution = tf.add<tf.Tensor2D>(
      first,
      fitTo(({ z }, inputs) => subtract(z[l - 1]!, product(inputs, first))),
    )
    const inputs = state.kernels[l - 1]!.shape[1]
    const weights = tf.transpose<tf.Tensor2D>(tf.slice(solution, [0, 0], [inputs, -1]))
    return bias ? [weights, tf.reshape(tf.slice(solution, [inputs, 0], [1, -1]), [-1])] : [weights]
  }) as [tf.Tensor2D, tf.Tensor1D?]
  state.kernels[l - 1]!.dispose()
  state.kernels[l - 1] = kernel
  if (bias && shift) {
    bias.dispose()
    state.biases[l - 1] = shift
  }
}

/** A matrix of every chunk, added up over the chunks. */
function addUp(rows: readonly Rows[], term: (chunk: Rows) => tf.Tensor2D): tf.Tensor2D {
  let total: tf.Tensor2D | null = null
  for (const chunk of rows) {
    const next: tf.Tensor2D = tf.tidy(() => (total ? tf.add<tf.Tensor2D>(total, term(chunk)) : term(chunk)))
    total?.dispose()
    total = next
  }
  return total!
}

/** Of a Gram matrix. Eigenvalues, which cost ten times as much as a factorisation, only where float32 needs them. */
const pseudoInverse = (gram: tf.Tensor2D): tf.Tensor2D =>
  wellConditioned(gram) ? invertSpd(gram) : solveMinimumNorm(gram, tf.eye(gram.shape[0]))

/** Whether a Cholesky factor exists and its pivots lie within a factor of 2^9, so that the condition number is not far above 2^18. */
function wellConditioned(gram: tf.Tensor2D): boolean {
  try {
    const pivots = tf.tidy(() => tf.linalg.bandPart(cholesky(gram), 0, 0).max(1).dataSync())
    return Math.min(...pivots) > 2 ** -9 * Math.max(...pivots)
  } catch (error) {
    if (error instanceof NotPositiveDefinite) return false
    throw error
  }
}

function updateActivations({ rows, kernels, biases }: AdmmState, l: number, { beta, gamma }: AdmmSettings): void {
  const next = kernels[l]!
  const bias = biases[l]
  const [inverse, back] = tf.tidy(() => {
    const curvature = tf.add<tf.Tensor2D>(
      tf.mul(product(next, next, { left: true }), beta),
      tf.mul(tf.eye(next.shape[1]), gamma),
    )
    const inverse = invertSpd(curvature)
    return [inverse, tf.mul<tf.Tensor2D>(product(next, inverse), beta)]
  }) as [tf.Tensor2D, tf.Tensor2D]
  for (const { a, z } of rows)
    replace(a, l - 1, () => {
      const target = bias ? tf.sub<tf.Tensor2D>(z[l]!, bias) : z[l]!
      const own = product(tf.mul<tf.Tensor2D>(relu(z[l - 1]!), gamma), inverse)
      return tf.add<tf.Tensor2D>(product(target, back), own)
    })
  tf.dispose([inverse, back])
}

/** The function above, summed over samples. */
function lagrangian(state: AdmmState, { beta, gamma, loss }: AdmmSettings): number {
  let total = 0
  for (const { x, y, a, z, multiplier } of state.rows)
    total += tf.tidy(() => {
      const penalties = z.map((z_l, i) => {
        const gap = halfSquare(subtract(z_l, layerOf(state, i + 1, i === 0 ? x : a[i - 1]!)))
        const fit = i < a.length ? halfSquare(subtract(a[i]!, relu(z_l))) : tf.scalar(0)
        return tf.add(tf.mul(gap, 2 * beta), tf.mul(fit, 2 * gamma))
      })
      const terms = [...penalties, lossValue(z.at(-1)!, y, loss), tf.sum(tf.mul(z.at(-1)!, multiplier))]
      return tf.addN(terms).dataSync()[0]!
    })
  return total
}
