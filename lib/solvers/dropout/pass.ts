/**
 * Forward and backward pass of a sequence of layers with inverted dropout on the hidden activations (Srivastava et al. 2014): each is
 * kept with probability 1 - rate and then divided by it, so that a network without dropout scores what was trained. Within a tidy.
 */
import { addToRows, crossEntropy, multiply, product, relu, sumOfRows } from '../../engine/arithmetic'
import { execute, float32, int32, once } from '../../engine/kernels'
import { tf } from '../../engine/tensorflow'
import type { Random } from '../../random'

export interface Layer {
  /** [d_l, d_{l-1}] */
  readonly kernel: tf.Tensor2D
  readonly bias: tf.Tensor1D | null
}

const reluGradient = once(() => [float32('T')])

/**
 * Gradients of the batch's mean cross-entropy by every layer's weights, one mask drawn per hidden layer.
 * @param x [B, d_0]
 * @param y one-hot, [B, classes]
 */
export function dropoutGradients(
  layers: readonly Layer[],
  x: tf.Tensor2D,
  y: tf.Tensor2D,
  rate: number,
  random: Random,
): { readonly gradients: { kernel: tf.Tensor2D; bias: tf.Tensor1D | null }[]; readonly loss: tf.Scalar } {
  const inputs: tf.Tensor2D[] = []
  const masks: (tf.Tensor2D | null)[] = []
  let u = x
  layers.forEach(({ kernel, bias }, i) => {
    inputs.push(u)
    const sum = product(u, kernel, { right: true })
    const output = bias ? addToRows(sum, bias) : sum
    const hidden = i + 1 < layers.length
    const mask = hidden && rate > 0 ? drawMask(output.shape, rate, random) : null
    masks.push(mask)
    u = hidden ? relu(output) : output
    if (mask) u = multiply(u, mask)
  })
  const [losses, misfit] = crossEntropy(u, y)
  let delta = multiply(misfit, tf.scalar(1 / x.shape[0]))
  const gradients: { kernel: tf.Tensor2D; bias: tf.Tensor1D | null }[] = []
  for (let i = layers.length - 1; i >= 0; i--) {
    const { kernel, bias } = layers[i]!
    gradients.unshift({ kernel: product(delta, inputs[i]!, { left: true }), bias: bias && sumOfRows(delta) })
    if (i === 0) break
    const back = product(delta, kernel)
    const mask = masks[i - 1]
    // The masked activation is positive exactly where the layer's own was and was kept.
    delta = execute<tf.Tensor2D>('ReluGrad', reluGradient(), [mask ? multiply(back, mask) : back, inputs[i]!])
  }
  return { gradients, loss: tf.mean(losses) }
}

const uniformNumbers = once(() => [float32('dtype'), int32('T'), int32('Tseed')])

/** 0 with probability `rate`, else 1 / (1 - rate). */
function drawMask(shape: [number, number], rate: number, random: Random): tf.Tensor2D {
  const seed = [0, 1].map(() => Math.floor(random.uniform() * 2 ** 31))
  const uniform = execute<tf.Tensor2D>('StatelessRandomUniform', uniformNumbers(), [
    tf.tensor1d(shape, 'int32'),
    tf.tensor1d(seed, 'int32'),
  ])
  const kept = tf.cast(tf.greaterEqual<tf.Tensor2D>(uniform, rate), 'float32')
  return multiply(kept, tf.scalar(1 / (1 - rate)))
}
