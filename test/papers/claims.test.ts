import { type Claim, claims, evaluateClaim, type Tables, type Verdict } from 'blockwise/dist/papers'
import { expect } from 'chai'
import fc from 'fast-check'

type Row = Record<string, string | number | null>

const rules = ['sgd', 'nesterov', 'adagrad', 'rmsprop', 'adadelta', 'adam'].map((rule) => `caffe-${rule}`)
const claimOf = (id: string): Claim => {
  const found = claims.find((claim) => claim.id.endsWith(id))
  if (!found) throw new Error(`no claim ${id}`)
  return found
}

/** The verdict when the claim's table holds these rows. */
function judge(id: string, rows: Row[], profile = 'paper'): Verdict {
  const claim = claimOf(id)
  const tables: Tables = {
    [claim.notebook]: { [claim.table]: rows.map((row) => ({ dataset: 'mnist', setting: '', ...row })) },
  }
  return evaluateClaim(claim, tables, profile)
}

/** errors.csv: BCD's errors per seed in %, and the same for every Caffe rule but those given. */
function errors(
  bcd: (number | null)[],
  others: (number | null)[],
  special: Record<string, (number | null)[]> = {},
  setting = '',
): Row[] {
  const rows = (method: string, list: (number | null)[], at = setting): Row[] =>
    list.map((e, seed) => ({ method, setting: at, seed, svm_test_error: e === null ? null : e / 100 }))
  return [...rows('tikhonov-bcd', bcd, ''), ...rules.flatMap((rule) => rows(rule, special[rule] ?? others))]
}

describe('claim: best test error of all solvers', () => {
  it('is reproduced when BCD is lower in every seed, with its number, spread and margin', () => {
    const verdict = judge('fig3b-best-demo', errors([2, 2.2, 2.1], [3, 3.1, 3.2], { 'caffe-adam': [2.3, 2.3, 2.3] }))
    expect(verdict).to.deep.include({ verdict: 'reproduced', indicative: false, unit: '%' })
    expect(verdict.value).to.be.closeTo(2.1, 1e-9)
    expect(verdict.spread?.low).to.be.closeTo(2, 1e-9)
    expect(verdict.spread?.high).to.be.closeTo(2.2, 1e-9)
    expect(verdict.spread?.seeds).to.equal(3)
    expect(verdict.margin).to.be.closeTo(0.2, 1e-9)
    expect(verdict.reason).to.equal(
      'tikhonov-bcd at 2.1 % (2 to 2.2 over 3 seeds) is lower than 6 of 6; closest is caffe-adam at 2.3 % (2.3 to 2.3 over 3 seeds), difference 0.2 (0.1 to 0.3 over 3 seeds).',
    )
  })

  it('pairs by seed: a spread common to both does not hide a steady difference', () => {
    expect(judge('fig3b-best-demo', errors([2, 4, 6], [2.1, 4.1, 6.1])).verdict).to.equal('reproduced')
  })

  it('is partly reproduced when one difference lies inside its spread', () => {
    const verdict = judge('fig3b-best-demo', errors([2, 2.2], [3, 3], { 'caffe-sgd': [2.1, 2.1] }))
    expect(verdict.verdict).to.equal('partly')
    expect(verdict.reason).to.include('lower than 5 of 6; no difference beyond the spread: caffe-sgd at 2.1 %')
  })

  it('is not reproduced when one solver is lower in every seed, which is named', () => {
    const verdict = judge('fig3b-best-demo', errors([2, 2.2], [3, 3], { 'caffe-adam': [1.5, 1.6] }))
    expect(verdict.verdict).to.equal('not reproduced')
    expect(verdict.margin).to.be.closeTo(-0.55, 1e-9)
    expect(verdict.reason).to.include('lower than it: caffe-adam at 1.55 %')
  })

  it('is partly reproduced when a solver diverged, and not testable when nothing is left to compare', () => {
    const diverged = judge('fig3b-best-demo', errors([2, 2.2], [3, 3], { 'caffe-rmsprop': [null, null] }))
    expect(diverged.verdict).to.equal('partly')
    expect(diverged.reason).to.include('no value for 2 of 2 seeds against caffe-rmsprop')
    expect(judge('fig3b-best-demo', errors([null], [3])).verdict).to.equal('not testable')
  })

  it('reads the tuned rows for the tuned reading, and the rows of the demo where its value was chosen', () => {
    const both = [...errors([2, 2.2], [9, 9]), ...errors([], [1.8, 1.9], {}, 'lr=0.1')]
    expect(judge('fig3b-best-demo', both).verdict).to.equal('reproduced')
    const tuned = judge('fig3b-best-tuned', both)
    expect(tuned.verdict).to.equal('not reproduced')
    expect(tuned.reason).to.include('caffe-sgd (lr=0.1) at 1.85 %')
    expect(judge('fig3b-best-tuned', errors([2, 2.2], [9, 9])).reason).to.include("(the demo's)")
  })

  it('is only indicative from another profile, or from one seed', () => {
    const one = judge('fig3b-best-demo', errors([2], [3]))
    expect(one).to.deep.include({ verdict: 'reproduced', indicative: true })
    expect(one.reason).to.match(/One seed only: its spread is unknown\.$/)
    expect(judge('fig3b-best-demo', errors([2, 2], [3, 3]), 'quick').indicative).to.equal(true)
  })

  it('decides by sign alone, whatever the size of the numbers', () => {
    const error = fc.double({ min: 0.01, max: 90, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(error, { minLength: 2, maxLength: 5 }),
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        (bcd, by) => {
          const worse = bcd.map((e) => e + by)
          return (
            judge('fig3b-best-demo', errors(bcd, worse)).verdict === 'reproduced' &&
            judge('fig3b-best-demo', errors(worse, bcd)).verdict === 'not reproduced' &&
            judge('fig3b-best-demo', errors(bcd, bcd)).verdict === 'partly'
          )
        },
      ),
    )
  })
})

