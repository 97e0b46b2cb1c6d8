/**
 * A figure as data: what plotly draws, with plain types so that no plotly type appears in an exported signature, and with
 * what a comparison needs (a stable id and a policy per trace). This room draws tidy tables of any kind; the one file that
 * knows what the methods of this suite are called is methods.ts.
 */

/**
 * How a regenerated trace is compared with a stored one. `exact`: the same numbers. `close`: within a relative and an
 * absolute tolerance. `band`: new seeds overlap the old spread. `timing`: order and ratio only, the clock differs
 * between machines. `shape`: only what is asserted of it (monotone, ordering, crossing).
 */
export type Policy = 'exact' | 'close' | 'band' | 'timing' | 'shape'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** What is asserted of a curve under the policy `shape`; another curve of the figure is named by its trace's id. */
export type Assertion =
  | 'falls'
  | 'rises'
  | { readonly below: string }
  | { readonly above: string }
  | { readonly crosses: string }

/** A policy with its numbers. */
export interface Comparing {
  readonly policy: Policy
  /** Of `close`: |new - old| <= atol + rtol |old|; on a log axis |ln(new / old)| <= rtol. rtol 1e-4 and atol 1e-9 unless said. */
  readonly rtol?: number
  readonly atol?: number
  /** Of `shape`. */
  readonly asserts?: readonly Assertion[]
}

/** Kept in the JSON under `trace.meta`; plotly carries it along and never draws it. */
export interface TraceMeta extends Comparing {
  /** Made of the figure's id and the series' key columns, not of position or label: `objective|method=dlam|mean`. */
  readonly id: string
}

export interface Trace {
  readonly meta: TraceMeta
  readonly [attribute: string]: unknown
}

/** The caption's parts. All are text: a figure knows no clock and looks up no device. */
export interface Caption {
  /** Where the claim stands: 'Zhang & Brand 2017, Fig. 3(a)'. */
  readonly source: string
  readonly profile: string
  readonly device: string
  /** A further sentence. */
  readonly note?: string
}

/** What `layoutFor` composes anew for another width. */
export interface FigureMeta {
  readonly id: string
  readonly title: string
  /** The whole line under the plot. */
  readonly caption: string
  /** Height in px of the plot itself, and the number of rows of text (two lines each) to be added to it. */
  readonly plotHeight: number
  readonly rows: number
  /** Length of the longest line of text left of the plot, in characters: decides the left margin. */
  readonly labelLength: number
  /** Legend entries in order, empty without a legend. */
  readonly legend: readonly string[]
  /** Of a heat map: its columns' labels, the length of the longest text in a cell, in characters, and the colour bar's title. */
  readonly grid?: Grid
  /** How it was drawn: with the table beside it, `redraw` draws it again. */
  readonly drawn: Drawn
}

export interface Grid {
  readonly columns: readonly string[]
  readonly cellLength: number
  readonly colorBar: string
  /** Height of the plot over its width, where its cells have a shape of their own; else its height is made of its rows. */
  readonly aspect?: number
}

/** A kind's name and its spec, which is plain JSON. */
export interface Drawn {
  readonly kind: string
  readonly spec: FigureSpec
}

/** What the specs of all kinds have in common. */
export interface FigureSpec {
  /** The figure's name, the first part of every trace id. */
  readonly id: string
  readonly title: string
  /** Name of the table that is drawn, 'trace' for the trace.csv that lies beside the figure. */
  readonly table: string
  /** Only rows whose columns have these values are drawn. */
  readonly where?: Readonly<Record<string, string | number>>
  readonly caption: Caption
  /** How its traces are compared with stored ones; each kind says what holds when this is left out. */
  readonly policy?: Policy | Comparing
}

export interface Figure {
  readonly data: readonly Trace[]
  readonly layout: Readonly<Record<string, unknown>>
  readonly meta: FigureMeta
}

/** A row of a tidy table; null where nothing was measured. */
export type Row = Readonly<Record<string, string | number | null>>
export type Table = readonly Row[]

/** An axis: which column, what it is called and in which unit (required; 'count' for a number of things). */
export interface Axis {
  readonly column: string
  readonly label: string
  readonly unit: string
  /** The column is multiplied by this before it is drawn: 100 for fractions shown in %. */
  readonly scale?: number
  readonly log?: boolean
}

/** A dashed line at a known value, with its label: a published number, a control. In the axis's own unit, after `scale`. */
export interface Reference {
  readonly id: string
  readonly value: number
  readonly label: string
}

/** 'test error [%]'. An empty unit is refused: every axis has one. */
export function axisTitle({ column, label, unit }: Axis): string {
  if (unit.trim() === '') throw new RangeError(`axis '${column}' has no unit; give one, such as 's', '%' or 'count'`)
  return `${label} [${unit}]`
}

/** 'Zhang & Brand 2017, Fig. 3(a) · profile quick · CPU, 2 threads. One seed.': the caption's parts, its note, what the kind adds. */
export function captionText({ source, profile, device, note }: Caption, sentences: readonly string[]): string {
  const all = [[source, `profile ${profile}`, device].join(' · '), ...(note ? [note] : []), ...sentences]
  return all.map((sentence) => `${sentence.replace(/\.$/, '')}.`).join(' ')
}

/** The rows that a spec asks for. @throws RangeError when there are none */
export function rowsOf(table: Table, { id, where = {} }: FigureSpec): Table {
  const wanted = Object.entries(where)
  const rows = table.filter((row) => wanted.every(([column, value]) => row[column] === value))
  if (rows.length === 0 && table.length > 0)
    throw new RangeError(
      `figure '${id}': no row has ${wanted.map(([column, value]) => `${column}=${value}`).join(', ')}; the columns are ${Object.keys(table[0]!).join(', ')}`,
    )
  return rows
}

/** A spec's policy in full. */
export function comparing({ policy }: FigureSpec, otherwise: Policy): Comparing {
  return typeof policy === 'object' ? policy : { policy: policy ?? otherwise }
}

/** Refuses a table without rows or without a column that a figure needs, by name. */
export function requireColumns(figure: string, table: Table, columns: readonly string[]): void {
  if (table.length === 0) throw new RangeError(`figure '${figure}': the table has no rows`)
  for (const [i, row] of table.entries())
    for (const column of columns)
      if (!(column in row))
        throw new RangeError(
          `figure '${figure}': row ${i} has no column '${column}'; it has ${Object.keys(row).join(', ')}`,
        )
}
