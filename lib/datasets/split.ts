/**
 * Stratified row selection: every part holds the classes in the proportions of the whole, to within one sample, by the
 * method of largest remainders (Hamilton). Seeded: equal arguments give equal rows on every machine.
 */
import { keyedRandom } from '../random'
import { CLASSES, type Split } from './load'

/**
 * n rows of a split, drawn at random within each class. The rows keep their original order (MNIST's and Fashion-MNIST's
 * are already mixed). The result owns its bytes.
 * @throws RangeError unless n is a whole number from 1 to N
 */
export function stratifiedSubset(split: Split, n: number, seed: number): Split {
  const total = split.labels.length
  if (!Number.isInteger(n) || n < 1 || n > total)
    throw new RangeError(
      `stratifiedSubset: ${n} of ${total} rows asked for; expected a whole number from 1 to ${total}`,
    )
  return select(split, stratifiedRows(split.labels, n, seed, 'subset'))
}

/**
 * Splits training rows into a validation part (stratified) and the rest; disjoint, together all rows, each in its original
 * order. Give it training rows only: the test split is never chosen from.
 * @param size validation rows: a whole number from 1 to N - 1, or a fraction strictly between 0 and 1, rounded to rows
 * @throws RangeError when a part would be empty
 */
export function holdOut(split: Split, size: number, seed: number): { train: Split; validation: Split } {
  const total = split.labels.length
  const n = size > 0 && size < 1 ? Math.round(size * total) : size
  if (!Number.isInteger(n) || n < 1 || n >= total)
    throw new RangeError(
      `holdOut: ${size} of ${total} rows asked for; expected a whole number from 1 to ${total - 1}, or a fraction that leaves rows on both sides`,
    )
  const rows = stratifiedRows(split.labels, n, seed, 'hold-out')
  const held = new Uint8Array(total)
  for (const row of rows) held[row] = 1
  const rest = new Int32Array(total - n)
  for (let row = 0, k = 0; row < total; row++) if (!held[row]) rest[k++] = row
  return { train: select(split, rest), validation: select(split, rows) }
}

/** Rows per class: floor of the exact share, then one more for the largest remainders (ties to the lower label). */
export function classQuotas(labels: Uint8Array, n: number): Int32Array {
  const counts = classCounts(labels)
  // Whole-number arithmetic: n * count stays far below 2^53, so that equal remainders are seen as equal.
  const quotas = counts.map((count) => Math.floor((n * count) / labels.length))
  const remainders = Array.from(counts, (count) => (n * count) % labels.length)
  const order = remainders.map((_, label) => label).sort((a, b) => remainders[b]! - remainders[a]! || a - b)
  const left = n - quotas.reduce((sum, quota) => sum + quota, 0)
  for (const label of order.slice(0, left)) quotas[label]! += 1
  return quotas
}

/** How often each label occurs: 10 counts. */
export function classCounts(labels: Uint8Array): Int32Array {
  const counts = new Int32Array(CLASSES)
  for (const label of labels) counts[label]! += 1
  return counts
}

/** n row numbers, ascending. */
function stratifiedRows(labels: Uint8Array, n: number, seed: number, purpose: string): Int32Array {
  const members: number[][] = Array.from({ length: CLASSES }, () => [])
  labels.forEach((label, row) => void members[label]!.push(row))
  const quotas = classQuotas(labels, n)
  const rows: number[] = []
  members.forEach((ofClass, label) => {
    const order = keyedRandom('datasets', purpose, seed, label).permutation(ofClass.length)
    for (const i of order.subarray(0, quotas[label])) rows.push(ofClass[i]!)
  })
  return Int32Array.from(rows).sort()
}

function select(split: Split, rows: Int32Array): Split {
  const pixels = split.images.length / split.labels.length
  const images = new Uint8Array(rows.length * pixels)
  rows.forEach((row, i) => void images.set(split.images.subarray(row * pixels, (row + 1) * pixels), i * pixels))
  return { images, labels: Uint8Array.from(rows, (row) => split.labels[row]!) }
}
