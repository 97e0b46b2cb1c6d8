import { canonicalFigure, canonicalJson, type Json } from 'blockwise/dist/figures'
import { type CompareOptions, compareFigures, type FigureComparison } from 'blockwise/dist/figures/compare'
import { expect } from 'chai'
import fc from 'fast-check'

interface Options {
  readonly policy?: string
  readonly log?: boolean
  readonly [meta: string]: unknown
}

const trace = (id: string, x: unknown, y: unknown, { policy = 'close', ...meta }: Options = {}, rest: object = {}) => ({
  type: 'scatter',
  meta: { id, policy, ...meta },
  x,
  y,
  ...rest,
})
type Trace = ReturnType<typeof trace>
const figure = (data: readonly Trace[], log = false, layout: object = {}) => ({
  data,
  layout: { xaxis: { type: 'linear' }, yaxis: { type: log ? 'log' : 'linear' }, ...layout },
})
const only = (comparison: FigureComparison) => comparison.traces[0]!
const one = (y: readonly unknown[], meta: Options = {}, log = false, x: readonly unknown[] = y.map((_, i) => i)) =>
  figure([trace('f|method=dlam|mean', x, y, meta)], log)
const status = (before: unknown, after: unknown, options?: CompareOptions) =>
  compareFigures(before, after, options).status

/** Values of any size and sign that a figure may hold, six digits long. */
const value = fc
  .tuple(fc.integer({ min: 100000, max: 999999 }), fc.integer({ min: -30, max: 20 }), fc.boolean())
  .map(([digits, exponent, negative]) => (negative ? -1 : 1) * Number(`${digits}e${exponent}`))
const positive = value.map(Math.abs)
const anything = fc.oneof(value, fc.constantFrom(null, 'NaN', 'Infinity', '-Infinity', 0))
const figures = fc.array(fc.array(anything, { maxLength: 12 }), { maxLength: 5 }).map((ys) =>
  figure(
    ys.map((y, i) =>
      trace(
        `f|method=m${i}|mean`,
        y.map((_, k) => k),
        y,
      ),
    ),
  ),
)

