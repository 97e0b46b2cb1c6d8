import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readExperiment } from 'blockwise/dist/evidence/report/experiment'
import { writeReport } from 'blockwise/dist/evidence/report/write'
import { folderTree, notebooksOf } from 'blockwise/dist/evidence/results-tree'
import { expect } from 'chai'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser, type OpenPage, openPage } from './open-page'
import { checksum, code, hostile, ledgerOf, writeNotebook } from './report-fixture'

const axe = require.resolve('axe-core/axe.min.js')
const ten = Array.from({ length: 10 }, (_, i) => `${String(i + 1).padStart(2, '0')}-experiment`)

/** Writes notebooks and their report; returns the page's file. */
function publish(root: string, ids: readonly string[], text: string): string {
  for (const id of ids) writeNotebook(root, id, { text })
  const tree = folderTree(root, 'a temporary folder')
  const experiments = notebooksOf(tree, 'quick').map((id) => readExperiment(tree, 'quick', id))
  return writeReport(root, { profile: 'quick', ledger: ledgerOf(ids[0]!, text), experiments })[0]!
}

describe('the report page', function () {
  this.timeout(60_000)
  let root = ''
  let browser: Browser
  let large = ''
  let nasty = ''
  let opened: OpenPage
  let page: Page

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'blockwise-report-'))
    large = publish(join(root, 'large'), ten, '')
    nasty = publish(join(root, 'nasty'), ['01-nasty'], hostile)
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    rmSync(root, { recursive: true, force: true })
  })
  afterEach(async () => {
    await page.context().close()
    expect(opened.faults).to.deep.equal([])
  })

  async function open(url: string, options: BrowserContextOptions = {}): Promise<void> {
    opened = await openPage(browser, url, options)
    page = opened.page
  }
  const openFile = (file: string, options?: BrowserContextOptions): Promise<void> =>
    open(`${pathToFileURL(file)}`, options)
  const read = <T>(expression: string): Promise<T> => opened.read<T>(expression)
  const drawn = (): Promise<number> => read('document.querySelectorAll("plotted-figure:has(.main-svg)").length')

  it('opens from disk with ten notebooks in under a second, nothing drawn that is not in view', async () => {
    const times: number[] = []
    for (let i = 0; i < 3; i++) {
      if (i > 0) await page.context().close()
      await openFile(large)
      await page.waitForFunction('performance.getEntriesByType("navigation")[0].loadEventEnd > 0')
      times.push(await read<number>('performance.getEntriesByType("navigation")[0].loadEventEnd'))
      expect(await drawn()).to.equal(0)
    }
    // The machine may be busy with something else; the best of three is the page's own time.
    expect(Math.min(...times), `loaded after ${times.map(Math.round)} ms`).to.be.below(1000)
  })

  it('draws figures when they are scrolled to, in the places kept for them, and nothing moves', async () => {
    await openFile(large)
    const heights = 'JSON.stringify([...document.querySelectorAll("plotted-figure")].map((f) => f.offsetHeight))'
    const reserved = await read<string>(heights)
    await read('document.querySelector("plotted-figure").scrollIntoView()')
    await page.waitForFunction('document.querySelectorAll(".js-plotly-plot .main-svg").length > 0')
    expect(await drawn()).to.be.within(1, 4)
    await read('scrollTo(0, 0)')
    await opened.scrollThrough()
    expect(await drawn()).to.equal(40)
    expect(await read(heights)).to.equal(reserved)
    const pictures =
      'JSON.stringify([...document.querySelectorAll("plotted-figure")].map((f) => f.querySelector(".main-svg").height.baseVal.value))'
    expect(await read(pictures)).to.equal(reserved)
    expect(await read<number>('window.shift')).to.be.below(0.01)
    // The observer does see a shift.
    await read('scrollTo(0, 0)')
    await read('document.querySelector("header").style.paddingTop = "300px"')
    await page.waitForFunction('window.shift > 0.01')
  })

  it('lays figures out anew for another width', async () => {
    await openFile(large)
    await read('document.querySelector("plotted-figure").scrollIntoView()')
    await page.waitForFunction('document.querySelector("plotted-figure .main-svg")')
    await page.setViewportSize({ width: 500, height: 800 })
    await read('document.querySelector("plotted-figure").scrollIntoView()')
    const widths =
      'JSON.stringify([...document.querySelectorAll("plotted-figure .main-svg:first-child")].map((svg) => svg.width.baseVal.value))'
    await page.waitForFunction(`${widths}.startsWith('[476')`)
    expect(await read<number>('document.documentElement.scrollWidth')).to.be.at.most(500)
  })

  it('has no link that leads nowhere', async () => {
    await openFile(large)
    const links = await read<string[]>('[...document.querySelectorAll("a")].map((a) => a.getAttribute("href"))')
    const ids = new Set(await read<string[]>('[...document.querySelectorAll("[id]")].map(({ id }) => id)'))
    expect(links.length).to.be.above(200)
    const dead = links.filter((link) =>
      link.startsWith('#')
        ? !ids.has(decodeURIComponent(link.slice(1)))
        : !existsSync(join(dirname(large), decodeURIComponent(link))),
    )
    expect(dead).to.deep.equal([])
    expect(ids.size, 'every id once').to.equal(await read('document.querySelectorAll("[id]").length'))
  })

  it('leads from a number to its figure and on to code, data and runs, a click each', async () => {
    await openFile(large)
    const inView = (id: string): Promise<unknown> =>
      page.waitForFunction(`(() => { const { top } = document.getElementById('${id}').getBoundingClientRect()
        return top >= 0 && top < innerHeight / 2 })()`)
    await page.click('.claim .value')
    await inView(`${ten[0]}/figure/two`)
    await page.click(`[id="${ten[0]}/figure/two"] >> text=Run record`)
    await inView(`${ten[0]}/record`)
    const record = await page.innerText(`[id="${ten[0]}/record"]`)
    expect(record).to.include(code).and.include(checksum).and.include('run-of-seed-2').and.include('gamma=0.1')
    expect(record).to.include('TensorFlow 2.21.0').and.include('2026-11-23 06:18 UTC').and.include('b00c'.repeat(16))
  })

  it('filters claims by verdict and paper, with the mouse and with the keyboard alone', async () => {
    await openFile(large)
    const shown = (): Promise<string> =>
      read(
        '[...document.querySelectorAll(".claim")].filter((c) => c.offsetHeight > 0).map((c) => c.id.split("/")[1]).join(" ")',
      )
    const said = (): Promise<string> => page.innerText('output')
    const run = 'reproduced partly not-reproduced not-testable'
    expect(await shown()).to.equal(run)
    expect(await said()).to.equal('4 claims of 84 shown')
    await page.click('.tally:has-text("partly")')
    expect(await shown()).to.equal('reproduced not-reproduced not-testable')
    await page.selectOption('select', 'Writer & Other 2020')
    expect(await shown()).to.equal('not-reproduced not-testable')
    expect(await page.isVisible('h3:text("Author 2017")')).to.equal(false)

    await page.reload()
    await page.focus('.skip')
    for (let i = 0; i < 40 && !(await read('document.activeElement.value === "reproduced"')); i++)
      await page.keyboard.press('Tab')
    expect(await read('getComputedStyle(document.activeElement).outlineStyle')).to.equal('solid')
    await page.keyboard.press('Space')
    expect(await shown()).to.equal('partly not-reproduced not-testable')
    for (let i = 0; i < 4; i++) await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    expect(await said()).to.equal('83 claims of 84 shown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    expect(await said()).to.equal('1 claim of 84 shown')
    expect(await shown()).to.equal('partly')
    for (const verdict of ['partly', 'reproduced', 'not reproduced', 'not testable', 'not run'])
      await page.setChecked(`[value="${verdict}"]`, false)
    expect(await page.isVisible('text=No claim has these verdicts')).to.equal(true)

    await read('location.hash = "#writer-2020/claim-7"')
    await page.waitForFunction('document.querySelector(".claim:target").offsetHeight > 0')
  })

  it('shows the rest of a table when asked, and keeps the focus in it', async () => {
    await openFile(large)
    const count = (): Promise<number> => read('document.querySelector(".table tbody").rows.length')
    expect(await count()).to.equal(5)
    await page.focus('.table .more')
    await page.keyboard.press('Enter')
    expect(await count()).to.equal(205)
    expect(await page.innerText('.table .more')).to.equal('Show more rows (1,613 left)')
    for (let i = 0; i < 9; i++) await page.click('.more >> nth=0')
    expect(await count()).to.equal(1818)
    expect(await page.innerText('.table >> nth=0 >> tr >> nth=-1')).to.include('raw-pixels\t2\t100\t0.712871')
    expect(await read('document.activeElement.getAttribute("aria-label")')).to.equal('Table trace.csv')
  })

  it('shows hostile texts as texts', async () => {
    await openFile(nasty)
    await page.setChecked('[value="not run"]', true)
    await opened.scrollThrough()
    await page.click('.more >> nth=0')
    expect(await read('window.hacked')).to.equal(undefined)
    expect(await read('document.querySelectorAll("img, main script:not([type])").length')).to.equal(0)
    expect(await page.innerText('.claim .why >> nth=0')).to.include(`Reason of author-2017/reproduced: ${hostile}`)
    expect(await page.innerText('h2 >> nth=1')).to.equal(`Notebook 01-nasty ${hostile}`)
    expect(await page.innerText('.settings')).to.include(`note=${hostile}`)
    expect(await page.innerText('.table tbody tr >> nth=9')).to.include(hostile.replace(/[",]/g, ''))
    expect(await read('document.querySelector("figcaption .unseen").textContent')).to.include(`Author 2017 ${hostile}`)
    expect((await page.textContent('.js-plotly-plot'))!.replaceAll(/\s/g, '')).to.include(hostile.replaceAll(' ', ''))
  })

  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 400],
  ] as const)
    it(`has no serious accessibility fault: ${scheme}, ${width} px`, async () => {
      await openFile(nasty, { viewport: { width, height: 800 }, colorScheme: scheme })
      const background = await read<string>('getComputedStyle(document.body).backgroundColor')
      const lightness = Number(/\d+/.exec(background)![0])
      if (scheme === 'dark') expect(lightness).to.be.below(60)
      else expect(lightness).to.be.above(200)
      await page.setChecked('[value="not run"]', true)
      await read('document.querySelectorAll("details").forEach((d) => { d.open = true })')
      await opened.scrollThrough()
      await read('location.hash = "#writer-2020/not-reproduced"')
      expect(await read('getComputedStyle(document.querySelector("plotted-figure")).backgroundColor')).to.equal(
        'rgb(255, 255, 255)',
      )
      await page.addScriptTag({ path: axe })
      const violations = await read<string[]>(`axe.run().then(({ violations }) => violations
        .filter(({ impact }) => ['serious', 'critical'].includes(impact))
        .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`)
      expect(violations).to.deep.equal([])
    })

  for (const width of [400, 320])
    it(`fits a phone of ${width} px, and a finger on a figure scrolls the page`, async () => {
      await openFile(nasty, { viewport: { width, height: 800 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 })
      await page.setChecked('[value="not run"]', true)
      await read('document.querySelectorAll("details").forEach((d) => { d.open = true })')
      await opened.scrollThrough()
      expect(await read<number>('document.documentElement.scrollWidth')).to.equal(width)
      expect(await read<number>('innerWidth'), 'not zoomed out').to.equal(width)
      await read('document.querySelector(".nsewdrag").scrollIntoView({ block: "center" })')
      const before = await read<number>('scrollY')
      expect(await read('document.elementFromPoint(innerWidth * 0.7, 400).className.baseVal')).to.include('nsewdrag')
      await opened.swipeUp(width * 0.7, 400, 200)
      await page.waitForFunction(`scrollY > ${before} + 100`)
    })

  it('opens from a web server, where its parts are all there', async () => {
    const folder = dirname(large)
    const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }
    const server = createServer((request, response) => {
      const file = join(folder, decodeURIComponent(new URL(request.url!, 'http://localhost').pathname))
      const found = existsSync(file)
      response.writeHead(found ? 200 : 404, { 'content-type': types[extname(file)] ?? 'text/plain' })
      response.end(found ? readFileSync(file) : '')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html#${ten[4]}/figure/two`)
      await page.waitForFunction(`document.getElementById('${ten[4]}/figure/two').querySelector('.main-svg')`)
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })

  it('says so where plotly.js is not beside it', async () => {
    const alone = join(root, 'alone.html')
    writeFileSync(alone, readFileSync(nasty))
    await openFile(alone)
    await read('document.querySelector("plotted-figure").scrollIntoView()')
    await page.waitForSelector('text=plotly.min.js is not beside this page')
    expect(opened.faults.splice(0).join()).to.include('plotly.min.js')
  })
})
