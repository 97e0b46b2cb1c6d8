/**
 * Update rules of gradient methods, one parameter tensor at a time, as the papers of the methods and Keras have them (whose defaults are
 * kept). Each rule turns the gradient g into a step to be added, from histories that start at zero.
 */
import { add, divide, multiply } from '../../engine/arithmetic'
import { tf } from '../../engine/tensorflow'

export interface Rule {
  readonly name: string
  /** How many tensors of the parameter's shape it remembers. */
  readonly histories: number
  /**
   * Called inside a tidy.
   * @param t updates so far, this one included: 1, 2, ...
   * @returns the step to add to the parameter, and the new histories
   */
  step(
    g: tf.Tensor,
    histories: readonly tf.Tensor[],
    learningRate: number,
    t: number,
  ): { readonly step: tf.Tensor; readonly histories: tf.Tensor[] }
}

/** Keras's epsilon. */
const EPSILON = 1e-7

const scaled = (a: tf.Tensor, factor: number): tf.Tensor => multiply(a, tf.scalar(factor))
const root = (a: tf.Tensor): tf.Tensor => tf.sqrt(a)
const shifted = (a: tf.Tensor): tf.Tensor => add(a, tf.scalar(EPSILON))
/** decay a + (1 - decay) b. */
const mixed = (a: tf.Tensor, b: tf.Tensor, decay: number): tf.Tensor => add(scaled(a, decay), scaled(b, 1 - decay))

/** Gradient descent: -lr g. */
export const gd: Rule = {
  name: 'gd',
  histories: 0,
  step: (g, _, learningRate) => ({ step: scaled(g, -learningRate), histories: [] }),
}

/** Adagrad (Duchi et al. 2011): h = h + g^2, -lr g / (sqrt(h) + epsilon). */
export const adagrad: Rule = {
  name: 'adagrad',
  histories: 1,
  step: (g, [h], learningRate) => {
    const next = add(h!, multiply(g, g))
    return { step: divide(scaled(g, -learningRate), shifted(root(next))), histories: [next] }
  },
}

/** Adadelta (Zeiler 2012), decay 0.95: -lr sqrt(E[step^2] + epsilon) / sqrt(E[g^2] + epsilon) g. */
export const adadelta: Rule = {
  name: 'adadelta',
  histories: 2,
  step: (g, [squares, steps], learningRate) => {
    const nextSquares = mixed(squares!, multiply(g, g), 0.95)
    const step = multiply(divide(root(shifted(steps!)), root(shifted(nextSquares))), g)
    return {
      step: scaled(step, -learningRate),
      histories: [nextSquares, mixed(steps!, multiply(step, step), 0.95)],
    }
  },
}

/** Adam (Kingma & Ba 2015), beta 0.9 and 0.999, with bias correction. */
export const adam: Rule = {
  name: 'adam',
  histories: 2,
  step: (g, [mean, squares], learningRate, t) => {
    const nextMean = mixed(mean!, g, 0.9)
    const nextSquares = mixed(squares!, multiply(g, g), 0.999)
    const rate = (learningRate * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t)
    return { step: divide(scaled(nextMean, -rate), shifted(root(nextSquares))), histories: [nextMean, nextSquares] }
  },
}
