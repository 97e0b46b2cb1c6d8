/**
 * Rule: one method needs less time than others, for as many iterations or for its whole training. Ratios (theirs to ours) are
 * paired by seed, at the last iteration that both have or at the last of each; `seconds` is cumulative.
 *
 * A published speed-up belongs to its hardware and implementations. What can be decided here is the ratio of the methods as
 * implemented in this suite, on the machine that ran them, and the reason says so:
 * - reproduced: each competitor takes at least 0.8 times the published ratio, in every seed;
 * - partly: at least one competitor is slower (mean ratio above 1);
 * - not reproduced: none is.
 */
import type { Rule } from '../claim'
import { type Cell, groupBySeed, numberIn, type Row, select, type Table, type Where } from '../table'
import { digits, mean, spreadOf, withSpread } from './numbers'

export interface FasterSpec {
  readonly ours: Where
  readonly theirs: readonly Where[]
  readonly published: number
  readonly over?: 'same iterations' | 'whole training'
}

const share = 0.8

export function faster({ ours, theirs, published, over = 'same iterations' }: FasterSpec): Rule {
  const columns = new Set([ours, ...theirs].flatMap((where) => Object.keys(where)))
  return {
    says: `seconds for the ${over === 'same iterations' ? 'same number of epochs' : 'whole training'}, theirs to ours: at least ${share} x ${published} for each competitor in every seed (partly: at least one is slower)`,
    columns: [...columns, 'seed', 'iteration', 'seconds'],
    decide(rows) {
      const own = groupBySeed(select(rows, ours))
      const ratios = theirs.map((where) => ({ name: String(where.method), ...ratiosOf(own, rows, where, over) }))
      const fastest = ratios.reduce((a, b) => (mean(b.values) < mean(a.values) ? b : a))
      const slowest = ratios.reduce((a, b) => (mean(b.values) > mean(a.values) ? b : a))
      const all = ratios.every(({ values }) => values.every((ratio) => ratio >= share * published))
      const slower = ratios.filter(({ values }) => mean(values) > 1).length
      return {
        verdict: all ? 'reproduced' : slower > 0 ? 'partly' : 'not reproduced',
        value: mean(fastest.values),
        unit: 'times',
        spread: spreadOf(fastest.values),
        margin: mean(fastest.values) - share * published,
        reason:
          `Of ${ratios.length} competitors ${slower} take longer: from ${withSpread(fastest.values, 'times')} (${fastest.name}, ${fastest.epochs} epochs) ` +
          `to ${digits(mean(slowest.values))} times (${slowest.name}), published about ${published}; ` +
          "measured with this suite's implementations on the machine that ran them, not with the paper's.",
        enoughSeeds: ratios.every(({ values }) => values.length > 1),
      }
    },
  }
}

function ratiosOf(
  own: Map<Cell, Row[]>,
  rows: Table,
  where: Where,
  over: FasterSpec['over'],
): { values: number[]; epochs: number } {
  const values: number[] = []
  let epochs = Number.POSITIVE_INFINITY
  for (const [seed, theirs] of groupBySeed(select(rows, where))) {
    const mine = own.get(seed)
    if (!mine) continue
    const [a, b] = [clock(mine), clock(theirs)]
    const [ours, last] = over === 'whole training' ? [end(a), end(b)] : [shared(a, b), shared(a, b)]
    if (!(last > 0) || !(ours > 0) || !(a.get(ours)! > 0)) continue
    values.push(b.get(last)! / a.get(ours)!)
    epochs = Math.min(epochs, last)
  }
  if (values.length === 0)
    throw new RangeError(`${where.method} shares no seed and iteration with the method it is compared to`)
  return { values, epochs }
}

const end = (clock: Map<number, number>): number => Math.max(...clock.keys())
const shared = (a: Map<number, number>, b: Map<number, number>): number =>
  Math.max(...[...a.keys()].filter((iteration) => b.has(iteration)))

/** Iteration -> seconds so far. */
function clock(rows: Table): Map<number, number> {
  const seconds = new Map<number, number>()
  let before = { iteration: 0, seconds: 0 }
  const read = rows
    .map((row) => ({ iteration: numberIn(row, 'iteration'), seconds: numberIn(row, 'seconds') }))
    .filter((r): r is { iteration: number; seconds: number } => r.iteration !== null && r.seconds !== null)
  for (const now of read.sort((a, b) => a.iteration - b.iteration)) {
    if (now.seconds < before.seconds)
      throw new RangeError(
        `column 'seconds' falls from ${before.seconds} to ${now.seconds} at iteration ${now.iteration}; expected seconds since the start`,
      )
    seconds.set(now.iteration, now.seconds)
    before = now
  }
  return seconds
}
