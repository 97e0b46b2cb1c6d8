/** A page in a real browser, with all that must not happen to it listed, and hands to scroll and swipe with. */
import { findBrowser } from 'blockwise/dist/figures'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export interface OpenPage {
  readonly page: Page
  /** Errors, warnings of the console, and requests that fail or leave the page's folder or server. */
  readonly faults: string[]
  /** The value of an expression in the page. */
  read<T>(expression: string): Promise<T>
  /** From top to bottom, waiting for the figures in view. */
  scrollThrough(): Promise<void>
  /** A finger put down at x, y and drawn upwards. */
  swipeUp(x: number, y: number, distance: number): Promise<void>
}

export async function launchBrowser(): Promise<Browser> {
  const { path } = await findBrowser()
  return chromium.launch({ executablePath: path, args: ['--disable-gpu', '--no-zygote', '--font-render-hinting=none'] })
}

/** Opens a page in a context of its own. `window.shift` of the page is the sum of its layout shifts. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`))
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`)
  })
  const here = url.startsWith('file:') ? 'file:' : new URL(url).origin
  page.on('request', (request) => {
    if (!request.url().startsWith(here) && !request.url().startsWith('data:')) faults.push(`asked ${request.url()}`)
  })
  // Shifts of all kinds, also those that an input excuses: here nothing may move.
  await page.addInitScript(`window.shift = 0
    new PerformanceObserver((list) => { for (const { value } of list.getEntries()) window.shift += value })
      .observe({ type: 'layout-shift', buffered: true })`)
  await page.goto(url)
  const read = <T>(expression: string): Promise<T> => page.evaluate<T>(expression)
  return {
    page,
    faults,
    read,
    async scrollThrough() {
      for (let y = 0; y <= (await read<number>('document.documentElement.scrollHeight')); y += 700) {
        await read(`scrollTo(0, ${y})`)
        await page.waitForFunction(`[...document.querySelectorAll('plotted-figure')].every((figure) => {
          const { top, bottom } = figure.getBoundingClientRect()
          return bottom < 0 || top > innerHeight || figure.querySelector('.main-svg')
        })`)
      }
    },
    async swipeUp(x, y, distance) {
      const session = await page.context().newCDPSession(page)
      const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
        session.send('Input.dispatchTouchEvent', { type, touchPoints })
      await touch('touchStart', [{ x, y }])
      for (let moved = 0; moved <= distance; moved += 20) {
        await touch('touchMove', [{ x, y: y - moved }])
        await page.waitForTimeout(16)
      }
      await touch('touchEnd', [])
    },
  }
}
