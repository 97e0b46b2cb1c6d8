/**
 * Zhang & Brand, "Convergent Block Coordinate Descent for Training Tikhonov Regularized Deep Neural Networks" (NIPS 2017): what
 * section 3.3.1 and Fig. 3 claim of MNIST. The bars of Fig. 3 are not printed as numbers; what the text prints is `published`.
 * Solver comparisons are read twice, because 'carefully tuning the parameters' can be read as Caffe's demo values or as a
 * learning rate chosen on validation data: both readings are claims of their own.
 */
import type { Claim } from './claim'
import {
  atDemoValues,
  bcd,
  bcdS,
  caffe,
  difference,
  finalObjective,
  iterationsToFall,
  nonzeros,
  testError,
  tuned,
} from './readings'
import { falls } from './rules/falls'
import { faster } from './rules/faster'
import { lower, scaled } from './rules/lower'
import { near } from './rules/near'
import { type BySeed, bySeed, select, type Where } from './table'

const paper = 'Zhang & Brand 2017'
const dense = '01-tikhonov-bcd'
const sparse = '02-bcd-s-sparsity'

const errorColumns = ['dataset', 'method', 'setting', 'seed', 'svm_test_error']
const traceColumns = ['dataset', 'method', 'setting', 'seed', 'iteration', 'objective']
const sparsityColumns = ['dataset', 'method', 'setting', 'seed', 'layer', 'threshold', 'nonzero_fraction']

/** Claims that notebook 01 decides. */
const denseClaims: readonly Claim[] = [
  {
    id: 'zhang-brand-2017/fig3a-bcd-falls',
    paper,
    source: 'Fig. 3(a), section 3.3.1 "Convergence"',
    claim: 'The training objective of BCD falls monotonically.',
    published: { value: 'monotone', unit: '' },
    notebook: dense,
    table: 'trace.csv',
    rule: falls({ what: "BCD's objective (eq. 4)", where: bcd, column: 'objective', tolerance: 1e-6 }),
  },
  {
    id: 'zhang-brand-2017/fig3b-best-demo',
    paper,
    source: 'Fig. 3(b), section 3.3.1 "Testing Error"',
    claim: "BCD has the lowest test error of all solvers; read with Caffe's solvers at the values of its MNIST demo.",
    published: null,
    notebook: dense,
    table: 'errors.csv',
    rule: lower({
      says: "BCD's SVM test error is below that of each Caffe rule at the demo's values, paired by seed",
      columns: errorColumns,
      unit: '%',
      comparisons: (rows) => atDemoValues(rows, bcd),
    }),
  },
  {
    id: 'zhang-brand-2017/fig3b-best-tuned',
    paper,
    source: 'Fig. 3(b), section 3.3.1 "carefully tuning the parameters"',
    claim:
      "BCD has the lowest test error of all solvers; read with each Caffe solver's learning rate chosen on validation data.",
    published: null,
    notebook: dense,
    table: 'errors.csv',
    rule: lower({
      says: "BCD's SVM test error is below that of each Caffe rule at its tuned learning rate, paired by seed",
      columns: errorColumns,
      unit: '%',
      comparisons: (rows) => tuned(rows, bcd),
    }),
  },
  {
    id: 'zhang-brand-2017/fig3c-faster',
    paper,
    source: 'Fig. 3(c), section 3.3.1 "Computational Time"',
    claim: 'BCD trains about 2.5 times faster than the Caffe solvers for 100 epochs.',
    published: { value: 2.5, unit: 'times' },
    notebook: dense,
    table: 'seconds.csv',
    rule: faster({ ours: bcd, theirs: caffe, published: 2.5 }),
  },
  {
    id: 'zhang-brand-2017/text-bcd-nonzeros',
    paper,
    source: 'section 3.3.1 "Sparseness" and footnote 2',
    claim: 'The network that BCD learns has 97.15 % non-zero weights, averaged over W1 to W3 (V left out).',
    published: { value: 97.15, unit: '%' },
    notebook: dense,
    table: 'sparsity.csv',
    rule: near({
      what: 'Non-zeros of BCD over W1 to W3, at threshold 0',
      columns: sparsityColumns,
      unit: '%',
      published: 97.15,
      tolerance: 0.05,
      loosely: 1,
      value: (rows) => nonzeros(rows, bcd, 0),
    }),
  },
  {
    id: 'student-report/attributed-accuracy',
    paper: 'Student report',
    source: 'section 5, "Zhang et al.\'s reported value of 94 percent"',
    claim: 'The test accuracy of Zhang & Brand on MNIST is 94 % (the paper itself prints no such number).',
    published: { value: 94, unit: '%' },
    notebook: dense,
    table: 'errors.csv',
    rule: near({
      what: 'Test accuracy of the SVM on features from BCD',
      columns: errorColumns,
      unit: '%',
      published: 94,
      tolerance: 0.5,
      loosely: 1.5,
      value: (rows) =>
        new Map([...testError(select(rows, bcd))].map(([seed, e]) => [seed, e === null ? null : 100 - e])),
    }),
  },
]

