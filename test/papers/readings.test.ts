/** Reading numbers off traces. */
import { atEnd, curvesOf, early, highest, iterationsToChange, shareOfFall } from 'blockwise/dist/papers/curves'
import { bestSetting, leastAlong } from 'blockwise/dist/papers/readings'
import { expect } from 'chai'
import { trace, type Values } from './rows'

const where = { method: 'm' }

describe('reading curves', () => {
  it('sorts by iteration, skips what was not measured, and knows a run that diverged', () => {
    const rows = [...trace([3, null, 1], [3, 2, null], [3, 2])].reverse()
    const curves = curvesOf(rows, where, 'value')
    expect(curves.get(0)).to.deep.equal({
      points: [
        { iteration: 0, value: 3 },
        { iteration: 2, value: 1 },
      ],
      whole: true,
    })
    // an empty last cell, and a run that ends before the longest
    expect([1, 2].map((seed) => curves.get(seed)!.whole)).to.deep.equal([false, false])
    expect([...atEnd(rows, where, 'value').values()].sort()).to.deep.equal([1, null, null])
    expect(() => curvesOf([...rows, ...rows], where, 'value')).to.throw('two rows for seed 2, iteration 1')
    expect(() => curvesOf([{ method: 'm', seed: 0, value: 1 }], where, 'value')).to.throw('has no iteration')
  })

  it('reads ends, beginnings, peaks and shares off them', () => {
    const rows = trace([10, 6, 4, 2, 0], [10, 9, null])
    expect(atEnd(rows, where, 'value', { points: 2, scale: 10 }).get(0)).to.equal(10)
    expect(early(rows, where, 'value', 2).get(0)).to.equal(5)
    // seed 1 was finite for one iteration only
    expect([1, 2].map((until) => early(rows, where, 'value', until).get(1))).to.deep.equal([9, null])
    expect(highest(rows, where, 'value').get(0)).to.equal(10)
    expect(highest(rows, where, 'value', { until: 1, scale: 2 }).get(1)).to.equal(20)
    expect(highest(rows, where, 'value').get(1)).to.equal(null)
    expect(highest(rows, where, 'value', { from: 1, until: 1 }).get(1), 'not that of the start').to.equal(9)
    expect(iterationsToChange(rows, where, 'value', 'lower').get(0)).to.equal(4)
    expect(iterationsToChange(rows, where, 'value', 'higher').get(0)).to.equal(null)
    expect(
      shareOfFall(
        rows,
        where,
        'value',
        (last) => last / 2,
        (v) => v,
      ).get(0),
    ).to.equal(0.6)
    expect(
      shareOfFall(
        trace([1, 2]),
        where,
        'value',
        (last) => last,
        (v) => v,
      ).get(0),
    ).to.equal(null)
  })
})

describe('readings that papers share', () => {
  const at = (setting: string, ...seeds: Values[]) => trace(...seeds).map((row) => ({ ...row, setting }))

  it("choose the best of a sweep, the paper's own setting included, and no setting that diverged", () => {
    const table = [...at('', [0, 0.5], [0, 0.5]), ...at('lr=1', [0, 0.6], [0, 0.5]), ...at('lr=9', [0, 0.9], [0, null])]
    expect(bestSetting(table, { method: 'm' }, 'value')).to.deep.equal({ method: 'm', setting: 'lr=1' })
    expect(bestSetting(at('', [0, null]), { method: 'm' }, 'value')).to.deep.equal({ method: 'm', setting: '' })
  })

  it('take the least value along every run', () => {
    const table = [...at('', [3, 1, 2]), ...at('rho=1', [3, -1, null])].map((row) => ({
      dataset: 'd',
      network: 'n',
      ...row,
    }))
    const found = leastAlong(table, 'm', 'value')
    expect(found.map(({ name, values }) => [name, values.get(0)])).to.deep.equal([
      ['d n', 1],
      ['d n rho=1', null],
    ])
  })
})
