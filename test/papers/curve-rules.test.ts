/** Rules that follow a curve along the iterations. */
import type { Rule } from 'blockwise/dist/papers/claim'
import { exponential } from 'blockwise/dist/papers/rules/exponential'
import { falls } from 'blockwise/dist/papers/rules/falls'
import { follows } from 'blockwise/dist/papers/rules/follows'
import { peaks } from 'blockwise/dist/papers/rules/peaks'
import { rate } from 'blockwise/dist/papers/rules/rate'
import { settles } from 'blockwise/dist/papers/rules/settles'
import { vanishes } from 'blockwise/dist/papers/rules/vanishes'
import { expect } from 'chai'
import { along, columns, series, trace, type Values } from './rows'

const where = { method: 'm' }
const verdictOf = (rule: Rule, ...seeds: readonly Values[]) => rule.decide(trace(...seeds)).verdict

describe('rule: vanishes', () => {
  const rule = vanishes({ what: 'The residual', columns, series })

  it('asks for a tenth of the largest value, iteration 0 left out', () => {
    const found = rule.decide(trace([1000, 16, 4, 1], [1000, 16, 4, 0.5]))
    expect(found).to.deep.include({ verdict: 'reproduced', value: 0.046875, unit: 'of the largest value' })
    expect(found.margin).to.equal(0.1 - 0.0625)
    expect(found.reason).to.equal(
      'The residual: the curve ends at 0.04688 (0.03125 to 0.0625 over 2 seeds) of its largest value (0.75 after 3 iterations); 0.1 is asked for.',
    )
  })

  it('is partly so while it falls, and not so when it is stuck or rises in one seed', () => {
    expect(verdictOf(rule, [9, 10, 4, 1])).to.equal('reproduced')
    expect(verdictOf(rule, [9, 10, 4, 1.01])).to.equal('partly')
    expect(verdictOf(rule, [9, 10, 4, 3.9])).to.equal('partly')
    expect(verdictOf(rule, [9, 10, 4, 4, 4, 4.1])).to.equal('not reproduced')
    expect(verdictOf(rule, [9, 10, 4, 1], [9, 1, 2, 3])).to.equal('not reproduced')
    // near 0 it may wander
    expect(verdictOf(rule, [9, 10, 0.1, 0.2])).to.equal('reproduced')
    expect(verdictOf(rule, [9, 0, 0, 0])).to.equal('reproduced')
  })

  it('says of a diverged run that it does not vanish, and of one iteration that it shows nothing', () => {
    expect(rule.decide(trace([9, 10, 4, null])).reason).to.equal('The residual: a run diverged (the curve).')
    expect(verdictOf(rule, [9, 1])).to.equal('not testable')
  })
})

describe('rule: rate', () => {
  const of = (read: 'value' | 'meanSquare' | 'least', exponent: number, tolerance = 0.1) =>
    rate({ what: 'The step', columns, series, read, exponent, tolerance })

  it('fits the exponent of a power of the iteration', () => {
    const found = of('value', -2).decide(trace(along(40, (t) => 3 / t ** 2)))
    expect(found.verdict).to.equal('reproduced')
    expect(found.value).to.be.closeTo(-2, 1e-9)
    expect(found.margin).to.be.closeTo(0.1, 1e-9)
    expect(found.reason).to.match(/^The step goes as the iteration to the power -2 \(the curve\); at most -1\.9/)
  })

  it('is reproduced by anything faster, partly by half of the exponent, not by less', () => {
    const judge = (...seeds: Values[]) => verdictOf(of('value', -2), ...seeds)
    const power = (exponent: number) => along(40, (t) => t ** exponent)
    const geometric = along(40, (t) => 0.5 ** t)
    expect(judge(geometric)).to.equal('reproduced')
    expect(judge(power(-1.91))).to.equal('reproduced')
    expect(judge(power(-1.89))).to.equal('partly')
    expect(judge(power(-1.01))).to.equal('partly')
    expect(judge(power(-0.99))).to.equal('not reproduced')
    expect(judge(power(-3), power(0))).to.equal('not reproduced')
  })

  it('takes the running mean of squares: a square-summable sequence gives 1/K, a constant none', () => {
    expect(
      verdictOf(
        of('meanSquare', -1),
        along(40, (t) => 1 / t),
      ),
    ).to.equal('reproduced')
    expect(
      verdictOf(
        of('meanSquare', -1),
        along(40, () => 1),
      ),
    ).to.equal('not reproduced')
  })

  it('takes the least so far: o(1/k) needs more than 1/k', () => {
    const wobbling = (t: number) => (t % 2 === 0 ? 1 : 1 / t ** 1.5)
    expect(verdictOf(of('least', -1, -0.05), along(40, wobbling))).to.equal('reproduced')
    expect(
      verdictOf(
        of('least', -1, -0.05),
        along(40, (t) => 1 / t),
      ),
    ).to.equal('partly')
  })

  it('needs three positive values and no divergence', () => {
    expect(verdictOf(of('value', -1), [3, 2, 1])).to.equal('not testable')
    expect(verdictOf(of('value', -1), [3, 2, 0, 0, 0])).to.equal('not testable')
    expect(verdictOf(of('value', -1), [...along(40, (t) => 1 / t), null])).to.equal('not reproduced')
  })
})

