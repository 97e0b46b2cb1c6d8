/**
 * Rich output of a cell. The kernel registers where it goes; the library itself knows no Jupyter, so that importing it stays light.
 */

/** One output in several formats: the front end shows the richest that it knows. Text or JSON by MIME type. */
export type Bundle = Readonly<Record<string, unknown>>
export type DisplaySink = (bundle: Bundle) => void

let sink: DisplaySink | undefined

/** Sends displays of this process to `next`; the kernel calls it. */
export function setDisplaySink(next: DisplaySink | undefined): void {
  sink = next
}

function display(bundle: Bundle): void {
  if (!sink) {
    throw new Error(
      'Nothing shows rich output here: run this in a notebook (npx blockwise lab, or npx blockwise run), or write the figure to a file',
    )
  }
  sink(bundle)
}

/** Shows a figure: interactive where plotly is known (JupyterLab, VS Code), its PNG elsewhere (GitHub). */
export function showFigure(figure: { readonly json: object; readonly png: Uint8Array }): void {
  display({
    'application/vnd.plotly.v1+json': figure.json,
    'image/png': Buffer.from(figure.png).toString('base64'),
  })
}

export function showMarkdown(markdown: string): void {
  display({ 'text/markdown': markdown, 'text/plain': markdown })
}

export type Cell = string | number | boolean | null | undefined

/** Shows rows as a table; columns are the keys in order of first appearance. Numbers are shown with up to six significant digits. */
export function showTable(rows: readonly Readonly<Record<string, Cell>>[]): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const html = (tag: string, content: string) => `<${tag}>${content}</${tag}>`
  const head = html('tr', columns.map((column) => html('th', escaped(column))).join(''))
  const body = rows.map((row) => html('tr', columns.map((column) => html('td', escaped(shown(row[column])))).join('')))
  const lines = [columns, ...rows.map((row) => columns.map((column) => shown(row[column])))].map((cells) =>
    cells.join('\t'),
  )
  display({
    'text/html': html('table', `${html('thead', head)}${html('tbody', body.join(''))}`),
    'text/plain': lines.join('\n'),
  })
}

function shown(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'number' && !Number.isInteger(cell) ? String(Number(cell.toPrecision(6))) : String(cell)
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
