/**
 * Whether two run records tell of the same experiment: the same settings, data, start, iterations. Another engine or
 * processor is the same experiment on another machine; other code is what a comparison is for.
 */
import type { RunRecord } from './read-results'

/** What must agree for numbers to be comparable, of a run's identity, and how it is called. */
const decisive: readonly (readonly [path: string, name: string])[] = [
  ['settings', 'settings'],
  ['architecture', 'architecture'],
  ['data.checksum', 'data checksum'],
  ['data.rows', 'training rows'],
  ['start', 'initial weights'],
  ['iterations', 'iterations'],
  ['recorded', 'recorded iterations'],
]

export interface Comparability {
  /** Another engine, device, processor or thread count: one sentence; null when they agree. */
  readonly machine: string | null
  /** What differs about the runs of a series, 'method=caffe-sgd|setting=lr=0.1' -> sentence. Only of those that differ. */
  readonly runs: ReadonlyMap<string, string>
  /** What differs for all of the notebook's results: the rows that are scored. */
  readonly all: string | null
}

type Run = RunRecord['runs'][number]

/** 'method=dlam|setting=': as it stands in trace ids. */
export function seriesKey(method: unknown, setting: unknown): string {
  return `method=${method ?? ''}|setting=${setting ?? ''}`
}

/** Compares the records of an old and a new result. Runs are matched by their key; only seeds that both have count. */
export function comparability(before: RunRecord, after: RunRecord): Comparability {
  const seeds = seedsOf(after)
  const common = new Set([...seedsOf(before)].filter((seed) => seeds.has(seed)))
  const [old, now] = [trainings(before, common), trainings(after, common)]
  const runs = new Map<string, string>()
  for (const [key, list] of old) {
    const others = now.get(key)
    if (!others) continue
    const differing = list.map((run) => nearest(run, others)).find((names) => names.length > 0)
    if (differing) runs.set(seriesOfKey(list[0]!), differing.join('; '))
  }
  return { machine: machineOf(before, after), runs, all: scoredOn(before, after) }
}

function machineOf({ engine: a }: RunRecord, { engine: b }: RunRecord): string | null {
  const differing = (['tensorflow', 'device', 'processor', 'threads'] as const)
    .filter((part) => a[part] !== b[part])
    .map((part) => `${part} ${a[part]} -> ${b[part]}`)
  return differing.length > 0 ? differing.join(', ') : null
}

function seedsOf({ runs }: RunRecord): Set<unknown> {
  return new Set(runs.filter(({ key }) => key).map(({ key }) => key!.seed))
}

function trainings({ runs }: RunRecord, seeds: ReadonlySet<unknown>): Map<string, Run[]> {
  const byKey = new Map<string, Run[]>()
  for (const run of runs) {
    if (!run.key || !seeds.has(run.key.seed)) continue
    const key = JSON.stringify(run.key)
    byKey.set(key, [...(byKey.get(key) ?? []), run])
  }
  return byKey
}

const seriesOfKey = ({ key }: Run): string => seriesKey(key!.method, key!.setting)

/** What differs between a run and the run of the same key that is most like it (a sweep's and the main one may share a key). */
function nearest(run: Run, others: readonly Run[]): string[] {
  const differing = others.map((other) =>
    decisive.flatMap(([path, name]) => {
      const [a, b] = [valueAt(run.identity, path), valueAt(other.identity, path)]
      return JSON.stringify(a) === JSON.stringify(b) ? [] : [`${name}: ${short(a)} -> ${short(b)}`]
    }),
  )
  return differing.reduce((a, b) => (b.length < a.length ? b : a))
}

/** Measurements state the checksums of the rows on which they were made. */
function scoredOn(before: RunRecord, after: RunRecord): string | null {
  const sums = ({ runs }: RunRecord): string[] => [
    ...new Set(runs.map(({ identity }) => identity.test).filter((sum): sum is string => typeof sum === 'string')),
  ]
  const [old, now] = [sums(before), sums(after)]
  const gone = old.find((sum) => !now.includes(sum))
  const fresh = now.find((sum) => !old.includes(sum))
  return gone && fresh ? `checksum of the rows that are scored: ${short(gone)} -> ${short(fresh)}` : null
}

function valueAt(identity: Readonly<Record<string, unknown>>, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (held, part) => (typeof held === 'object' && held !== null ? (held as never)[part] : undefined),
      identity,
    )
}

/** Checksums by their first digits, other values as JSON, objects by what distinguishes them only when they are small. */
function short(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{40,}$/.test(value)) return value.slice(0, 8)
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > 120 ? `${json.slice(0, 117)}...` : json
}
