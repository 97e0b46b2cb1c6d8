/**
 * One class of a linear SVM with squared hinge loss, by Newton's method on the primal (Keerthi & DeCoste 2005):
 *   f(w) = 1/2 |w|^2 + C sum_i max(0, 1 - s_i z_i)^2,   z_i = w . a_i,
 * is piecewise quadratic. Its Hessian depends only on which rows are active (1 - s_i z_i > 0), so that with an exact
 * line search the method ends after finitely many steps; ten to twenty in practice. The pure arithmetic of a class, in
 * double precision: products with the rows are the caller's.
 */

/** Rows of a class and where it stands; changed in place. */
export interface ClassState {
  /** +1 for the rows of the class, -1 for the others, [n]. */
  readonly signs: Int8Array
  /** Coefficients, the bias last, [d + 1]. */
  readonly w: Float64Array
  /** Scores of the rows, [n]. */
  readonly z: Float64Array
}

/** f(w), and the factors 2 C s_i max(0, 1 - s_i z_i) of the rows in w - grad f(w). */
export function evaluateClass({ signs, w, z }: ClassState, C: number): { objective: number; factors: Float64Array } {
  const factors = new Float64Array(z.length)
  let objective = dot(w, w) / 2
  for (let i = 0; i < z.length; i++) {
    const margin = 1 - signs[i]! * z[i]!
    if (margin <= 0) continue
    objective += C * margin * margin
    factors[i] = 2 * C * signs[i]! * margin
  }
  return { objective, factors }
}

/**
 * The minimiser t > 0 of f(w + t d): the root of an increasing, piecewise linear function, found by Newton's method
 * within a bracket.
 * @param dz scores of the direction, [n]
 */
export function exactStep({ signs, w, z }: ClassState, d: Float64Array, dz: Float64Array, C: number): number {
  const [wd, dd] = [dot(w, d), dot(d, d)]
  let [low, high] = [0, Number.POSITIVE_INFINITY]
  let t = 1
  for (let k = 0; k < 60; k++) {
    let slope = wd + t * dd
    let curvature = dd
    for (let i = 0; i < z.length; i++) {
      const s = signs[i]!
      const margin = 1 - s * (z[i]! + t * dz[i]!)
      if (margin <= 0) continue
      slope -= 2 * C * s * dz[i]! * margin
      curvature += 2 * C * dz[i]! * dz[i]!
    }
    if (slope > 0) high = t
    else low = t
    const next = t - slope / curvature
    const inside = next > low && next < high ? next : high === Number.POSITIVE_INFINITY ? 2 * t : (low + high) / 2
    if (Math.abs(inside - t) <= 1e-9 * t) return inside
    t = inside
  }
  return t
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
