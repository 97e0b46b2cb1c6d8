/** Proximal BCD with three hidden layers, as the public code of Zeng et al. runs it: notebook 03. */
import { atEnd } from '../curves'
import { claimsOf, type Entry } from '../entry'
import { falls } from '../rules/falls'
import { follows } from '../rules/follows'
import { near } from '../rules/near'
import type { Where } from '../table'
import { curveColumns, paper } from './shared'

const wide = { dataset: 'mnist', network: '784-1500-1500-1500-10', method: 'proximal-bcd', setting: '' }
const wider = { ...wide, network: '784-2048-2048-2048-10', setting: 'alpha=1' }
const hardly = { ...wider, setting: 'alpha=0.01' }
const replicated = { ...wide, setting: 'gamma=0.1;alpha=4' }

/** Test accuracy of five seeds after 50 epochs, in %; and one stored run along its epochs. */
const fiveSeeds = [94.92, 94.57, 94.63, 94.39, 94.55]
const storedRun = [
  [1, 13],
  [2, 73],
  [3, 88],
  [5, 91.4],
  [10, 93.2],
  [20, 94.5],
  [30, 94.75],
  [50, 94.5],
] as const

interface Accuracy {
  readonly slug: string
  readonly source: string
  readonly what: string
  readonly where: Where
  readonly published: number | readonly [number, number]
  readonly tolerance: number
  /** Epochs of the end whose mean counts: the last alone where the published run ended while it climbed. */
  readonly points?: number
}

const accuracy = ({ slug, source, what, where, published, tolerance, points = 5 }: Accuracy): Entry => {
  const text = typeof published === 'number' ? published : published.join(' to ')
  return {
    slug,
    source,
    claim: `Proximal BCD reaches a test accuracy of ${text} %: ${what}.`,
    published: { value: text, unit: '%' },
    table: 'trace.csv',
    rule: near({
      what: `Test accuracy, ${what}, ${points === 1 ? 'at the last epoch' : 'mean of the last five epochs'}`,
      columns: [...curveColumns, 'test_accuracy'],
      unit: '%',
      published,
      tolerance,
      loosely: 1,
      varies: true,
      value: (rows) => atEnd(rows, where, 'test_accuracy', { points, scale: 100 }),
    }),
  }
}

const code = 'public code, stored outputs'
const replication = 'an independent replication (not by the authors)'

export const accuracyClaims = claimsOf(paper, '03-proximal-bcd', [
  accuracy({
    slug: 'code-mnist-1500',
    source: `${code}, five seeds`,
    what: 'MNIST, 3 x 1500, gamma = rho = 1, alpha = 5, 50 epochs',
    where: wide,
    published: Math.round((fiveSeeds.reduce((a, b) => a + b, 0) / fiveSeeds.length) * 100) / 100,
    tolerance: 0.3,
  }),
  {
    slug: 'code-mnist-1500-curve',
    source: `${code}, one run`,
    claim:
      'Test accuracy on MNIST (3 x 1500) climbs from 13 % after one epoch to 88 % after three and 94.5 % after twenty.',
    published: { value: storedRun.map(([epoch, value]) => `${value} @ ${epoch}`).join(', '), unit: '%' },
    table: 'trace.csv',
    rule: follows({
      what: 'Test accuracy on MNIST',
      where: wide,
      column: 'test_accuracy',
      unit: 'points',
      scale: 100,
      published: storedRun,
      half: 0,
      tolerance: 1,
      loosely: 5,
    }),
  },
  accuracy({
    slug: 'code-mnist-2048',
    source: 'public code, an earlier version (commit 7babd4d of November 2018), five seeds',
    what: 'MNIST, 3 x 2048, alpha = 1, 10 epochs',
    where: wider,
    published: [95.37, 95.68],
    tolerance: 0.2,
    points: 1,
  }),
  accuracy({
    slug: 'replication-mnist',
    source: replication,
    what: 'MNIST, gamma = 0.1, alpha = 4',
    where: replicated,
    published: 93.71,
    tolerance: 0.3,
  }),
  accuracy({
    slug: 'replication-fashion',
    source: replication,
    what: 'Fashion-MNIST, gamma = 0.1, alpha = 4',
    where: { ...replicated, dataset: 'fashion-mnist' },
    published: 84.23,
    tolerance: 0.3,
  }),
  {
    slug: 'lemma1-monotone-1500',
    source: 'Lemma 1, section 4.2, "monotonically decreasing"',
    claim: 'The objective (eq. 2.5, all terms) falls monotonically: MNIST, 3 x 1500.',
    published: { value: 'monotone', unit: '' },
    table: 'trace.csv',
    rule: falls({ what: 'The full objective at 3 x 1500', where: wide, column: 'objective', tolerance: 1e-6 }),
  },
  {
    slug: 'lemma1-monotone-2048',
    source: 'Lemma 1: any alpha > 0',
    claim:
      'The objective (eq. 2.5, all terms) falls monotonically however small alpha is: MNIST, 3 x 2048, alpha = 0.01.',
    published: { value: 'monotone', unit: '' },
    table: 'trace.csv',
    rule: falls({
      what: 'The full objective at 3 x 2048 with alpha = 0.01',
      where: hardly,
      column: 'objective',
      tolerance: 1e-6,
    }),
  },
])
