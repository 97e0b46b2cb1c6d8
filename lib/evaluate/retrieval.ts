/**
 * How well items of a query's label come first when all items are ranked by the Hamming distance of their codes.
 *
 * Many items share a distance, and their order is arbitrary. Every measure is therefore its expectation over all orders of
 * the items of each distance (McSherry & Najork 2008), exactly, from the number n of items and r of relevant ones (of the
 * query's label) at each distance. No result depends on the order of rows. With m items and h relevant ones nearer:
 *   precision at k   hits among the first k / k; a distance that is cut by k gives r/n of those that still fit
 *   recall at k      the same hits / all relevant items
 *   average precision   1/R sum over the ranks of relevant items of (hits up to there / rank); the expectation for one
 *                       distance is  r/n sum_{i=1..n} (h + 1 + (i - 1)(r - 1)/(n - 1)) / (m + i),
 *                       and with H the harmonic numbers, S = H(m + n) - H(m):  r/n ((h + 1) S + (r - 1)/(n - 1) (n - (m + 1) S))
 * and each is the mean over the queries.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { Interrupted, interruptRequested } from '../interruption'
import { countDistances, DISTANCES, type LabelledCodes, sortByLabel } from './hamming'

export interface CutOff {
  readonly k: number
  /** Fraction of the first k items that are relevant. */
  readonly precision: number
  /** Fraction of the relevant items that are among the first k. */
  readonly recall: number
}

/** Means over the queries, each in [0, 1]. */
export interface RetrievalScore {
  /** In the order of the cut-offs asked for. */
  readonly at: readonly CutOff[]
  readonly meanAveragePrecision: number
}

/** Queries between two turns of the event loop: about a tenth of a second at 60,000 items. */
const QUERIES_PER_TURN = 64

/**
 * Ranks all items for every query. 10,000 queries against 60,000 items take a few seconds on one core.
 * @param cutOffs the k of precision and recall
 * @throws RangeError for codes of different lengths, as many labels as rows, a cut-off outside 1 to the number of items,
 *   or a query whose label no item has (its recall is not defined)
 */
export async function scoreRetrieval(
  queries: LabelledCodes,
  items: LabelledCodes,
  cutOffs: readonly number[],
): Promise<RetrievalScore> {
  check(queries, items, cutOffs)
  const { words, start } = sortByLabel(items)
  const total = items.labels.length
  const harmonic = harmonicNumbers(total)
  const hits = cutOffs.map(() => 0)
  const recalls = cutOffs.map(() => 0)
  let precisions = 0
  const relevant = new Int32Array(DISTANCES)
  const counts = new Int32Array(DISTANCES)
  for (const [q, label] of queries.labels.entries()) {
    if (q % QUERIES_PER_TURN === 0) {
      await breathe()
      if (interruptRequested()) throw new Interrupted('retrieval was interrupted')
    }
    const [low, high] = [queries.codes.low[q]!, queries.codes.high[q]!]
    const [from, to] = [start[label]!, start[label + 1]!]
    relevant.fill(0)
    countDistances(low, high, words, from, to, relevant)
    counts.set(relevant)
    countDistances(low, high, words, 0, from, counts)
    countDistances(low, high, words, to, total, counts)
    precisions += averagePrecision(counts, relevant, harmonic)
    for (const [i, k] of cutOffs.entries()) {
      const expected = expectedHits(counts, relevant, k)
      hits[i]! += expected
      recalls[i]! += expected / (to - from)
    }
  }
  const n = queries.labels.length
  return {
    at: cutOffs.map((k, i) => ({ k, precision: hits[i]! / k / n, recall: recalls[i]! / n })),
    meanAveragePrecision: precisions / n,
  }
}

/**
 * Expected number of relevant items among the first k.
 * @param counts items at each distance
 * @param relevant those of the query's label
 */
function expectedHits(counts: Int32Array, relevant: Int32Array, k: number): number {
  let left = k
  let hits = 0
  for (let distance = 0; distance < counts.length && left > 0; distance++) {
    const n = counts[distance]!
    if (n === 0) continue
    hits += (relevant[distance]! * Math.min(n, left)) / n
    left -= n
  }
  return hits
}

/** Expected average precision of one ranking, likewise. */
function averagePrecision(counts: Int32Array, relevant: Int32Array, harmonic: Float64Array): number {
  let [sum, items, hits] = [0, 0, 0]
  for (let distance = 0; distance < counts.length; distance++) {
    const n = counts[distance]!
    const r = relevant[distance]!
    if (r > 0) {
      const reciprocals = harmonic[items + n]! - harmonic[items]!
      const further = n > 1 ? ((r - 1) / (n - 1)) * (n - (items + 1) * reciprocals) : 0
      sum += (r / n) * ((hits + 1) * reciprocals + further)
    }
    items += n
    hits += r
  }
  return sum / hits
}

/** H(0) to H(n): sums of 1/i. */
function harmonicNumbers(n: number): Float64Array {
  const sums = new Float64Array(n + 1)
  for (let i = 1; i <= n; i++) sums[i] = sums[i - 1]! + 1 / i
  return sums
}

function check(queries: LabelledCodes, items: LabelledCodes, cutOffs: readonly number[]): void {
  for (const [what, { codes, labels }] of Object.entries({ queries, items })) {
    if (labels.length === 0) throw new RangeError(`scoreRetrieval: there are no ${what}; expected at least one`)
    if (labels.length !== codes.low.length)
      throw new RangeError(`scoreRetrieval: ${labels.length} labels for ${codes.low.length} codes of ${what}`)
  }
  if (queries.codes.bits !== items.codes.bits)
    throw new RangeError(
      `scoreRetrieval: queries of ${queries.codes.bits} bits against items of ${items.codes.bits}; expected equal lengths`,
    )
  for (const k of cutOffs)
    if (!Number.isInteger(k) || k < 1 || k > items.labels.length)
      throw new RangeError(
        `scoreRetrieval: cut-off ${k}; expected a whole number from 1 to ${items.labels.length}, the number of items`,
      )
  const held = new Set(items.labels)
  const orphan = queries.labels.findIndex((label) => !held.has(label))
  if (orphan >= 0)
    throw new RangeError(
      `scoreRetrieval: no item has label ${queries.labels[orphan]} of query ${orphan}, so there is nothing to retrieve; take stratified subsets`,
    )
}
