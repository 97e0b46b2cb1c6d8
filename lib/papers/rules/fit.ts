/** Least-squares lines, and series of named points that rules fit them to. */

/** Points of one line of a figure or table, with its name in reasons. */
export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Fit {
  readonly slope: number
  /** Share of the variance of y that the line explains; 1 for points that lie on it, flat ones included. */
  readonly r2: number
}

/** y = a + slope x through the points, or null when they have fewer than two different x. */
export function fitLine(points: Line['points']): Fit | null {
  const n = points.length
  const [mx, my] = [0, 1].map((c) => points.reduce((sum, p) => sum + p[c]!, 0) / n) as [number, number]
  const sxx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  const sxy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
  const syy = points.reduce((sum, [, y]) => sum + (y - my) ** 2, 0)
  if (!(sxx > 0) || ![sxx, sxy, syy].every(Number.isFinite)) return null
  return { slope: sxy / sxx, r2: syy > 0 ? Math.min(1, sxy ** 2 / (sxx * syy)) : 1 }
}
