/** Hamming distances of packed codes, counted: all that retrieval measures need of a ranking is how many items lie at each distance. */
import { type Codes, MOST_BITS } from './binary-codes'

/** The distances 0 to 64. */
export const DISTANCES = MOST_BITS + 1

/** Codes with one label each. */
export interface LabelledCodes {
  readonly codes: Codes
  /** [N], integers from 0. */
  readonly labels: Uint8Array
}

/** Codes in the order of their labels: those of label c are rows start[c] to start[c + 1] - 1. */
export interface SortedCodes {
  readonly bits: number
  /** 2 N words: low and high of one row after the other. */
  readonly words: Int32Array
  readonly start: Int32Array
}

/** Sorts codes by label, those of one label in their old order. */
export function sortByLabel({ codes, labels }: LabelledCodes): SortedCodes {
  const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1
  const start = new Int32Array(classes + 1)
  for (const label of labels) start[label + 1]!++
  for (let c = 0; c < classes; c++) start[c + 1]! += start[c]!
  const next = start.slice()
  const words = new Int32Array(2 * labels.length)
  labels.forEach((label, row) => {
    const place = next[label]!++
    words[2 * place] = codes.low[row]!
    words[2 * place + 1] = codes.high[row]!
  })
  return { bits: codes.bits, words, start }
}

/**
 * Adds to `counts[k]` the number of items in rows `from` to `to - 1` at Hamming distance k from the code (low, high).
 * @param counts [65]
 */
export function countDistances(
  low: number,
  high: number,
  words: Int32Array,
  from: number,
  to: number,
  counts: Int32Array,
): void {
  for (let i = 2 * from; i < 2 * to; i += 2) {
    // Set bits of both words by halving: pairs, then nibbles (at most 8 of both words), then the sum of the bytes.
    let a = words[i]! ^ low
    let b = words[i + 1]! ^ high
    a = (a - ((a >>> 1) & 0x55555555)) | 0
    b = (b - ((b >>> 1) & 0x55555555)) | 0
    a = (a & 0x33333333) + ((a >>> 2) & 0x33333333)
    b = (b & 0x33333333) + ((b >>> 2) & 0x33333333)
    a = (a + b) | 0
    a = (a & 0x0f0f0f0f) + ((a >>> 4) & 0x0f0f0f0f)
    counts[Math.imul(a, 0x01010101) >>> 24]!++
  }
}