describe('comparing figures', () => {
  it('finds a figure the same as itself, whatever it holds', () => {
    fc.assert(
      fc.property(
        figures,
        fc.constantFrom('exact', 'close', 'band', 'timing'),
        fc.boolean(),
        (f, policy, otherMachine) => {
          const held = { ...f, data: f.data.map((t) => ({ ...t, meta: { ...t.meta, policy } })) }
          const found = compareFigures(held, structuredClone(held), { otherMachine })
          expect(found.status).to.equal('same')
          expect(found.traces.map((t) => t.status)).to.deep.equal(f.data.map(() => 'same'))
          expect(found.cosmetic).to.deep.equal([])
        },
      ),
    )
  })

  for (const log of [false, true])
    it(`never calls a perturbation under the tolerance changed, and one over it always, on a ${log ? 'log' : 'linear'} axis`, () => {
      fc.assert(
        fc.property(
          fc.array(positive, { minLength: 1, maxLength: 8 }),
          fc.nat(),
          fc.double({ min: 1e-9, max: 0.3, noNaN: true }),
          fc.double({ min: -1, max: 1, noNaN: true }),
          fc.boolean(),
          (y, at, rtol, share, negative) => {
            const index = at % y.length
            const sign = negative && !log ? -1 : 1
            const values = y.map((v) => sign * v)
            const moved = (by: number) =>
              values.map((v, i) => (i !== index ? v : log ? v * Math.exp(by * rtol) : v + by * rtol * Math.abs(v)))
            const meta = { policy: 'close', rtol, atol: 0 }
            expect(status(one(values, meta, log), one(moved(share * 0.999), meta, log))).to.not.equal('changed')
            const over = (share < 0 ? -1 : 1) * (1.001 + Math.abs(share))
            const found = only(compareFigures(one(values, meta, log), one(moved(over), meta, log)))
            expect(found.status).to.equal('changed')
            expect(found.worst!.where).to.equal(`y at x = ${index}`)
          },
        ),
      )
    })

  it('adds the absolute to the relative tolerance on a linear axis, and knows no absolute one on a log axis', () => {
    const meta = { policy: 'close', rtol: 0.01, atol: 0.1 }
    expect(status(one([0, 1], meta), one([0.0999, 1.1], meta))).to.equal('within tolerance')
    expect(status(one([0, 1], meta), one([0.11, 1], meta))).to.equal('changed')
    expect(status(one([1e-9], meta, true), one([1e-8], meta, true))).to.equal('changed')
  })

  it('depends neither on the order of traces nor on that of keys', () => {
    const reversed = (json: unknown): unknown =>
      Array.isArray(json)
        ? json.map(reversed)
        : json !== null && typeof json === 'object'
          ? Object.fromEntries(
              Object.entries(json)
                .reverse()
                .map(([k, v]) => [k, reversed(v)]),
            )
          : json
    fc.assert(
      fc.property(figures, figures, (a, b) => {
        const plain = compareFigures(a, b)
        const shuffled = compareFigures(reversed({ ...a, data: [...a.data].reverse() }), reversed(b))
        const byId = (c: FigureComparison) => [...c.traces].sort((s, t) => (s.id < t.id ? -1 : 1))
        expect(shuffled.status).to.equal(plain.status)
        expect(byId(shuffled)).to.deep.equal(byId(plain))
      }),
    )
  })

  it('compares the canonical form as it compares the figure, and the canonical form is its own', () => {
    fc.assert(
      fc.property(figures, (f) => {
        const text = canonicalJson(f as Json)
        expect(canonicalJson(JSON.parse(text) as Json)).to.equal(text)
        expect(status(f, JSON.parse(text))).to.equal('same')
        expect(canonicalFigure(canonicalFigure(f as Json))).to.deep.equal(canonicalFigure(f as Json))
      }),
    )
  })

  it('finds and names each kind of damage', () => {
    const y = [8, 4, 2, 1]
    const two = figure([
      trace('f|method=a|mean', [0, 1, 2, 3], y),
      trace('f|method=b|mean', [0, 1, 2, 3], [9, 5, 3, 2]),
    ])
    const damaged = (change: (data: Trace[]) => Trace[]) =>
      compareFigures(two, { ...two, data: change(structuredClone(two.data) as Trace[]) })

    const point = damaged(([a, b]) => [{ ...a!, y: [8, 4, 2.04, 1] }, b!])
    expect(point.status).to.equal('changed')
    expect(only(point)).to.deep.include({ id: 'f|method=a|mean', status: 'changed', policy: 'close' })
    expect(only(point).worst).to.deep.equal({ where: 'y at x = 2', old: '2', new: '2.04', by: '+2 %' })
    expect(only(point).reason).to.equal('1 of 8 values differ by more than 0.0001 of the value')

    const noise = damaged((data) => data.map((t) => ({ ...t, y: (t.y as number[]).map((v) => v * (1 + 1e-6)) })))
    expect(noise.status).to.equal('within tolerance')

    const gone = damaged(([a]) => [a!])
    expect([gone.status, gone.traces[1]!.status]).to.deep.equal(['changed', 'missing'])

    const swapped = damaged(([a, b]) => [
      { ...a!, y: b!.y },
      { ...b!, y: a!.y },
    ])
    expect(swapped.traces.map((t) => t.status)).to.deep.equal(['changed', 'changed'])

    const renamed = damaged(([a, b]) => [a!, { ...b!, meta: { ...b!.meta, id: 'f|method=c|mean' } }])
    expect(renamed.traces.map((t) => [t.id, t.status])).to.deep.equal([
      ['f|method=a|mean', 'same'],
      ['f|method=b|mean', 'missing'],
      ['f|method=c|mean', 'new'],
    ])

    const half = damaged(([a, b]) => [{ ...a!, x: [0, 1], y: [8, 4] }, b!])
    expect(only(half)).to.deep.include({ status: 'changed', reason: '2 of 4 points are gone, the first: x at y = 2' })

    const shifted = damaged(([a, b]) => [{ ...a!, x: [0, 1, 2, 4] }, b!])
    expect(only(shifted).worst).to.deep.include({ where: 'x at y = 1', old: '3', new: '4' })
  })

  it('treats gaps, infinities, dates and categories each as what they are', () => {
    expect(status(one([1, null]), one([1, 'NaN']))).to.equal('same')
    expect(only(compareFigures(one([1, null]), one([1, 2]))).worst).to.deep.include({ old: 'gap', new: '2' })
    expect(status(one([1, 'Infinity']), one([1, 'Infinity']))).to.equal('same')
    expect(status(one([1, 'Infinity']), one([1, '-Infinity']))).to.equal('changed')
    expect(status(one([1, 'Infinity']), one([1, 5]))).to.equal('changed')
    const onX = (x: unknown[]) => ({ ...one([1, 2], {}, false, x), layout: {} })
    expect(status(onX(['2020-01-01', '2020-01-02']), onX(['2020-01-01 00:00', '2020-01-02T00:00:00Z']))).to.equal(
      'same',
    )
    expect(
      only(compareFigures(onX(['2020-01-01', '2020-01-02']), onX(['2020-01-01', '2020-01-03']))).worst,
    ).to.deep.include({
      where: 'x at y = 2',
      old: '2020-01-02',
      new: '2020-01-03',
      by: '+86400 s',
    })
    expect(status(onX(['a', 'b']), onX(['a', 'b']))).to.equal('same')
    expect(only(compareFigures(onX(['a', 'b']), onX(['a', 'c']))).worst).to.deep.include({ old: "'b'", new: "'c'" })
    expect(status(one([]), one([]))).to.equal('same')
    expect(status(figure([]), figure([]))).to.equal('same')
  })

  it('sees error bars, matrices, encoded arrays, subplots, kinds and hidden traces', () => {
    const withBars = (array: number[]) =>
      figure([trace('f|a|mean', [0, 1], [1, 2], {}, { error_y: { type: 'data', array } })])
    expect(only(compareFigures(withBars([0.1, 0.2]), withBars([0.1, 0.3]))).worst).to.deep.include({
      where: 'error_y.array at x = 1',
      by: '+50 %',
    })

    const heat = (z: unknown) =>
      figure([{ ...trace('h|cells', [10, 20], ['a', 'b']), type: 'heatmap', z } as never], false, {
        yaxis: { type: 'category' },
      })
    const found = only(
      compareFigures(
        heat([
          [1, 2],
          [3, 4],
        ]),
        heat([
          [1, 2],
          [3, 5],
        ]),
      ),
    )
    expect(found.worst).to.deep.equal({ where: "z at x = 20, y = 'b'", old: '4', new: '5', by: '+25 %' })
    expect(
      status(
        heat([
          [1, 2],
          [3, 4],
        ]),
        heat([[1, 2, 3], [4]]),
      ),
    ).to.equal('changed')
    const bdata = Buffer.from(new Float64Array([1, 2, 3, 4]).buffer).toString('base64')
    expect(
      status(
        heat([
          [1, 2],
          [3, 4],
        ]),
        heat({ dtype: 'f8', bdata, shape: '2, 2' }),
      ),
    ).to.equal('same')

    const base = trace('f|a|mean', [0, 1], [1, 2])
    const reason = (changes: object) =>
      only(compareFigures(figure([base]), figure([{ ...base, ...changes } as Trace]))).reason
    expect(reason({ xaxis: 'x2' })).to.equal('it is on the axes x2 y; it was x y')
    expect(reason({ type: 'bar' })).to.equal('it is drawn as bar; it was scatter')
    expect(reason({ visible: 'legendonly' })).to.equal('it is shown hidden; it was visibly')
  })

  it('reports looks apart, as no failure', () => {
    const base = figure([
      trace('f|a|mean', [0], [1], {}, { name: 'A', line: { color: 'red' } }),
      trace('f|b|mean', [0], [2]),
    ])
    const other = {
      data: [base.data[1]!, { ...base.data[0]!, name: 'B', line: { color: 'blue' } }],
      layout: { ...base.layout, title: { text: 'new' }, xaxis: { type: 'linear', title: { text: 'epoch' } } },
    }
    const found = compareFigures(base, other)
    expect(found.status).to.equal('same')
    expect(found.cosmetic).to.deep.equal([
      'the traces stand in another order',
      `'f|a|mean'.name: "A" -> "B"`,
      `'f|a|mean'.line.color: "red" -> "blue"`,
      'layout.xaxis.title: nothing -> {"text":"epoch"}',
      'layout.title: nothing -> {"text":"new"}',
    ])
  })

  it('judges by the policy of the old figure, and tells when the new one has another', () => {
    const found = compareFigures(one([1, 2], { policy: 'close' }), one([1, 2.02], { policy: 'band' }))
    expect(found.status).to.equal('changed')
    expect(found.cosmetic).to.deep.equal([`'f|method=dlam|mean'.policy.policy: "close" -> "band"`])
  })

  it('says why two figures cannot be compared', () => {
    const reason = (f: unknown) => {
      const found = compareFigures(one([1]), f)
      expect(found.status).to.equal('not comparable')
      return found.reason
    }
    const t = trace('f|a|mean', [0], [1])
    expect(reason(figure([t, t]))).to.equal("the new figure has two traces of the id 'f|a|mean'")
    expect(reason(figure([{ ...t, meta: {} } as never]))).to.equal('the new figure has no id (meta.id) at trace 0')
    expect(reason(figure([trace('f|a', [0], [1], { policy: 'loose' })]))).to.match(
      /^the new figure has policy 'loose' at trace 'f\|a'; the policies are exact/,
    )
    expect(reason({ layout: {} })).to.match(/no plotly figure/)
    expect(reason(null)).to.match(/no plotly figure/)
    expect(reason(one([1], {}, false, { dtype: 'q9', bdata: '' } as never))).to.match(/dtype 'q9'/)
  })
})

