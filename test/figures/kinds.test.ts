import {
  bars,
  canonicalJson,
  curves,
  fitFigure,
  knownMethods,
  type Row,
  styleOf,
  type Trace,
} from 'blockwise/dist/figures'
import { expect } from 'chai'

const caption = { source: 'Author 2017, Fig. 1', profile: 'smoke', device: 'CPU' }
const spec = {
  id: 'loss',
  title: 'Loss',
  table: 'trace',
  x: { column: 'iteration', label: 'iteration', unit: 'count' },
  y: { column: 'loss', label: 'loss', unit: 'squared error' },
  series: ['method', 'setting'],
  seed: 'seed',
  spread: 'range' as const,
  caption,
}
const row = (method: string, seed: number, iteration: number, loss: number | null, setting = ''): Row => ({
  method,
  setting,
  seed,
  iteration,
  loss,
})
const table: Row[] = [row('dlam', 0, 0, 8), row('dlam', 1, 0, 4), row('dlam', 0, 1, 2), row('dlam', 1, 1, 0)]
const named = (traces: readonly Trace[], id: string): Trace => traces.find((trace) => trace.meta.id === id)!

describe('curves', () => {
  it('draws the mean over seeds and a band, with ids made of the key columns', () => {
    const { data } = curves(table, spec)
    expect(data.map((trace) => trace.meta.id)).to.deep.equal(
      ['low', 'high', 'mean'].map((part) => `loss|method=dlam|setting=|${part}`),
    )
    expect(named(data, 'loss|method=dlam|setting=|mean')).to.deep.include({ x: [0, 1], y: [6, 1] })
    expect(named(data, 'loss|method=dlam|setting=|low').y).to.deep.equal([4, 0])
    expect(named(data, 'loss|method=dlam|setting=|high').y).to.deep.equal([8, 2])
    expect(data.every((trace) => trace.meta.policy === 'close')).to.equal(true)
  })

  it('spreads by one sample standard deviation when asked', () => {
    const low = named(curves(table, { ...spec, spread: 'sd' }).data, 'loss|method=dlam|setting=|low')
    expect((low.y as number[])[0]).to.be.closeTo(6 - Math.sqrt(8), 1e-12)
  })

  it('gives the same bytes for rows in another order of iterations', () => {
    const shuffled = [table[3]!, table[0]!, table[2]!, table[1]!]
    expect(canonicalJson(curves(shuffled, spec))).to.equal(canonicalJson(curves(table, spec)))
  })

  it('never averages over fewer seeds than the series has, and says so', () => {
    const diverged = [...table.slice(0, 3), row('dlam', 1, 1, null)]
    const figure = curves(diverged, spec)
    expect(named(figure.data, 'loss|method=dlam|setting=|mean').x).to.deep.equal([0])
    expect(figure.meta.caption).to.include('dlam: 1 points left out where not every seed has a value')
  })

  it('leaves out on a log axis what it cannot show, and says so', () => {
    const figure = curves(table, { ...spec, y: { ...spec.y, log: true } })
    expect(named(figure.data, 'loss|method=dlam|setting=|mean').x).to.deep.equal([0])
    expect(figure.meta.caption).to.include('dlam: 1 points left out that a log axis cannot show')
  })

  it('draws a reference as a dashed line of its own id', () => {
    const { data } = curves(table, { ...spec, references: [{ id: 'published', value: 3, label: 'published: 3' }] })
    expect(data.at(-1)).to.deep.include({
      meta: { id: 'loss|reference=published', policy: 'exact' },
      x: [0, 1],
      y: [3, 3],
    })
  })

  it('puts source, profile, device and units on the figure', () => {
    const { layout, meta } = curves(table, spec)
    expect(meta.caption).to.match(/^Author 2017, Fig. 1 · profile smoke · CPU\. Line: mean over 2 seeds/)
    expect(layout.yaxis).to.deep.include({ title: { text: 'loss [squared error]' } })
  })

  it('refuses a missing column, an empty table, a missing unit, doubled rows and text for a number', () => {
    expect(() => curves([], spec)).to.throw("figure 'loss': the table has no rows")
    expect(() => curves([{ method: 'a' }], spec)).to.throw("row 0 has no column 'setting'; it has method")
    expect(() => curves(table, { ...spec, y: { ...spec.y, unit: ' ' } })).to.throw("axis 'loss' has no unit")
    expect(() => curves([...table, table[0]!], spec)).to.throw("'dlam' has two rows for seed 0 at iteration 0")
    expect(() => curves([{ ...table[0]!, loss: 'high' }], spec)).to.throw("column 'loss' holds 'high'")
  })
})

