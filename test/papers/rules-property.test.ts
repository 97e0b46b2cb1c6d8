/** No rule says NaN, infinity or nothing, whatever the numbers. */
import { bounded } from 'blockwise/dist/papers/rules/bounded'
import { higher, lower } from 'blockwise/dist/papers/rules/compare'
import { exponential } from 'blockwise/dist/papers/rules/exponential'
import { falls } from 'blockwise/dist/papers/rules/falls'
import { follows } from 'blockwise/dist/papers/rules/follows'
import { increases } from 'blockwise/dist/papers/rules/increases'
import { linear } from 'blockwise/dist/papers/rules/linear'
import { near } from 'blockwise/dist/papers/rules/near'
import { peaks } from 'blockwise/dist/papers/rules/peaks'
import { proportional } from 'blockwise/dist/papers/rules/proportional'
import { rate } from 'blockwise/dist/papers/rules/rate'
import { settles } from 'blockwise/dist/papers/rules/settles'
import { vanishes } from 'blockwise/dist/papers/rules/vanishes'
import type { Table } from 'blockwise/dist/papers/table'
import fc from 'fast-check'
import { expectPlain } from './plain'
import { columns, perSeed, series, trace, type Values } from './rows'

describe('every rule, whatever the numbers', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
    fc.constantFrom(0, 1, -0, 1e-300),
  )
  const values = fc.array(fc.oneof({ weight: 9, arbitrary: number }, { weight: 1, arbitrary: fc.constant(null) }), {
    minLength: 2,
    maxLength: 24,
  })
  const seeds = fc.array(values, { minLength: 1, maxLength: 3 })
  const where = { method: 'm' }
  const lines = (all: readonly Values[]) =>
    all.map((ys, i) => ({ name: `${i}`, points: ys.flatMap((y, x) => (y === null ? [] : [[x, y] as const])) }))

  const onCurves = [
    falls({ what: 'It', where, column: 'value', tolerance: 1e-6 }),
    vanishes({ what: 'It', columns, series }),
    rate({ what: 'It', columns, series, read: 'value', exponent: -1, tolerance: 0.1 }),
    rate({ what: 'It', columns, series, read: 'meanSquare', exponent: -1, tolerance: 0.1 }),
    rate({ what: 'It', columns, series, read: 'least', exponent: -1, tolerance: 0.1 }),
    exponential({ what: 'It', columns, series, towards: 'zero' }),
    exponential({ what: 'It', columns, series, towards: 'its last value' }),
    settles({ what: 'It', columns, series }),
    peaks({ what: 'It', columns, series, unit: '%', scale: 100, level: 75, decline: 10 }),
    follows({
      what: 'It',
      where,
      column: 'value',
      unit: '%',
      scale: 1,
      published: [
        [1, 5],
        [7, 5],
      ],
      half: 1,
      tolerance: 1,
      loosely: 2,
    }),
  ]

  it('a rule on curves says something in plain numbers', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(...onCurves), (given, rule) => {
        expectPlain(rule.decide(trace(...given)), rule.says)
      }),
      { numRuns: 600 },
    )
  })

  it('so does a rule on numbers', () => {
    const rowsOf = (): Table => [{ value: 1 }]
    fc.assert(
      fc.property(fc.tuple(values, values), ([a, b]) => {
        const compared = () => [{ ours: 'a', theirs: 'b', own: perSeed(...a), other: perSeed(...b) }]
        const spec = { what: 'It', columns, unit: '%' }
        const both = () => [
          { name: 'a', values: perSeed(...a) },
          { name: 'b', values: perSeed(...b) },
        ]
        for (const rule of [
          higher({ says: 'higher', columns, unit: '', comparisons: compared }),
          lower({ says: 'lower', columns, unit: '', comparisons: compared }),
          near({ ...spec, published: [1, 2], tolerance: 1, loosely: 2, value: () => perSeed(...a) }),
          bounded({ ...spec, side: 'at most', limit: 1, loosely: 2, varies: true, series: both }),
          linear({ ...spec, r2: 0.9, lines: () => lines([a, b]) }),
          increases({ ...spec, lines: () => lines([a, b]) }),
          proportional({
            ...spec,
            cells: () => a.flatMap((v) => (v !== null && v > 1e-9 ? [{ name: 'c', measured: v, published: 2 }] : [])),
          }),
        ])
          expectPlain(rule.decide(rowsOf()), rule.says)
      }),
      { numRuns: 300 },
    )
  })
})
