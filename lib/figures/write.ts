/** A figure's three files, each written whole or not at all. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { canonicalJson } from './canonical'
import type { Figure } from './figure'
import { renderFigure } from './render'

export interface FigureFiles {
  readonly json: string
  readonly svg: string
  readonly png: string
}

/**
 * Writes `name.json` (canonical), `name.svg` and `name.png` into `dir`, which is made if need be. Everything is drawn before
 * anything is written. Leaves the browser open for the next figure: see `closeRenderer`.
 * @returns the paths of the files
 */
export async function writeFigure(dir: string, name: string, figure: Figure): Promise<FigureFiles> {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name))
    throw new RangeError(`writeFigure: name is '${name}'; expected letters, digits, '.', '_' and '-'`)
  const json = canonicalJson(figure)
  const { svg, png } = await renderFigure(figure)
  await mkdir(dir, { recursive: true })
  const files = { json: join(dir, `${name}.json`), svg: join(dir, `${name}.svg`), png: join(dir, `${name}.png`) }
  await writeFileAtomic(files.json, json)
  await writeFileAtomic(files.svg, svg)
  await writeFileAtomic(files.png, png)
  return files
}