describe('claim: the objective falls', () => {
  const trace = (...seeds: (number | null)[][]): Row[] =>
    seeds.flatMap((values, seed) =>
      values.map((objective, iteration) => ({ method: 'tikhonov-bcd', seed, iteration, objective })),
    )

  it('is decided by every step of every seed', () => {
    const good = judge('fig3a-bcd-falls', trace([8, 4, 3], [8, 5, 2]))
    expect(good).to.deep.include({ verdict: 'reproduced', value: -0.25 })
    expect(good.reason).to.include('goes from 8 to 2.5 (mean) and rises in 0 of 4 steps over 2 seeds')
    const bump = judge('fig3a-bcd-falls', trace([8, 4, 3], [8, 2, 3]))
    expect(bump.verdict).to.equal('partly')
    expect(bump.margin).to.be.closeTo(1e-6 - 0.5, 1e-12)
    expect(judge('fig3a-bcd-falls', trace([8, 4, 9])).verdict).to.equal('not reproduced')
  })

  it('allows float32 rounding and no more', () => {
    expect(judge('fig3a-bcd-falls', trace([8, 4, 4 * (1 + 9e-7)])).verdict).to.equal('reproduced')
    expect(judge('fig3a-bcd-falls', trace([8, 4, 4 * (1 + 2e-6)])).verdict).to.equal('partly')
  })

  it('is not reproduced by a run that diverged; rows may come in any order', () => {
    expect(judge('fig3a-bcd-falls', trace([8, 4, null])).reason).to.include(
      'has no value at some iteration in 1 of one seed',
    )
    expect(judge('fig3a-bcd-falls', trace([8, 4, 3]).reverse()).verdict).to.equal('reproduced')
  })
})

describe('claim: 2.5 times faster', () => {
  const seconds = (bcd: number[], other: number[], special: Record<string, number[]> = {}): Row[] =>
    ['tikhonov-bcd', ...rules].flatMap((method) =>
      (method === 'tikhonov-bcd' ? bcd : (special[method] ?? other)).flatMap((total, seed) =>
        [0, 50, 100].map((iteration) => ({ method, seed, iteration, seconds: (total * iteration) / 100 })),
      ),
    )

  it('compares seconds at the last shared iteration, theirs to ours', () => {
    const verdict = judge('fig3c-faster', seconds([10, 10], [30, 30], { 'caffe-adam': [24, 26] }))
    expect(verdict).to.deep.include({ verdict: 'reproduced', value: 2.5, unit: 'times' })
    expect(verdict.reason).to.include(
      '6 take longer: from 2.5 times (2.4 to 2.6 over 2 seeds) (caffe-adam, 100 epochs) to 3 times',
    )
    expect(verdict.reason).to.include("not with the paper's")
    const shorter = seconds([10, 10], [30, 30]).filter((r) => r.method === 'tikhonov-bcd' || r.iteration !== 100)
    expect(judge('fig3c-faster', shorter).value).to.equal(3)
  })

  it('is partly reproduced when only some are slower, not when none is', () => {
    expect(judge('fig3c-faster', seconds([10, 10], [30, 30], { 'caffe-sgd': [5, 5] })).verdict).to.equal('partly')
    expect(judge('fig3c-faster', seconds([10, 10], [15, 15])).verdict).to.equal('partly')
    expect(judge('fig3c-faster', seconds([10, 10], [9, 9])).verdict).to.equal('not reproduced')
  })

  it('refuses seconds that are not cumulative', () => {
    const rows = seconds([10], [30]).map((row) => ({ ...row, seconds: 1 / (1 + Number(row.iteration)) }))
    expect(() => judge('fig3c-faster', rows)).to.throw('expected seconds since the start')
  })
})

