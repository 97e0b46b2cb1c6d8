/**
 * Normal equations in double precision, for problems whose Gram matrix is too ill-conditioned for float32: kernels of
 * TensorFlow that run in float64 (float64.ts). Only float32 tensors go in and come out; what is between is a `Gram64`,
 * which its owner disposes.
 */
import {
  add,
  column,
  factorAndSolve,
  type Id,
  matrix,
  multiply,
  read,
  release,
  run,
  scoped,
  subtract,
  TF_DOUBLE,
  times,
  type,
  widen,
  widenNew,
} from './float64'
import { tf } from './tensorflow'

/** Rows turned into double precision at a time. */
const CHUNK_ROWS = 8192

/** The sum of a^T a over rows a, [n, n], in double precision. */
export class Gram64 {
  private id: Id | null = null

  /** @param n number of columns of the rows to come */
  constructor(readonly n: number) {}

  /**
   * Adds the rows' products, or takes them away: exactly undone up to rounding in the sixteenth digit.
   * @param rows float32, [m, n]
   */
  add(rows: tf.Tensor2D, sign: 1 | -1 = 1): void {
    if (rows.shape[1] !== this.n || rows.dtype !== 'float32')
      throw new RangeError(
        `Gram64: expected float32 rows of ${this.n} columns, got ${rows.dtype} [${rows.shape.join(', ')}]`,
      )
    for (let first = 0; first < rows.shape[0]; first += CHUNK_ROWS) {
      const chunk = tf.slice2d(rows, [first, 0], [Math.min(CHUNK_ROWS, rows.shape[0] - first), -1])
      const wide = widen(chunk)
      const product = multiply(wide, wide, true, false)
      release(wide)
      chunk.dispose()
      if (this.id === null && sign === 1) this.id = product
      else {
        const before = this.id ?? subtract(product, product)
        this.id = sign === 1 ? add(before, product) : subtract(before, product)
        release(before, product)
      }
    }
  }

  /** An independent Gram matrix with the same value; the caller owns it. */
  copy(): Gram64 {
    const other = new Gram64(this.n)
    if (this.id !== null) other.id = run('Identity', [type('T', TF_DOUBLE)], this.id)
    return other
  }

  /**
   * Solves (ridge I + scale G) z = b by Cholesky.
   * @param b [n]
   * @returns z, [n]
   * @throws Error when the matrix is not positive definite in double precision
   */
  solve(ridge: number, scale: number, b: Float64Array): Float64Array {
    const { n } = this
    checkLength(n, b)
    return scoped((keep) => {
      const diagonal = keep(widenNew(() => tf.mul(tf.eye(n), ridge)))
      const scaled = this.id === null ? null : keep(times(keep(widenNew(() => tf.scalar(scale))), this.id))
      const matrix = scaled === null ? diagonal : keep(add(scaled, diagonal))
      return read(keep(factorAndSolve(matrix, keep(column(b)), keep)), n)
    })
  }

  dispose(): void {
    if (this.id !== null) release(this.id)
    this.id = null
  }
}

/**
 * Solves (I + scale A^T A) z = b through the m x m matrix of the rows (Woodbury's identity): the cheaper way when A has
 * fewer rows than columns.
 * @param rows A, float32, [m, n], m >= 1
 * @param b [n]
 * @returns z, [n]
 */
export function solveByRows(rows: tf.Tensor2D, scale: number, b: Float64Array): Float64Array {
  const [m, n] = rows.shape
  checkLength(n, b)
  return scoped((keep) => {
    const [a, right] = [keep(widen(rows)), keep(column(b))]
    const diagonal = keep(widenNew(() => tf.mul(tf.eye(m), 1 / scale)))
    const matrix = keep(add(keep(multiply(a, a, false, true)), diagonal))
    const inner = keep(factorAndSolve(matrix, keep(multiply(a, right, false, false)), keep))
    return read(keep(subtract(right, keep(multiply(a, inner, true, false)))), n)
  })
}

/**
 * A B in double precision for a float32 matrix A (or its transpose).
 * @param a float32, [m, n]
 * @param columns the columns of B, each [n], or [m] for the transpose
 * @returns the columns of A B, each [m], or [n] for the transpose
 */
export function productByColumns(a: tf.Tensor2D, columns: readonly Float64Array[], transpose: boolean): Float64Array[] {
  const [m, n] = a.shape
  const results = columns.map(() => new Float64Array(transpose ? n : m))
  for (let first = 0; first < m; first += CHUNK_ROWS) {
    const size = Math.min(CHUNK_ROWS, m - first)
    const length = transpose ? n : size
    const values = scoped((keep) => {
      const chunk = keep(widenNew(() => tf.slice2d(a, [first, 0], [size, n])))
      const parts = transpose ? columns.map((whole) => whole.subarray(first, first + size)) : columns
      return read(keep(multiply(keep(matrix(parts)), chunk, false, !transpose)), columns.length * length)
    })
    for (const [k, result] of results.entries())
      for (let i = 0; i < length; i++) result[(transpose ? 0 : first) + i]! += values[k * length + i]!
  }
  return results
}

function checkLength(n: number, b: Float64Array): void {
  if (b.length !== n) throw new RangeError(`expected a right-hand side of ${n} values, got ${b.length}`)
}
