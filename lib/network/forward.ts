/** The forward pass of an architecture. */
import { tf } from '../engine/tensorflow'
import { activate } from './activation'
import { type Architecture, layer } from './architecture'
import type { Weights } from './weights'

/**
 * Activations of layer `upTo` for a batch of samples. The caller owns the result.
 * @param x samples as rows, [N, d_0]
 * @param upTo layer index, the output layer by default
 * @returns [N, d_upTo]
 */
export function forward(
  architecture: Architecture,
  weights: Weights,
  x: tf.Tensor2D,
  upTo: number = architecture.layers.length,
): tf.Tensor2D {
  if (x.shape[1] !== architecture.features)
    throw new RangeError(`forward: expected x of shape [N, ${architecture.features}], got [${x.shape.join(', ')}]`)
  return tf.tidy(() => {
    const activations: tf.Tensor2D[] = [x]
    for (let n = 1; n <= upTo; n++) {
      const { inputs, activation } = layer(architecture, n)
      const kernels = weights.kernels[n - 1]!
      let k = 0
      const terms: tf.Tensor2D[] = inputs
        .filter(({ link }) => link !== 'residual')
        .map(({ from, link }) =>
          link === 'identity' ? activations[from]! : tf.matMul(activations[from]!, kernels[k++]!, false, true),
        )
      const sum = terms.length === 1 ? terms[0]! : (tf.addN(terms) as tf.Tensor2D)
      const bias = weights.biases[n - 1]
      const v = activate(activation, bias ? tf.add<tf.Tensor2D>(sum, bias) : sum)
      const kept = inputs.filter(({ link }) => link === 'residual').map(({ from }) => activations[from]!)
      activations.push(kept.length === 0 ? v : (tf.addN([v, ...kept]) as tf.Tensor2D))
    }
    return activations[upTo]!.clone()
  })
}
