/** Rules about single numbers, comparisons and lines of a table. */
import type { Rule } from 'blockwise/dist/papers/claim'
import { bounded } from 'blockwise/dist/papers/rules/bounded'
import { whereUnbroken } from 'blockwise/dist/papers/rules/broken-off'
import { higher } from 'blockwise/dist/papers/rules/compare'
import { faster } from 'blockwise/dist/papers/rules/faster'
import { fitLine } from 'blockwise/dist/papers/rules/fit'
import { increases } from 'blockwise/dist/papers/rules/increases'
import { linear } from 'blockwise/dist/papers/rules/linear'
import { near } from 'blockwise/dist/papers/rules/near'
import { notTestable, whereMeasured } from 'blockwise/dist/papers/rules/not-testable'
import { proportional } from 'blockwise/dist/papers/rules/proportional'
import { provided } from 'blockwise/dist/papers/rules/provided'
import type { Row } from 'blockwise/dist/papers/table'
import { expect } from 'chai'
import { perSeed, type Values } from './rows'

const columns = ['value']
const rows = [{ value: 1 }]

describe('rule: bounded', () => {
  const atLeast = (...series: Values[]): ReturnType<Rule['decide']> =>
    bounded({
      what: 'Accuracy',
      columns,
      unit: '%',
      side: 'at least',
      limit: 70,
      loosely: 60,
      varies: true,
      series: () => series.map((values, i) => ({ name: `net ${i}`, values: perSeed(...values) })),
    }).decide(rows)

  it('has every series in every seed on its side, the limit included', () => {
    const found = atLeast([80, 70], [90, 91])
    expect(found).to.deep.include({ verdict: 'reproduced', value: 75, margin: 0, unit: '%', enoughSeeds: true })
    expect(found.reason).to.equal(
      'Accuracy: 75 % (70 to 80 over 2 seeds) (net 0, the lowest of 2); at least 70 % is asked for.',
    )
  })

  it('is partly so up to the loose limit or when a seed is lacking, and not so beyond', () => {
    expect(atLeast([80, 69.9])).to.include({ verdict: 'partly' })
    expect(atLeast([80, 60], [99, 99]).reason).to.include('one seed is 10 % short of it')
    expect(atLeast([80, 60])).to.include({ verdict: 'partly' })
    expect(atLeast([80, 59.9])).to.include({ verdict: 'not reproduced' })
    expect(atLeast([80, null]).reason).to.include('no value for 1 of 2 seeds of net 0')
    expect(atLeast([80, null]).verdict).to.equal('partly')
    expect(atLeast([null], [null])).to.include({ verdict: 'not testable', value: null })
    expect(atLeast([80]).enoughSeeds).to.equal(false)
  })

  it('has an upper side too', () => {
    const atMost = (values: Values) =>
      bounded({
        what: 'x',
        columns,
        unit: '',
        side: 'at most',
        limit: 20,
        loosely: 50,
        varies: false,
        series: () => [{ name: 'sgd', values: perSeed(...values) }],
      }).decide(rows)
    expect(atMost([20, 11])).to.include({ verdict: 'reproduced', margin: 0 })
    expect(atMost([21]).reason).to.equal('x: 21; at most 20 is asked for, one seed is 1 short of it.')
    expect(atMost([51])).to.include({ verdict: 'not reproduced', enoughSeeds: true })
  })
})

describe('rule: higher', () => {
  it('is the mirror of lower', () => {
    const rule = (own: Values, other: Values) =>
      higher({
        says: '',
        columns,
        unit: '%',
        comparisons: () => [{ ours: 'a', theirs: 'b', own: perSeed(...own), other: perSeed(...other) }],
      }).decide(rows)
    const won = rule([80, 82], [70, 75])
    expect(won).to.deep.include({ verdict: 'reproduced', value: 81, margin: 8.5 })
    expect(won.reason).to.equal(
      'a at 81 % (80 to 82 over 2 seeds) is higher than 1 of 1; closest is b at 72.5 % (70 to 75 over 2 seeds), difference 8.5 (7 to 10 over 2 seeds).',
    )
    expect(rule([70], [70]).verdict).to.equal('partly')
    expect(rule([60, 61], [70, 75]).reason).to.include('higher than it: b at 72.5 %')
    expect(rule([null], [70]).verdict).to.equal('not testable')
  })
})

