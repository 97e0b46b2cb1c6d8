/** The ledger as a whole: every claim is well formed, reads only what it says, and gives a verdict in plain numbers. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { claims, evaluateClaim } from 'blockwise/dist/papers'
import type { Row } from 'blockwise/dist/papers/table'
import { COLUMNS } from 'blockwise/dist/runs/columns'
import { expect } from 'chai'
import { notebookTables } from './notebook-tables'
import { expectPlain } from './plain'

/** What ../shared/papers.md asks for, section by section: claims whose ids begin so. */
const sections: Readonly<Record<string, readonly string[]>> = {
  A: [
    'zhang-brand-2017/fig3a-bcd-falls',
    'zhang-brand-2017/fig3b-best-demo',
    'zhang-brand-2017/fig3b-best-tuned',
    'zhang-brand-2017/fig3b-bcds-beats-sgd',
    'zhang-brand-2017/fig3c-faster',
    'zhang-brand-2017/fig3a-bcds-higher',
    'zhang-brand-2017/fig3a-bcds-converges-faster',
    'zhang-brand-2017/text-bcd-nonzeros',
    'zhang-brand-2017/text-bcds-accuracy',
    'zhang-brand-2017/theorem1-stationary',
    'zhang-brand-2017/theorem1-r-linear',
    'zhang-brand-2017/corollary1-rate',
    'student-report/attributed-accuracy',
  ],
  B: [
    'zhang-brand-2017/text-bcds-nonzeros',
    'zhang-brand-2017/text-bcds-nonzeros-thresholded',
    'zhang-brand-2017/fig3d-bcds-sparser',
    'zhang-brand-2017/fig3a-bcds-falls',
  ],
  C: ['mnist', 'cifar'].flatMap((set) =>
    ['precision', 'recall', 'map', 'faster'].map((what) => `zhang-brand-2017/hashing-${set}-${what}`),
  ),
  D: [
    'student-report/fig2-mnist-train',
    'student-report/fig2-mnist-train-auxiliary',
    'student-report/fig2-mnist-test',
    'student-report/fig2-mnist-test-10000',
    'student-report/fig2-mnist-test-projected',
    'student-report/fig2-fashion-better',
    'student-report/fig2-loss-exponential',
    'student-report/fig2-overfits',
  ],
  E: [
    'zeng-2019/code-mnist-1500',
    'zeng-2019/code-mnist-1500-curve',
    'zeng-2019/code-mnist-2048',
    'zeng-2019/replication-mnist',
    'zeng-2019/replication-fashion',
    'student-report/fig3-mnist-test',
    'student-report/fig3-fashion-lower',
    'zeng-2019/fig1-bcd-curve',
    'zeng-2019/fig1-sgd-fails-published',
    'zeng-2019/fig1-sgd-fails-tuned',
    'zeng-2019/fig1-bcd-beats-sgd-published',
    'zeng-2019/fig1-bcd-beats-sgd-tuned',
    'zeng-2019/lemma1-monotone',
    ...['three-splitting', 'two-splitting', 'prox-linear', 'residual'].flatMap((algorithm) => [
      `zeng-2019/lemma1-descent-${algorithm}`,
      `zeng-2019/theorem-rate-${algorithm}`,
    ]),
  ],
  F: [
    'dlam-2020/fig1-falls-mnist-100',
    'dlam-2020/fig1-falls-fashion-mnist-500',
    'dlam-2020/fig1-fashion-faster',
    'dlam-2020/theorem2-rate',
    'dlam-2020/theorem1-critical',
    'dlam-2020/lemma1-descent',
    ...['fig2', 'fig3'].flatMap((figure) =>
      [
        'soars',
        'ends-at-80',
        'mnist-best-authors',
        'mnist-best-tuned',
        'fashion-competitive-authors',
        'fashion-competitive-tuned',
        'sgd-slower-authors',
        'sgd-slower-tuned',
        'admm-declines',
      ].map((what) => `dlam-2020/${figure}-${what}`),
    ),
    ...['grows-with-n', 'linear-in-n', 'grows-with-rho', 'grows-with-rho-exact', 'rho-ratio', 'seconds'].flatMap(
      (what) => ['mnist', 'fashion-mnist'].map((set) => `dlam-2020/table2-${what}-${set}`),
    ),
  ],
  G: [
    'student-report/fig4-sgd-accuracy',
    'student-report/fig4-admm-accuracy',
    'student-report/fig4-adamax-accuracy',
    'student-report/fig4-adam-accuracy',
  ],
  Claims: [
    'student-report/text-ranking',
    'student-report/fig3-mnist-loss-falls',
    'student-report/text-bcd-early-published',
    'student-report/text-bcd-early-tuned',
    'student-report/text-memory',
    'zeng-2019/sec1-moderate-within-few-epochs',
    'zeng-2019/lemma1-change-vanishes',
    'zeng-2019/proposition1-exponential-loss',
    'zeng-2019/proposition1-softplus-activation',
    'zeng-2019/proposition1-polynomial-activation',
  ],
}

