/**
 * Fig. 1 and section 3.2 of the DLAM paper, what is proven and what the objective does: notebook 05. `change` is of all variables,
 * `descent_bound` the right-hand side of Lemma 1 (eq. 7), and `descent_margin` the fall of the objective less that bound,
 * relative to the objective. Rows whose setting changes rho or epsilon are for 'whatever rho and epsilon'; those that leave a outside
 * a smaller epsilon's bounds are not of the lemma, whose z minimises over a set that the old z lies in.
 */
import { curvesOf, iterationsToChange, type Series, shareOfFall } from '../curves'
import { claimsOf } from '../entry'
import { leastAlong } from '../readings'
import { bounded } from '../rules/bounded'
import { lower } from '../rules/compare'
import { falls } from '../rules/falls'
import { rate } from '../rules/rate'
import { vanishes } from '../rules/vanishes'
import type { Table } from '../table'
import { curveColumns, fashion, mnist, nets, paper, rowsOf } from './shared'

const table = 'trace.csv'

const series =
  (columns: readonly string[]) =>
  (rows: Table): Series[] =>
    columns.flatMap((column) =>
      nets.map((net) => ({
        name: columns.length > 1 ? `${net.name} ${column}` : net.name,
        curves: curvesOf(rows, rowsOf(net, 'dlam'), column),
      })),
    )

const withinBounds = (rows: Table): Table => rows.filter(({ setting }) => !String(setting).includes('on_shrink=leave'))

export const descentClaims = claimsOf(paper, '05-dlam-convergence', [
  ...nets.map((net) => ({
    slug: `fig1-falls-${net.dataset}-${net.network.split('-')[1]}`,
    source: 'Fig. 1, section 4.2.1',
    claim: `${net.name}: the objective falls monotonically.`,
    published: { value: 'monotone', unit: '' },
    table,
    rule: falls({
      what: `The objective on ${net.name}`,
      where: rowsOf(net, 'dlam'),
      column: 'objective',
      tolerance: 1e-6,
    }),
  })),
  {
    slug: 'fig1-drops-early',
    source: 'Fig. 1, section 4.2.1, "dropped tremendously at the early stage"',
    claim:
      'The objective drops tremendously at first and then converges smoothly; read on its logarithm, as Fig. 1 shows it.',
    table,
    rule: bounded({
      what: 'Share of the whole fall of the log objective that the first tenth of the iterations does',
      columns: [...curveColumns, 'objective'],
      unit: '%',
      side: 'at least',
      limit: 50,
      loosely: 25,
      varies: true,
      series: (rows) =>
        nets.map((net) => ({
          name: net.name,
          values: new Map(
            [...shareOfFall(rows, rowsOf(net, 'dlam'), 'objective', (last) => last / 10, Math.log)].map(
              ([seed, share]) => [seed, share === null ? null : share * 100],
            ),
          ),
        })),
    }),
  },
  {
    slug: 'fig1-fashion-faster',
    source: 'Fig. 1, section 4.2.1',
    claim: 'The objective falls more quickly on Fashion-MNIST than on MNIST.',
    table,
    rule: lower({
      says: 'Fashion-MNIST needs fewer iterations than MNIST for 95 % of its own fall of the log objective, at both widths, paired by seed',
      columns: [...curveColumns, 'objective'],
      unit: 'iterations',
      comparisons: (rows) =>
        fashion.map((ours, i) => {
          const [own, other] = [ours, mnist[i]!].map((net) =>
            iterationsToChange(rows, rowsOf(net, 'dlam'), 'objective', 'lower', Math.log),
          )
          return { ours: ours.name, theirs: mnist[i]!.name, own: own!, other: other! }
        }),
    }),
  },
  {
    slug: 'lemma1-descent',
    source: 'Lemma 1 (eq. 7), "for any rho > 0 and epsilon > 0"',
    claim: 'Every iteration lowers the objective by at least the right-hand side of eq. 7, whatever rho and epsilon.',
    published: { value: 0, unit: 'least margin' },
    table,
    rule: bounded({
      what: 'Least margin of the sufficient descent, relative to the objective (float32 rounding allowed)',
      columns: [...curveColumns, 'descent_margin'],
      unit: '',
      side: 'at least',
      limit: -1e-6,
      loosely: -1e-4,
      varies: false,
      series: (rows) => leastAlong(withinBounds(rows), 'dlam', 'descent_margin'),
    }),
  },
  {
    slug: 'lemma2-converges',
    source: 'Lemma 2',
    claim: 'The variables converge: their change per iteration tends to 0.',
    table,
    rule: vanishes({
      what: 'The change of all variables per iteration',
      columns: [...curveColumns, 'change'],
      series: series(['change']),
    }),
  },
  {
    slug: 'theorem1-critical',
    source: 'Theorem 1',
    claim: 'W and b converge to a critical point of the objective.',
    table,
    rule: vanishes({
      what: 'The norms of the gradients by W and b',
      columns: [...curveColumns, 'residual_w', 'residual_b'],
      series: series(['residual_w', 'residual_b']),
    }),
  },
  {
    slug: 'theorem2-rate',
    source: 'Theorem 2',
    claim: 'The least right-hand side of eq. 7 so far, c_k, is o(1/k).',
    published: { value: 'below -1', unit: 'exponent' },
    table,
    rule: rate({
      what: 'c_k',
      columns: [...curveColumns, 'descent_bound'],
      series: series(['descent_bound']),
      read: 'least',
      exponent: -1,
      tolerance: -0.05,
    }),
  },
])
