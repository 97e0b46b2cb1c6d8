/** The report of a profile, written beside its results: index.html, and plotly.js, of which one copy serves all its figures. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { sync as writeFileAtomic } from 'write-file-atomic'
import { plotlyFile, type Report, reportPage } from './page'

const plotly = require.resolve('plotly.js-cartesian-dist-min')

/**
 * Writes into `<results>/<profile>/`; the page comes last, so that one that is there has what it needs.
 * @returns the paths of the files, the page first
 */
export function writeReport(results: string, report: Report): string[] {
  const folder = path.join(results, report.profile)
  const files: [string, string | Buffer][] = [
    [path.join(folder, plotlyFile), readFileSync(plotly)],
    [path.join(folder, 'index.html'), reportPage(report)],
  ]
  for (const [file, content] of files) writeFileAtomic(file, content)
  return files.map(([file]) => file).reverse()
}
