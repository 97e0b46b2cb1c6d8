/**
 * Step sizes by doubling: the smallest start 2^k, k = 0, 1, ..., that a test accepts. Either the test is run for one k after
 * the other (Algorithms 2 and 3 of the DLAM paper), or its threshold is known and k is computed.
 */

export interface StepSize {
  /** start 2^doublings, or null when no k up to the cap was accepted: then no step is to be made. */
  readonly value: number | null
  /** Doublings done, by the loop, or that the loop would have done. */
  readonly doublings: number
}

/** The loop. `accepts` is asked for start, 2 start, ..., at most cap + 1 times. */
export function doubleUntil(accepts: (value: number) => boolean, start: number, cap: number): StepSize {
  let value = start
  for (let doublings = 0; doublings <= cap; doublings++, value *= 2) if (accepts(value)) return { value, doublings }
  return { value: null, doublings: cap }
}

/** The same for the test 'value >= threshold', at once. */
export function doubleTo(threshold: number, start: number, cap: number): StepSize {
  // Powers of two are exact, so comparing settles what rounding left open in the logarithm.
  let doublings = threshold <= start ? 0 : Math.max(0, Math.ceil(Math.log2(threshold / start)) - 1)
  while (doublings <= cap && start * 2 ** doublings < threshold) doublings++
  return doublings <= cap ? { value: start * 2 ** doublings, doublings } : { value: null, doublings: cap }
}
