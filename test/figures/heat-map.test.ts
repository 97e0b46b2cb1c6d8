import { canonicalJson, fitFigure, heatMap, type Row, redraw, type Trace } from 'blockwise/dist/figures'
import { cellColor, colorScale, stopsOf, textColor } from 'blockwise/dist/figures/color-scale'
import { logTicks } from 'blockwise/dist/figures/log-axis'
import { alignedText, exactText, numberText } from 'blockwise/dist/figures/number-text'
import { expect } from 'chai'
import fc from 'fast-check'

const spec = {
  id: 'table2',
  title: 'Time',
  table: 'times',
  x: { column: 'n', label: 'samples N', unit: 'count' },
  y: { column: 'rho', label: 'penalty rho', unit: '1' },
  value: { column: 'seconds', label: 'time', unit: 's' },
  meaning: 'amount' as const,
  seed: 'seed',
  digits: 3,
  caption: { source: 'Author 2017, Table 2', profile: 'smoke', device: 'CPU' },
}
const row = (n: number, rho: number, seed: number, seconds: number | null): Row => ({ n, rho, seed, seconds })
const table: Row[] = [
  row(9000, 0.1, 0, 1),
  row(9000, 0.1, 1, 2),
  row(10000, 0.1, 0, 3),
  row(10000, 0.1, 1, 5),
  row(9000, 1e-5, 0, 0.25),
  row(9000, 1e-5, 1, 0.75),
  row(10000, 1e-5, 0, 0.5),
  row(10000, 1e-5, 1, 1.5),
]
const ratio = { ...spec, meaning: 'ratio' as const, value: { column: 'seconds', label: 'ours / theirs', unit: '1' } }
const printed = ({ layout }: ReturnType<typeof heatMap>): { x: number; y: number; text: string }[] =>
  (layout.annotations as { name: string; x: number; y: number; text: string }[])
    .filter(({ name }) => name === 'cell')
    .map(({ x, y, text }) => ({ x, y, text }))
const bar = ({ layout }: ReturnType<typeof heatMap>) =>
  layout.coloraxis as { cmin: number; cmax: number; colorbar: { tickvals: number[]; ticktext: string[] } }

