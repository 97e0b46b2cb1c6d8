/**
 * Compares two figures as numbers: trace by trace, matched by their ids (not their position or label), each by the policy that the old
 * figure states. Looks are reported apart and fail nothing. Pure: two plotly figures in, a finding out.
 */
import type { Comparing } from '../figure'
import { bandText, compareBands, type Series, seriesOf, strayFrom } from './band'
import { axisName, type Coordinate, coordinatesOf, type Json } from './coordinates'
import { cosmeticChanges } from './cosmetic'
import { lastDigit } from './points'
import { comparePointwise, type Judged } from './pointwise'
import { compareShapes, curveOf } from './shape'
import { type FigureComparison, type TraceComparison, worstOf } from './status'
import { compareTiming, type Times, timeOf } from './timing'

export interface CompareOptions {
  /** True when the two come from different engines, devices or processors: what is `close` at home is judged as a band. */
  readonly otherMachine?: boolean
  /** True when the new figure is to be the old one, whatever its policies allow: both drawn from one table. */
  readonly exact?: boolean
}

interface Side {
  readonly traces: ReadonlyMap<
    string,
    { readonly trace: Json; readonly coordinates: readonly Coordinate[]; readonly how: Comparing }
  >
}

/** Compares an old with a new figure, both as parsed from JSON. Never throws: what cannot be compared is said. */
export function compareFigures(before: unknown, after: unknown, options: CompareOptions = {}): FigureComparison {
  let old: Side
  let now: Side
  try {
    old = readSide(before, 'old')
    now = readSide(after, 'new')
  } catch (error) {
    return { status: 'not comparable', reason: (error as Error).message, traces: [], cosmetic: [] }
  }
  const traces = [...old.traces.keys()].map((id) => compareTrace(id, old, now, options))
  for (const [id, { how }] of now.traces)
    if (!old.traces.has(id))
      traces.push({ id, status: 'new', policy: how.policy, reason: 'the old figure has no such trace', worst: null })
  const worst = worstOf(traces.map(({ status }) => status))
  return {
    status: worst === 'missing' || worst === 'new' ? 'changed' : worst,
    reason: null,
    traces,
    cosmetic: cosmeticChanges(before as Json, after as Json),
  }
}

function compareTrace(
  id: string,
  old: Side,
  now: Side,
  { otherMachine = false, exact = false }: CompareOptions,
): TraceComparison {
  const before = old.traces.get(id)!
  const after = now.traces.get(id)
  const how: Comparing = exact ? { policy: 'exact' } : before.how
  const { policy } = how
  if (!after) return { id, policy, status: 'missing', reason: 'the new figure has no such trace', worst: null }
  const moved = drawnElsewhere(before.trace, after.trace)
  const judged: Judged = moved
    ? { status: 'changed', reason: moved, worst: null }
    : judge(id, how, before.coordinates, after.coordinates, old, now, otherMachine)
  return { id, policy: policy === 'close' && otherMachine ? 'band' : policy, ...judged }
}

function judge(
  id: string,
  { policy, rtol = 1e-4, atol = 1e-9, asserts = [] }: Comparing,
  before: readonly Coordinate[],
  after: readonly Coordinate[],
  old: Side,
  now: Side,
  otherMachine: boolean,
): Judged {
  switch (policy) {
    case 'exact':
      return comparePointwise(before, after, lastDigit, 'the rounding of the last digit')
    case 'close':
      return otherMachine
        ? judgeBand(id, before, after, old, now)
        : comparePointwise(before, after, { rtol, atol }, `${rtol} of the value`)
    case 'band':
      return judgeBand(id, before, after, old, now)
    case 'timing':
      return compareTiming(id, timesOf(old), timesOf(now))
    case 'shape':
      return compareShapes(asserts, curveOf(before), curveOf(after), (other) => {
        const [a, b] = [old.traces.get(other), now.traces.get(other)]
        return a && b ? { old: curveOf(a.coordinates), now: curveOf(b.coordinates) } : null
      })
  }
}

