/**
 * Sections 3 and 4 of Zeng et al., what is proven: notebook 10. The theorems hold for every loss, activation and regulariser of
 * Proposition 1; each run of the notebook is one combination, named by network and setting, and all of them have to satisfy the
 * rule. Theorem 2 (prox-linear) and Theorem 3 (residual networks) promise the same as Theorem 1, so the same five claims are
 * entered for each algorithm. `descent_margin` uses our constant a for the settings of the run (each solver's `theory`): the paper's
 * is in an appendix that we do not have.
 */
import { curvesOf, type Series } from '../curves'
import { claimsOf, type Entry } from '../entry'
import { leastAlong, runsOf } from '../readings'
import { bounded, type Values } from '../rules/bounded'
import { whereUnbroken } from '../rules/broken-off'
import { whereMeasured } from '../rules/not-testable'
import { rate } from '../rules/rate'
import { settles } from '../rules/settles'
import { vanishes } from '../rules/vanishes'
import { select, type Table } from '../table'
import { curveColumns, paper } from './shared'

const table = 'trace.csv'

const series =
  (method: string, column: string) =>
  (rows: Table): Series[] =>
    runsOf(rows, method).map(({ name, where }) => ({ name, curves: curvesOf(rows, where, column) }))

/** The most of |g| / |change| in a run's second half over the most in its first, by seed. */
const lateRelativeError =
  (method: string) =>
  (rows: Table): Values[] =>
    series(
      method,
      'relative_error',
    )(rows).map(({ name, curves }) => ({
      name,
      values: new Map(
        [...curves].map(([seed, { points, whole }]) => {
          const half = (points.at(-1)?.iteration ?? 0) / 2
          const most = (late: boolean) =>
            Math.max(...points.filter(({ iteration }) => iteration > half === late).map(({ value }) => value))
          return [seed, whole ? most(true) / most(false) : null]
        }),
      ),
    }))

interface Algorithm {
  readonly slug: string
  readonly method: string
  readonly name: string
  /** The theorem that covers it. */
  readonly theorem: string
}

const algorithms: readonly Algorithm[] = [
  { slug: 'three-splitting', method: 'proximal-bcd', name: 'three-splitting BCD', theorem: 'Theorem 1, Algorithm 2' },
  {
    slug: 'two-splitting',
    method: 'two-splitting-bcd',
    name: 'two-splitting BCD (here its hidden sub-problems are lowered in ten steps at most, not minimised)',
    theorem: 'Theorem 1, Algorithm 1',
  },
  {
    slug: 'prox-linear',
    method: 'prox-linear-bcd',
    name: 'BCD with prox-linear updates of the output',
    theorem: 'Theorem 2',
  },
  { slug: 'residual', method: 'residual-bcd', name: 'BCD on residual networks', theorem: 'Theorem 3, Algorithm 3' },
]

const theorem = ({ slug, method, name, theorem }: Algorithm): Entry[] => [
  {
    slug: `lemma1-descent-${slug}`,
    source:
      slug === 'three-splitting' ? 'Lemma 1 (eq. 4.1)' : `what Lemma 1 (eq. 4.1) says of Algorithm 2, for ${theorem}`,
    claim: `Every iteration of ${name} lowers the objective by at least a |P_k - P_(k-1)|^2.`,
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
      series: (rows) => leastAlong(rows, method, 'descent_margin'),
    }),
  },
  {
    slug: `lemma2-relative-error-${slug}`,
    source: slug === 'three-splitting' ? 'Lemma 2' : `what Lemma 2 says of Algorithm 2, for ${theorem}`,
    claim: `The subgradient's norm of ${name} is at most a constant times the change of the iterates (read here as: the ratio does not grow).`,
    table,
    rule: bounded({
      what: 'The most of |g| / |P_k - P_(k-1)| in the second half of the iterations over the most in the first',
      columns: [...curveColumns, 'relative_error'],
      unit: '',
      side: 'at most',
      limit: 1,
      loosely: 2,
      varies: false,
      series: lateRelativeError(method),
    }),
  },
  {
    slug: `theorem-objective-${slug}`,
    source: `${theorem}, part (a)`,
    claim: `The objective of ${name} converges.`,
    table,
    rule: settles({
      what: 'The objective',
      columns: [...curveColumns, 'objective'],
      series: series(method, 'objective'),
    }),
  },
  {
    slug: `theorem-critical-${slug}`,
    source: `${theorem}, part (b)`,
    claim: `The iterates of ${name} converge to a critical point (read here as: the subgradient's norm falls; no finite run shows more).`,
    table,
    rule: vanishes({
      what: 'The norm of the subgradient',
      columns: [...curveColumns, 'subgradient_norm'],
      series: series(method, 'subgradient_norm'),
    }),
  },
  {
    slug: `theorem-rate-${slug}`,
    source: `${theorem}, part (c)`,
    claim: `The mean of the squared subgradient norms over K iterations of ${name} is O(1/K).`,
    published: { value: -1, unit: 'exponent' },
    table,
    rule: rate({
      what: 'The running mean of the squared subgradient norm',
      columns: [...curveColumns, 'subgradient_norm'],
      series: series(method, 'subgradient_norm'),
      read: 'meanSquare',
      exponent: -1,
      tolerance: 0.1,
    }),
  },
]

/** What Proposition 1 covers and the solvers of the suite may not have. */
const uncovered = ['loss=exponential', 'activation=softplus', 'activation=polynomial']

const covered = (setting: string): Entry => {
  const [kind = '', name = ''] = setting.split('=')
  const a = name.startsWith('e') ? 'an' : 'a'
  const where = { method: kind === 'loss' ? 'prox-linear-bcd' : 'two-splitting-bcd', setting }
  return {
    slug: `proposition1-${name}-${kind}`,
    source: 'section 1 and section 3.3.1 or Proposition 1',
    claim: `The convergence results cover networks with ${a} ${name} ${kind}: the objective falls sufficiently at every iteration.`,
    table,
    rule: whereMeasured(
      bounded({
        what: `Least margin of the sufficient descent with ${a} ${name} ${kind}, relative to the objective`,
        columns: [...curveColumns, 'descent_margin'],
        unit: '',
        side: 'at least',
        limit: -1e-6,
        loosely: -1e-4,
        varies: false,
        series: (rows) => leastAlong(select(rows, where), where.method, 'descent_margin'),
      }),
      where,
      'descent_margin',
      `no run has ${a} ${name} ${kind}`,
    ),
  }
}

export const convergenceClaims = claimsOf(paper, '10-convergence', [
  ...algorithms.flatMap((algorithm) =>
    theorem(algorithm).map((entry) => ({ ...entry, rule: whereUnbroken(entry.rule, { method: algorithm.method }) })),
  ),
  {
    slug: 'lemma1-change-vanishes',
    source: 'Lemma 1, consequence (iii)',
    claim: 'The change of the iterates tends to 0: |P_k - P_(k-1)| -> 0.',
    table,
    rule: vanishes({
      what: 'The change of all blocks per iteration',
      columns: [...curveColumns, 'change'],
      series: series('proximal-bcd', 'change'),
    }),
  },
  {
    slug: 'lemma1-mean-square-change',
    source: 'Lemma 1, consequence (iv)',
    claim: 'The mean of the squared changes over K iterations is O(1/K).',
    published: { value: -1, unit: 'exponent' },
    table,
    rule: rate({
      what: 'The running mean of the squared change',
      columns: [...curveColumns, 'change'],
      series: series('proximal-bcd', 'change'),
      read: 'meanSquare',
      exponent: -1,
      tolerance: 0.1,
    }),
  },
  ...uncovered.map(covered),
])
