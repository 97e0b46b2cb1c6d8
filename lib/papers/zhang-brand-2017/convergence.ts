/**
 * Section 4 of Zhang & Brand: what Theorem 1 and Corollary 1 promise of the iterates, read off the trace of notebook 01.
 *
 * The paper says 'R-linear convergence rate of order one'. By its own Definition 4 (and the usual one) R-linear means under a
 * geometric sequence; its proof of Corollary 1 bounds the distance to the limit by (p - 1)^-1 (t^p - 1)^(1/p - 1), O(1/t) for
 * p = 2, and calls that 'sublinearly with order one'. Both readings are claims. Since sum theta_k / (1 - theta_k) is finite, the
 * iterates stop moving whether or not they are near a stationary point: the residuals are what Theorem 1.1 is judged by.
 */
import { curvesOf } from '../curves'
import { claimsOf } from '../entry'
import { exponential } from '../rules/exponential'
import { rate } from '../rules/rate'
import { vanishes } from '../rules/vanishes'
import type { Table } from '../table'
import { bcd, paper, traceColumns } from './readings'

const blocks = ['u', 'v', 'w']
const residuals = blocks.map((block) => `residual_${block}`)
const changes = blocks.map((block) => `change_${block}`)
const series = (columns: readonly string[]) => (rows: Table) =>
  columns.map((column) => ({ name: column, curves: curvesOf(rows, bcd, column) }))

export const convergenceClaims = claimsOf(paper, '01-tikhonov-bcd', [
  {
    slug: 'theorem1-stationary',
    source: 'Theorem 1, part 1; section 1 "Contributions"',
    claim:
      'The iterates of Algorithm 1 converge to a stationary point of eq. 4 (for theta_t = 1/t^2, the choice of the paper).',
    table: 'trace.csv',
    figures: ['stationarity'],
    rule: vanishes({
      what: 'The residuals of U, V and W, which are 0 at a stationary point',
      columns: [...traceColumns, ...residuals],
      series: series(residuals),
    }),
  },
  {
    slug: 'theorem1-r-linear',
    source: 'Theorem 1, part 2, with Definition 4',
    claim: 'The iterates converge R-linearly: their distance to the limit stays under a geometric sequence.',
    table: 'trace.csv',
    rule: exponential({
      what: 'The change of U, V and W per iteration',
      columns: [...traceColumns, ...changes],
      series: series(changes),
      towards: 'zero',
    }),
  },
  {
    slug: 'corollary1-rate',
    source: 'Corollary 1 and eq. 6, with Lemma 2',
    claim:
      'For theta_t = 1/t^2 the change per iteration is O(theta_t / (1 - theta_t)) = O(1/t^2), so that the distance to the limit is O(1/t).',
    published: { value: -2, unit: 'exponent' },
    table: 'trace.csv',
    rule: rate({
      what: 'The change of a block per iteration',
      columns: [...traceColumns, ...changes],
      series: series(changes),
      read: 'value',
      exponent: -2,
      tolerance: 0.1,
    }),
  },
])
