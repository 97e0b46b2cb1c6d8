import { readFileSync } from 'node:fs'
import path from 'node:path'
import { canonicalJson, fitFigure, type Row, redraw, scatterFit, type Trace } from 'blockwise/dist/figures'
import { leastSquares } from 'blockwise/dist/figures/least-squares'
import { uncertainText } from 'blockwise/dist/figures/number-text'
import { expect } from 'chai'
import fc from 'fast-check'

const spec = {
  id: 'time',
  title: 'Time',
  table: 'times',
  x: { column: 'n', label: 'samples N', unit: 'count' },
  y: { column: 'seconds', label: 'time', unit: 's' },
  series: ['method', 'setting'],
  seed: 'seed',
  spread: 'range' as const,
  caption: { source: 'Author 2017, Table 2', profile: 'smoke', device: 'CPU' },
}
const logarithmic = { ...spec, x: { ...spec.x, log: true }, y: { ...spec.y, log: true } }
const row = (method: string, seed: number, n: number, seconds: number | null, setting = ''): Row => ({
  method,
  setting,
  seed,
  n,
  seconds,
})
/** Means 1, 3, 3 at 0, 1, 2: slope 1, intercept 4/3, squared residuals 1/9, 4/9, 1/9. */
const table: Row[] = [
  row('dlam', 0, 0, 0),
  row('dlam', 1, 0, 2),
  row('dlam', 0, 1, 2),
  row('dlam', 1, 1, 4),
  row('dlam', 0, 2, 3),
  row('dlam', 1, 2, 3),
]
const named = (traces: readonly Trace[], id: string): Trace => traces.find((trace) => trace.meta.id === id)!
const points = 'time|method=dlam|setting=|mean'
const line = 'time|method=dlam|setting=|fit|line'

interface Case {
  readonly x: number[]
  readonly y: number[]
  readonly log: boolean
  readonly slope: number
  readonly slopeError: number
  readonly r2: number
  readonly ends: [number, number]
}
const { cases } = JSON.parse(
  readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'scatter-fit', 'scatter-fit.json'), 'utf8'),
) as { cases: Record<string, Case> }

describe('least squares', () => {
  it('agrees with the closed form', () => {
    const fit = leastSquares([0, 1, 2], [1, 3, 3])!
    expect(fit.slope).to.be.closeTo(1, 1e-15)
    expect(fit.intercept).to.be.closeTo(4 / 3, 1e-15)
    // Squared residuals 2/3 over one degree of freedom and Sxx = 2; total sum of squares 8/3.
    expect(fit.slopeError).to.be.closeTo(Math.sqrt(1 / 3), 1e-15)
    expect(fit.r2).to.be.closeTo(0.75, 1e-15)
  })

  it('has no standard error from two points, no R² of a constant, and no line at a single x', () => {
    expect(leastSquares([1, 2], [1, 4])).to.deep.equal({ slope: 3, intercept: -2, slopeError: null, r2: 1 })
    expect(leastSquares([1, 2, 3], [0.1, 0.1, 0.1])).to.include({ r2: null })
    expect(leastSquares([5, 5], [1, 2])).to.equal(null)
    expect(leastSquares([], [])).to.equal(null)
  })

  for (const [name, { x, y, log, slope, slopeError, r2 }] of Object.entries(cases))
    it(`agrees with NumPy: ${name}`, () => {
      const fit = log ? leastSquares(x.map(Math.log10), y.map(Math.log10))! : leastSquares(x, y)!
      expect(fit.slope / slope).to.be.closeTo(1, 1e-10)
      expect(fit.slopeError! / slopeError).to.be.closeTo(1, 1e-10)
      expect(fit.r2).to.be.closeTo(r2, 1e-10)
    })
})

