/**
 * Preconditioned conjugate gradients for the Newton systems (I + A^T diag(D_k) A) z_k = b_k of K classes at once, each
 * with its own D_k [n]. A preconditioner is a positive definite matrix's inverse on the engine. Every class stops on
 * its own; the recurrences run in float64 (Hestenes & Stiefel 1952; Saad 2003, algorithm 9.1). The event loop gets a
 * turn after every iteration.
 */
import { setImmediate } from 'node:timers/promises'
import { invertSpd } from '../engine/linear-algebra'
import { tf } from '../engine/tensorflow'
import { adjointTensor, dots, read, scoresTensor } from './augmented'

/**
 * (I + scale G)^-1 for a Gram matrix G [m, m]. A small multiple of the identity, of the size of float32's error in G, is
 * added: conjugate gradients correct for it, and a rank-deficient G stays positive definite. The caller owns the result.
 */
export function ridgeInverse(g: tf.Tensor2D, scale: number): tf.Tensor2D {
  return tf.tidy(() => {
    const m = g.shape[0]
    const largest = tf.max(tf.abs(g)).dataSync()[0]!
    return invertSpd(tf.add<tf.Tensor2D>(tf.mul(g, scale), tf.mul(tf.eye(m), 1 + 2e-6 * scale * largest)))
  })
}

export interface SolveOptions {
  /** Stop at |residual| <= reduction |b| in the preconditioner's norm. */
  readonly reduction: number
  readonly maxIterations: number
  /** First guess [K, m], zero unless given; the reduction stays relative to b. */
  readonly start?: Float64Array
  /** Classes to solve, all unless given; the others come out as `start`. */
  readonly wanted?: readonly boolean[]
}

/**
 * Approximate solutions z.
 * @param curvature D, [K, n] on the engine
 * @param preconditioner symmetric positive definite, one for all classes [m, m] or one for each [K, m, m]; m = d + 1
 * @param b [K, m]
 * @returns z [K, m], and the iterations that each class took
 */
export async function conjugateGradients(
  x: tf.Tensor2D,
  curvature: tf.Tensor2D,
  preconditioner: tf.Tensor2D | tf.Tensor3D,
  b: Float64Array,
  options: SolveOptions,
): Promise<{ z: Float64Array; iterations: Int32Array }> {
  const classes = curvature.shape[0]
  const m = b.length / classes
  const hessian = (p: Float64Array): Float64Array => {
    const bent = tf.tidy(() => tf.mul<tf.Tensor2D>(scoresTensor(x, p, classes), curvature))
    const q = adjointTensor(x, bent)
    bent.dispose()
    for (let i = 0; i < q.length; i++) q[i]! += p[i]!
    return q
  }
  const shape: [number, number] | [number, number, number] = preconditioner.rank === 2 ? [classes, m] : [classes, 1, m]
  const precondition = (r: Float64Array): Float64Array =>
    Float64Array.from(read(tf.tidy(() => tf.matMul(tf.tensor(Float32Array.from(r), shape), preconditioner))))

  const z = options.start ? options.start.slice() : new Float64Array(b.length)
  const r = b.slice()
  let s = precondition(b)
  const stop = dots(b, s, classes).map((norm) => norm * options.reduction ** 2)
  if (options.start) {
    const q = hessian(z)
    for (let i = 0; i < r.length; i++) r[i]! -= q[i]!
    s = precondition(r)
  }
  let rs = dots(r, s, classes)
  const live = Array.from(rs, (norm, k) => (options.wanted?.[k] ?? true) && norm > stop[k]!)
  const p = new Float64Array(b.length)
  const slope = new Float64Array(classes)
  const iterations = new Int32Array(classes)
  for (let iteration = 1; iteration <= options.maxIterations && live.includes(true); iteration++) {
    for (let k = 0; k < classes; k++)
      for (let i = k * m; i < (k + 1) * m; i++) p[i] = live[k] ? s[i]! + slope[k]! * p[i]! : 0
    const q = hessian(p)
    const pq = dots(p, q, classes)
    for (let k = 0; k < classes; k++) {
      if (!live[k]) continue
      iterations[k] = iteration
      // The matrix is positive definite; a direction whose curvature float32 cannot tell from zero ends the search.
      live[k] = pq[k]! > 0
      if (!live[k]) continue
      const step = rs[k]! / pq[k]!
      for (let i = k * m; i < (k + 1) * m; i++) {
        z[i]! += step * p[i]!
        r[i]! -= step * q[i]!
      }
    }
    s = precondition(r)
    const next = dots(r, s, classes)
    for (let k = 0; k < classes; k++) {
      slope[k] = next[k]! / rs[k]!
      if (!(next[k]! > stop[k]!)) live[k] = false
    }
    rs = next
    await setImmediate()
  }
  return { z, iterations }
}
