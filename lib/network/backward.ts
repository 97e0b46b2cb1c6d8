/**
 * Gradients by backpropagation, for networks of ReLU and identity layers with weighted and identity links. Written on
 * TensorFlow's kernels because a mini-batch step is many small calls; `forward` is the readable twin.
 */
import { execute, flag, float32, once, text } from '../engine/kernels'
import type { tf } from '../engine/tensorflow'
import { type Architecture, layer } from './architecture'
import type { Weights } from './weights'

const float = once(() => [float32('T')])
const biasAdd = once(() => [float32('T'), text('data_format', 'NHWC')])
const plain = once(() => matMulAttributes(false, false))
const leftTransposed = once(() => matMulAttributes(true, false))
const rightTransposed = once(() => matMulAttributes(false, true))

function matMulAttributes(left: boolean, right: boolean) {
  return [flag('transpose_a', left), flag('transpose_b', right), float32('T')]
}

/**
 * Activations of all layers for a batch, layer 0 (the batch itself) first. Call within a tidy: intermediate sums are
 * not disposed here.
 * @param x [B, d_0]
 * @throws RangeError for a layer of another kind
 */
export function activations(architecture: Architecture, weights: Weights, x: tf.Tensor2D): tf.Tensor2D[] {
  const u: tf.Tensor2D[] = [x]
  for (let n = 1; n <= architecture.layers.length; n++) {
    const { inputs, activation } = layer(architecture, n)
    if ((activation !== 'relu' && activation !== 'identity') || inputs.some(({ link }) => link === 'residual'))
      throw new RangeError(
        `backpropagation: layer ${n} has activation ${activation} and inputs ${inputs.map(({ link }) => link).join(', ')}; expected relu or identity, through weights and identities`,
      )
    let k = 0
    const terms = inputs.map(({ from, link }) =>
      link === 'identity'
        ? u[from]!
        : execute<tf.Tensor2D>('MatMul', rightTransposed(), [u[from]!, weights.kernels[n - 1]![k++]!]),
    )
    let sum = addUp(terms)
    const bias = weights.biases[n - 1]
    if (bias) sum = execute<tf.Tensor2D>('BiasAdd', biasAdd(), [sum, bias])
    u.push(activation === 'relu' ? execute<tf.Tensor2D>('Relu', float(), [sum]) : sum)
  }
  return u
}

/** Where the gradient of one parameter goes: the k-th kernel of layer n, or its bias. The receiver owns the gradient. */
export interface GradientReceiver {
  kernel(n: number, k: number, gradient: tf.Tensor2D): void
  bias(n: number, gradient: tf.Tensor1D): void
}

/**
 * The gradients of a loss with respect to all parameters, from the last layer to the first. Each is handed over as soon
 * as the parameter itself is no longer needed, so that the receiver may update (and dispose) it at once. A layer that
 * does not reach the output gets none. Call within a tidy.
 * @param u activations of all layers, [B, d_n] each
 * @param outputGradient derivative of the loss with respect to the output, [B, d_L]
 */
export function backward(
  architecture: Architecture,
  weights: Weights,
  u: readonly tf.Tensor2D[],
  outputGradient: tf.Tensor2D,
  receive: GradientReceiver,
): void {
  const contributions: tf.Tensor2D[][] = u.map(() => [])
  contributions[u.length - 1]!.push(outputGradient)
  for (let n = architecture.layers.length; n >= 1; n--) {
    if (contributions[n]!.length === 0) continue
    const { inputs, activation, bias } = layer(architecture, n)
    const total = addUp(contributions[n]!)
    const delta = activation === 'relu' ? execute<tf.Tensor2D>('ReluGrad', float(), [total, u[n]!]) : total
    let k = 0
    for (const { from, link } of inputs) {
      if (link === 'identity') {
        if (from > 0) contributions[from]!.push(delta)
        continue
      }
      const kernel = weights.kernels[n - 1]![k]!
      if (from > 0) contributions[from]!.push(execute<tf.Tensor2D>('MatMul', plain(), [delta, kernel]))
      receive.kernel(n, k, execute<tf.Tensor2D>('MatMul', leftTransposed(), [delta, u[from]!]))
      k++
    }
    if (bias) receive.bias(n, execute<tf.Tensor1D>('BiasAddGrad', biasAdd(), [delta]))
  }
}

function addUp(terms: readonly tf.Tensor2D[]): tf.Tensor2D {
  return terms.reduce((sum, term) => execute<tf.Tensor2D>('AddV2', float(), [sum, term]))
}
