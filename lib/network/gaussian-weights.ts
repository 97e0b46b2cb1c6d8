/** Initial weights from one normal distribution for all layers: what the DLAM and the proximal papers start from. */
import { tf } from '../engine/tensorflow'
import { type Architecture, weightedInputs, width } from './architecture'
import type { Weights } from './weights'

/**
 * Weights and biases N(0, deviation^2); seeded, so that every solver of an experiment starts from the same. The caller owns the result.
 * @throws RangeError unless deviation is a positive number
 */
export function gaussianWeights(architecture: Architecture, deviation: number, seed: number): Weights {
  if (!(deviation > 0 && deviation < Infinity))
    throw new RangeError(`gaussianWeights: deviation is ${deviation}; expected a positive number`)
  // A key for every tensor: k for a layer's matrices, 30 for its bias.
  const key = (layer: number, k: number): number => seed * 1009 + layer * 31 + k + 1
  return {
    kernels: architecture.layers.map((l, i) =>
      weightedInputs(architecture, i + 1).map((input, k) =>
        tf.randomNormal<tf.Rank.R2>([l.width, width(architecture, input.from)], 0, deviation, 'float32', key(i, k)),
      ),
    ),
    biases: architecture.layers.map((l, i) =>
      l.bias ? tf.randomNormal<tf.Rank.R1>([l.width], 0, deviation, 'float32', key(i, 30)) : null,
    ),
  }
}
