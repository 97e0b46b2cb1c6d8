/** Newton's systems of the linear SVM (linear-svm.ts), solved in double precision. */
import { Gram64, solveByRows } from '../engine/double-precision'
import { tf } from '../engine/tensorflow'

/**
 * Newton's system of one class. Few active rows [a_i, 1] are solved through their own small matrix; for many, the Gram
 * matrix is kept, and changed by the rows that become active or stop being so.
 */
export class ActiveRows {
  /**
   * @param gram of the rows marked in `inGram`; owned from here on
   */
  constructor(
    private readonly x: tf.Tensor2D,
    private readonly gram: Gram64,
    private inGram: Uint8Array,
  ) {}

  /** -(I + 2 C A^T A)^-1 g for the active rows A; a row is active where its factor is not zero. */
  newtonDirection(factors: Float64Array, g: Float64Array, C: number): Float64Array {
    const active = Uint8Array.from(factors, (factor) => (factor === 0 ? 0 : 1))
    const all = rowsWhere(active, (a) => a === 1)
    const down = g.map((value) => -value)
    if (all.length === 0) return down
    if (all.length >= this.gram.n) {
      this.updateGram(active, all)
      return this.gram.solve(1, 2 * C, down)
    }
    const rows = this.rows(all)
    const direction = solveByRows(rows, 2 * C, down)
    rows.dispose()
    return direction
  }

  private updateGram(active: Uint8Array, all: Int32Array): void {
    const come = rowsWhere(active, (a, i) => a > this.inGram[i]!)
    const gone = rowsWhere(active, (a, i) => a < this.inGram[i]!)
    if (come.length + gone.length < all.length) {
      this.add(come, 1)
      this.add(gone, -1)
    } else {
      this.gram.dispose()
      this.add(all, 1)
    }
    this.inGram = active
  }

  private add(chosen: Int32Array, sign: 1 | -1): void {
    const rows = this.rows(chosen)
    this.gram.add(rows, sign)
    rows.dispose()
  }

  private rows(chosen: Int32Array): tf.Tensor2D {
    return tf.tidy(() => {
      const x = tf.gather(this.x, tf.tensor1d(chosen, 'int32'))
      return tf.concat([x, tf.ones<tf.Rank.R2>([chosen.length, 1])], 1)
    })
  }

  dispose(): void {
    this.gram.dispose()
  }
}

/** One per class. Every row is active at w = 0, so all start with the Gram matrix of all rows, where it will be used. */
export function newtonSystems(x: tf.Tensor2D, classes: number): ActiveRows[] {
  const [n, d] = x.shape
  const whole = new Gram64(d + 1)
  const large = n > d
  if (large) tf.tidy(() => whole.add(tf.concat([x, tf.ones<tf.Rank.R2>([n, 1])], 1)))
  const made = Array.from(
    { length: classes },
    () => new ActiveRows(x, whole.copy(), new Uint8Array(n).fill(large ? 1 : 0)),
  )
  whole.dispose()
  return made
}

function rowsWhere(active: Uint8Array, test: (a: number, i: number) => boolean): Int32Array {
  const rows: number[] = []
  active.forEach((a, i) => {
    if (test(a, i)) rows.push(i)
  })
  return Int32Array.from(rows)
}