describe('heat map', () => {
  it('draws the mean over seeds in each cell, numbers ascending, and prints it', () => {
    const figure = heatMap(table, spec)
    expect(figure.data).to.have.length(1)
    expect(figure.data[0]).to.deep.include({
      meta: { id: 'table2|n|rho|mean', policy: 'close' },
      x: ['9,000', '10,000'],
      y: ['1e-5', '0.1'],
      z: [
        [0.5, 1],
        [1.5, 4],
      ],
    })
    expect(printed(figure)).to.deep.equal([
      { x: 0, y: 0, text: '0.50' },
      { x: 1, y: 0, text: '1.00' },
      { x: 0, y: 1, text: '1.50' },
      { x: 1, y: 1, text: '4.00' },
    ])
    expect(bar(figure)).to.deep.include({ cmin: 0.5, cmax: 4 })
  })

  it('puts names in the order of the alphabet, the first on top, and scales the values', () => {
    const rows = ['W10', 'W2'].flatMap((layer) =>
      ['sgd', 'dlam'].map((method) => ({ layer, method, seed: 0, share: 0.5 })),
    )
    const { data, layout, meta } = heatMap(rows, {
      ...spec,
      x: { column: 'layer', label: 'layer' },
      y: { column: 'method', label: 'method' },
      value: { column: 'share', label: 'non-zero', unit: '%', scale: 100 },
    })
    expect(data[0]).to.deep.include({ x: ['W2', 'W10'], y: ['sgd', 'dlam'] })
    expect(data[0]!.z).to.deep.equal([
      [50, 50],
      [50, 50],
    ])
    expect(layout.xaxis).to.deep.include({ title: { text: 'layer' }, categoryarray: ['W2', 'W10'] })
    expect(meta.caption).to.match(/CPU\. One seed\.$/)
  })

  it('states the units of both axes and of the colours, the source and the seeds', () => {
    const { layout, meta } = heatMap(table, spec)
    expect(layout.xaxis).to.deep.include({ title: { text: 'samples N [count]' } })
    expect(layout.yaxis).to.deep.include({ title: { text: 'penalty rho [1]' } })
    expect(
      (layout.annotations as { name: string; text: string }[]).find(({ name }) => name === 'color bar')!.text,
    ).to.equal('time [s]')
    expect(meta.caption).to.equal('Author 2017, Table 2 · profile smoke · CPU. Cell: mean over 2 seeds.')
  })

  it('leaves a cell empty unless every seed has a value, and names it', () => {
    const gaps = [
      row(9000, 0.1, 0, null),
      ...table.slice(1, 4),
      row(9000, 1e-5, 0, Number.NaN),
      row(9000, 1e-5, 1, null),
    ]
    const figure = heatMap(gaps, spec)
    expect(figure.data[0]!.z).to.deep.equal([
      [null, null],
      [null, 4],
    ])
    expect(printed(figure)).to.deep.equal([{ x: 1, y: 1, text: '4.00' }])
    expect(figure.meta.caption)
      .to.include('Empty, as no seed has a value: n=9,000 rho=1e-5; n=10,000 rho=1e-5.')
      .and.include('Empty, as not every seed has a value: n=9,000 rho=0.1.')
  })

  it('parts ratios at 1 on a logarithmic scale: twice and half stand alike', () => {
    const rows = [row(1, 1, 0, 0.5), row(2, 1, 0, 1), row(3, 1, 0, 4)]
    const figure = heatMap(rows, ratio)
    expect(figure.data.map(({ meta }) => meta)).to.deep.equal([
      { id: 'table2|n|rho|mean', policy: 'close' },
      { id: 'table2|scale', policy: 'exact' },
    ])
    expect(figure.data[0]).to.deep.include({ zmin: 0.25, zmax: 4 })
    expect(bar(figure).cmin).to.be.closeTo(-Math.log10(4), 1e-12)
    expect(bar(figure).cmax).to.be.closeTo(Math.log10(4), 1e-12)
    expect(bar(figure).colorbar.ticktext).to.deep.equal(['0.5', '1', '2'])
    const scale = colorScale([0.5, 1, 4], 'ratio', true)
    expect(cellColor(scale, 1)).to.equal('#f7f7f7')
    expect([cellColor(scale, 0.25), cellColor(scale, 4)]).to.deep.equal(['#053061', '#67001f'])
    expect([cellColor(scale, 0.5), cellColor(scale, 2)]).to.deep.equal(['#6bacd1', '#e58368'])
  })

  it('parts differences at 0, and spreads amounts from the lowest to the highest', () => {
    expect(colorScale([-1, 3], 'difference', false)).to.include({ low: -3, high: 3, log: false })
    expect(cellColor(colorScale([-1, 3], 'difference', false), 0)).to.equal('#f7f7f7')
    expect(colorScale([2, 5], 'amount', true)).to.include({ low: 2, high: 5, log: true })
    // A scale of one value still has two ends.
    for (const meaning of ['amount', 'difference', 'ratio'] as const)
      for (const value of [1, 7]) {
        const { low, high } = colorScale([value], meaning, meaning === 'ratio')
        expect(low).to.be.lessThan(high)
      }
  })

  it('gives plotly stops whose straight pieces follow the logarithm', () => {
    const scale = colorScale([1e-4, 100], 'amount', true)
    const stops = stopsOf(scale)
    const channel = (color: string, from: number): number => Number.parseInt(color.slice(from, from + 2), 16)
    expect(stops[0]).to.deep.equal([0, '#ffffd9'])
    expect(stops.at(-1)).to.deep.equal([1, '#081d58'])
    for (const [i, [at, color]] of stops.entries()) {
      if (i > 0) expect(at).to.be.greaterThan(stops[i - 1]![0])
      const cell = cellColor(scale, scale.low + at * (scale.high - scale.low))
      for (const from of [1, 3, 5]) expect(channel(cell, from)).to.be.closeTo(channel(color, from), 1)
    }
  })

  it('prints a value readably on any colour of any scale', () => {
    const luminance = (color: string): number =>
      [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
        const c = Number.parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16) / 255
        return sum + weight * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      }, 0)
    const meanings = fc.constantFrom('amount' as const, 'difference' as const)
    fc.assert(
      fc.property(meanings, fc.double({ min: -1, max: 1, noNaN: true }), (meaning, value) => {
        const background = cellColor(colorScale([-1, 1], meaning, false), value)
        const [a, b] = [background, textColor(background)].map((color) => luminance(color) + 0.05) as [number, number]
        return Math.max(a, b) / Math.min(a, b) >= 4.5
      }),
    )
  })

  it('gives the same bytes for rows in any order', () => {
    const text = canonicalJson(heatMap(table, ratio))
    fc.assert(
      fc.property(
        fc.shuffledSubarray(table, { minLength: table.length }),
        (rows) => canonicalJson(heatMap(rows, ratio)) === text,
      ),
      { numRuns: 20 },
    )
  })

  it('is redrawn from what it says of itself, and composed anew for a phone', () => {
    for (const each of [spec, ratio, { ...spec, where: { rho: 0.1 }, policy: 'timing' as const }]) {
      const figure = heatMap(table, each)
      expect(redraw(figure.meta.drawn, table)).to.deep.equal(figure)
      expect(canonicalJson(fitFigure(fitFigure(figure, 400), 900))).to.equal(canonicalJson(figure))
    }
    const [trace] = heatMap(table, { ...spec, where: { rho: 0.1 }, policy: 'timing' }).data as [Trace]
    expect(trace).to.deep.include({ meta: { id: 'table2|n|rho|mean', policy: 'timing' }, y: ['0.1'], z: [[1.5, 4]] })
  })

  it('sets long column labels on end and small type in small cells, each at its width', () => {
    const names = ['784-1500-1500-1500-10', '784-100-100-10', '784-500-500-10', '784-784-10', '784-10']
    const rows = names.map((network) => ({ network, rho: 1, seed: 0, seconds: 123.456 }))
    const wide = heatMap(rows, { ...spec, x: { column: 'network', label: 'network' }, digits: 6 })
    const narrow = fitFigure(wide, 400)
    const look = ({ layout }: typeof wide) => ({
      angle: (layout.xaxis as { tickangle: number }).tickangle,
      size: (layout.annotations as { font: { size: number } }[])[0]!.font.size,
    })
    expect(look(heatMap(table, spec))).to.deep.equal({ angle: 0, size: 17 })
    expect(look(wide)).to.deep.equal({ angle: -90, size: 17 })
    expect(look(narrow).angle).to.equal(-90)
    expect(look(narrow).size).to.be.within(9, 12)
  })

  it('refuses, by name, what it cannot draw', () => {
    expect(() => heatMap([], spec)).to.throw("figure 'table2': the table has no rows")
    expect(() => heatMap(table, { ...spec, where: { rho: 7 } })).to.throw('no row has rho=7')
    expect(() => heatMap([{ n: 1, rho: 1, seed: 0 }], spec)).to.throw("row 0 has no column 'seconds'")
    expect(() => heatMap(table, { ...spec, x: { column: 'n', label: 'N' } })).to.throw("axis 'n' has no unit")
    expect(() => heatMap(table, { ...spec, value: { ...spec.value, unit: '' } })).to.throw("axis 'seconds' has no unit")
    const named = [{ n: 'many', rho: 1, seed: 0, seconds: 1 }]
    expect(() => heatMap(named, spec)).to.throw("column 'n' holds names, which have no unit; leave out 'count'")
    expect(() => heatMap([...named, ...table], spec)).to.throw(
      "column 'n' holds 9000 among values that are not all numbers",
    )
    expect(() => heatMap([{ ...table[0]!, n: null }], spec)).to.throw("column 'n' holds null among")
    expect(() => heatMap([...table, table[0]!], spec)).to.throw(
      "the cell n 9000, rho 0.1 has two rows for seed 0; narrow the table with 'where'",
    )
    expect(() => heatMap([{ ...table[0]!, seconds: 'long' }], spec)).to.throw("column 'seconds' holds 'long'")
    expect(() => heatMap([row(1, 2, 0, 0)], ratio)).to.throw(
      "column 'seconds' holds 0 at n 1, rho 2; a ratio needs numbers above 0",
    )
    const log = { ...spec, value: { ...spec.value, log: true } }
    expect(() => heatMap([row(1, 2, 0, -3)], log)).to.throw('holds -3 at n 1, rho 2; a log scale needs numbers above 0')
    expect(() => heatMap(table, { ...log, meaning: 'difference' })).to.throw("leave out 'log'")
    expect(() => heatMap([row(1, 2, 0, null), row(1, 2, 1, 4)], spec)).to.throw(
      "no cell has a value of 'seconds' for each of 2 seeds",
    )
  })
})

