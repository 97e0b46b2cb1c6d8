import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bars,
  canonicalJson,
  closeRenderer,
  curves,
  findBrowser,
  heatMap,
  images,
  knownMethods,
  type Row,
  renderFigure,
  scatterFit,
  withRenderer,
  writeFigure,
} from 'blockwise/dist/figures'
import { packagedFonts } from 'blockwise/dist/figures/browser'
import { expect } from 'chai'
import { chromium } from 'playwright-core'

const table: Row[] = [0, 1].flatMap((seed) =>
  [1, 2, 3].map((iteration) => ({ method: 'dlam', seed, iteration, loss: (10 + seed) / iteration })),
)
const figure = (title: string, log: boolean, rows: Row[] = table): ReturnType<typeof curves> =>
  curves(rows, {
    id: 'loss',
    title,
    table: 'trace',
    x: { column: 'iteration', label: 'iteration', unit: 'count' },
    y: { column: 'loss', label: 'loss', unit: 's < t & u', log },
    series: ['method'],
    seed: 'seed',
    spread: 'range',
    caption: { source: 'Author 2017', profile: 'smoke', device: 'CPU' },
  })

/** Texts that leave the picture or lie on another text, measured in a browser of the test's own. */
async function faultsOfTexts(pictures: Map<string, string>): Promise<string[]> {
  const executablePath = (await findBrowser()).path
  const browser = await chromium.launch({ executablePath, args: ['--font-render-hinting=none'] })
  try {
    const page = await browser.newPage()
    const font = (await packagedFonts()).get('OpenSans-Regular.ttf')!.toString('base64')
    const style = `@font-face { font-family: 'Open Sans'; src: url(data:font/ttf;base64,${font}) } body { margin: 0 }`
    const faults: string[] = []
    for (const [name, svg] of pictures) {
      await page.setContent(`<style>${style}</style>${svg}`)
      const found = await page.evaluate<string[]>(`document.fonts.ready.then(() => {
        const frame = document.querySelector('svg').getBoundingClientRect()
        const boxes = [...document.querySelectorAll('text')]
          .map((text) => [text.textContent, text.getBoundingClientRect()])
          .filter(([text, box]) => text.trim() !== '' && box.width > 0)
        const outside = boxes.filter(([, b]) => b.left < 0 || b.top < 0 || b.right > frame.right || b.bottom > frame.bottom)
        const over = boxes.flatMap(([s, a], i) => boxes.slice(i + 1)
          .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1)
          .filter(([, b]) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
          .map(([t]) => s + ' | ' + t))
        const box = (selector) => document.querySelector(selector)?.getBoundingClientRect()
        const legend = box('.legend .bg')
        const gap = legend && (legend.top < box('.xtitle').bottom || legend.bottom > box('.annotation[data-index="' + (document.querySelectorAll('.annotation').length - 1) + '"]').top)
        if (gap) over.push('legend on its neighbours')
        const bar = box('.cbfills')
        if (bar) over.push(...boxes.filter(([, b]) => b.left < bar.right && b.right > bar.left && b.top < bar.bottom - 1 && b.bottom > bar.top + 1)
          .map(([s]) => 'on the colour bar: ' + s))
        if (!bar !== !document.querySelector('.heatmaplayer .hm')) over.push('a heat map needs a colour bar')
        return [...outside.map(([s]) => 'outside: ' + s), ...over, ...(boxes.length < 8 ? ['too few texts'] : [])]
      })`)
      faults.push(...found.map((fault) => `${name}: ${fault}`))
    }
    return faults
  } finally {
    await browser.close()
  }
}

