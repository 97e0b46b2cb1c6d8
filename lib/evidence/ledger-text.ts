/** The ledger for a terminal: one row of columns per claim, grouped by paper, wrapped to the width; reasons below their row. */
import { digits } from '../papers/rules/numbers'
import { type LedgerLine, tallyText } from './ledger'

export interface TextOptions {
  /** Characters of a line. */
  readonly width: number
  /** Marks a verdict's word, e.g. with colour; it may not change what is seen of its length. */
  readonly paint?: (verdict: string) => string
}

const gap = 2
/** Narrower than this nothing can be read in columns. */
const narrowest = 60
const titles = ['verdict', 'claim', 'ours', 'published', 'notebook']

export function ledgerText(lines: readonly LedgerLine[], { width, paint = (text) => text }: TextOptions): string {
  const room = Math.max(width, narrowest)
  const widths = columnWidths(room)
  const papers = [...new Set(lines.map(({ claim }) => claim.paper))]
  const row = (cells: readonly string[], first: (text: string) => string = (text) => text): string[] => {
    const wrapped = cells.map((cell, i) => wrap(cell, widths[i]!))
    return Array.from({ length: Math.max(...wrapped.map((w) => w.length)) }, (_, n) =>
      wrapped
        .map((w, i) => {
          const text = (w[n] ?? '').padEnd(widths[i]! + gap)
          return i === 0 ? text.replace(/\S.*\S|\S/, first) : text
        })
        .join('')
        .trimEnd(),
    )
  }
  const below = (text: string): string[] => wrap(text, room - gap).map((part) => ' '.repeat(gap) + part)
  const out = row(titles)
  for (const paper of papers) {
    const own = lines.filter(({ claim }) => claim.paper === paper)
    out.push('', ...wrap(`${paper}: ${own[0]!.claim.id.split('/')[0]}/...`, room))
    for (const line of own) {
      out.push('', ...row(cells(line), paint), ...below(line.claim.claim))
      if (line.verdict.verdict !== 'not run') out.push(...below(`-> ${line.verdict.reason}`))
    }
  }
  return `${[...out, '', ...wrap(tallyText(lines), room)].join('\n')}\n`
}

function cells({ claim, verdict, profile, clock }: LedgerLine): string[] {
  const run = verdict.verdict !== 'not run'
  const spread = verdict.spread && verdict.spread.seeds > 1 ? verdict.spread : null
  const ours = [
    verdict.value === null ? '-' : withUnit(digits(verdict.value), verdict.unit),
    ...(spread ? [`(${digits(spread.low)} to ${digits(spread.high)}, ${spread.seeds} seeds)`] : []),
  ]
  const published = claim.published
  return [
    run && verdict.indicative ? `${verdict.verdict} (indicative)` : verdict.verdict,
    `${claim.id.slice(claim.id.indexOf('/') + 1)} [${claim.source}]`,
    ours.join(' '),
    published === null
      ? '-'
      : withUnit(typeof published.value === 'number' ? digits(published.value) : published.value, published.unit),
    run ? `${claim.notebook} (${profile}${clock ? ', by the clock' : ''})` : claim.notebook,
  ]
}

const withUnit = (number: string, unit: string): string => (unit === '' ? number : `${number} ${unit}`)

/** The verdict needs 14 characters; the others share what is left. */
function columnWidths(room: number): number[] {
  const verdict = 14
  const left = room - verdict - gap * (titles.length - 1)
  const [ours, published, notebook] = [0.22, 0.17, 0.19].map((share) => Math.max(9, Math.floor(left * share))) as [
    number,
    number,
    number,
  ]
  return [verdict, left - ours - published - notebook, ours, published, notebook]
}

/** Lines of at most `width` characters, broken at spaces, within words after - or /, or where nothing else is possible. */
export function wrap(text: string, width: number): string[] {
  const pieces = text.split(/(\s+)/).flatMap((word) => word.split(/(?<=\w[-/])(?=[A-Za-z])/))
  const lines: string[] = []
  let line = ''
  for (const piece of pieces) {
    if ((line + piece).trimEnd().length > width && line.trim() !== '') {
      lines.push(line.trimEnd())
      line = ''
    }
    line = line === '' ? piece.trimStart() : line + piece
    for (; line.trimEnd().length > width; line = line.slice(width)) lines.push(line.slice(0, width))
  }
  return [...lines, line.trimEnd()].filter((part, i) => part !== '' || i === 0)
}