describe('rule: near', () => {
  const rule = (values: Values, published: number | readonly [number, number]) =>
    near({
      what: 'x',
      columns,
      unit: '%',
      published,
      tolerance: 1,
      loosely: 2,
      varies: true,
      value: () => perSeed(...values),
    }).decide(rows)

  it('knows a published range', () => {
    expect(rule([93.5, 93.7], [93, 94])).to.deep.include({ verdict: 'reproduced', margin: 1, enoughSeeds: true })
    expect(rule([93.5], [93, 94]).reason).to.equal('x: 93.5 %, within the published 93 to 94; 1 is allowed.')
    expect(rule([95], [93, 94]).verdict).to.equal('reproduced')
    expect(rule([91.5], [93, 94])).to.include({ verdict: 'partly', margin: -0.5 })
    expect(rule([90.9], [93, 94]).reason).to.include('2.1 below the published 93 to 94')
    expect(rule([96.1], [93, 94]).verdict).to.equal('not reproduced')
  })

  it('is only indicative from one seed where seeds vary', () => {
    expect(rule([93], 93).enoughSeeds).to.equal(false)
  })
})

describe('rule: faster, over the whole training', () => {
  it('takes each method at its own last iteration', () => {
    const seconds = (method: string, n: number, total: number) =>
      [0, 1, n].map((iteration) => ({ method, seed: 0, iteration, seconds: (total * iteration) / n }))
    const table = [...seconds('a', 10, 100), ...seconds('b', 20, 900)]
    const spec = { ours: { method: 'a' }, theirs: [{ method: 'b' }], published: 9 }
    expect(faster({ ...spec, over: 'whole training' }).decide(table)).to.include({ verdict: 'reproduced', value: 9 })
    expect(faster(spec).decide(table)).to.include({ verdict: 'partly', value: 4.5 })
    const instant = table.map((row) => ({ ...row, seconds: row.method === 'a' ? 0 : row.seconds }))
    expect(() => faster(spec).decide(instant)).to.throw('shares no seed and iteration')
  })
})

describe('rules on the lines of a table', () => {
  const line = (...ys: number[]) => ({ name: 'rho = 1', points: ys.map((y, x) => [x, y] as const) })

  it('fit a line by least squares', () => {
    expect(fitLine(line(1, 3, 5).points)).to.deep.equal({ slope: 2, r2: 1 })
    const fit = fitLine(line(0, 1, 0).points)!
    expect(fit.slope).to.equal(0)
    expect(fit.r2).to.equal(0)
    expect(fitLine(line(4, 4).points)).to.deep.equal({ slope: 0, r2: 1 })
    expect(fitLine(line(4).points)).to.equal(null)
    expect(
      fitLine([
        [1, 2],
        [1, 3],
      ]),
    ).to.equal(null)
  })

  it('linear: the worst fit decides', () => {
    const rule = (...lines: number[][]) =>
      linear({
        what: 'seconds against n',
        columns,
        unit: 's',
        r2: 0.99,
        lines: () => lines.map((ys) => line(...ys)),
      }).decide(rows)
    const found = rule([1, 2, 3, 4], [0, 3, 6, 9])
    expect(found).to.include({ verdict: 'reproduced', value: 2 })
    expect(found.reason).to.include('slope 2 s (mean over 2 lines); the worst fit explains 1 of the variance')
    expect(rule([1, 2, 3, 4], [0, 1, 4, 9])).to.include({ verdict: 'partly' })
    expect(rule([1, 2, 3, 4], [4, 3, 2, 1]).verdict).to.equal('not reproduced')
    expect(rule([3, 3, 3]).reason).to.include('it does not rise for rho = 1')
    expect(rule([1, 2]).verdict).to.equal('not testable')
    expect(rule().verdict).to.equal('not testable')
  })

  it('increases: counts the steps, in order of x', () => {
    const rule = (...lines: number[][]) =>
      increases({
        what: 'seconds with rho',
        columns,
        lines: () => lines.map((ys) => ({ ...line(...ys), points: [...line(...ys).points].reverse() })),
      }).decide(rows)
    expect(rule([1, 2, 4], [1, 2, 8])).to.include({ verdict: 'reproduced', value: 6 })
    expect(rule([1, 2, 3, 4, 5, 4])).to.include({ verdict: 'partly', value: 4 })
    expect(rule([1, 1, 1])).to.include({ verdict: 'not reproduced', value: 1 })
    expect(rule([1, 2, 1]).reason).to.include('larger at 1 of 2 steps of 1 line;')
    expect(rule([0, 2])).to.include({ verdict: 'reproduced', value: null })
    expect(rule([1])).to.include({ verdict: 'not testable' })
  })

  it('proportional: the ratios measured to published', () => {
    const rule = (...ratios: number[]) =>
      proportional({
        what: 'seconds',
        columns,
        cells: () => ratios.map((ratio, i) => ({ name: `cell ${i}`, measured: ratio * (i + 1), published: i + 1 })),
      }).decide(rows)
    expect(rule(0.5, 0.5, 0.6, 0.75)).to.include({ verdict: 'reproduced', value: 1.5, margin: 0 })
    expect(rule(0.5, 0.5, 0.6, 1.5)).to.include({ verdict: 'partly' })
    expect(rule(0.5, 0.5, 0.6, 1.6).reason).to.include('from 0.5 (cell 0) to 1.6 (cell 3) times the published value')
    expect(rule(0.5, 0.5, 0.6, 1.6).verdict).to.equal('not reproduced')
    expect(rule(1, 1, 1)).to.include({ verdict: 'not testable' })
  })
})

