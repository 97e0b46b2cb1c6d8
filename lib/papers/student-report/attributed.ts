/** Section 5 of the student report: the number that it attributes to Zhang & Brand, decided by notebook 01. */
import { claimsOf } from '../entry'
import { near } from '../rules/near'
import { select } from '../table'
import { bcd, errorColumns, testError } from '../zhang-brand-2017/readings'
import { paper } from './shared'

export const attributedClaims = claimsOf(paper, '01-tikhonov-bcd', [
  {
    slug: 'attributed-accuracy',
    source: 'section 5, "Zhang et al.\'s reported value of 94 percent"',
    claim: 'The test accuracy of Zhang & Brand on MNIST is 94 % (the paper itself prints no such number).',
    published: { value: 94, unit: '%' },
    table: 'errors.csv',
    figures: ['test-error'],
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
])
