import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { during, type Output, processesOf, until, Workplace } from './workplace'

/** Writes 'here' into the workplace and waits for ever, as long work does. */
const waiting = (root: string) => `
import fs from 'node:fs'
fs.writeFileSync(${JSON.stringify(path.join(root, 'here'))}, String(process.pid))
await new Promise(resolve => setTimeout(resolve, 600_000))`

const texts = (outputs: Output[] | undefined) => (outputs ?? []).map((output) => output.text?.join(''))

describe('headless run', function () {
  this.timeout(60_000)
  let place: Workplace

  beforeEach(() => {
    place = new Workplace()
  })

  afterEach(async () => {
    try {
      // whatever a test does to its processes, none may be left
      await until(() => processesOf(place.root).size === 0, 'the end of all processes', 5)
    } finally {
      for (const pid of processesOf(place.root).keys()) process.kill(pid, 'SIGKILL')
      place.remove()
    }
  })

  it('keeps all that cells show, and two runs agree byte for byte', async () => {
    place.notebook(
      '01-shows',
      'for (let i = 0; i < 3000; i++) console.log("line " + i)',
      'console.log("out"); console.error("err"); console.log("again")\nawait new Promise(resolve => setTimeout(resolve, 120))\n1 + 1',
      '({ a: [1, 2], b: "text" })',
      `import { showFigure, showTable } from 'blockwise/dist/notebook/display'
import { openNotebook } from 'blockwise/dist/notebook/session'
const notebook = openNotebook('01-shows')
showTable([{ method: '<b>', error: 0.123456789 }, { method: 'c', seeds: 3 }])
showFigure({ json: { data: [], layout: {} }, png: Buffer.from('picture') })
notebook.pick({ smoke: 'small', quick: 'middle', paper: 'large' }) + notebook.seeds + notebook.fresh`,
      `import { reportProgress } from 'blockwise/dist/progress'
import fs from 'node:fs'
reportProgress({ label: 'work', done: 1, total: 2 })
fs.writeFileSync(notebook.resultsDir + '/table.csv', 'a,b\\n1,2\\n')`,
    )
    const first = await place.run('01')
    expect(first.code, first.text).to.equal(0)
    const file = ['results', 'smoke', '01-shows', '01-shows.ipynb']
    const [lines, streams, object, rich, silent] = place.outputs(...file)
    expect(texts(lines)).to.deep.equal([Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join('')])
    expect(texts(streams)).to.deep.equal(['out\n', 'err\n', 'again\n', undefined])
    expect(streams?.[3]?.data).to.deep.equal({ 'text/plain': ['2'] })
    expect(object?.[0]).to.include({ output_type: 'execute_result' })
    expect(object?.[0]?.data).to.deep.equal({ 'text/plain': ["{ a: [ 1, 2 ], b: 'text' }"] })
    expect(String(rich?.[0]?.data?.['text/html'])).to.contain('<td>&#60;b&#62;</td><td>0.123457</td>')
    expect(rich?.[1]?.data).to.deep.equal({
      'application/vnd.plotly.v1+json': { data: [], layout: {} },
      'image/png': Buffer.from('picture').toString('base64'),
    })
    expect(rich?.[2]?.data).to.deep.equal({ 'text/plain': ['small1true'] })
    expect(silent, 'progress stays out of the notebook').to.deep.equal([])
    expect(place.read('results', 'smoke', '01-shows', 'table.csv')).to.equal('a,b\n1,2\n')

    const bytes = place.read(...file)
    const second = await place.run('1')
    expect(second.code, second.text).to.equal(0)
    expect(place.read(...file)).to.equal(bytes)
  })

  it('tells paths below the checkout from there, so that they name no machine', async () => {
    place.notebook('01-tells', 'console.log(`into ${process.cwd()}/data/cifar-10, of ${process.cwd()}`)')
    const { code, text } = await place.run('01')
    expect(code, text).to.equal(0)
    const [said] = place.outputs('results', 'smoke', '01-tells', '01-tells.ipynb')
    expect(texts(said)).to.deep.equal([`into data/cifar-10, of ${place.root}\n`])
  })

  it('stops a notebook at the cell that fails, names it with a trace in the cells, and goes on with the others', async () => {
    place.notebook(
      '01-throws',
      'interface Gone { a: number }\n\nfunction half(n: number): number {\n  // odd\n  if (n % 2) throw new RangeError(n + " is odd")\n  return n / 2\n}',
      'const three: number = 3\nawait null\n\nconst x = await Promise.resolve(half(three))',
      'console.log("never")',
    )
    place.notebook(
      '02-strays',
      'async function lost() {\n  await null\n  throw new Error("lost")\n}',
      'lost()\nawait new Promise(resolve => setTimeout(resolve, 60_000))',
    )
    place.notebook('03-types', 'const n = 1', "\nconst s: number = 'x'")
    place.notebook('04-works', '"fine"')
    const before = path.join(place.root, 'results', 'smoke', '01-throws')
    mkdirSync(before, { recursive: true })
    writeFileSync(path.join(before, 'trace.csv'), 'kept')

    const { code, text } = await place.run()
    expect(code).to.equal(1)
    expect(text).to.contain('3 of 4 notebooks failed')
    expect(text).to.contain(
      '01-throws failed in cell 2: RangeError: 3 is odd\n    at half (cell 1, line 5)\n    at cell 2, line 4\n',
    )
    expect(text).to.contain(
      '02-strays failed in cell 2: Error: lost\n  thrown in this cell, by code that nothing awaits\n    at lost (cell 1, line 3)\n',
    )
    expect(text).to.contain(
      "03-types failed in cell 2: TypeScriptError: cell 2, line 2, column 7: Type 'string' is not assignable",
    )
    expect(text).to.contain('04-works done')

    expect(readFileSync(path.join(before, 'trace.csv'), 'utf8')).to.equal('kept')
    expect(place.has('results', 'smoke', '01-throws', '01-throws.ipynb')).to.equal(false)
    expect(place.has('results', 'smoke', '02-strays')).to.equal(false)
    expect(place.has('results', 'smoke', '04-works', '04-works.ipynb')).to.equal(true)
    const [, failed, unrun] = place.outputs('results', 'scratch', 'failed', 'smoke', '01-throws.ipynb')
    expect(failed?.[0]).to.include({ output_type: 'error', ename: 'RangeError', evalue: '3 is odd' })
    expect(unrun).to.deep.equal([])
  })

  it('reports a kernel that was killed', async () => {
    place.notebook('01-dies', '"begun"', waiting(place.root))
    const runner = place.start('01-dies')
    await during(runner, () => place.has('here'), 'the second cell')
    process.kill(Number(place.read('here')), 'SIGKILL')
    const { code, text } = await runner.finished
    expect(code).to.equal(1)
    expect(text).to.contain('the kernel of 01-dies died (signal SIGKILL) in cell 2: out of memory?')
    expect(place.outputs('results', 'scratch', 'failed', 'smoke', '01-dies.ipynb')[0]).to.have.length(1)
    expect(place.has('results', 'smoke', '01-dies')).to.equal(false)
  })

  for (const [signal, expected] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    it(`${signal} to the runner ends driver and kernel and leaves the results that were there`, async () => {
      place.notebook('01-waits', waiting(place.root))
      const results = path.join(place.root, 'results', 'smoke', '01-waits')
      mkdirSync(results, { recursive: true })
      writeFileSync(path.join(results, 'trace.csv'), 'kept')
      const runner = place.start()
      await during(runner, () => place.has('here'), 'the cell')
      expect(processesOf(place.root).size, 'runner, driver, kernel').to.be.at.least(3)
      runner.child.kill(signal)
      const { code, text } = await runner.finished
      expect(code).to.equal(expected)
      expect(text).to.contain(`stopped by ${signal}`)
      expect(processesOf(place.root).size).to.equal(0)
      expect(readFileSync(path.join(results, 'trace.csv'), 'utf8')).to.equal('kept')
    })
  }

  it('a runner that is killed leaves no process, and the next run clears its leftovers away', async () => {
    place.notebook('01-waits', waiting(place.root))
    const runner = place.start()
    await during(runner, () => place.has('here'), 'the cell')
    runner.child.kill('SIGKILL')
    await until(() => processesOf(place.root).size === 0, 'the end of driver and kernel')
    expect(place.has('results', 'smoke', `.01-waits.${runner.child.pid}.tmp`)).to.equal(true)
    place.notebook('01-waits', '"works"')
    const again = await place.run()
    expect(again.code, again.text).to.equal(0)
    expect(place.has('results', 'smoke', `.01-waits.${runner.child.pid}.tmp`)).to.equal(false)
  })

  it('a kernel whose driver is killed ends too, though its event loop is busy', async () => {
    place.notebook('01-busy', waiting(place.root).replace(/await new.*$/, 'while (true) {}'))
    const runner = place.start()
    await during(runner, () => place.has('here'), 'the cell')
    const driver = [...processesOf(place.root)].find(([, command]) => command.includes('headless.py'))?.[0]
    process.kill(driver ?? 0, 'SIGKILL')
    const { code, text } = await runner.finished
    expect(code).to.equal(1)
    expect(text).to.contain('01-busy could not be run')
    expect(processesOf(place.root).size).to.equal(0)
  })
})