describe('what cannot be tested', () => {
  it('says why', () => {
    expect(notTestable('there is one machine').decide(rows)).to.include({
      verdict: 'not testable',
      reason: 'Not testable here: there is one machine.',
    })
  })

  it('is testable where a value was measured', () => {
    const inner = { says: 'x', columns: ['other'], decide: () => notTestable('inner').decide(rows) }
    const rule = whereMeasured(inner, { dataset: 'cifar-10' }, 'value', 'no CIFAR-10')
    expect(rule.columns).to.have.members(['other', 'dataset', 'value'])
    expect(rule.decide([{ dataset: 'cifar-10', value: 1 }]).reason).to.include('inner')
    for (const absent of [
      { dataset: 'cifar-10', value: null },
      { dataset: 'mnist', value: 1 },
    ])
      expect(rule.decide([absent]).reason).to.equal('Not testable here: no CIFAR-10.')
  })
})

describe('runs that broke off', () => {
  const inner = bounded({
    what: 'x',
    columns: ['value'],
    unit: '',
    side: 'at least',
    limit: 0,
    loosely: -1,
    varies: false,
    series: (rows) => [{ name: 'runs', values: new Map(rows.map(({ value }, i) => [i, Number(value)])) }],
  })
  const rule = whereUnbroken(inner, { method: 'ours' })
  const run = (method: string, value: number | null, broken = ''): Row => ({
    method,
    network: '5-5',
    setting: '',
    value,
    broken,
  })

  it('leave a verdict alone that is of other runs', () => {
    const finding = rule.decide([run('ours', 1), run('theirs', null, 'float32')])
    expect(finding).to.include({ verdict: 'reproduced', value: 1 })
    expect(finding.reason).to.not.include('broke off')
  })

  it('leave nothing better than partly, and are named', () => {
    const finding = rule.decide([run('ours', 1), run('ours', null, 'float32')])
    expect(finding.verdict).to.equal('partly')
    expect(finding.reason).to.include('A run broke off: 5-5 (float32).')
    expect(rule.decide([run('ours', -2), run('ours', null, 'float32')]).verdict).to.equal('not reproduced')
  })
})

describe('a verdict that something else has to bear out', () => {
  const of = (verdict: 'reproduced' | 'not reproduced' | 'not testable') => ({
    says: 'x',
    columns: ['value'],
    decide: () => ({ ...notTestable('x').decide([]), verdict, reason: 'So it is.' }),
  })
  const condition = {
    unless: 'the gap is large',
    columns: ['gap'],
    objection: ([row]: readonly Row[]) => (Number(row!.gap) > 1 ? `the gap is ${row!.gap}` : null),
  }
  const decide = (verdict: 'reproduced' | 'not reproduced' | 'not testable', gap: number) =>
    provided(of(verdict), condition).decide([{ gap }])

  it('stands without an objection, is partly at best with one, and never gets better', () => {
    expect(provided(of('reproduced'), condition)).to.include({ says: 'x; partly at best where the gap is large' })
    expect(provided(of('reproduced'), condition).columns).to.have.members(['value', 'gap'])
    expect(decide('reproduced', 1)).to.include({ verdict: 'reproduced', reason: 'So it is.' })
    expect(decide('reproduced', 2)).to.include({ verdict: 'partly', reason: 'So it is. But the gap is 2.' })
    expect(decide('not reproduced', 2)).to.include({
      verdict: 'not reproduced',
      reason: 'So it is. But the gap is 2.',
    })
    expect(decide('not testable', 2)).to.include({ verdict: 'not testable', reason: 'So it is.' })
  })
})