function judgeBand(
  id: string,
  before: readonly Coordinate[],
  after: readonly Coordinate[],
  old: Side,
  now: Side,
): Judged {
  const equal = comparePointwise(before, after, lastDigit, 'the rounding of the last digit')
  if (equal.status !== 'changed') return equal
  const [a, b] = [spreadOf(id, old), spreadOf(id, now)]
  if (!a || !b)
    return { status: 'changed', reason: `it has no numbers to which the test applies: ${bandText}`, worst: equal.worst }
  const judged = compareBands(a, b)
  if (judged.status === 'changed') return judged
  // The spread is that of the seeds: a mean that left it would pass the seeds' test.
  const stray = strayFrom(b, seriesOf([after])) ?? strayFrom(a, seriesOf([before]))
  if (stray)
    return { status: 'changed', reason: `it lies outside of its own seeds' range at ${stray}`, worst: equal.worst }
  return judged.status === 'same' ? { ...equal, status: 'within tolerance', reason: 'its seeds are the same' } : judged
}

/** The values of a series over seeds: its traces but the mean, or what there is of a series that is but one trace. */
function spreadOf(id: string, { traces }: Side): Series | null {
  const stem = id.slice(0, id.lastIndexOf('|') + 1)
  const members = [...traces].filter(
    ([other]) => other === id || (stem !== '' && other.startsWith(stem) && !other.slice(stem.length).includes('|')),
  )
  const seeds = members.filter(([other]) => !other.endsWith('|mean'))
  return seriesOf((seeds.length > 0 ? seeds : members).map(([, { coordinates }]) => coordinates))
}

function timesOf({ traces }: Side): Times {
  return new Map(
    [...traces].flatMap(([id, { how, coordinates }]) => {
      const time = how.policy === 'timing' ? timeOf(coordinates) : null
      return time === null ? [] : [[id, time]]
    }),
  )
}

/** A trace that is drawn as something else, elsewhere, or not at all, has changed whatever its numbers. */
function drawnElsewhere(before: Json, after: Json): string | null {
  const hidden = (trace: Json): boolean => trace.visible === false || trace.visible === 'legendonly'
  const place = (trace: Json): string => [axisName(trace, 'x'), axisName(trace, 'y')].join(' ')
  const checks: [string, unknown, unknown][] = [
    ['drawn as', before.type ?? 'scatter', after.type ?? 'scatter'],
    ['on the axes', place(before), place(after)],
    ['oriented', before.orientation ?? 'v', after.orientation ?? 'v'],
    ['shown', hidden(before) ? 'hidden' : 'visibly', hidden(after) ? 'hidden' : 'visibly'],
  ]
  const found = checks.find(([, old, now]) => old !== now)
  return found ? `it is ${found[0]} ${found[2]}; it was ${found[1]}` : null
}

const policies = ['exact', 'close', 'band', 'timing', 'shape']

function readSide(figure: unknown, which: string): Side {
  const fail = (what: string): never => {
    throw new TypeError(`the ${which} figure ${what}`)
  }
  const { data, layout } = (typeof figure === 'object' && figure !== null ? figure : {}) as Json
  if (!Array.isArray(data)) return fail('is no plotly figure: it has no list of traces as data')
  const shared = (typeof layout === 'object' && layout !== null ? layout : {}) as Json
  const traces: [string, { trace: Json; coordinates: Coordinate[]; how: Comparing }][] = data.map(
    (trace: unknown, i) => {
      const { meta } = (typeof trace === 'object' && trace !== null ? trace : {}) as Json
      const how = (typeof meta === 'object' && meta !== null ? meta : {}) as Partial<Comparing> & { id?: unknown }
      if (typeof how.id !== 'string' || how.id === '') return fail(`has no id (meta.id) at trace ${i}`)
      if (how.policy === undefined || !policies.includes(how.policy))
        return fail(`has policy '${how.policy}' at trace '${how.id}'; the policies are ${policies.join(', ')}`)
      return [
        how.id,
        { trace: trace as Json, coordinates: coordinatesOf(trace as Json, shared), how: how as Comparing },
      ]
    },
  )
  const twice = traces.find(([id], i) => traces.findIndex(([other]) => other === id) !== i)
  if (twice) return fail(`has two traces of the id '${twice[0]}'`)
  return { traces: new Map(traces) }
}