describe('rule: exponential', () => {
  const toZero = exponential({ what: 'The change', columns, series, towards: 'zero' })
  const toEnd = exponential({ what: 'The loss', columns, series, towards: 'its last value' })

  it('tells a geometric sequence from a power', () => {
    const found = toZero.decide(trace(along(30, (t) => 0.8 ** t)))
    expect(found).to.include({ verdict: 'reproduced', value: 1, unit: 'R2' })
    expect(found.reason).to.include('fits better, and well enough, in 1 of 1 curves')
    expect(
      verdictOf(
        toZero,
        along(30, (t) => t ** -2),
      ),
    ).to.equal('not reproduced')
    expect(
      verdictOf(
        toZero,
        along(30, (t) => 0.8 ** t),
        along(30, (t) => t ** -2),
      ),
    ).to.equal('partly')
  })

  it('sees an exponential fall to a level above 0', () => {
    expect(
      verdictOf(
        toEnd,
        along(60, (t) => 5 + 0.8 ** t),
      ),
    ).to.equal('reproduced')
    expect(
      verdictOf(
        toZero,
        along(60, (t) => 5 + 0.8 ** t),
      ),
    ).to.equal('not reproduced')
    expect(
      verdictOf(
        toEnd,
        along(60, (t) => 5 + 1 / t),
      ),
    ).to.equal('not reproduced')
  })

  it('needs four values above the level in every curve, and no divergence', () => {
    expect(verdictOf(toZero, [8, 4, 2, 1])).to.equal('not testable')
    expect(verdictOf(toZero, [16, 8, 4, 2, 1])).to.equal('reproduced')
    expect(
      verdictOf(
        toEnd,
        along(60, () => 5),
      ),
    ).to.equal('not testable')
    expect(verdictOf(toZero, [16, 8, 4, 2, 1, null])).to.equal('not reproduced')
  })
})

describe('rule: settles', () => {
  const rule = settles({ what: 'The accuracy', columns, series })
  /** Rises from 0 to 100 - move over 18 iterations, and by `move` more over the last tenth of 20. */
  const moving = (move: number) =>
    Array.from({ length: 21 }, (_, t) => (t <= 18 ? ((100 - move) * t) / 18 : 100 - (move * (20 - t)) / 2))

  it('compares the last tenth with the whole range', () => {
    const found = rule.decide(trace(moving(2), moving(1)))
    expect(found).to.deep.include({ verdict: 'reproduced', unit: '% of the range' })
    expect(found.value).to.be.closeTo(1.5, 1e-9)
    expect(found.reason).to.include('moves it by 1.5 % (1 to 2 over 2 seeds) of its range')
    expect(verdictOf(rule, moving(2.1))).to.equal('partly')
    expect(verdictOf(rule, moving(10))).to.equal('partly')
    expect(verdictOf(rule, moving(1), moving(11))).to.equal('not reproduced')
    expect(
      verdictOf(
        rule,
        Array.from({ length: 11 }, () => 3),
      ),
    ).to.equal('reproduced')
  })

  it('needs ten iterations and no divergence', () => {
    expect(verdictOf(rule, [0, 1, 2])).to.equal('not testable')
    expect(verdictOf(rule, moving(1), moving(1).slice(0, 15))).to.equal('not reproduced')
  })
})

