import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeReports } from 'blockwise/dist/cli/report'
import { expect } from 'chai'
import { writeNotebook } from '../evidence/report-fixture'

const id = '77-experiment'

describe('blockwise report', () => {
  let results = ''
  beforeEach(() => {
    results = mkdtempSync(join(tmpdir(), 'blockwise-report-'))
    writeNotebook(results, id, { text: '' })
  })
  afterEach(() => {
    rmSync(results, { recursive: true, force: true })
  })
  const edit = (file: string, change: (text: string) => string): void => {
    const whole = join(results, 'quick', id, file)
    writeFileSync(whole, change(readFileSync(whole, 'utf8')))
  }

  it('writes the page of every profile with results, but not of smoke, unless it is named', () => {
    for (const profile of ['paper', 'smoke', 'scratch'])
      cpSync(join(results, 'quick'), join(results, profile), { recursive: true })
    const files = ['paper', 'quick'].flatMap((profile) =>
      ['index.html', 'plotly.min.js'].map((name) => join(results, profile, name)),
    )
    expect(writeReports(results)).to.deep.equal(files)
    for (const file of files) expect(existsSync(file), file).to.equal(true)
    expect(readdirSync(join(results, 'smoke'))).to.deep.equal([id])
    expect(writeReports(results, 'smoke')[0]).to.equal(join(results, 'smoke', 'index.html'))
    const [paper, quick] = ['paper', 'quick'].map((profile) =>
      readFileSync(join(results, profile, 'index.html'), 'utf8'),
    )
    expect(quick).to.include('only the paper profile decides')
    expect(paper).not.to.include('only the paper profile decides')
  })

  it('gives the same bytes for the same results', () => {
    const [page] = writeReports(results) as [string]
    const first = readFileSync(page)
    writeReports(results)
    expect(readFileSync(page).equals(first)).to.equal(true)
  })

  it('shows a figure that rests on the clock, which only the record holds', () => {
    const figure = JSON.parse(readFileSync(join(results, 'quick', id, 'one.json'), 'utf8')) as { meta: { id: string } }
    figure.meta.id = 'solver-seconds'
    edit('run.json', (text) => text.replace('"figures":[]', `"figures":[${JSON.stringify(figure)}]`))
    const page = readFileSync(writeReports(results)[0]!, 'utf8')
    expect(page).to.include(`id="${id}/figure/solver-seconds"`).and.include('rests on the clock')
  })

  it('says what to do where there are no results', () => {
    expect(() => writeReports(results, 'paper')).to.throw(
      /no results of the profile paper .*\n.*npx blockwise run --profile paper/,
    )
    expect(() => writeReports(join(results, 'absent'))).to.throw(/no results in .*absent/)
  })

  for (const [what, spoil, message] of [
    [
      'a record cut short',
      () => edit('run.json', (text) => text.slice(0, 99)),
      `quick/${id}/run.json in results/ cannot be read`,
    ],
    ['no record', () => rmSync(join(results, 'quick', id, 'run.json')), `quick/${id}/run.json is missing in results/`],
    [
      'a figure without its title',
      () => edit('one.json', (text) => text.replaceAll('"title": "Figure one', '"name": "')),
      `quick/${id}, figure 'one' cannot be drawn`,
    ],
  ] as const)
    it(`names ${what}, and writes nothing`, () => {
      spoil()
      expect(() => writeReports(results))
        .to.throw(message)
        .with.property('name', 'SetupError')
      expect(readdirSync(join(results, 'quick'))).to.deep.equal([id])
    })
})
