/** Section 3.3.1 and Fig. 3 of Zhang & Brand, dense BCD on MNIST: notebook 01. */
import { claimsOf } from '../entry'
import { lower } from '../rules/compare'
import { falls } from '../rules/falls'
import { faster } from '../rules/faster'
import { near } from '../rules/near'
import { atDemoValues, bcd, caffe, errorColumns, nonzeros, paper, sparsityColumns, tuned } from './readings'

export const denseClaims = claimsOf(paper, '01-tikhonov-bcd', [
  {
    slug: 'fig3a-bcd-falls',
    source: 'Fig. 3(a), section 3.3.1 "Convergence"',
    claim: 'The training objective of BCD falls monotonically.',
    published: { value: 'monotone', unit: '' },
    table: 'trace.csv',
    figures: ['objective'],
    rule: falls({ what: "BCD's objective (eq. 4)", where: bcd, column: 'objective', tolerance: 1e-6 }),
  },
  {
    slug: 'fig3b-best-demo',
    source: 'Fig. 3(b), section 3.3.1 "Testing Error"',
    claim: "BCD has the lowest test error of all solvers; read with Caffe's solvers at the values of its MNIST demo.",
    table: 'errors.csv',
    figures: ['test-error'],
    rule: lower({
      says: "BCD's SVM test error is below that of each Caffe rule at the demo's values, paired by seed",
      columns: errorColumns,
      unit: '%',
      comparisons: (rows) => atDemoValues(rows, bcd),
    }),
  },
  {
    slug: 'fig3b-best-tuned',
    source: 'Fig. 3(b), section 3.3.1 "carefully tuning the parameters"',
    claim:
      "BCD has the lowest test error of all solvers; read with each Caffe solver's learning rate chosen on validation data.",
    table: 'errors.csv',
    figures: ['test-error'],
    rule: lower({
      says: "BCD's SVM test error is below that of each Caffe rule at its tuned learning rate, paired by seed",
      columns: errorColumns,
      unit: '%',
      comparisons: (rows) => tuned(rows, bcd),
    }),
  },
  {
    slug: 'fig3c-faster',
    source: 'Fig. 3(c), section 3.3.1 "Computational Time"',
    claim: 'BCD trains about 2.5 times faster than the Caffe solvers for 100 epochs.',
    published: { value: 2.5, unit: 'times' },
    table: 'seconds.csv',
    figures: ['seconds'],
    rule: faster({ ours: bcd, theirs: caffe, published: 2.5 }),
  },
  {
    slug: 'text-bcd-nonzeros',
    source: 'section 3.3.1 "Sparseness" and footnote 2',
    claim: 'The network that BCD learns has 97.15 % non-zero weights, averaged over W1 to W3 (V left out).',
    published: { value: 97.15, unit: '%' },
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
])
