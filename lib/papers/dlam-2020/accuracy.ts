/**
 * Figs. 2 and 3 and section 4.2.2 of the DLAM paper, accuracy against the baselines: notebook 05. The learning rates of the
 * baselines are not printed ('chosen by the accuracy of the training dataset'). They are read twice: at the likely values of the
 * authors (their later code), and at the best of a sweep, chosen on training accuracy as they say. Fig. 2 is training accuracy,
 * Fig. 3 test accuracy.
 */
import { atEnd, curvesOf, early, highest } from '../curves'
import { claimsOf, type Entry } from '../entry'
import { bestSetting } from '../readings'
import { bounded } from '../rules/bounded'
import { type Comparison, higher } from '../rules/compare'
import { peaks } from '../rules/peaks'
import type { BySeed, Table, Where } from '../table'
import { anySetting, baselines, curveColumns, fashion, gradientMethods, mnist, nets, paper, rowsOf } from './shared'

const table = 'trace.csv'
const figures = [
  { slug: 'fig2', source: 'Fig. 2, section 4.2.2', column: 'train_accuracy', name: 'training accuracy' },
  { slug: 'fig3', source: 'Fig. 3, section 4.2.2', column: 'test_accuracy', name: 'test accuracy' },
]

type Net = (typeof nets)[number]
type Read = (rows: Table, where: Where, column: string) => BySeed
const final: Read = (rows, where, column) => atEnd(rows, where, column, { points: 5, scale: 100 })
const first20: Read = (rows, where, column) => early(rows, where, column, 20, 100)

/** The two readings of a baseline: its rows. */
const settings = [
  {
    slug: 'authors',
    words: "the baselines at the authors' likely learning rates",
    reads: [],
    where: (_: Table, net: Net, method: string): Where => rowsOf(net, method),
  },
  {
    slug: 'tuned',
    words: 'each baseline at the setting of a sweep with the highest final training accuracy',
    reads: ['train_accuracy'],
    where: (rows: Table, net: Net, method: string): Where =>
      bestSetting(rows, anySetting(net, method), 'train_accuracy'),
  },
]
type Reading = (typeof settings)[number]

/** DLAM against baselines, on each network. */
function against(rows: Table, on: readonly Net[], methods: readonly string[], column: string, read: Read, of: Reading) {
  return on.flatMap((net) =>
    methods.map((method): Comparison => {
      const where = of.where(rows, net, method)
      return {
        ours: `dlam, ${net.name}`,
        theirs: `${method}${where.setting ? ` (${where.setting})` : ''}, ${net.name}`,
        own: read(rows, rowsOf(net, 'dlam'), column),
        other: read(rows, where, column),
      }
    }),
  )
}

/** DLAM's final accuracy less that of the best baseline, by seed. */
function lead(rows: Table, net: Net, column: string, of: Reading): BySeed {
  const others = baselines.map((method) => final(rows, of.where(rows, net, method), column))
  return new Map(
    [...final(rows, rowsOf(net, 'dlam'), column)].map(([seed, own]) => {
      const best = others.map((other) => other.get(seed) ?? null).filter((value) => value !== null)
      return [seed, own === null || best.length === 0 ? null : own - Math.max(...best)]
    }),
  )
}

const aboutFigure = ({ slug, source, column, name }: (typeof figures)[number]): Entry[] => [
  {
    slug: `${slug}-soars`,
    source,
    claim: `DLAM's ${name} soars to 70 % at the early stage; read as within the first 20 of 150 iterations.`,
    published: { value: 70, unit: '%' },
    table,
    rule: bounded({
      what: `Highest ${name} of DLAM within the first 20 iterations`,
      columns: [...curveColumns, column],
      unit: '%',
      side: 'at least',
      limit: 70,
      loosely: 60,
      varies: true,
      series: (rows) =>
        nets.map((net) => ({
          name: net.name,
          values: highest(rows, rowsOf(net, 'dlam'), column, { until: 20, scale: 100 }),
        })),
    }),
  },
  {
    slug: `${slug}-ends-at-80`,
    source,
    claim: `DLAM's ${name} rises steadily towards 80 % or more.`,
    published: { value: 80, unit: '%' },
    table,
    rule: bounded({
      what: `Final ${name} of DLAM, mean of the last five iterations`,
      columns: [...curveColumns, column],
      unit: '%',
      side: 'at least',
      limit: 80,
      loosely: 75,
      varies: true,
      series: (rows) => nets.map((net) => ({ name: net.name, values: final(rows, rowsOf(net, 'dlam'), column) })),
    }),
  },
  ...settings.flatMap((of): Entry[] => [
    {
      slug: `${slug}-mnist-best-${of.slug}`,
      source,
      claim: `On MNIST DLAM's ${name} is above that of all baselines (SGD, Adagrad, Adadelta, ADMM); ${of.words}.`,
      table,
      rule: higher({
        says: `DLAM's final ${name} on MNIST is above every baseline's at both widths, paired by seed; ${of.words}`,
        columns: [...new Set([...curveColumns, ...of.reads, column])],
        unit: '%',
        comparisons: (rows) => against(rows, mnist, baselines, column, final, of),
      }),
    },
    {
      slug: `${slug}-fashion-competitive-${of.slug}`,
      source,
      claim: `On Fashion-MNIST DLAM's ${name} is competitive; read as at most 2 points below the best baseline; ${of.words}.`,
      table,
      rule: bounded({
        what: `Final ${name} of DLAM on Fashion-MNIST less that of the best baseline`,
        columns: [...new Set([...curveColumns, ...of.reads, column])],
        unit: 'points',
        side: 'at least',
        limit: -2,
        loosely: -5,
        varies: true,
        series: (rows) => fashion.map((net) => ({ name: net.name, values: lead(rows, net, column, of) })),
      }),
    },
    {
      slug: `${slug}-sgd-slower-${of.slug}`,
      source,
      claim: `SGD, Adagrad and Adadelta move more slowly than DLAM; read on the mean ${name} over the first 20 iterations; ${of.words}.`,
      table,
      rule: higher({
        says: `DLAM's ${name}, mean over iterations 1 to 20, is above that of SGD, Adagrad and Adadelta on every network, paired by seed; ${of.words}`,
        columns: [...new Set([...curveColumns, ...of.reads, column])],
        unit: '%',
        comparisons: (rows) => against(rows, nets, gradientMethods, column, first20, of),
      }),
    },
  ]),
  {
    slug: `${slug}-admm-declines`,
    source,
    claim: `ADMM's ${name} rockets to around 80 % and declines slightly later.`,
    published: { value: 80, unit: '%' },
    table,
    rule: peaks({
      what: `ADMM's ${name}`,
      columns: [...curveColumns, column],
      series: (rows) => nets.map((net) => ({ name: net.name, curves: curvesOf(rows, rowsOf(net, 'admm'), column) })),
      unit: '%',
      scale: 100,
      level: 75,
      decline: 10,
    }),
  },
]

export const accuracyClaims = claimsOf(paper, '05-dlam-convergence', figures.flatMap(aboutFigure))