describe('rule: follows', () => {
  const published = [
    [1, 50],
    [2, 80],
    [3, 90],
    [4, 92],
  ] as const
  const spec = { what: 'Accuracy', where, column: 'value', unit: 'points', scale: 100, published, half: 0 }
  const rule = follows({ ...spec, tolerance: 2, loosely: 5 })

  it('compares the mean over seeds at each published iteration', () => {
    const found = rule.decide(trace([0, 0.5, 0.79, 0.92, 0.92], [0, 0.52, 0.79, 0.92, 0.92]))
    expect(found).to.deep.include({ verdict: 'reproduced', unit: 'points', enoughSeeds: true })
    expect(found.value).to.be.closeTo(2, 1e-9)
    expect(found.reason).to.equal(
      'Accuracy: 4 of 4 values are within 2 points of the published curve; furthest off at iteration 3: 92 points against 90.',
    )
  })

  it('is partly so loosely, or for three quarters', () => {
    expect(verdictOf(rule, [0, 0.54, 0.84, 0.9, 0.92])).to.equal('partly')
    expect(verdictOf(rule, [0, 0.2, 0.8, 0.9, 0.92])).to.equal('partly')
    expect(verdictOf(rule, [0, 0.2, 0.7, 0.9, 0.92])).to.equal('not reproduced')
  })

  it('averages a window', () => {
    const jumping = [0, 0.5, 0.6, 0.9, 1.2, 0.92]
    const windowed = follows({ ...spec, published: [[3, 90]], half: 1, tolerance: 1, loosely: 2 })
    expect(verdictOf(windowed, jumping)).to.equal('reproduced')
    expect(windowed.says).to.include('means over 1 to either side')
  })

  it('says when a run is too short, when it diverged and when there is one seed', () => {
    const short = rule.decide(trace([0, 0.5, 0.8]))
    expect(short).to.include({ verdict: 'partly', enoughSeeds: false })
    expect(short.reason).to.include('the run is too short for 2 more')
    expect(verdictOf(rule, [0])).to.equal('not testable')
    expect(verdictOf(rule, [0, 0.5, 0.8, 0.9, null])).to.equal('not reproduced')
  })
})

describe('rule: peaks', () => {
  const rule = peaks({ what: 'ADMM', columns, series, unit: '%', scale: 100, level: 75, decline: 10 })

  it('wants an early, high peak and a slight decline', () => {
    const found = rule.decide(trace([0.1, 0.8, 0.7, 0.75, 0.72], [0.1, 0.7, 0.78, 0.75, 0.74]))
    expect(found).to.deep.include({ verdict: 'reproduced', unit: '%', enoughSeeds: true })
    expect(found.value).to.be.closeTo(79, 1e-9)
    expect(found.reason).to.include(
      '2 of 2 runs peak early and decline slightly; the peak is 79 % (78 to 80 over 2 seeds), and the runs end 6 % below',
    )
  })

  it('counts the runs that do not', () => {
    const good = [0.1, 0.8, 0.7, 0.75, 0.75]
    const wrong: [string, Values][] = [
      ['late', [0.1, 0.2, 0.3, 0.8, 0.79]],
      ['low', [0.1, 0.74, 0.7, 0.7, 0.7]],
      ['no decline', [0.1, 0.8, 0.8, 0.8, 0.8]],
      ['too much', [0.1, 0.8, 0.7, 0.7, 0.69]],
      ['diverged', [0.1, 0.8, 0.7, 0.7, null]],
    ]
    for (const [name, values] of wrong) {
      expect(verdictOf(rule, good, good, values), name).to.equal('partly')
      expect(verdictOf(rule, values, good, values), name).to.equal('not reproduced')
    }
    expect(verdictOf(rule, [0.1, 0.8, 0.7])).to.equal('not testable')
  })
})

describe('rule: falls', () => {
  it('takes a change beside 0 as it is', () => {
    const rule = falls({ what: 'f', where, column: 'value', tolerance: 1e-6 })
    expect(rule.decide(trace([2, 0, 0]))).to.deep.include({ verdict: 'reproduced', value: 0 })
    expect(rule.decide(trace([2, 0, 1]))).to.deep.include({ verdict: 'partly', value: 1 })
  })
})
