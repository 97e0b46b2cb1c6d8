/** The results as one aligned Markdown table: readable in the terminal, and pasted as it is into docs/bench.md. */
import type { Row } from './compare'

const HEADER = ['case', 'ours', 'against', 'theirs', 'ours / theirs [95 %]', 'goal', 'met', 'ours is'] as const

/** One table of all rows. A ratio whose interval holds the goal is marked: its verdict could fall the other way next time. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.map(cells)]
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const format = (line: readonly string[]) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [format(lines[0]!), rule, ...lines.slice(1).map(format)].join('\n')
}

function cells({ what, opponent, unit, ours, theirs, ratio, goal, speed }: Row): readonly string[] {
  const interval = ratio.low === ratio.high ? '' : ` [${ratio.low.toFixed(2)}, ${ratio.high.toFixed(2)}]`
  const undecided = ratio.low <= goal && goal < ratio.high
  return [
    what,
    amount(ours, unit),
    opponent,
    amount(theirs, unit),
    `${ratio.median.toFixed(2)}${interval}`,
    `<= ${goal.toFixed(2)}`,
    `${ratio.median <= goal ? 'yes' : 'no'}${undecided ? ' (close)' : ''}`,
    speed,
  ]
}

function amount(value: number, unit: Row['unit']): string {
  if (unit === 'MiB') return `${value.toFixed(0)} MiB`
  return value >= 1 ? `${value.toFixed(2)} s` : `${(1000 * value).toPrecision(3)} ms`
}