/** Claims about BCD-S, which notebook 02 decides from tables of the same columns that hold both methods. */
const sparseClaims: readonly Claim[] = [
  {
    id: 'zhang-brand-2017/fig3a-bcds-falls',
    paper,
    source: 'Fig. 3(a), section 3.3.1 "Convergence"',
    claim: 'The training objective of BCD-S falls monotonically.',
    published: { value: 'monotone', unit: '' },
    notebook: sparse,
    table: 'trace.csv',
    rule: falls({ what: "BCD-S's objective (eq. 4)", where: bcdS, column: 'objective', tolerance: 1e-6 }),
  },
  {
    id: 'zhang-brand-2017/fig3a-bcds-higher',
    paper,
    source: 'Fig. 3(a), section 3.3.1 "Convergence"',
    claim: 'BCD-S ends at a higher objective than BCD.',
    published: null,
    notebook: sparse,
    table: 'trace.csv',
    rule: lower({
      says: "BCD's last objective is below BCD-S's, paired by seed",
      columns: traceColumns,
      unit: '',
      comparisons: (rows) => [
        { ours: 'tikhonov-bcd', theirs: 'bcd-s', low: finalObjective(rows, bcd), high: finalObjective(rows, bcdS) },
      ],
    }),
  },
  {
    id: 'zhang-brand-2017/fig3a-bcds-converges-faster',
    paper,
    source: 'Fig. 3(a), section 3.3.1 "Convergence"',
    claim: 'BCD-S converges much faster than BCD.',
    published: null,
    notebook: sparse,
    table: 'trace.csv',
    rule: lower({
      says: 'BCD-S needs fewer iterations than BCD for 95 % of its own whole fall of the objective, paired by seed',
      columns: traceColumns,
      unit: 'iterations',
      comparisons: (rows) => [
        { ours: 'bcd-s', theirs: 'tikhonov-bcd', low: iterationsToFall(rows, bcdS), high: iterationsToFall(rows, bcd) },
      ],
    }),
  },
  {
    id: 'zhang-brand-2017/fig3b-bcds-beats-sgd-demo',
    paper,
    source: 'Fig. 3(b), section 3.3.1 "Testing Error"',
    claim: "BCD-S still has a lower test error than the Caffe solvers; read with the values of Caffe's MNIST demo.",
    published: null,
    notebook: sparse,
    table: 'errors.csv',
    rule: lower({
      says: "BCD-S's SVM test error is below that of each Caffe rule at the demo's values, paired by seed",
      columns: errorColumns,
      unit: '%',
      comparisons: (rows) => atDemoValues(rows, bcdS),
    }),
  },
  {
    id: 'zhang-brand-2017/fig3b-bcds-beats-sgd-tuned',
    paper,
    source: 'Fig. 3(b), section 3.3.1 "carefully tuning the parameters"',
    claim: 'BCD-S still has a lower test error than the Caffe solvers; read with tuned learning rates.',
    published: null,
    notebook: sparse,
    table: 'errors.csv',
    rule: lower({
      says: "BCD-S's SVM test error is below that of each Caffe rule at its tuned learning rate, paired by seed",
      columns: errorColumns,
      unit: '%',
      comparisons: (rows) => tuned(rows, bcdS),
    }),
  },
  {
    id: 'zhang-brand-2017/text-bcds-accuracy',
    paper,
    source: 'section 3.3.1 "Sparseness"',
    claim: "BCD-S's accuracy is 1.34 points below BCD's.",
    published: { value: 1.34, unit: 'points' },
    notebook: sparse,
    table: 'errors.csv',
    rule: near({
      what: 'Test accuracy of BCD less that of BCD-S',
      columns: errorColumns,
      unit: 'points',
      published: 1.34,
      tolerance: 0.25,
      loosely: 1,
      value: (rows) => difference(testError(select(rows, bcdS)), testError(select(rows, bcd))),
    }),
  },
  {
    id: 'zhang-brand-2017/text-bcds-nonzeros',
    paper,
    source: 'section 3.3.1 "Sparseness" and footnote 2',
    claim: 'The network that BCD-S learns has 2.42 % non-zero weights, averaged over W1 to W3 (V left out).',
    published: { value: 2.42, unit: '%' },
    notebook: sparse,
    table: 'sparsity.csv',
    rule: near({
      what: 'Non-zeros of BCD-S over W1 to W3, at threshold 0',
      columns: sparsityColumns,
      unit: '%',
      published: 2.42,
      tolerance: 0.05,
      loosely: 1,
      value: (rows) => nonzeros(rows, bcdS, 0),
    }),
  },
  {
    id: 'zhang-brand-2017/fig3d-bcds-sparser',
    paper,
    source: 'Fig. 3(d), section 3.3.1 "Sparseness"',
    claim: 'BCD-S is sparser than BCD in every layer but V.',
    published: null,
    notebook: sparse,
    table: 'sparsity.csv',
    rule: lower({
      says: 'in each of W1, W2, W3 BCD-S has a smaller percentage of non-zeros than BCD at threshold 0, paired by seed',
      columns: sparsityColumns,
      unit: '%',
      comparisons: (rows) =>
        ['W1', 'W2', 'W3'].map((layer) => {
          const percent = (where: Where): BySeed =>
            scaled(bySeed(select(rows, { ...where, layer, threshold: 0 }), 'nonzero_fraction'), 100)
          return { ours: `bcd-s ${layer}`, theirs: `tikhonov-bcd ${layer}`, low: percent(bcdS), high: percent(bcd) }
        }),
    }),
  },
]

export const zhangBrand2017: readonly Claim[] = [...denseClaims, ...sparseClaims]