describe('bars', () => {
  const value = { column: 'error', label: 'test error', unit: '%', scale: 100 }
  const barSpec = {
    id: 'errors',
    title: 'Errors',
    table: 'errors',
    value,
    series: ['method', 'setting'],
    seed: 'seed',
    best: 'lowest' as const,
    digits: 1,
    caption,
  }
  const errors: Row[] = [
    { method: 'sgd', setting: '', seed: 0, error: 0.04 },
    { method: 'sgd', setting: '', seed: 1, error: 0.06 },
    { method: 'sgd', setting: 'lr=0.1', seed: 0, error: 0.02 },
    { method: 'gd', setting: '', seed: 0, error: null },
  ]

  it('draws means in unit, best first, and the seeds', () => {
    const { data, layout } = bars(errors, barSpec)
    expect(data.map((trace) => trace.meta.id)).to.deep.equal([
      'errors|method=sgd|setting=lr=0.1|mean',
      'errors|method=sgd|setting=|mean',
      'errors|method=sgd|setting=|seeds',
    ])
    expect(data[1]).to.deep.include({ x: [5], y: ['sgd'] })
    expect(data[2]!.x).to.deep.equal([4, 6])
    const printed = (layout.annotations as { text: string }[]).map(({ text }) => text)
    expect(printed.slice(0, 2)).to.deep.equal(['2.0', '5.0'])
  })

  it('keeps one colour for a method in all its settings, drawn differently', () => {
    const fill = bars(errors, barSpec)
      .data.slice(0, 2)
      .map((trace) => trace.marker as { color: string; line: { color: string } })
    expect(fill[0]!.line.color).to.equal(fill[1]!.line.color)
    expect(fill[0]!.color).to.not.equal(fill[1]!.color)
  })

  it('names a series without any value instead of dropping it silently', () => {
    expect(bars(errors, barSpec).meta.caption).to.include('gd: no seed has a value')
  })

  it('breaks long settings after semicolons, so that they leave the bars room', () => {
    const setting = 'on_shrink=leave;a_step=clipped;tau_start=0.0001;epsilon_rule=swapped'
    const { data, meta } = bars([{ method: 'dlam', setting, seed: 0, error: 0.04 }], barSpec)
    expect(data[0]!.y).to.deep.equal([
      'dlam<br>on_shrink=leave;a_step=clipped;<br>tau_start=0.0001;<br>epsilon_rule=swapped',
    ])
    expect(meta).to.deep.include({ rows: 2, labelLength: 31 })
  })

  it('has no tick above 100 %', () => {
    const { layout } = bars([{ method: 'gd', setting: '', seed: 0, error: 0.97 }], barSpec)
    expect((layout.xaxis as { tickvals: number[] }).tickvals.at(-1)).to.equal(100)
    expect(bars(errors, barSpec).layout.xaxis).to.not.have.property('tickvals')
  })

  it('refuses two rows of one seed and a negative value', () => {
    expect(() => bars([...errors, errors[0]!], barSpec)).to.throw("'sgd' has two rows for seed 0")
    expect(() => bars([{ ...errors[0]!, error: -1 }], barSpec)).to.throw("holds '-1'; expected a number >= 0 or null")
  })

  it('is composed anew for a phone without gathering titles or captions', () => {
    const wide = bars(errors, barSpec)
    const again = fitFigure(fitFigure(wide, 400), 900)
    expect(canonicalJson(again)).to.equal(canonicalJson(wide))
  })
})

describe('the look of a method', () => {
  it('differs between any two known methods, also without colour', () => {
    const looks = knownMethods.map((name) => JSON.stringify(styleOf(name)))
    expect(new Set(looks).size).to.equal(looks.length)
    const colourless = ['sgd', 'nesterov', 'adagrad', 'rmsprop', 'adadelta', 'adam'].map(
      (n) => styleOf(`caffe-${n}`).symbol,
    )
    expect(new Set(colourless).size).to.equal(6)
  })

  it('is made from the name of an unknown method, the same each time', () => {
    expect(styleOf('newton')).to.deep.equal(styleOf('newton'))
    expect(styleOf('newton')).to.not.deep.equal(styleOf('newton-cg'))
  })
})
