/** Trainable parameters of an architecture: initialisation, copying, disposal. */
import { tf } from '../engine/tensorflow'
import { type Architecture, weightedInputs, width } from './architecture'

export interface Weights {
  /** kernels[n - 1][k]: matrix of the k-th weighted input of layer n, shape [d_n, d_m]; a layer computes U_m W^T. */
  readonly kernels: readonly (readonly tf.Tensor2D[])[]
  /** biases[n - 1]: shape [d_n], or null for a layer without bias. */
  readonly biases: readonly (tf.Tensor1D | null)[]
}

/**
 * He-normal initialisation, standard deviation sqrt(2 / fan-in) (He et al. 2015), biases zero; seeded, so that every
 * solver of an experiment starts from the same weights. The caller owns the result.
 */
export function heNormal(architecture: Architecture, seed: number): Weights {
  return {
    kernels: architecture.layers.map((l, i) =>
      weightedInputs(architecture, i + 1).map((input, k) => {
        const fanIn = width(architecture, input.from)
        return tf.randomNormal<tf.Rank.R2>(
          [l.width, fanIn],
          0,
          Math.sqrt(2 / fanIn),
          'float32',
          seed * 1009 + i * 31 + k + 1,
        )
      }),
    ),
    biases: architecture.layers.map((l) => (l.bias ? tf.zeros<tf.Rank.R1>([l.width]) : null)),
  }
}

/** An independent copy that the caller owns. */
export function cloneWeights(weights: Weights): Weights {
  return {
    kernels: weights.kernels.map((row) => row.map((w) => w.clone())),
    biases: weights.biases.map((b) => b && b.clone()),
  }
}

export function disposeWeights(weights: Weights): void {
  for (const row of weights.kernels) for (const w of row) w.dispose()
  for (const b of weights.biases) b?.dispose()
}
