/**
 * `<plotted-figure>`: reserves its place, at its final height, the moment it is parsed; draws when it comes into view. Parsing the JSON
 * and drawing wait until then: a page of forty figures opens as fast as one of none.
 */

export interface PlottedFigure {
  readonly data: readonly object[]
  readonly layout: { readonly width?: number; readonly height?: number }
  readonly meta: object
}

/** `fitFigure` of lib/figures/layout.ts, which the page brings along. */
export type FitFigure = (figure: PlottedFigure, width: number) => PlottedFigure

interface PlotlyLibrary {
  newPlot(place: HTMLElement, data: readonly object[], layout: object, config: object): Promise<unknown>
  purge(place: HTMLElement): void
}

const widest = 900
/** The page's margin either side of a figure, as in its style. */
const edge = 12

/** Every figure has the same width: what the page has, up to the width that figures are made for. */
const figureWidth = (): number => Math.min(widest, document.documentElement.clientWidth - 2 * edge)

/** On a touch screen a finger on a figure scrolls the page instead of marking a range to zoom into. */
const touched = (): boolean => matchMedia('(pointer: coarse)').matches

const config = {
  displaylogo: false,
  modeBarButtonsToRemove: ['toImage', 'select2d', 'lasso2d', 'autoScale2d'],
}

/** Defines the element, and draws anew at another width of the page. */
export function definePlottedFigure(fitFigure: FitFigure): void {
  const plotly = (): PlotlyLibrary | undefined => (window as { Plotly?: PlotlyLibrary }).Plotly
  const waiting = new Set<PlottedFigureElement>()
  let width = figureWidth()
  let drawing = false

  /** One figure at a time, so that the page can be scrolled between two; one that has left the view again is not drawn. */
  function drawWaiting(): void {
    const [next] = waiting
    drawing = next !== undefined
    if (!next) return
    waiting.delete(next)
    next.draw()
    setTimeout(drawWaiting)
  }

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting) waiting.add(target as PlottedFigureElement)
        else waiting.delete(target as PlottedFigureElement)
      if (!drawing) drawWaiting()
    },
    { rootMargin: '200px 0px' },
  )

  class PlottedFigureElement extends HTMLElement {
    #host: HTMLElement | undefined

    connectedCallback(): void {
      this.reserve()
      // plotly.js is a deferred script: it is there when the document is.
      document.addEventListener('DOMContentLoaded', () => observer.observe(this))
    }

    reserve(): void {
      const meta = JSON.parse(this.dataset.place!) as object
      const { layout } = fitFigure({ data: [], layout: {}, meta }, width)
      this.style.width = `${layout.width}px`
      this.style.height = `${layout.height}px`
    }

    draw(): void {
      observer.unobserve(this)
      const host = document.createElement('div')
      this.#host = host
      this.append(host)
      const library = plotly()
      if (!library) {
        host.textContent = 'This figure cannot be drawn: plotly.min.js is not beside this page.'
        return
      }
      const stored = JSON.parse(this.querySelector('script')!.textContent!) as PlottedFigure
      const { data, layout } = fitFigure(stored, width)
      void library.newPlot(host, data, { ...layout, ...(touched() ? { dragmode: false } : {}) }, config).then(() => {
        // Title and caption stand in the page for those who listen; the picture's scattered texts say nothing more.
        for (const svg of host.querySelectorAll('svg.main-svg')) svg.setAttribute('aria-hidden', 'true')
      })
    }

    /** Takes the drawing away, to be drawn at the width of now when in view. */
    clear(): void {
      if (this.#host) plotly()?.purge(this.#host)
      this.#host?.remove()
      this.#host = undefined
      this.reserve()
      observer.observe(this)
    }
  }

  customElements.define('plotted-figure', PlottedFigureElement)
  addEventListener('resize', () => {
    if (figureWidth() === width) return
    width = figureWidth()
    waiting.clear()
    for (const figure of document.querySelectorAll<PlottedFigureElement>('plotted-figure')) figure.clear()
  })
}
