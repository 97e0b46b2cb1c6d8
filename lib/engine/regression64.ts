/**
 * A linear regression whose Gram matrix may be singular: gathered and solved in double precision. In float32 a Gram
 * matrix says nothing of directions whose eigenvalue is below 1e-6 of the largest; here the limit is 1e-13.
 */
import {
  add,
  flag,
  type Id,
  matrix,
  multiply,
  narrowTensor,
  read,
  release,
  runPair,
  scoped,
  TF_DOUBLE,
  times,
  type,
  widen,
} from './float64'
import { tf } from './tensorflow'

/** inputs^T inputs and inputs^T target, summed over rows. Owned by its maker, who disposes it. */
export class Regression64 {
  private gram: Id | null = null
  private correlation: Id | null = null

  /**
   * @param inputs number of columns of the inputs
   * @param targets number of columns of the targets
   */
  constructor(
    readonly inputs: number,
    readonly targets: number,
  ) {}

  /**
   * Adds rows.
   * @param inputs float32, [m, inputs]
   * @param target float32, [m, targets]
   */
  add(inputs: tf.Tensor2D, target: tf.Tensor2D): void {
    const expected = `[m, ${this.inputs}] and [m, ${this.targets}]`
    if (inputs.shape[1] !== this.inputs || target.shape[1] !== this.targets || inputs.shape[0] !== target.shape[0])
      throw new RangeError(`Regression64: expected rows ${expected}, got [${inputs.shape}] and [${target.shape}]`)
    scoped((keep) => {
      const [a, b] = [keep(widen(inputs)), keep(widen(target))]
      this.gram = accumulate(this.gram, multiply(a, a, true, false))
      this.correlation = accumulate(this.correlation, multiply(a, b, true, false))
    })
  }

  /**
   * The least-squares solution of smallest norm, Z in |target - inputs Z|^2: the limit of a vanishing ridge. Eigenvalues of the
   * Gram matrix below 8 n eps of the largest count as zero (their own rounding is of that size). Inputs that are zero in
   * all rows get exact zeros.
   * @returns Z, [inputs, targets], float32
   * @throws Error when no rows were added
   */
  minimumNorm(): tf.Tensor2D {
    const { gram, correlation, inputs: n, targets } = this
    if (gram === null || correlation === null) throw new Error('Regression64: no rows were added')
    return scoped((keep) => {
      const [values, vectors] = runPair('SelfAdjointEigV2', [flag('compute_v', true), type('T', TF_DOUBLE)], gram)
      keep(values)
      keep(vectors)
      const eigenvalues = read(values, n)
      const cutoff = 8 * n * Number.EPSILON * eigenvalues.reduce((a, b) => Math.max(a, b), 0)
      const inverse = keep(matrix([eigenvalues.map((value) => (value > cutoff ? 1 / value : 0))]))
      const coordinates = keep(times(keep(multiply(correlation, vectors, true, false)), inverse))
      const solution = narrowTensor(keep(multiply(vectors, coordinates, false, true)), [n, targets])
      const dead = tf.tidy(() => tf.equal(tf.max(tf.abs(narrowTensor(gram, [n, n])), 1), 0))
      const exact = tf.tidy(() => tf.where(tf.expandDims(dead, 1), tf.zerosLike(solution), solution))
      tf.dispose([solution, dead])
      return exact as tf.Tensor2D
    })
  }

  dispose(): void {
    for (const id of [this.gram, this.correlation]) if (id !== null) release(id)
    this.gram = this.correlation = null
  }
}

function accumulate(sum: Id | null, part: Id): Id {
  if (sum === null) return part
  const total = add(sum, part)
  release(sum, part)
  return total
}
