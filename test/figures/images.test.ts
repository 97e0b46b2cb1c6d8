import { canonicalJson, fitFigure, images, type Row, redraw } from 'blockwise/dist/figures'
import { expect } from 'chai'

const spec = {
  id: 'weights',
  title: 'Weights',
  table: 'weights',
  series: ['method', 'setting'],
  panel: { column: 'unit', label: 'unit' },
  pixel: { row: 'pixel_row', column: 'pixel_column' },
  value: { column: 'weight', label: 'weight' },
  caption: { source: 'Author 2017, Fig. 4', profile: 'smoke', device: 'CPU' },
}

/** A panel of 2 x 3 pixels. */
const panel = (method: string, unit: number, weights: number[][], setting = ''): Row[] =>
  weights.flatMap((line, r) =>
    line.map((weight, c) => ({ method, setting, unit, pixel_row: r, pixel_column: c, weight })),
  )
const first = [
  [0, 1, 2],
  [-4, 0, 0],
]
const table: Row[] = [
  ...panel('bcd', 0, first),
  ...panel('bcd', 7, [
    [0, 0, 0],
    [0, 0, 0],
  ]),
  ...panel('sgd', 0, first, 'lr=1'),
  ...panel('sgd', 7, first, 'lr=1'),
]

describe('images', () => {
  it('draws a row of panels per series, each against its own largest value, the first pixel on top', () => {
    const { data, layout } = images(table, spec)
    expect(data.map(({ meta }) => meta)).to.deep.equal(
      ['method=bcd|setting=', 'method=sgd|setting=lr=1'].flatMap((key) =>
        [0, 7].map((unit) => ({ id: `weights|${key}|unit=${unit}`, policy: 'close' })),
      ),
    )
    expect(data[0]).to.deep.include({
      x: [0, 1, 2],
      y: [0, 1],
      z: [
        [0, 0.25, 0.5],
        [-1, 0, 0],
      ],
    })
    // Two empty pixels between panels; a panel of zeros stays one.
    expect(data[3]).to.deep.include({ x: [5, 6, 7], y: [4, 5] })
    expect(data[1]!.z).to.deep.equal([
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(layout.xaxis).to.deep.include({ range: [-0.5, 7.5], tickvals: [1, 6], ticktext: ['unit 0', 'unit 7'] })
    expect(layout.yaxis).to.deep.include({ range: [5.5, -0.5], ticktext: ['bcd', 'sgd<br>lr=1'] })
  })

  it('keeps pixels square at any width', () => {
    for (const width of [900, 400]) {
      const { layout } = fitFigure(images(table, spec), width)
      const { l, r, t, b } = layout.margin as { l: number; r: number; t: number; b: number }
      const ratio = ((layout.height as number) - t - b) / (width - l - r)
      expect(ratio).to.be.closeTo(6 / 8, 0.01)
    }
  })

  it('gives the same bytes for pixels in any order, and is redrawn from what it says of itself', () => {
    const figure = images(table, spec)
    const reversed = [0, 6, 12, 18].flatMap((from) => table.slice(from, from + 6).reverse())
    expect(canonicalJson(images(reversed, spec))).to.equal(canonicalJson(figure))
    expect(redraw(figure.meta.drawn, table)).to.deep.equal(figure)
    expect(canonicalJson(fitFigure(fitFigure(figure, 400), 900))).to.equal(canonicalJson(figure))
  })

  it('refuses, by name, what it cannot draw', () => {
    const change = (at: number, to: Row): Row[] => table.map((row, i) => (i === at ? { ...row, ...to } : row))
    expect(() => images([], spec)).to.throw("figure 'weights': the table has no rows")
    expect(() => images([{ method: 'a' }], spec)).to.throw("row 0 has no column 'setting'")
    expect(() => images(table.slice(1), spec)).to.throw('bcd, unit 0 has 5 pixels; expected 2 x 3')
    expect(() => images([...table, table[0]!], spec)).to.throw('bcd, unit 0 has two rows for pixel 0, 0')
    expect(() => images(change(0, { weight: null }), spec)).to.throw('holds null at pixel 0, 0')
    expect(() => images(change(0, { pixel_row: 0.5 }), spec)).to.throw('has a pixel at 0.5, 0')
    expect(() => images(table.slice(0, 18), spec)).to.throw('sgd, lr=1, unit 7 has 0 pixels')
  })
})
