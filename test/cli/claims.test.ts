/** `blockwise claims` as it is typed. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claims } from 'blockwise/dist/papers'
import { writeTable } from 'blockwise/dist/runs/tables'
import { expect } from 'chai'
import { notebookTables } from '../papers/notebook-tables'
import { blockwise } from './command'

describe('blockwise claims', function () {
  this.timeout(60_000)
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'blockwise-claims-'))
    mkdirSync(join(folder, 'notebooks'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const run = (...args: string[]) => blockwise(['claims', ...args], { BLOCKWISE_ROOT: folder })
  const write = (profile: string, notebook: string) => {
    for (const [name, rows] of Object.entries(notebookTables[notebook]!))
      writeTable(join(folder, 'results', profile, notebook), name.replace('.csv', ''), rows)
  }

  it('prints every claim of a repository without results as not run', async () => {
    const { stdout, stderr, exitCode } = await run()
    expect(exitCode, stderr).to.equal(0)
    expect(stdout.trimEnd()).to.match(
      new RegExp(
        `${claims.length} claims: 0 reproduced, 0 partly, 0 not reproduced, 0 not testable, ${claims.length} not\\s+run$`,
      ),
    )
    expect(stdout).not.to.include('\u001b[')
    for (const line of stdout.split('\n')) expect(line.length, line).to.be.at.most(100)
  })

  it('computes verdicts from the tables and gives everything as JSON', async () => {
    write('quick', '07-closed-form')
    const { stdout, stderr } = await run('--json')
    const entries = JSON.parse(stdout || stderr) as Record<string, unknown>[]
    expect(entries.map(({ id }) => id)).to.deep.equal(claims.map(({ id }) => id))
    const found = entries.find(({ id }) => id === 'student-report/fig2-mnist-test')!
    expect(found).to.deep.include({
      paper: 'Student report',
      notebook: '07-closed-form',
      profile: 'quick',
      indicative: true,
      clock: false,
      published: { value: 73, unit: '%' },
      links: {
        folder: 'results/quick/07-closed-form',
        table: 'results/quick/07-closed-form/trace.csv',
        figures: [],
        record: null,
      },
    })
    expect(found.verdict).to.equal('not reproduced')
    expect(found.claim).to.match(/^On MNIST/)
    const counts = entries.filter(({ verdict }) => verdict !== 'not run').length
    expect(counts).to.equal(claims.filter(({ notebook }) => notebook === '07-closed-form').length)
    const paper = await run('--json', '--profile', 'paper')
    expect((JSON.parse(paper.stdout) as { verdict: string }[]).every(({ verdict }) => verdict === 'not run')).to.equal(
      true,
    )
  })

  it('refuses a wrong profile, and names a table that is missing', async () => {
    const wrong = await run('--profile', 'huge')
    expect(wrong.exitCode).to.equal(1)
    expect(wrong.stderr).to.match(/The profiles are smoke, quick, paper/)
    writeTable(join(folder, 'results', 'paper', '02-bcd-s-sparsity'), 'errors', [{ seed: 0 }])
    const missing = await run()
    expect(missing.exitCode).to.equal(1)
    expect(missing.stdout).to.equal('')
    expect(missing.stderr).to.match(
      /^\d+ of \d+ claims cannot be read off the results in results\/:\nclaim zhang-brand-2017\//,
    )
    expect(missing.stderr).to.include('02-bcd-s-sparsity/trace.csv: the table is missing')
  })
})
