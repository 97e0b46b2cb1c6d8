/** The notebooks that there are, and which of them a command line means. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface NotebookFile {
  /** Name of the file without .ipynb, e.g. '01-tikhonov-bcd'. */
  readonly id: string
  readonly path: string
}

const fileName = /^(\d\d-[a-z0-9-]+)\.ipynb$/

/** Notebooks of a repository, by number. */
export function listNotebooks(root: string): NotebookFile[] {
  const folder = path.join(root, 'notebooks')
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const id = fileName.exec(name)?.[1]
      return id ? [{ id, path: path.join(folder, name) }] : []
    })
}

/** The notebooks of the given numbers ('01', '1') or names, in their order of number and each once; all when none is given. */
export function chooseNotebooks(notebooks: readonly NotebookFile[], wanted: readonly string[]): NotebookFile[] {
  if (notebooks.length === 0)
    throw new Error('There are no notebooks in notebooks/: names look like 01-tikhonov-bcd.ipynb')
  const unknown = wanted.filter((name) => !notebooks.some((notebook) => means(name, notebook)))
  if (unknown.length > 0) {
    const known = notebooks.map((notebook) => notebook.id).join(', ')
    throw new Error(
      `No notebook is called ${unknown.map((name) => `'${name}'`).join(', ')}. The notebooks are ${known}`,
    )
  }
  return wanted.length === 0
    ? [...notebooks]
    : notebooks.filter((notebook) => wanted.some((name) => means(name, notebook)))
}

function means(name: string, notebook: NotebookFile): boolean {
  return name === notebook.id || (/^\d{1,2}$/.test(name) && notebook.id.startsWith(`${name.padStart(2, '0')}-`))
}

/** The first heading of a notebook, or its id. */
export function titleOf(notebook: NotebookFile): string {
  const headings = sourcesOf(notebook, 'markdown').flatMap((source) => /^#\s+(.+)$/m.exec(source)?.[1] ?? [])
  return headings[0] ?? notebook.id
}

/** sha256 of a notebook's code cells: results that were made by other cells are out of date. */
export function codeOf(notebook: NotebookFile): string {
  return createHash('sha256')
    .update(JSON.stringify(sourcesOf(notebook, 'code')))
    .digest('hex')
}

function sourcesOf({ path }: NotebookFile, kind: 'code' | 'markdown'): string[] {
  const { cells } = JSON.parse(readFileSync(path, 'utf8')) as {
    cells: { cell_type: string; source: string | string[] }[]
  }
  return cells.filter(({ cell_type }) => cell_type === kind).map(({ source }) => [source].flat().join(''))
}
