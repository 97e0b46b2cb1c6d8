/**
 * What runs inside the browser's page. Playwright sends the function's text, so it may use nothing from outside itself. The few
 * names of the page that it needs are declared here: the compiler's DOM library would put them in every file.
 */
interface Element {
  innerHTML: string
}
declare const document: { getElementById(id: string): Element }
declare const Plotly: {
  toImage(figure: unknown, options: { format: string; width: number; height: number }): Promise<string>
}

/** Draws the figure, leaves the finished SVG in `#figure` for the screenshot, and returns its text. */
export async function drawInPage({
  data,
  layout,
}: {
  data: unknown
  layout: { width: number; height: number }
}): Promise<string> {
  // Plotly makes the ids of clip paths and gradients with Math.random: mulberry32 from the same seed for every figure.
  let state = 2018
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const place = document.getElementById('figure')
  const { width, height } = layout
  const uri = await Plotly.toImage({ data, layout, config: { staticPlot: true } }, { format: 'svg', width, height })
  const svg = decodeURIComponent(uri.slice(uri.indexOf(',') + 1))
  place.innerHTML = svg
  return svg
}