describe('numbers in cells and on colour bars', () => {
  it('are written to significant digits, to common decimals, or in full', () => {
    expect([0.1699, 55123, 0.0000681, -2.5e7, 999.9, 0].map((value) => numberText(value, 3))).to.deep.equal([
      '0.170',
      '55,100',
      '6.81e-5',
      '-2.50e7',
      '1,000',
      '0',
    ])
    expect([3.7504, 0.1692, -0.001].map(alignedText([3.7504, -0.2], 3))).to.deep.equal(['3.75', '0.17', '0.00'])
    expect([1e-9, 3e-8].map(alignedText([1e-9, 3e-8], 2))).to.deep.equal(['1.0e-9', '3.0e-8'])
    expect([55000, 0.0001, 1e-7, 123456.75, 2.5e6].map(exactText)).to.deep.equal([
      '55,000',
      '0.0001',
      '1e-7',
      '123,456.75',
      '2.5e6',
    ])
  })

  it('are ticked at powers of ten, at round values within a decade or two, and evenly within less', () => {
    expect(logTicks(2e-11, 1)).to.deep.equal([1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1])
    expect(logTicks(1e-2, 1e2)).to.deep.equal([0.01, 0.1, 1, 10, 100])
    expect(logTicks(1 / 3, 3)).to.deep.equal([0.5, 1, 2])
    expect(logTicks(0.97, 1 / 0.97)).to.deep.equal([0.98, 1, 1.02])
  })
})