describe('the ledger as a whole', () => {
  it('holds every claim that papers.md names, section by section', () => {
    const ids = claims.map(({ id }) => id)
    for (const [section, wanted] of Object.entries(sections))
      for (const id of wanted)
        expect(
          ids.some((each) => each.startsWith(id)),
          `${section}: ${id}`,
        ).to.equal(true)
  })

  it('has well-formed claims: id, paper, source, words, a notebook and a table', () => {
    for (const { id, paper, source, claim, notebook, table, published, rule, figures } of claims) {
      expect(id).to.match(/^(zhang-brand-2017|student-report|zeng-2019|dlam-2020)\/[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(paper, id).to.have.length.above(5)
      expect(source, id).to.have.length.above(4)
      expect(claim, id).to.match(/^["A-Z].{20,}\.$/)
      expect(claim, id).not.to.match(/undefined|NaN/)
      expect(notebook, id).to.match(/^\d\d-[a-z0-9-]+$/)
      expect(table, id).to.match(/^[a-z-]+\.csv$/)
      expect(rule.says, id).to.have.length.above(20)
      expect(rule.says, id).not.to.match(/undefined|NaN/)
      if (published) expect(`${published.value}`, id).not.to.match(/^$|NaN|undefined|\d\.\d{5}/)
      for (const figure of figures ?? []) expect(figure, id).to.match(/^[a-z0-9-]+$/)
    }
    const byPaper = new Map(claims.map(({ id, paper }) => [id.split('/')[0], paper]))
    for (const { id, paper } of claims) expect(byPaper.get(id.split('/')[0]), id).to.equal(paper)
  })

  it('reads columns of the data dictionary only', () => {
    for (const { id, rule } of claims)
      for (const column of rule.columns) expect(COLUMNS, `${id}: ${column}`).to.have.property(column)
  })

  it('names the notebook files and figures that there are', () => {
    const root = resolve(__dirname, '../../..')
    const notebook = readFileSync(join(root, 'notebooks', '01-tikhonov-bcd.ipynb'), 'utf8')
    for (const { id, figures = [], notebook: file } of claims)
      for (const figure of figures) {
        expect(file, id).to.equal('01-tikhonov-bcd')
        expect(notebook, id).to.include(`id: '${figure}'`)
      }
  })

  it('decides every claim on tables of the stated shape, and reads no column that its rule does not name', () => {
    for (const claim of claims) {
      const read = new Set<string>()
      const watch = (row: Row): Row =>
        new Proxy(row, {
          get(target, column) {
            if (typeof column === 'string') read.add(column)
            return Reflect.get(target, column)
          },
        })
      const files = notebookTables[claim.notebook]!
      const rows = files[claim.table]!.map(watch)
      const verdict = evaluateClaim(claim, { [claim.notebook]: { ...files, [claim.table]: rows } }, 'paper')
      expectPlain(verdict, claim.id)
      for (const column of read) expect(claim.rule.columns, claim.id).to.include(column)
      for (const column of claim.rule.columns.filter((c) => c !== 'seed'))
        expect([...read], claim.id).to.include(column)
      const untestable = /student-report\/text-bcd-scales|hashing-.*-faster/.test(claim.id)
      expect(verdict.verdict === 'not testable', claim.id).to.equal(untestable)
    }
  })

  it('finds fault with a table that lacks the rows, but not with CIFAR-10 or a loss that nobody ran', () => {
    for (const claim of claims.filter(({ rule }) => rule.columns.length > 0)) {
      const empty = Object.fromEntries(claim.rule.columns.map((column) => [column, 'none']))
      const files = { [claim.table]: [{ ...empty, [claim.rule.columns.at(-1)!]: '' }] }
      const judge = () => evaluateClaim(claim, { [claim.notebook]: files }, 'paper')
      if (/hashing-cifar|proposition1/.test(claim.id)) expect(judge().verdict, claim.id).to.equal('not testable')
      else expect(judge, claim.id).to.throw(claim.id)
    }
  })

  it('imports nothing from runs, figures, notebooks or solvers', () => {
    const folder = resolve(__dirname, '../../../lib/papers')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    expect(files).to.have.length.above(20)
    for (const file of files) {
      const text = readFileSync(join(folder, file), 'utf8')
      for (const [, from = ''] of text.matchAll(/from '([^']+)'/g))
        expect(resolve(folder, file, '..', from).startsWith(folder), `${file}: ${from}`).to.equal(true)
    }
  })
})