describe('claims: a published number', () => {
  const sparsity = (...w1: number[]): Row[] =>
    w1.flatMap((first, seed) =>
      [first, 1, 1, 0.5].flatMap((nonzero_fraction, i) =>
        [0, 1e-2].map((threshold) => ({
          method: 'tikhonov-bcd',
          seed,
          layer: ['W1', 'W2', 'W3', 'V'][i]!,
          threshold,
          nonzero_fraction: threshold === 0 ? nonzero_fraction : 0.1,
        })),
      ),
    )

  it('averages W1 to W3 at threshold 0, V left out: 717 of 784 pixels give 97.15 %', () => {
    const verdict = judge('text-bcd-nonzeros', sparsity(717 / 784))
    expect(verdict).to.deep.include({ verdict: 'reproduced', indicative: false })
    expect(verdict.value).to.be.closeTo(97.15, 0.002)
    expect(verdict.reason).to.match(/: 97\.15 %, 0\.001361 above the published 97\.15; 0\.05 is allowed\.$/)
  })

  it('is partly reproduced nearby and not reproduced further off', () => {
    expect(judge('text-bcd-nonzeros', sparsity(0.9, 0.9)).verdict).to.equal('partly')
    expect(judge('text-bcd-nonzeros', sparsity(0.5)).verdict).to.equal('not reproduced')
  })

  it('turns the error into the accuracy that the student report attributes', () => {
    const verdict = judge('attributed-accuracy', errors([2, 2.4], [3, 3]))
    expect(verdict.value).to.be.closeTo(97.8, 1e-9)
    expect(verdict.verdict).to.equal('not reproduced')
    expect(verdict.reason).to.include('3.8 above the published 94')
    expect(judge('attributed-accuracy', errors([6.3], [3])).verdict).to.equal('reproduced')
    expect(judge('attributed-accuracy', errors([null], [3])).verdict).to.equal('not testable')
  })

  it('takes BCD less BCD-S, by seed', () => {
    const rows = [
      ...errors([2, 3], []),
      ...[3.34, 4.34].map((e, seed) => ({ method: 'bcd-s', seed, svm_test_error: e / 100 })),
    ]
    expect(
      judge(
        'text-bcds-accuracy',
        rows.map((r) => ({ setting: '', ...r })),
      ),
    ).to.deep.include({ verdict: 'reproduced' })
  })
})

