/** What a comparison says. */

/** From best to worst. */
export const statuses = [
  'same',
  'within tolerance',
  'new',
  'missing',
  'changed',
  'not regenerated',
  'not comparable',
] as const
export type Status = (typeof statuses)[number]

/** The worst of some statuses; 'same' of none. */
export function worstOf(found: readonly Status[]): Status {
  return statuses[Math.max(0, ...found.map((status) => statuses.indexOf(status)))]!
}

/** The point of a trace that is furthest off. */
export interface Difference {
  /** 'y at x = 3'. */
  readonly where: string
  /** As text, to be read: numbers to 6 digits, a gap as 'gap'. */
  readonly old: string
  readonly new: string
  /** '+2 %', '2 times', '+3'; empty where no number says it. */
  readonly by: string
}

export interface TraceComparison {
  readonly id: string
  readonly status: Status
  /** By which policy it was judged: 'close', 'band'. */
  readonly policy: string
  /** One sentence; null for 'same'. */
  readonly reason: string | null
  readonly worst: Difference | null
}

export interface FigureComparison {
  readonly status: Status
  /** Why the figure as a whole is missing, new or not comparable. */
  readonly reason: string | null
  readonly traces: readonly TraceComparison[]
  /** Changes of looks: titles, colours, order. They are no failures. */
  readonly cosmetic: readonly string[]
}
