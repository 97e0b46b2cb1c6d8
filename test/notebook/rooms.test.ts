import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chooseNotebooks, listNotebooks, titleOf } from 'blockwise/dist/notebook/catalog'
import { showTable } from 'blockwise/dist/notebook/display'
import { duration, progressText } from 'blockwise/dist/notebook/estimate'
import { readMessage, writeMessage } from 'blockwise/dist/notebook/kernel/messages'
import { installKernelspec } from 'blockwise/dist/notebook/kernelspec'
import { parseProfile, parseSeeds } from 'blockwise/dist/notebook/profiles'
import { openNotebook } from 'blockwise/dist/notebook/session'
import { stage } from 'blockwise/dist/notebook/staging'
import { reportProgress, setProgressSink } from 'blockwise/dist/progress'
import { expect } from 'chai'
import fc from 'fast-check'

describe('notebook room', () => {
  let folder: string
  const environment = { ...process.env }

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'blockwise-room-'))
  })

  afterEach(() => {
    process.env = { ...environment }
    rmSync(folder, { recursive: true, force: true })
  })

  const write = (...parts: string[]) => {
    const file = path.join(folder, ...parts)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, parts.join('/'))
    return file
  }

  it('finds notebooks by number and name, and refuses others by name with those that there are', () => {
    write('notebooks', '02-second.ipynb')
    write('notebooks', '01-first.ipynb')
    write('notebooks', 'Untitled.ipynb')
    const all = listNotebooks(folder)
    const ids = (...wanted: string[]) => chooseNotebooks(all, wanted).map(({ id }) => id)
    expect(ids()).to.deep.equal(['01-first', '02-second'])
    expect(ids('2')).to.deep.equal(['02-second'])
    expect(ids('02', '01-first', '1')).to.deep.equal(['01-first', '02-second'])
    expect(() => ids('01', '07', 'first')).to.throw(
      "No notebook is called '07', 'first'. The notebooks are 01-first, 02-second",
    )
    expect(() => chooseNotebooks([], [])).to.throw('There are no notebooks')
    const cells = [
      { cell_type: 'code', source: '# no' },
      { cell_type: 'markdown', source: ['text\n', '# The title\n', 'more'] },
    ]
    writeFileSync(all[0]!.path, JSON.stringify({ cells }))
    expect(titleOf(all[0]!)).to.equal('The title')
  })

  it('parses profiles and seeds', () => {
    expect(parseProfile('paper')).to.equal('paper')
    expect(() => parseProfile('huge')).to.throw("Unknown profile 'huge'. The profiles are smoke, quick, paper")
    expect(parseSeeds('12')).to.equal(12)
    for (const wrong of ['0', '-1', '1.5', 'ten', '', '1001', '1e2']) {
      expect(() => parseSeeds(wrong), wrong).to.throw(`from 1 to 1000, not '${wrong}'`)
    }
  })

  it('a notebook that is stepped through by hand runs quick and writes to scratch; a run says otherwise', () => {
    process.env.BLOCKWISE_ROOT = folder
    const byHand = openNotebook('01-first')
    expect(byHand).to.include({ profile: 'quick', fresh: false, seeds: 2 })
    expect(byHand.resultsDir).to.equal(path.join(folder, 'results', 'scratch', '01-first'))
    expect(existsSync(byHand.resultsDir)).to.equal(true)
    Object.assign(process.env, {
      BLOCKWISE_NOTEBOOK: '01-first',
      BLOCKWISE_PROFILE: 'paper',
      BLOCKWISE_SEEDS: '7',
      BLOCKWISE_FRESH: '1',
      BLOCKWISE_RESULTS: path.join(folder, 'staged'),
    })
    const run = openNotebook('01-first')
    expect(run).to.include({ profile: 'paper', fresh: true, seeds: 7, resultsDir: path.join(folder, 'staged') })
    expect(run.pick({ smoke: 1, quick: 2, paper: 3 })).to.equal(3)
    expect(() => openNotebook('02-second')).to.throw(
      "This notebook is '01-first', but its first cell opens '02-second'",
    )
    delete process.env.BLOCKWISE_NOTEBOOK
    expect(() => openNotebook('../first')).to.throw("looks like '01-tikhonov-bcd', not '../first'")
  })

  it('staged results replace a folder as a whole, or not at all', () => {
    const target = path.join(folder, 'results', '01-first')
    write('results', '01-first', 'old.csv')
    const discarded = stage(target)
    writeFileSync(path.join(discarded.folder, 'new.csv'), '')
    discarded.discard()
    expect(readdirSync(target)).to.deep.equal(['old.csv'])
    const committed = stage(target)
    writeFileSync(path.join(committed.folder, 'new.csv'), '')
    committed.commit()
    committed.discard()
    expect(readdirSync(target)).to.deep.equal(['new.csv'])
    expect(readdirSync(path.dirname(target))).to.deep.equal(['01-first'])
  })

  it('what dead runs left is cleared away, old results return to their place, and living runs are left alone', () => {
    const target = path.join(folder, 'results', '01-first')
    const dead = Number(execFileSync(process.execPath, ['-e', 'console.log(process.pid)']).toString())
    // killed between the renames of `commit`
    write('results', `.01-first.${dead}.old.tmp`, 'old.csv')
    write('results', `.01-first.${dead}.tmp`, 'half.csv')
    write('results', `.01-first.${process.ppid}.tmp`, 'living.csv')
    write('results', `.01-first-but-longer.${dead}.tmp`, 'other.csv')
    const staging = stage(target)
    expect(readdirSync(target)).to.deep.equal(['old.csv'])
    expect(readdirSync(path.dirname(target))).to.have.members([
      '01-first',
      path.basename(staging.folder),
      `.01-first.${process.ppid}.tmp`,
      `.01-first-but-longer.${dead}.tmp`,
    ])
  })

  it('progress goes to its file at most five times a second, but never without the first and the last', async () => {
    const file = path.join(folder, 'progress.json')
    process.env.BLOCKWISE_PROGRESS = file
    const read = () => JSON.parse(readFileSync(file, 'utf8')) as { label: string; done: number }
    reportProgress({ label: 'a', done: 0, total: 1000 })
    for (let done = 1; done < 1000; done++) reportProgress({ label: 'a', done, total: 1000 })
    expect(read()).to.deep.equal({ label: 'a', done: 0, total: 1000 })
    reportProgress({ label: 'a', done: 1000, total: 1000 })
    expect(read().done).to.equal(1000)
    reportProgress({ label: 'b', done: 1, total: 3 })
    reportProgress({ label: 'b', done: 2, total: 3 })
    expect(read()).to.deep.equal({ label: 'b', done: 1, total: 3 })
    await new Promise((resolve) => setTimeout(resolve, 210))
    reportProgress({ label: 'b', done: 2, total: 3 })
    expect(read().done).to.equal(2)
    // a watcher that went away does not stop the work
    process.env.BLOCKWISE_PROGRESS = path.join(folder, 'gone', 'progress.json')
    reportProgress({ label: 'c', done: 1, total: 1 })
    delete process.env.BLOCKWISE_PROGRESS
    const heard: string[] = []
    setProgressSink(({ label }) => heard.push(label))
    reportProgress({ label: 'd', done: 0, total: 1 })
    setProgressSink(undefined)
    reportProgress({ label: 'e', done: 0, total: 1 })
    expect(heard).to.deep.equal(['d'])
  })

  it('estimates the time left from the counts that it has seen', () => {
    let now = 0
    const text = progressText(() => now)
    const at = (time: number, label: string, done: number, total: number) => {
      now = time
      return text({ label, done, total })
    }
    expect(at(0, 'a', 10, 110)).to.equal('a 10/110')
    expect(at(10_000, 'a', 20, 110)).to.equal('a 20/110 · 1 min 30 s left')
    expect(at(11_000, 'b', 0, 10)).to.equal('b 0/10')
    expect(at(12_000, 'b', 1, 10)).to.equal('b 1/10 · 9 s left')
    expect(at(13_000, 'b', 10, 10)).to.equal('b 10/10')
    expect(at(60_000, 'b', 0, 10), 'the next piece of work of that name').to.equal('b 0/10')
    expect(at(61_000, 'b', 1, 10)).to.equal('b 1/10 · 9 s left')
    expect([59_400, 3_599_000, 3_600_000].map(duration)).to.deep.equal(['59 s', '59 min 59 s', '1 h 0 min'])
  })

  it('messages that are signed with another key are refused', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (key, content) => {
        const frames = writeMessage(key, 'session', 'status', content).map((frame) => Buffer.from(frame))
        const message = readMessage(frames, key)
        expect(message.content).to.deep.equal(JSON.parse(JSON.stringify(content)))
        expect(message.header.msg_type).to.equal('status')
        expect(() => readMessage(frames, `${key}x`)).to.throw('wrong signature')
      }),
    )
    expect(() => readMessage([Buffer.from('nothing')], 'key')).to.throw('Not a Jupyter message')
  })

  it('registers a kernel whose program is there', () => {
    installKernelspec(folder)
    const kernels = path.join(folder, 'share', 'jupyter', 'kernels', 'blockwise')
    expect(readdirSync(kernels)).to.deep.equal(['kernel.json'])
    const spec = JSON.parse(readFileSync(path.join(kernels, 'kernel.json'), 'utf8')) as {
      argv: string[]
      language: string
    }
    expect(spec.language).to.equal('typescript')
    expect(spec.argv[2]).to.equal('{connection_file}')
    for (const file of spec.argv.slice(0, 2)) expect(existsSync(file), file).to.equal(true)
  })

  it('rich output outside a notebook says where it can be seen', () => {
    expect(() => showTable([{ a: 1 }])).to.throw('npx blockwise lab')
  })
})