describe('policies', () => {
  const seeds = (low: number[], mean: number[], high: number[], policy = 'band') => {
    const x = mean.map((_, i) => i)
    const of = (part: string, y: number[]) => trace(`f|method=dlam|${part}`, x, y, { policy })
    return figure([of('low', low), of('high', high), of('mean', mean)])
  }

  it('exact: equal to the last digit but for its rounding', () => {
    expect(status(one([97.15], { policy: 'exact' }), one([97.1501], { policy: 'exact' }))).to.equal('within tolerance')
    expect(status(one([97.15], { policy: 'exact' }), one([97.16], { policy: 'exact' }))).to.equal('changed')
  })

  it('band: the new range over seeds must overlap the old one, each widened by its own width', () => {
    const old = seeds([1, 1], [2, 2], [3, 3])
    // widened: -1 to 5 and 4.5 to 6; then 5.5 to 7
    expect(status(old, seeds([5, 1], [5.2, 2], [5.5, 3]))).to.equal('within tolerance')
    const found = compareFigures(old, seeds([6, 1], [6.2, 2], [6.5, 3]))
    expect(found.traces.map((t) => t.status)).to.deep.equal(['changed', 'changed', 'changed'])
    expect(only(found).reason).to.match(/^1 of 2 positions fail the test: overlap of the ranges over seeds/)
    expect(only(found).worst).to.deep.equal({ where: 'y at x = 0', old: '1 to 3', new: '6 to 6.5', by: '3.13 times' })
    expect(status(old, seeds([1], [2], [3]))).to.equal('changed')
    expect(status(seeds([1], [2], [3]), old)).to.equal('changed')
  })

  it('band: a single seed has 5 % either side, on a log axis too', () => {
    const band = { policy: 'band' }
    for (const log of [false, true]) {
      expect(status(one([100], band, log), one([110], band, log))).to.equal('within tolerance')
      expect(status(one([100], band, log), one([112], band, log))).to.equal('changed')
    }
  })

  it('band: a mean may not leave the range of its own seeds', () => {
    const old = seeds([1, 1], [2, 2], [3, 3])
    expect(status(old, seeds([1, 1], [2.9, 2], [3, 3]))).to.equal('within tolerance')
    const found = compareFigures(old, seeds([1, 1], [3.5, 2], [3, 3]))
    expect(found.traces.map((t) => t.status)).to.deep.equal(['same', 'same', 'changed'])
    expect(found.traces[2]!.reason).to.equal("it lies outside of its own seeds' range at x = 0")
    expect(status(seeds([1, 1], [3.5, 2], [3, 3]), old)).to.equal('changed')
  })

  it('band: bars may have more seeds than they had', () => {
    const bar = (x: number[]) =>
      figure(
        [
          {
            ...trace('b|method=a|mean', [x.reduce((s, v) => s + v) / x.length], ['a'], { policy: 'band' }),
            type: 'bar',
            orientation: 'h',
          } as never,
          trace(
            'b|method=a|seeds',
            x,
            x.map(() => 'a'),
            { policy: 'band' },
          ),
        ],
        false,
        { yaxis: { type: 'category' } },
      )
    expect(status(bar([1, 2]), bar([1.5, 2.5, 2]))).to.equal('within tolerance')
    const found = compareFigures(bar([1, 2]), bar([6, 7, 8]))
    expect(found.status).to.equal('changed')
    expect(only(found).worst).to.deep.include({ where: "x at y = 'a'", old: '1 to 2', new: '6 to 8' })
  })

  it('close becomes band on another machine; exact does not', () => {
    const apart = [one([100]), one([101])] as const
    expect(status(...apart)).to.equal('changed')
    const found = compareFigures(...apart, { otherMachine: true })
    expect([found.status, only(found).policy]).to.deep.equal(['within tolerance', 'band'])
    expect(status(one([100], { policy: 'exact' }), one([101], { policy: 'exact' }), { otherMachine: true })).to.equal(
      'changed',
    )
  })

  it('exact comparison ignores the policies', () => {
    expect(status(one([100], { policy: 'band' }), one([101], { policy: 'band' }), { exact: true })).to.equal('changed')
  })

  it('timing: order and ratio only', () => {
    const times = (...seconds: number[]) =>
      figure(seconds.map((s, i) => trace(`t|method=m${i}|mean`, [1, 2], [s, 2 * s], { policy: 'timing' })))
    expect(status(times(1, 2, 4), times(10, 20, 40))).to.equal('within tolerance')
    expect(status(times(1, 2, 4), times(1, 1.9, 4.4))).to.equal('within tolerance')
    expect(status(times(1, 1.1), times(1.1, 1))).to.equal('within tolerance')
    const overtaken = compareFigures(times(1, 1.5), times(1.5, 1))
    expect(only(overtaken).reason).to.equal("order: it was faster than 't|method=m1|mean' and is not any more")
    const slower = compareFigures(times(1, 2, 4), times(1, 2, 40))
    expect(slower.traces.map((t) => t.status)).to.deep.equal(['changed', 'changed', 'changed'])
    expect(slower.traces[2]!.reason).to.match(/^ratio: in relation to all it takes 4.64 times/)
  })

  it('shape: only what is asserted', () => {
    const pair = (asserts: unknown, a: number[], b: number[] = []) =>
      figure([
        trace(
          'f|a',
          a.map((_, i) => i),
          a,
          { policy: 'shape', asserts },
        ),
        trace(
          'f|b',
          b.map((_, i) => i),
          b,
        ),
      ])
    const judge = (asserts: unknown, old: [number[], number[]?], now: [number[], number[]?]) =>
      only(compareFigures(pair(asserts, ...old), pair(asserts, ...now)))
    expect(judge(['falls'], [[3, 2, 1]], [[30, 20, 20]]).status).to.equal('within tolerance')
    expect(judge(['falls'], [[3, 2, 1]], [[3, 1, 2]]).worst).to.deep.include({
      where: 'y from x = 1 to 2',
      old: '1',
      new: '2',
    })
    expect(judge(['rises'], [[1, 2]], [[2, 1]]).status).to.equal('changed')
    expect(
      judge(
        [{ below: 'f|b' }],
        [
          [1, 1],
          [2, 2],
        ],
        [
          [5, 5],
          [6, 7],
        ],
      ).status,
    ).to.equal('within tolerance')
    expect(
      judge(
        [{ below: 'f|b' }],
        [
          [1, 1],
          [2, 2],
        ],
        [
          [1, 2],
          [2, 1],
        ],
      ).reason,
    ).to.equal("it is not below 'f|b' at x = 1")
    expect(
      judge(
        [{ above: 'f|b' }],
        [
          [3, 3],
          [2, 2],
        ],
        [
          [3, 2],
          [2, 2],
        ],
      ).status,
    ).to.equal('changed')
    expect(
      judge(
        [{ crosses: 'f|b' }],
        [
          [1, 3],
          [2, 2],
        ],
        [
          [0, 9],
          [2, 2],
        ],
      ).status,
    ).to.equal('within tolerance')
    expect(
      judge(
        [{ crosses: 'f|b' }],
        [
          [1, 3],
          [2, 2],
        ],
        [
          [0, 1],
          [2, 2],
        ],
      ).reason,
    ).to.equal("it crosses 'f|b' 0 times; it did 1 times")
    expect(judge([{ below: 'f|c' }], [[1]], [[1]]).status).to.equal('not comparable')
    expect(judge([], [[1]], [[1]]).reason).to.equal("its policy is 'shape' and it asserts nothing")
    expect(judge(['falls'], [[1]], [[]]).reason).to.equal('no point is left of it')
  })
})

describe('speed', () => {
  it('compares 200 figures of 10 traces and 1,000 points in under 5 s', function () {
    this.timeout(60_000)
    const make = (shift: number): string =>
      canonicalJson(
        figure(
          Array.from({ length: 10 }, (_, k) => {
            const x = Array.from({ length: 1000 }, (_, i) => i)
            return trace(
              `f|method=m${k}|mean`,
              x,
              x.map((i) => Math.exp(-i / 300) * (k + 1) * (1 + shift * Math.sin(i))),
            )
          }),
          true,
        ) as Json,
      )
    const [old, now] = [make(0), make(3e-5)]
    const began = performance.now()
    for (let i = 0; i < 200; i++) expect(status(JSON.parse(old), JSON.parse(now))).to.equal('within tolerance')
    expect((performance.now() - began) / 1000).to.be.below(5)
  })
})
