/** Rows of sparsity.csv: how much of each weight matrix is not zero, against the threshold that says what zero is. */
import { tf } from '../engine/tensorflow'
import type { Run } from './experiment'
import type { Row } from './tables'

/**
 * One row per layer and threshold; layers are W1, W2, ..., and V for the output. An entry counts when its absolute value
 * exceeds the threshold: 0 counts all that are not exactly zero.
 */
export function nonzeroRows({ key, use }: Run, thresholds: readonly number[]): Promise<Row[]> {
  const { dataset, method, setting, seed } = key
  return use(({ kernels }) =>
    kernels.flatMap((row, i) => {
      const layer = i + 1 === kernels.length ? 'V' : `W${i + 1}`
      const size = row.reduce((sum, w) => sum + w.size, 0)
      return thresholds.map((threshold) => {
        const above = tf.tidy(
          () => tf.addN(row.map((w) => tf.sum(tf.cast(tf.greater(tf.abs(w), threshold), 'float32')))).dataSync()[0]!,
        )
        return { dataset, method, setting, seed, layer, threshold, nonzero_fraction: above / size }
      })
    }),
  )
}
