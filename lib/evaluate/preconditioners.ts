/**
 * Preconditioners for the Newton systems of several classes: for each the inverse of its own I + A^T diag(D_k) A, taken
 * over the rows that carry weight. Making one costs as much as some twenty iterations of conjugate gradients, so each is
 * kept while D_k changes, for as long as the iterations stay few.
 */
import { setImmediate } from 'node:timers/promises'
import { tf } from '../engine/tensorflow'
import { gram } from './augmented'
import { conjugateGradients, ridgeInverse, type SolveOptions } from './conjugate-gradients'

/** Rows whose curvature is below this fraction of the largest possible are left out (of the preconditioner only). */
const lightRow = 0.01
/** Iterations in one solve after which a class's preconditioner is made anew. */
const slow = 8

export class Preconditioners {
  private readonly inverses: (tf.Tensor2D | null)[]
  private stacked: tf.Tensor3D | null = null

  /**
   * @param x [n, d]; stays the caller's
   * @param heaviest the largest curvature that a row can have
   */
  constructor(
    private readonly x: tf.Tensor2D,
    classes: number,
    private readonly heaviest: number,
  ) {
    this.inverses = new Array<null>(classes).fill(null)
  }

  /**
   * Makes those that are missing. The event loop gets a turn after each.
   * @param curvature D, [K, n]
   * @param wanted classes that will be solved for; the others get the identity
   */
  async refresh(curvature: Float32Array, wanted: readonly boolean[]): Promise<void> {
    const n = this.x.shape[0]
    for (const [k, inverse] of this.inverses.entries()) {
      if (inverse) continue
      this.stacked?.dispose()
      this.stacked = null
      this.inverses[k] = this.invert(curvature.subarray(k * n, wanted[k] ? (k + 1) * n : k * n))
      await setImmediate()
    }
    this.stacked ??= tf.stack(this.inverses as tf.Tensor2D[]) as tf.Tensor3D
  }

  /** Conjugate gradients with the preconditioners at hand: z, [K, d+1]. Those that turn out slow are dropped. */
  async solve(curvature: tf.Tensor2D, b: Float64Array, options: SolveOptions): Promise<Float64Array> {
    const { z, iterations } = await conjugateGradients(this.x, curvature, this.stacked!, b, options)
    for (const [k, count] of iterations.entries()) {
      if (count <= slow) continue
      this.inverses[k]?.dispose()
      this.inverses[k] = null
    }
    return z
  }

  dispose(): void {
    this.stacked?.dispose()
    for (const inverse of this.inverses) inverse?.dispose()
  }

  /** (I + A^T diag(D) A)^-1 over the heavier rows; D without rows is zero. */
  private invert(curvature: Float32Array): tf.Tensor2D {
    const rows: number[] = []
    for (const [i, bend] of curvature.entries()) if (bend > lightRow * this.heaviest) rows.push(i)
    return tf.tidy(() => {
      if (rows.length === 0) return tf.eye(this.x.shape[1] + 1)
      const heavy = tf.gather(this.x, tf.tensor1d(rows, 'int32'))
      const weights = Float32Array.from(rows, (i) => curvature[i]!)
      return ridgeInverse(gram(heavy, weights), 1)
    })
  }
}
