/** Tidy rows grouped into series, and the statistics over seeds that the kinds of figures share. */
import type { Row, Table } from './figure'
import { type Style, styleOf } from './methods'

export interface Series {
  /** 'method=caffe-sgd|setting=lr=0.1': the stable part of a trace's id. */
  readonly key: string
  /** What is read in the legend: the key columns' values, empty ones left out. */
  readonly label: string
  /** The same in lines: the method, then the rest. */
  readonly lines: readonly string[]
  readonly style: Style
  /** Position among the series of the same method: 0 for the first, which is drawn plainly. */
  readonly variant: number
  readonly rows: readonly Row[]
}

/** Groups rows by key columns, in the order of first appearance. The first column names the method. */
export function seriesOf(figure: string, table: Table, columns: readonly string[]): Series[] {
  if (columns.length === 0) throw new RangeError(`figure '${figure}': 'series' names no column; expected at least one`)
  const groups = new Map<string, Row[]>()
  for (const row of table) {
    const key = columns.map((column) => `${column}=${row[column] ?? ''}`).join('|')
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  const variants = new Map<string, number>()
  return [...groups].map(([key, rows]) => {
    const [method = '', ...rest] = columns.map((column) => String(rows[0]![column] ?? ''))
    const variant = variants.get(method) ?? 0
    variants.set(method, variant + 1)
    const others = rest.filter((text) => text !== '').join(', ')
    const lines = others === '' ? [method] : [method, others]
    return { key, label: lines.join(', '), lines, style: styleOf(method), variant, rows }
  })
}

const dashes: readonly Style['dash'][] = ['solid', 'dash', 'dot', 'dashdot', 'longdash']

/** A method's second and third setting keep its colour and get another dash. */
export function variantDash({ style, variant }: Series): Style['dash'] {
  return dashes[(dashes.indexOf(style.dash) + variant) % dashes.length]!
}

/** Settings of one method are told apart by filled, hollow and dotted markers, then by another one, as their lines are by the dash. */
export function variantSymbol({ style, variant }: Series): string {
  const own = style.symbol.replace('-open', '')
  const symbols = [own, ...['circle', 'square', 'diamond'].filter((symbol) => symbol !== own)]
  const looks = ['', '-open', '-dot', '-open-dot']
  const look = looks[(looks.indexOf(style.symbol.slice(own.length)) + variant) % looks.length]!
  return symbols[Math.floor(variant / looks.length) % symbols.length]! + look
}

/** The line of the i-th published value: dark grey, told apart from the others by its dash. */
export const referenceLine = (i: number): { color: string; dash: Style['dash']; width: number } => ({
  color: '#4d4d4d',
  dash: dashes[1 + (i % (dashes.length - 1))]!,
  width: 2,
})

/** 'one seed', '3 seeds', '1 to 3 seeds': for a caption, from the number of seeds of each series. */
export function seedsText(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  if (most <= 1) return 'one seed'
  return least === most ? `${most} seeds` : `${least} to ${most} seeds`
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

/** Lowest and highest value, or mean -+ the sample standard deviation (n - 1). */
export function spreadAround(values: readonly number[], kind: 'range' | 'sd'): { low: number; high: number } {
  if (kind === 'range' || values.length < 2) return { low: Math.min(...values), high: Math.max(...values) }
  const center = mean(values)
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - center) ** 2, 0) / (values.length - 1))
  return { low: center - sd, high: center + sd }
}

/** '#0072b2' and 0.2 -> 'rgba(0,114,178,0.2)'. */
export function withAlpha(color: string, alpha: number): string {
  const channel = (from: number): number => Number.parseInt(color.slice(from, from + 2), 16)
  return `rgba(${channel(1)},${channel(3)},${channel(5)},${alpha})`
}
