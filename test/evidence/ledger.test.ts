/** The ledger: claims x profiles -> verdicts, off tables as they lie in a results folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ledger, outcomes, tally, tallyText } from 'blockwise/dist/evidence/ledger'
import { ledgerText, wrap } from 'blockwise/dist/evidence/ledger-text'
import { folderTree } from 'blockwise/dist/evidence/results-tree'
import type { Claim } from 'blockwise/dist/papers'
import { near } from 'blockwise/dist/papers/rules/near'
import { bySeed, type Table } from 'blockwise/dist/papers/table'
import { writeTable } from 'blockwise/dist/runs/tables'
import { expect } from 'chai'
import fc from 'fast-check'

const about = (id: string, notebook: string, published: number): Claim => ({
  id: `some-paper/${id}`,
  paper: 'Some paper',
  source: 'Table 1',
  claim: 'The test error is what the paper says it is.',
  published: { value: published, unit: '%' },
  notebook,
  table: 'errors.csv',
  figures: ['there', 'not-there'],
  rule: near({
    what: 'Test error',
    columns: ['seed', 'svm_test_error'],
    unit: '%',
    published,
    tolerance: 1,
    loosely: 2,
    value: (rows: Table) => bySeed(rows, 'svm_test_error'),
  }),
})
const claims = [about('first', '01-a', 5), about('second', '02-b', 9), about('third', '03-c', 9)]

describe('ledger', () => {
  let folder: string
  const at = (profile: string, notebook: string) => path.join(folder, profile, notebook)
  const errors = (profile: string, notebook: string, ...values: (number | null)[]) =>
    writeTable(
      at(profile, notebook),
      'errors',
      values.map((svm_test_error, seed) => ({ seed, svm_test_error })),
    )
  const read = (profile?: string) => ledger(folderTree(folder, 'there'), profile, claims)

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'blockwise-ledger-'))
    errors('quick', '01-a', 9, 9)
    errors('quick', '02-b', 9, null)
    errors('paper', '01-a', 5, 5.5)
    writeFileSync(path.join(at('paper', '01-a'), 'there.svg'), '')
    writeFileSync(path.join(at('paper', '01-a'), 'run.json'), '{}')
    // stored verdicts are not read
    writeFileSync(path.join(at('paper', '01-a'), 'claims.json'), '[{"claim":"some-paper/first","verdict":"partly"}]')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it("takes the paper profile's results where there are some, else quick's, claim by claim", () => {
    const seen = read().map(({ claim, verdict, profile }) => [claim.id, profile, verdict.verdict, verdict.indicative])
    expect(seen).to.deep.equal([
      ['some-paper/first', 'paper', 'reproduced', false],
      ['some-paper/second', 'quick', 'reproduced', true],
      ['some-paper/third', 'paper', 'not run', false],
    ])
    expect(read()[0]!.verdict.value).to.equal(5.25)
  })

  it('keeps to one profile when told', () => {
    const verdicts = (profile: string) => read(profile).map(({ verdict }) => verdict.verdict)
    expect(verdicts('quick')).to.deep.equal(['not reproduced', 'reproduced', 'not run'])
    expect(verdicts('paper')).to.deep.equal(['reproduced', 'not run', 'not run'])
    expect(verdicts('smoke')).to.deep.equal(['not run', 'not run', 'not run'])
  })

  it('leads to the table, to the figures that there are and to the run record', () => {
    expect(read().map(({ links }) => links)).to.deep.equal([
      {
        folder: 'paper/01-a',
        table: 'paper/01-a/errors.csv',
        figures: ['paper/01-a/there.svg'],
        record: 'paper/01-a/run.json',
      },
      { folder: 'quick/02-b', table: 'quick/02-b/errors.csv', figures: [], record: null },
      null,
    ])
  })

  it('makes a fault of a missing table or column, and names every one', () => {
    rmSync(at('paper', '01-a'), { recursive: true })
    writeTable(at('paper', '01-a'), 'other', [{ seed: 0 }])
    writeTable(at('paper', '02-b'), 'errors', [{ seed: 0, objective: 1 }])
    expect(() => read()).to.throw(
      /^2 of 3 claims cannot be read off the results in there:\nclaim some-paper\/first: .*the table is missing.*\(profile paper\)\nclaim some-paper\/second: .*column 'svm_test_error' is missing/,
    )
  })

  it('counts', () => {
    expect(tally(read())).to.deep.equal({
      counts: { reproduced: 2, partly: 0, 'not reproduced': 0, 'not testable': 0, 'not run': 1 },
      indicative: 1,
    })
    expect(Object.keys(tally([]).counts)).to.deep.equal(outcomes)
    expect(tallyText(read())).to.equal(
      '3 claims: 2 reproduced, 0 partly, 0 not reproduced, 0 not testable, 1 not run; 1 of the 2 with results are indicative only',
    )
    expect(tallyText(read('paper'))).to.match(/2 not run$/)
  })

  it('prints what each claim came to, in columns that keep to the width', () => {
    for (const width of [60, 80, 100, 200]) {
      const text = ledgerText(read(), { width })
      for (const line of text.split('\n')) expect(line.length, line).to.be.at.most(width)
      const words = text.replace(/\s+/g, ' ')
      expect(words).to.include(
        '-> Test error: 5.25 % (5 to 5.5 over 2 seeds), 0.25 above the published 5; 1 is allowed.',
      )
      expect(words).to.include('The test error is what the paper says it is.')
    }
    const rows = ledgerText(read(), { width: 200 }).split('\n')
    const columns = (start: string) => rows.find((row) => row.startsWith(start))!.split(/ {2,}/)
    expect(columns('reproduced  ')).to.deep.equal([
      'reproduced',
      'first [Table 1]',
      '5.25 % (5 to 5.5, 2 seeds)',
      '5 %',
      '01-a (paper)',
    ])
    expect(columns('not run')).to.deep.equal(['not run', 'third [Table 1]', '-', '9 %', '03-c'])
    expect(rows).to.include('Some paper: some-paper/...')
    expect(rows.some((row) => row.startsWith('(indicative)'))).to.equal(true)
  })

  it('paints the verdict and nothing else', () => {
    const painted = ledgerText(read(), { width: 100, paint: (verdict) => `<${verdict}>` })
    expect(painted).to.match(/^<reproduced> {6}first/m)
    expect(painted.replace(/[<>]/g, '')).to.equal(ledgerText(read(), { width: 100 }).replace(/>/g, ''))
  })

  it('says by the clock of what rests on it', () => {
    mkdirSync(at('paper', '09-z'), { recursive: true })
    writeTable(at('paper', '09-z'), 'seconds', [{ seed: 0, svm_test_error: 5 }])
    const timed = [{ ...about('timed', '09-z', 5), table: 'seconds.csv' }]
    const [line] = ledger(folderTree(folder, 'there'), undefined, timed)
    expect(line!.clock).to.equal(true)
    expect(ledgerText([line!], { width: 200 })).to.include('09-z (paper, by the clock)')
  })
})

describe('wrapping', () => {
  it('breaks at spaces, inside names, never between a minus and its number', () => {
    expect(wrap('values -0.25 to -0.5', 10)).to.deep.equal(['values', '-0.25 to', '-0.5'])
    expect(wrap('zhang-brand-2017', 12)).to.deep.equal(['zhang-', 'brand-2017'])
    expect(wrap('abcdefgh', 3)).to.deep.equal(['abc', 'def', 'gh'])
    expect(wrap('', 3)).to.deep.equal([''])
  })

  it('loses nothing but spaces, and keeps to the width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', ' ', '1') }),
        fc.integer({ min: 1, max: 12 }),
        (text, width) => {
          const lines = wrap(text, width)
          for (const line of lines) expect(line.length).to.be.at.most(width)
          expect(lines.join('').replace(/\s/g, '')).to.equal(text.replace(/\s/g, ''))
        },
      ),
    )
  })
})