describe('scatter with fit', () => {
  it("draws means, the seeds' spread as error bars, and the line as a trace of its own", () => {
    const { data, layout, meta } = scatterFit(table, spec)
    expect(data.map((trace) => trace.meta)).to.deep.equal([
      { id: points, policy: 'close' },
      { id: line, policy: 'close' },
    ])
    expect(named(data, points)).to.deep.include({ name: 'dlam', x: [0, 1, 2], y: [1, 3, 3] })
    expect(named(data, points).error_y).to.deep.include({ array: [1, 1, 0], arrayminus: [1, 1, 0] })
    expect(named(data, line)).to.deep.include({ name: 'fit: slope 1.00 ± 0.58, R² 0.7500', x: [0, 2] })
    const [from, to] = named(data, line).y as [number, number]
    expect(from).to.be.closeTo(4 / 3, 1e-12)
    expect(to).to.be.closeTo(10 / 3, 1e-12)
    expect(meta.legend).to.deep.equal(['dlam', 'fit: slope 1.00 ± 0.58, R² 0.7500'])
    expect(meta.caption).to.equal(
      'Author 2017, Table 2 · profile smoke · CPU. Point: mean over 2 seeds; error bar: lowest to highest seed. Line: least squares through the means; slope ± standard error in s per count.',
    )
    expect(layout.xaxis).to.deep.include({ title: { text: 'samples N [count]' }, type: 'linear' })
  })

  for (const [name, { x, y, log, ends }] of Object.entries(cases))
    it(`draws NumPy's line: ${name}`, () => {
      const rows = x.map((n, i) => row('dlam', 0, n, y[i]!))
      const drawn = named(scatterFit(rows, log ? logarithmic : spec).data, line)
      expect(drawn.x).to.deep.equal([Math.min(...x), Math.max(...x)])
      for (const [i, value] of (drawn.y as number[]).entries()) expect(value / ends[i]!).to.be.closeTo(1, 1e-8)
    })

  it('fits a power law on logarithmic axes and gives its exponent', () => {
    const rows = [1, 2, 4, 8].map((n) => row('dlam', 0, n, 6 * n ** -1.5))
    const { data, layout, meta } = scatterFit(rows, logarithmic)
    expect(named(data, line).name).to.match(/^fit: slope -1\.50000 ± \S+e-\d+, R² 1\.0000$/)
    expect((named(data, line).y as number[])[0]).to.be.closeTo(6, 1e-12)
    expect(layout.xaxis).to.include({ type: 'log' })
    expect(layout.xaxis).to.deep.include({ ticktext: ['1', '2', '5'] })
    expect(meta.caption).to.include('slope: exponent ± standard error')
  })

  it('labels a logarithmic x axis sparsely: on a phone 40,000 and 50,000 would touch', () => {
    const rows = [11e3, 22e3, 55e3].map((n) => row('dlam', 0, n, n))
    const { layout } = scatterFit(rows, logarithmic)
    expect(layout.xaxis).to.deep.include({ ticktext: ['15,000', '20,000', '30,000', '40,000'] })
    expect((layout.yaxis as { ticktext: string[] }).ticktext).to.include('50,000')
  })

  it('scales both axes before it fits, and spreads by one sample standard deviation when asked', () => {
    const scaled = { ...spec, x: { ...spec.x, scale: 2 }, y: { ...spec.y, scale: 10 }, spread: 'sd' as const }
    const { data } = scatterFit(table, scaled)
    expect(named(data, points)).to.deep.include({ x: [0, 2, 4], y: [10, 30, 30] })
    const { array } = named(data, points).error_y as { array: number[] }
    expect(array[0]).to.be.closeTo(Math.sqrt(200), 1e-12)
    expect(named(data, line).name).to.include('slope 5.0 ± 2.9,')
  })

  it('has no error bar for a single seed, and says so', () => {
    const alone = scatterFit(
      table.filter(({ seed }) => seed === 0),
      spec,
    )
    expect(named(alone.data, points)).to.not.have.property('error_y')
    expect(alone.meta.caption).to.include('CPU. One seed, so no error bars.')
    const mixed = scatterFit([...table, row('sgd', 0, 0, 1), row('sgd', 0, 1, 2), row('sgd', 0, 2, 1)], spec)
    expect(named(mixed.data, 'time|method=sgd|setting=|mean')).to.not.have.property('error_y')
    expect(mixed.meta.caption).to.include('error bar: lowest to highest seed, none where there is one seed.')
  })

  it('leaves out a point unless every seed has a value, and names it', () => {
    const figure = scatterFit(
      [...table, row('dlam', 0, 3000, 9), row('dlam', 1, 3000, null), row('dlam', 0, 5, 9)],
      spec,
    )
    expect(named(figure.data, points).x).to.deep.equal([0, 1, 2])
    expect(figure.meta.caption).to.include('dlam: left out where not every seed has a value: n=5, n=3,000.')
  })

  it('leaves out and names what a log axis cannot show', () => {
    const figure = scatterFit([...table.slice(2), row('dlam', 0, 4, 0), row('dlam', 1, 4, 1)], logarithmic)
    expect(named(figure.data, points).x).to.deep.equal([1, 2])
    expect(figure.meta.caption).to.include('dlam: left out, as a log axis cannot show it: n=4.')
  })

  it('says where two points leave no error, and where there is no line', () => {
    const two = scatterFit([row('dlam', 0, 1, 1), row('dlam', 0, 2, 3)], spec)
    expect(named(two.data, line).name).to.equal('fit: slope 2.000, R² 1.0000')
    expect(two.meta.caption).to.include('dlam: two points leave no standard error.')
    const one = scatterFit([row('dlam', 0, 1, 1)], spec)
    expect(one.data.map(({ meta }) => meta.id)).to.deep.equal([points])
    expect(one.meta.caption).to.include('dlam: no line, which needs two different x.')
  })

  it('keeps the colour of a method in all its settings, with other markers and dashes', () => {
    const settings = ['', 'rho=0.1', 'rho=1', 'rho=10', 'rho=100']
    const rows = settings.flatMap((setting) => [1, 2, 3].map((n) => row('dlam', 0, n, n, setting)))
    const { data } = scatterFit(rows, spec)
    const looks = data.map(({ marker, line }) => (marker ?? line) as { color: string; symbol?: string; dash?: string })
    expect(new Set(looks.map(({ color }) => color)).size).to.equal(1)
    expect(looks.flatMap(({ symbol }) => symbol ?? [])).to.deep.equal([
      'star',
      'star-open',
      'star-dot',
      'star-open-dot',
      'circle',
    ])
    expect(new Set(looks.flatMap(({ dash }) => dash ?? [])).size).to.equal(5)
  })

  it('gives the same bytes for rows in any order', () => {
    const rows = [...table, ...table.map((each) => ({ ...each, setting: 'rho=0.1' })), row('adam', 0, 1, 0.3)]
    const text = canonicalJson(scatterFit(rows, spec))
    fc.assert(
      fc.property(
        fc.shuffledSubarray(rows, { minLength: rows.length }),
        (shuffled) => canonicalJson(scatterFit(shuffled, spec)) === text,
      ),
      { numRuns: 20 },
    )
  })

  it('is redrawn from what it says of itself, and composed anew for a phone', () => {
    for (const each of [spec, logarithmic, { ...spec, where: { seed: 1 }, policy: 'timing' as const }]) {
      const figure = scatterFit(table, each)
      expect(redraw(figure.meta.drawn, table)).to.deep.equal(figure)
      expect(canonicalJson(fitFigure(fitFigure(figure, 400), 900))).to.equal(canonicalJson(figure))
    }
    const { data } = scatterFit(table, { ...spec, where: { seed: 1 }, policy: 'timing' })
    expect(named(data, points)).to.deep.include({ meta: { id: points, policy: 'timing' }, y: [2, 4, 3] })
  })

  it('refuses, by name, what it cannot draw', () => {
    expect(() => scatterFit([], spec)).to.throw("figure 'time': the table has no rows")
    expect(() => scatterFit(table, { ...spec, where: { seed: 7 } })).to.throw('no row has seed=7')
    expect(() => scatterFit([{ method: 'a' }], spec)).to.throw("row 0 has no column 'setting'; it has method")
    expect(() => scatterFit(table, { ...spec, y: { ...spec.y, unit: ' ' } })).to.throw("axis 'seconds' has no unit")
    expect(() => scatterFit(table, { ...spec, x: logarithmic.x })).to.throw(
      "x is logarithmic and y is linear; expected 'log' on both axes for a power law, or on neither for a straight line",
    )
    expect(() => scatterFit(table, { ...spec, series: [] })).to.throw("'series' names no column")
    expect(() => scatterFit([...table, table[0]!], spec)).to.throw("'dlam' has two rows for seed 0 at n 0")
    expect(() => scatterFit([{ ...table[0]!, seconds: 'long' }], spec)).to.throw("column 'seconds' holds 'long'")
    expect(() => scatterFit([{ ...table[0]!, n: null }], spec)).to.throw(
      "column 'n' holds null; expected a finite number",
    )
  })
})

describe('a slope with its error', () => {
  it('is written to two digits of the error, small and large ones with one power of ten', () => {
    expect(uncertainText(0.98412, 0.01234)).to.equal('0.984 ± 0.012')
    expect(uncertainText(-1234.5, 67.8)).to.equal('-1,235 ± 68')
    expect(uncertainText(6.8012e-5, 2.1e-7)).to.equal('(6.801 ± 0.021)e-5')
    expect(uncertainText(2, 0)).to.equal('2.00000 ± 0')
  })
})
