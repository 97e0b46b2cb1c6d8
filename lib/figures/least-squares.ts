/** A straight line through points by least squares, each point of equal weight. */
import { mean } from './series'

export interface LineFit {
  readonly slope: number
  readonly intercept: number
  /** Standard error of the slope from the residuals, n - 2 degrees of freedom; null for two points, which leave no residual. */
  readonly slopeError: number | null
  /** Share of y's variance that the line explains; null where y is constant. */
  readonly r2: number | null
}

/**
 * Fits y = intercept + slope x.
 * @param x and y of equal length
 * @returns null where there are fewer than two different x
 */
export function leastSquares(x: readonly number[], y: readonly number[]): LineFit | null {
  const n = x.length
  if (new Set(x).size < 2) return null
  const [centerX, centerY] = [mean(x), mean(y)]
  let [sxx, sxy, syy] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    // Centred: sums of raw squares would cancel where x is far from 0.
    const [dx, dy] = [x[i]! - centerX, y[i]! - centerY]
    sxx += dx * dx
    sxy += dx * dy
    syy += dy * dy
  }
  const slope = sxy / sxx
  const intercept = centerY - slope * centerX
  const squares = x.reduce((sum, at, i) => sum + (y[i]! - centerY - slope * (at - centerX)) ** 2, 0)
  return {
    slope,
    intercept,
    slopeError: n > 2 ? Math.sqrt(squares / (n - 2) / sxx) : null,
    r2: y.every((value) => value === y[0]) ? null : 1 - squares / syy,
  }
}