describe('rendering', function () {
  this.timeout(60_000)
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockwise-figures-'))
  })
  after(closeRenderer)
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('gives the same SVG and PNG bytes, after other figures, in a new browser, and from JSON read back', async () => {
    const first = await withRenderer((render) => render(figure('A', true)))
    const [second, third] = await withRenderer(async (render) => {
      await render(figure('Another', false))
      const read = JSON.parse(canonicalJson(figure('A', true))) as ReturnType<typeof curves>
      return [await render(figure('A', true)), await render(read)]
    })
    for (const again of [second, third]) {
      expect(again.svg === first.svg, 'SVG').to.equal(true)
      expect(again.png.equals(first.png), 'PNG').to.equal(true)
    }
    expect(first.svg).to.include('loss [s &#60; t &amp; u]')
    // Width and height of the PNG's header: two pixels per CSS pixel.
    expect(first.png.readUInt32BE(16)).to.equal(1800)
    expect(first.png.readUInt32BE(20)).to.equal(2 * (figure('A', true).layout.height as number))
  })

  it('keeps every text inside the picture and off the others, wide and on a phone', async () => {
    const caption = { source: 'Author 2017, Fig. 3(b) and section 3.3.1', profile: 'smoke', device: 'CPU, 2 threads' }
    const errors: Row[] = ['caffe-nesterov', 'random-features', 'two-splitting-bcd'].flatMap((method) =>
      ['', 'momentum=0.95'].flatMap((setting) =>
        [0, 1].map((seed) => ({ method, setting, seed, error: 0.1 + seed / 50 })),
      ),
    )
    const many: Row[] = knownMethods
      .slice(-10)
      .flatMap((method) => [1, 2].map((iteration) => ({ method, seed: 0, iteration, loss: iteration })))
    const timings: Row[] = [11e3, 22e3, 33e3, 44e3, 55e3].flatMap((n) =>
      [1e-4, 1e-3, 1e-2, 0.1, 1].map((rho) => ({
        method: 'dlam',
        setting: `samples=${n};rho=${rho}`,
        n,
        rho,
        seed: 0,
        seconds: n * (1.5e-5 + 5e-5 * rho ** 0.4) + (n % 7) / 100,
      })),
    )
    const samples = { column: 'n', label: 'training samples N', unit: 'count' }
    const penalty = { column: 'rho', label: 'penalty rho', unit: '1' }
    const seconds = { column: 'seconds', label: 'time per iteration', unit: 's' }
    const grid = { id: 'grid', title: 'Time per iteration', table: 'times', seed: 'seed', digits: 3, caption }
    const drawn = [
      figure('A title that is far too long for one line of a phone and says in words what the figure shows', true),
      figure('Many methods', false, many),
      bars(errors, {
        id: 'errors',
        table: 'errors',
        title: 'Test error of a linear SVM on the features that each of these methods has learned',
        value: { column: 'error', label: 'test error of the SVM on u3', unit: '%', scale: 100 },
        series: ['method', 'setting'],
        seed: 'seed',
        best: 'lowest',
        digits: 2,
        caption,
        references: [{ id: 'published', value: 6, label: '94 % accuracy, as the report says' }],
      }),
      heatMap(timings, { ...grid, x: samples, y: penalty, meaning: 'amount', value: { ...seconds, log: true } }),
      // Columns whose labels stand on end, and a scale title of several lines.
      heatMap(timings, {
        ...grid,
        title: 'Ratios, few rows and many long columns',
        x: { column: 'setting', label: 'setting' },
        y: { column: 'method', label: 'a title longer than its one row is high' },
        meaning: 'ratio',
        value: { column: 'seconds', label: 'seconds per iteration of ours, over those that Table 2 gives', unit: '1' },
      }),
      images(
        ['tikhonov-bcd', 'caffe-adam'].flatMap((method) =>
          Array.from({ length: 4 * 784 }, (_, i) => ({
            ...{ method, unit: Math.floor(i / 784), row: Math.floor((i % 784) / 28), column: i % 28 },
            weight: Math.sin(i / 9),
          })),
        ),
        {
          ...{ id: 'images', title: 'Weights of the first units as images', table: 'weights', caption },
          ...{ series: ['method'], panel: { column: 'unit', label: 'unit' }, pixel: { row: 'row', column: 'column' } },
          value: { column: 'weight', label: 'weight' },
        },
      ),
      scatterFit(timings, {
        ...grid,
        title: 'Time against samples, and the slopes',
        x: samples,
        y: seconds,
        series: ['method', 'rho'],
        spread: 'range',
      }),
      scatterFit(timings, {
        ...grid,
        title: 'Power laws',
        x: { ...samples, log: true },
        y: { ...seconds, log: true },
        series: ['method', 'rho'],
        spread: 'sd',
      }),
    ]
    const pictures = new Map<string, string>()
    for (const width of [900, 400])
      for (const each of drawn) {
        const { svg, png } = await renderFigure(each, { width })
        expect(png.readUInt32BE(16)).to.equal(2 * width)
        pictures.set(`${each.meta.title} at ${width} px`, svg)
      }
    expect(await faultsOfTexts(pictures)).to.deep.equal([])
  })

  it('writes the three files, and the JSON is the canonical one', async () => {
    const files = await writeFigure(join(folder, 'deep'), 'loss', figure('A', false))
    expect((await readdir(join(folder, 'deep'))).sort()).to.deep.equal(['loss.json', 'loss.png', 'loss.svg'])
    expect(await readFile(files.json, 'utf8')).to.equal(canonicalJson(figure('A', false)))
  })

  it('writes nothing when the browser does not start, and names it and the mend', async () => {
    await closeRenderer()
    const broken = join(folder, 'chrome')
    await writeFile(broken, '#!/bin/sh\necho "error: no display" >&2\nexit 1\n')
    await chmod(broken, 0o755)
    const before = process.env.CHROME_PATH
    process.env.CHROME_PATH = broken
    try {
      const failure = await writeFigure(join(folder, 'out'), 'loss', figure('A', false)).catch((error: Error) => error)
      expect(failure).to.be.instanceOf(Error)
      expect((failure as Error).message)
        .to.include(`${broken} (CHROME_PATH)`)
        .and.include('set CHROME_PATH to one that works')
      expect(await readdir(folder)).to.deep.equal(['chrome'])
      process.env.CHROME_PATH = join(folder, 'absent')
      const missing = await findBrowser().catch((error: Error) => error)
      expect((missing as Error).message).to.include('which is no executable file')
    } finally {
      if (before === undefined) delete process.env.CHROME_PATH
      else process.env.CHROME_PATH = before
    }
  })

  it('draws with the packaged browser where the one on the PATH does not start', async () => {
    await closeRenderer()
    await writeFile(join(folder, 'google-chrome-stable'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const before = process.env.PATH
    process.env.PATH = `${folder}:${before}`
    try {
      expect(await findBrowser()).to.deep.include({ path: join(folder, 'google-chrome-stable'), source: 'system' })
      expect((await renderFigure(figure('A', false))).svg).to.match(/^<svg/)
    } finally {
      process.env.PATH = before
    }
  })
})
