/**
 * Values of what a solver is given: a NaN among the pixels would end as a matrix that is not positive definite, and labels that are
 * not one-hot as an objective that rises.
 */
import { tf } from '../../engine/tensorflow'
import type { Problem } from '../solver'

/** @throws RangeError that names the tensor, the first row that is not as expected, and what it holds */
export function checkData(solver: string, { x, y }: Pick<Problem, 'x' | 'y'>): void {
  for (const [name, { dtype }] of Object.entries({ x, y }))
    if (dtype !== 'float32')
      throw new RangeError(`${solver}: ${name} is of type ${dtype}; expected float32: ${name}.toFloat()`)
  const notFinite = firstRow(() => tf.any(tf.logicalNot(tf.isFinite(x)), 1))
  if (notFinite >= 0)
    throw new RangeError(`${solver}: row ${notFinite} of x is ${shown(x, notFinite)}; expected finite numbers`)
  const notHot = firstRow(() => {
    const neither = tf.any(tf.logicalNot(tf.logicalOr(tf.equal(y, 0), tf.equal(y, 1))), 1)
    return tf.logicalOr(neither, tf.notEqual(tf.sum(y, 1), 1))
  })
  if (notHot >= 0)
    throw new RangeError(
      `${solver}: row ${notHot} of the labels is ${shown(y, notHot)}; expected one-hot labels, a single 1 and otherwise 0, from a class of 0 to ${y.shape[1] - 1}`,
    )
}

/** Index of the first row that is marked, or -1. */
function firstRow(marks: () => tf.Tensor): number {
  return tf.tidy(() => {
    const marked = marks()
    return tf.any(marked).dataSync()[0] ? tf.argMax(tf.cast(marked, 'int32')).dataSync()[0]! : -1
  })
}

/** '[0.5, NaN, 0, ...]'. */
function shown(t: tf.Tensor2D, row: number): string {
  const values = tf.tidy(() => [...tf.slice(t, [row, 0], [1, -1]).dataSync()])
  const first = values.slice(0, 12)
  const bad = values.findIndex((value) => !Number.isFinite(value))
  const more =
    bad >= first.length ? [`... ${values[bad]} in column ${bad}`] : values.length > first.length ? ['...'] : []
  return `[${[...first, ...more].join(', ')}]`
}
