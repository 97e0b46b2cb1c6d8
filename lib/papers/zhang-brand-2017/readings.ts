/**
 * What the claims about Tikhonov BCD read off the tables: which rows stand for which solver, and the numbers made of them, one per
 * seed. The paper's 'carefully tuned' solvers are read twice: at Caffe's demo values, and at the learning rate that a
 * validation split chose.
 */
import type { Paper } from '../entry'
import { type Comparison, scaled } from '../rules/compare'
import { mean, present } from '../rules/numbers'
import { type BySeed, bySeed, matches, select, type Table, type Where } from '../table'

export const paper: Paper = { id: 'zhang-brand-2017', name: 'Zhang & Brand 2017' }

/** A solver at one setting: its rows in every table. */
interface Solver extends Where {
  readonly dataset: string
  readonly method: string
  readonly setting: string
}

const dataset = 'mnist'
export const bcd: Solver = { dataset, method: 'tikhonov-bcd', setting: '' }
export const bcdS: Solver = { dataset, method: 'bcd-s', setting: '' }
export const caffe: readonly Solver[] = ['sgd', 'nesterov', 'adagrad', 'rmsprop', 'adadelta', 'adam'].map((rule) => ({
  dataset,
  method: `caffe-${rule}`,
  setting: '',
}))

export const errorColumns = ['dataset', 'method', 'setting', 'seed', 'svm_test_error']
export const traceColumns = ['dataset', 'method', 'setting', 'seed', 'iteration']
export const sparsityColumns = ['dataset', 'method', 'setting', 'seed', 'layer', 'threshold', 'nonzero_fraction']

/** Test error of the SVM in %, by seed. */
export const testError = (rows: Table): BySeed => scaled(bySeed(rows, 'svm_test_error'), 100)

/** `ours` against each Caffe rule at the demo's values. */
export function atDemoValues(rows: Table, ours: Solver): Comparison[] {
  const own = testError(select(rows, ours))
  return caffe.map((where) => ({
    ours: ours.method,
    theirs: where.method,
    own,
    other: testError(select(rows, where)),
  }))
}

/**
 * `ours` against each Caffe rule at the learning rate that the validation split chose: its rows with a setting. Where the
 * demo's own value was chosen there is no other row, and the demo's stands.
 */
export function tuned(rows: Table, ours: Solver): Comparison[] {
  const own = testError(select(rows, ours))
  return caffe.map(({ method }) => {
    const all = select(rows, { dataset, method })
    const changed = all.filter((row) => !matches(row, { setting: '' }))
    const chosen = changed.length > 0 ? changed : all
    const settings = [...new Set(chosen.map((row) => row.setting || "the demo's"))].join(' or ')
    return { ours: ours.method, theirs: `${method} (${settings})`, own, other: testError(chosen) }
  })
}

/** Average over W1..W3 of the percentage of weights beyond `threshold`, by seed; V is left out (footnote 2). */
export function nonzeros(rows: Table, where: Where, threshold: number): BySeed {
  const layers = ['W1', 'W2', 'W3'].map((layer) =>
    bySeed(select(rows, { ...where, layer, threshold }), 'nonzero_fraction'),
  )
  return new Map(
    [...layers[0]!.keys()].map((seed) => {
      const fractions = layers.map((layer) => layer.get(seed) ?? null).filter((f) => f !== null)
      return [seed, fractions.length === 3 ? (fractions.reduce((a, b) => a + b, 0) / 3) * 100 : null]
    }),
  )
}

/** That threshold of the table at which the mean over seeds comes nearest to `published`: the kindest reading. */
export function nearestThreshold(rows: Table, where: Where, published: number): number {
  const thresholds = [...new Set(select(rows, where).map(({ threshold }) => Number(threshold)))]
  const off = thresholds.map((threshold) => {
    const values = present(nonzeros(rows, where, threshold))
    return values.length > 0 ? Math.abs(mean(values) - published) : Number.POSITIVE_INFINITY
  })
  return thresholds[off.indexOf(Math.min(...off))]!
}

/** a - b by seed, null where either is. */
export function difference(a: BySeed, b: BySeed): BySeed {
  return new Map(
    [...a].map(([seed, value]) => {
      const other = b.get(seed) ?? null
      return [seed, value === null || other === null ? null : value - other]
    }),
  )
}
