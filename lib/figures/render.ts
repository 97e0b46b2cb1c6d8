/**
 * Figures to SVG and PNG in a headless browser: plotly.js draws only in one. Equal figures give equal bytes on one machine: plotly
 * takes the ids in its SVG from Math.random, which is seeded anew for each figure; text is measured in Open Sans,
 * which is brought along; nothing is loaded from a network. One browser serves all figures of a process.
 */
import { pathToFileURL } from 'node:url'
import { type BrowserContext, chromium, type Page, type Browser as Running } from 'playwright-core'
import { type Browser, findBrowser, packagedBrowser, packagedFonts } from './browser'
import { canonicalFigure } from './canonical'
import type { Figure } from './figure'
import { defaultWidth, fitFigure } from './layout'
import { drawInPage } from './page'

export interface Rendered {
  readonly svg: string
  /** Two pixels per CSS pixel. */
  readonly png: Buffer
}

export type Render = (figure: Figure, options?: RenderOptions) => Promise<Rendered>

export interface RenderOptions {
  /** CSS px; the layout is composed anew for it. 900 unless said. */
  readonly width?: number
}

interface Session {
  readonly browser: Running
  readonly context: BrowserContext
  readonly html: string
}

const plotly = require.resolve('plotly.js-dist')
const plotlyPackage = require.resolve('plotly.js-dist/package.json')

const quiet = [
  '--disable-gpu',
  '--disable-webgl',
  '--no-zygote',
  '--font-render-hinting=none',
  '--host-resolver-rules=MAP * ~NOTFOUND',
]

/**
 * Playwright would end the whole process on a signal, and with it a notebook's kernel that was only interrupted. The browser ends by
 * itself when its process is gone.
 */
const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }

let session: Promise<Session> | undefined
/** Renderings take turns: the browser draws one page at a time as fast as several. */
let turn: Promise<unknown> = Promise.resolve()

/**
 * Draws one figure, in the browser that this process already has open if it has one. Call `closeRenderer` when
 * no more figures follow: an open browser keeps the process alive.
 * @throws Error naming the browser and the mend when none can be started
 */
export function renderFigure(figure: Figure, options: RenderOptions = {}): Promise<Rendered> {
  const mine = turn.then(() => draw(figure, options))
  turn = mine.catch(() => undefined)
  return mine
}

/** Ends the browser, if one is open. */
export async function closeRenderer(): Promise<void> {
  await turn
  const open = session
  session = undefined
  if (open) await (await open).browser.close()
}

/** Draws any number of figures and ends the browser, also when something fails. */
export async function withRenderer<T>(use: (render: Render) => Promise<T>): Promise<T> {
  try {
    return await use(renderFigure)
  } finally {
    await closeRenderer()
  }
}

async function draw(figure: Figure, { width = defaultWidth }: RenderOptions): Promise<Rendered> {
  if (!Number.isInteger(width) || width < 200)
    throw new RangeError(`renderFigure: width is ${width}; expected a whole number of px, 200 or more`)
  session ??= open().catch((error: unknown) => {
    session = undefined
    throw error
  })
  // The canonical form is what is kept, so it is what is drawn: equal JSON, equal picture.
  const { data, layout } = canonicalFigure(fitFigure(figure, width))
  const input: Parameters<typeof drawInPage>[0] = {
    data,
    layout: layout as unknown as { width: number; height: number },
  }
  const page = await openPage(await session)
  try {
    const svg = await page.evaluate(drawInPage, input)
    const png = await page.locator('#figure').screenshot({ scale: 'device', animations: 'disabled' })
    return { svg: `${svg}\n`, png }
  } finally {
    await page.close()
  }
}

async function open(): Promise<Session> {
  const browser = await launch()
  try {
    const context = await browser.newContext({ deviceScaleFactor: 2, offline: true, colorScheme: 'light' })
    const style = `${await fontFaces()} body { margin: 0 } #figure { display: inline-block } #figure svg { display: block }`
    // Text in the font's two weights, so that both are loaded before plotly measures with them.
    const body = `<div id="figure" style="font-family: 'Open Sans'">a<b>b</b></div>`
    const html = `<!doctype html><style>${style}</style><script src="${pathToFileURL(plotly)}"></script>${body}`
    return { browser, context, html }
  } catch (error) {
    await browser.close()
    throw error
  }
}

/**
 * A page of its own for each figure: plotly remembers measured texts, and in a page that has drawn before, the SVG's attributes come
 * in another order. Loaded from its file plotly starts three times as fast (0.7 s) as when it is sent to the page.
 */
async function openPage({ context, html }: Session): Promise<Page> {
  const page = await context.newPage()
  try {
    // Only a page that is itself a file may load files. Some system browsers may not read every folder: those are sent it.
    await page.goto(`${pathToFileURL(plotlyPackage)}`).catch(() => undefined)
    await page.setContent(html)
    if (!(await page.evaluate('typeof Plotly === "object"'))) await page.addScriptTag({ path: plotly })
    await page.evaluate('document.fonts.ready.then(() => undefined)')
    return page
  } catch (error) {
    await page.close()
    throw error
  }
}

async function fontFaces(): Promise<string> {
  const fonts = await packagedFonts()
  const face = (file: string, weight: number): string => {
    const font = fonts.get(file)
    if (!font) throw new Error(`@sparticuz/chromium holds no ${file}; it holds ${[...fonts.keys()].join(', ')}`)
    return `@font-face { font-family: 'Open Sans'; font-weight: ${weight}; src: url(data:font/ttf;base64,${font.toString('base64')}) }`
  }
  return face('OpenSans-Regular.ttf', 400) + face('OpenSans-Bold.ttf', 700)
}

/** The found browser; where a system's own one does not start, the packaged one; that one also with the libraries it brings. */
async function launch(): Promise<Running> {
  const found = await findBrowser()
  const failures: string[] = []
  const attempt = async ({ path, source }: Browser, libraries?: string): Promise<Running | undefined> => {
    const env = { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) } as Record<string, string>
    try {
      return await chromium.launch({ executablePath: path, args: quiet, headless: true, env, ...signals })
    } catch (error) {
      failures.push(`${path} (${source}): ${reasonOf(error)}`)
      return undefined
    }
  }
  let running = await attempt(found)
  if (!running && found.source !== 'CHROME_PATH') {
    const packaged = found.source === 'system' ? await packagedBrowser() : found
    if (found.source === 'system') running = await attempt(packaged)
    running ??= await attempt(packaged, packaged.libraries)
  }
  if (running) return running
  throw new Error(
    `no browser to draw figures with could be started; install Chrome or Chromium, or set CHROME_PATH to one that works. Tried:\n  ${failures.join('\n  ')}`,
  )
}

/** The line of a launch error that says why: what the browser wrote last, else playwright's first line. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n').map((line) => line.trim())
  return lines.findLast((line) => /error|cannot|no such|denied|fatal/i.test(line)) ?? lines[0] ?? ''
}