describe('claims about BCD-S and about hashing rest on more than their number', () => {
  const sparse = (w_gap: number | null): Row[] =>
    [0, 1].flatMap((seed) =>
      ['W1', 'W2', 'W3', 'V'].flatMap((layer) =>
        [0, 1e-2].map((threshold) => ({
          method: 'bcd-s',
          seed,
          layer,
          threshold,
          nonzero_fraction: threshold === 0 ? 0.05 : 0.0242,
          w_gap,
        })),
      ),
    )

  it('non-zeros on W-steps that were solved, at the threshold that is named', () => {
    const solved = judge('text-bcds-nonzeros-thresholded', sparse(0.01))
    expect(solved.verdict).to.equal('reproduced')
    expect(solved.reason).to.include('(threshold 0.01)')
    const unsolved = judge('text-bcds-nonzeros-thresholded', sparse(0.3))
    expect(unsolved.verdict).to.equal('partly')
    expect(unsolved.reason).to.include('ended at a duality gap of 0.3')
    expect(judge('text-bcds-nonzeros', sparse(0.01)).verdict).to.equal('not reproduced')
  })

  it('a run of BCD-S without values is told, not an error', () => {
    const rows = sparse(null).map((row) => (row.seed === 1 ? { ...row, nonzero_fraction: null } : row))
    expect(judge('text-bcds-nonzeros', rows).reason).to.include('1 of 2 seeds have no value')
    const none = rows.map((row) => ({ ...row, nonzero_fraction: null }))
    expect(judge('text-bcds-nonzeros-thresholded', none).verdict).to.equal('not testable')
  })

  it('much faster on half the iterations: a lead of two of thirty-three is none', () => {
    const trace = (rates: Record<string, number>): Row[] =>
      Object.entries(rates).flatMap(([method, rate]) =>
        [0, 1].flatMap((seed) =>
          Array.from({ length: 101 }, (_, iteration) => ({
            method,
            seed,
            iteration,
            objective: 1 + Math.exp(-rate * iteration),
          })),
        ),
      )
    const slight = judge('fig3a-bcds-converges-faster', trace({ 'bcd-s': 0.1, 'tikhonov-bcd': 0.094 }))
    expect(slight.verdict).to.equal('partly')
    expect(slight.reason).to.match(/But 31 of 33 is not 'much' faster/)
    expect(judge('fig3a-bcds-converges-faster', trace({ 'bcd-s': 0.3, 'tikhonov-bcd': 0.1 })).verdict).to.equal(
      'reproduced',
    )
  })

  it('a lead over ADMM on both having gained on the random initial weights', () => {
    const retrieval = (bcd: number, admm: number, untrained: number): Row[] =>
      Object.entries({ 'tikhonov-bcd': bcd, admm, 'random-features': untrained }).flatMap(([method, map]) =>
        [0, 1].map((seed) => ({ method, seed, bits: 64, k: null, mean_average_precision: map })),
      )
    expect(judge('hashing-mnist-map', retrieval(0.5, 0.49, 0.13)).verdict).to.equal('reproduced')
    const useless = judge('hashing-mnist-map', retrieval(0.1002, 0.1001, 0.13))
    expect(useless.verdict).to.equal('partly')
    expect(useless.reason).to.include('no better than before its training: tikhonov-bcd (64 bits) -2.98 points on 13 %')
    const alone = judge('hashing-mnist-map', retrieval(0.171, 0.143, 0.142))
    expect(alone.verdict).to.equal('partly')
    expect(alone.reason).to.include('BCD gains 2.9 points on average, ADMM 0.1: a competitor that has hardly learnt')
  })
})

describe('the ledger', () => {
  it('has unique ids, and every claim is not run where its notebook was not', () => {
    expect(new Set(claims.map(({ id }) => id)).size).to.equal(claims.length)
    for (const claim of claims) {
      const verdict = evaluateClaim(claim, {}, 'quick')
      expect(verdict).to.deep.include({ verdict: 'not run', value: null, indicative: true })
      expect(verdict.reason).to.equal(`Notebook ${claim.notebook} was not run at profile quick.`)
    }
  })

  it('makes a missing table, column, solver or seed column an error that names it', () => {
    const claim = claimOf('fig3b-best-demo')
    expect(() => evaluateClaim(claim, { [claim.notebook]: { 'trace.csv': [] } }, 'paper')).to.throw(
      '01-tikhonov-bcd/errors.csv: the table is missing; the notebook wrote trace.csv',
    )
    expect(() => judge('fig3b-best-demo', [])).to.throw('the table has no rows')
    for (const each of claims) {
      const full = Object.fromEntries(each.rule.columns.map((column) => [column, '']))
      for (const column of each.rule.columns) {
        const { [column]: _, ...rest } = full
        const tables = { [each.notebook]: { [each.table]: [rest] } }
        expect(() => evaluateClaim(each, tables, 'paper')).to.throw(`column '${column}' is missing`)
      }
    }
    const without = errors([2], [3]).filter(({ method }) => method !== 'caffe-adam')
    expect(() => judge('fig3b-best-demo', without)).to.throw('no row with dataset=mnist, method=caffe-adam, setting=')
    expect(() => judge('fig3b-best-demo', [...errors([2], [3]), ...errors([2], [])])).to.throw('two rows for seed 0')
    expect(() =>
      judge(
        'fig3b-best-demo',
        errors([2], [3]).map((r) => ({ ...r, svm_test_error: 'low' })),
      ),
    ).to.throw("column 'svm_test_error' holds 'low'; expected a number or an empty cell")
  })

  it('gives verdicts that are plain JSON', () => {
    const verdict = judge('fig3b-best-demo', errors([2, 2.2], [3, 3]))
    expect(JSON.parse(JSON.stringify(verdict))).to.deep.equal(verdict)
  })
})
