/** Medians and their intervals, without assumptions about the distribution of timings. */

export interface MedianInterval {
  readonly median: number
  readonly low: number
  readonly high: number
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Median with an interval between two order statistics that covers the true median with at least 95 % probability,
 * whatever the distribution: the k-th smallest and largest, k the greatest with P(Binomial(n, 1/2) < k) <= 2.5 %
 * (n = 9: 2nd and 8th, 96.1 %).
 * @throws RangeError below 6 values, where no pair of order statistics covers 95 %
 */
export function medianInterval(values: readonly number[]): MedianInterval {
  const n = values.length
  if (n < 6) throw new RangeError(`medianInterval: expected at least 6 values for a 95 % interval, got ${n}`)
  let k = 0
  for (let term = 2 ** -n, tail = term; tail <= 0.025; k++) {
    term *= (n - k) / (k + 1)
    tail += term
  }
  const sorted = values.toSorted((a, b) => a - b)
  return { median: median(values), low: sorted[k - 1]!, high: sorted[n - k]! }
}
