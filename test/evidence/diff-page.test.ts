import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { compareResults } from 'blockwise/dist/evidence/compare-results'
import { diffPage } from 'blockwise/dist/evidence/diff-page'
import type { ResultsTree } from 'blockwise/dist/evidence/results-tree'
import { canonicalJson, curves, findBrowser, type Json } from 'blockwise/dist/figures'
import { expect } from 'chai'
import { type Browser, chromium, type Page } from 'playwright-core'

/** So many figures of ten curves with a thousand points each, the first of which differs between old and new. */
const many = 200

function tree(name: string, shift: number): ResultsTree {
  const files = new Map<string, Buffer>()
  const put = (file: string, text: string) => files.set(`quick/01-many/${file}`, Buffer.from(text))
  for (let f = 0; f < many; f++) {
    const rows = Array.from({ length: 10 }, (_, method) =>
      Array.from({ length: 1000 }, (_, iteration) => ({
        method: `m${method}`,
        seed: 0,
        iteration,
        loss: (method + 1) * Math.exp(-iteration / 300) + (f === 150 && method === 3 && iteration === 500 ? shift : 0),
      })),
    ).flat()
    const figure = curves(rows, {
      id: `f${f}`,
      title: `Figure ${f} </script><img src=x onerror=alert(1)>`,
      table: 'trace',
      x: { column: 'iteration', label: 'iteration', unit: 'count' },
      y: { column: 'loss', label: 'loss', unit: '1', log: true },
      series: ['method'],
      seed: 'seed',
      spread: 'range',
      caption: { source: 'Author 2017', profile: 'quick', device: 'CPU' },
    })
    // The table is left out: it would be larger than all figures.
    const { drawn: _, ...meta } = figure.meta
    put(`f${f}.json`, canonicalJson({ ...figure, meta } as unknown as Json))
  }
  const engine = { tensorflow: '1', device: 'cpu', processor: 'p', threads: 1 }
  const notebook = { id: '01-many', profile: 'quick', seeds: 1, code: 'c' }
  const checksum = (text: Buffer) => createHash('sha256').update(text).digest('hex')
  const sums = Object.fromEntries([...files].map(([file, text]) => [path.basename(file), checksum(text)]))
  put('run.json', JSON.stringify({ notebook, engine, finished: '', files: sums, timing: {}, runs: [] }))
  return { name, files: [...files.keys()].sort(), read: (file) => files.get(file) ?? null }
}

describe('the page of a diff', function () {
  this.timeout(120_000)
  let browser: Browser
  let page: Page
  let folder: string
  let seconds: number
  let bytes: number
  const troubles: string[] = []

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'blockwise-diff-page-'))
    const [old, now] = [tree('HEAD', 0), tree('the working tree', 0.1)]
    const comparisons = compareResults(old, now, { profiles: ['quick'], notebooks: [], notebookCode: () => 'c' })
    const html = diffPage(comparisons, old, now)
    bytes = html.length
    const file = path.join(folder, 'diff.html')
    writeFileSync(file, html)
    const { path: executablePath } = await findBrowser()
    browser = await chromium.launch({ executablePath, args: ['--disable-gpu', '--no-zygote'] })
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true })).newPage()
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
    page.on('pageerror', (error) => troubles.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith('file://') && !/^(data|blob):/.test(request.url())) troubles.push(request.url())
    })
    const began = performance.now()
    await page.goto(`${pathToFileURL(file)}`, { waitUntil: 'load' })
    seconds = (performance.now() - began) / 1000
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const drawn = () => page.locator('.compared[data-drawn]').count()
  const shown = () => page.locator('.compared:visible').count()

  it('stays light: 200 figures of 10 curves and 1,000 points', async () => {
    expect(bytes).to.be.below(40e6)
    expect(seconds).to.be.below(5)
    expect(await page.locator('.compared').count()).to.equal(many)
    expect(await drawn()).to.be.below(10)
  })

  it('shows what changed first, with old, new and difference drawn, and the point named', async () => {
    const first = page.locator('.compared').first()
    expect(await first.getAttribute('id')).to.equal('quick/01-many/f150')
    await first.scrollIntoViewIfNeeded()
    await page.waitForFunction("document.querySelectorAll('#quick\\\\/01-many\\\\/f150 .place .main-svg').length >= 3")
    expect(await first.locator('.sides h4').allTextContents()).to.deep.equal(['old', 'new', 'difference'])
    const row = await first.locator('tbody tr').first().locator('th, td').allTextContents()
    expect(row[0]).to.equal('f150|method=m3|mean')
    expect(row.slice(1, 3)).to.deep.equal(['changed', 'close'])
    expect(row[4]).to.equal('y at x = 500')
    expect(row[7]).to.match(/^\+\d+(\.\d+)? %$/)
    expect(await page.locator('.sides').nth(1).locator('h4').allTextContents()).to.deep.equal(['old and new'])
  })

  it('is filtered by status, with the keyboard too, and takes away what is far', async () => {
    expect(await shown()).to.equal(1)
    const same = page.locator('[name=status][value=same]')
    await same.focus()
    await page.keyboard.press('Space')
    expect(await shown()).to.equal(many)
    expect(await page.locator('.filter output').textContent()).to.equal(`${many} of ${many} figures shown`)
    await page.locator('.compared').nth(100).scrollIntoViewIfNeeded()
    await page.waitForFunction("document.querySelectorAll('.compared')[100].querySelector('.main-svg') !== null")
    await page.waitForFunction("document.querySelectorAll('.compared')[0].querySelector('.main-svg') === null")
    expect(await drawn()).to.be.below(10)
  })

  it('reserves every place at its height: nothing moves when a figure is drawn', async () => {
    const [before, after] = await page.evaluate<[number, number]>(`(async () => {
      const place = document.querySelectorAll('.compared')[40].querySelector('.place')
      const before = place.getBoundingClientRect().height
      place.scrollIntoView()
      while (!place.querySelector('.main-svg')) await new Promise((done) => setTimeout(done, 50))
      return [before, place.querySelector('.main-svg').getBoundingClientRect().height]
    })()`)
    expect(after).to.equal(before)
  })

  it('fits a phone, and has no serious violation of accessibility in light and dark', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(400)
    await page.addScriptTag({ content: readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8') })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const serious = await page.evaluate<string[]>(
        `axe.run('header, main > section:first-child, .filter, .compared:nth-of-type(1)').then(({ violations }) =>
          violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
      )
      expect(serious).to.deep.equal([])
    }
  })

  it('asks for nothing from a network and reports no error, whatever a title holds', () => {
    expect(troubles).to.deep.equal([])
  })
})
