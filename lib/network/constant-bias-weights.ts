/** The initialisation of the public codes of Zeng et al. (2019): normal weights of one deviation in all layers, constant biases. */
import { tf } from '../engine/tensorflow'
import { type Architecture, weightedInputs, width } from './architecture'
import type { Weights } from './weights'

/**
 * Weights ~ N(0, 0.01^2), biases 0.1; seeded, so that every solver of an experiment starts from the same. The caller owns the result.
 */
export function constantBiasWeights(architecture: Architecture, seed: number): Weights {
  return {
    kernels: architecture.layers.map((l, i) =>
      weightedInputs(architecture, i + 1).map(({ from }, k) =>
        tf.randomNormal<tf.Rank.R2>(
          [l.width, width(architecture, from)],
          0,
          0.01,
          'float32',
          seed * 1009 + i * 31 + k + 1,
        ),
      ),
    ),
    biases: architecture.layers.map((l) => (l.bias ? tf.fill<tf.Rank.R1>([l.width], 0.1) : null)),
  }
}
