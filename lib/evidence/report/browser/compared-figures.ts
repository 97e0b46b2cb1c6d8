/**
 * The page of `blockwise diff`: each figure's old, new and difference stand in places that are reserved at their final height; their data,
 * compressed in the page, are inflated and drawn when they come into view, and taken away again when they are far from it. So hundreds
 * of figures cost what a screenful costs.
 */
import type { FitFigure, PlottedFigure } from './plotted-figure'

interface PlotlyLibrary {
  newPlot(place: HTMLElement, data: readonly object[], layout: object, config: object): Promise<unknown>
  purge(place: HTMLElement): void
}

/** What a section's payload holds: a figure per place. */
type Payload = Readonly<Record<string, PlottedFigure>>

const config = { displaylogo: false, modeBarButtonsToRemove: ['toImage', 'select2d', 'lasso2d', 'autoScale2d'] }
const widest = 900

export function startDiff(fitFigure: FitFigure): void {
  const plotly = (): PlotlyLibrary => (window as unknown as { Plotly: PlotlyLibrary }).Plotly

  const placesOf = (section: HTMLElement): HTMLElement[] => [
    ...section.querySelectorAll<HTMLElement>('.place[data-meta]'),
  ]
  const widthOf = (place: HTMLElement): number => Math.max(200, Math.min(widest, Math.floor(place.clientWidth)))

  function reserve(section: HTMLElement): void {
    for (const place of placesOf(section)) {
      const meta = JSON.parse(place.dataset.meta!) as object
      const { height } = fitFigure({ data: [], layout: {}, meta }, widthOf(place)).layout
      place.style.height = `${height}px`
    }
  }

  async function draw(section: HTMLElement): Promise<void> {
    const script = section.querySelector('script[type="application/octet-stream"]')
    if (!script || section.dataset.drawn) return
    section.dataset.drawn = 'yes'
    const payload = await inflate(script.textContent!.trim())
    for (const place of placesOf(section)) {
      // It may have left the view while the data were inflated, or while its neighbour was drawn.
      if (!section.dataset.drawn) return
      const figure = payload[place.dataset.figure!]
      if (!figure) continue
      const { data, layout } = fitFigure(figure, widthOf(place))
      await plotly().newPlot(
        place,
        data,
        { ...layout, dragmode: matchMedia('(pointer: coarse)').matches ? false : 'zoom' },
        config,
      )
      for (const svg of place.querySelectorAll('svg.main-svg')) svg.setAttribute('aria-hidden', 'true')
    }
  }

  function clear(section: HTMLElement): void {
    if (!section.dataset.drawn) return
    delete section.dataset.drawn
    for (const place of placesOf(section)) {
      plotly().purge(place)
      place.replaceChildren()
    }
  }

  document.addEventListener('DOMContentLoaded', () => {
    const sections = [...document.querySelectorAll<HTMLElement>('.compared')]
    for (const section of sections) reserve(section)
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries)
          if (isIntersecting) void draw(target as HTMLElement)
          else clear(target as HTMLElement)
      },
      { rootMargin: '600px 0px' },
    )
    for (const section of sections) observer.observe(section)
    filter(sections)
    let width = document.documentElement.clientWidth
    addEventListener('resize', () => {
      if (document.documentElement.clientWidth === width) return
      width = document.documentElement.clientWidth
      for (const section of sections) {
        clear(section)
        reserve(section)
        observer.unobserve(section)
        observer.observe(section)
      }
    })
  })
}

/** Sections of the checked statuses are shown. */
function filter(sections: readonly HTMLElement[]): void {
  const boxes = [...document.querySelectorAll<HTMLInputElement>('[name=status]')]
  const apply = (): void => {
    const wanted = boxes.filter(({ checked }) => checked).map(({ value }) => value)
    for (const section of sections) section.hidden = !wanted.includes(section.dataset.status!)
    const shown = sections.filter(({ hidden }) => !hidden).length
    document.querySelector('.filter output')!.textContent = `${shown} of ${sections.length} figures shown`
  }
  for (const box of boxes) box.addEventListener('change', apply)
  apply()
}

async function inflate(base64: string): Promise<Payload> {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return (await new Response(stream).json()) as Payload
}
