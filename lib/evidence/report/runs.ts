/** The runs of a record, sorted for reading: trainings that differ only in their seed stand together; measurements follow. */
import { z } from 'zod'
import { networkName } from '../../network/architecture'
import type { RunRecord } from '../read-results'

const identity = z.looseObject({
  kind: z.literal('training'),
  method: z.string(),
  settings: z.record(z.string(), z.unknown()),
  architecture: z.object({
    features: z.number(),
    layers: z.array(
      z.object({
        width: z.number(),
        activation: z.enum(['relu', 'identity']),
        bias: z.boolean(),
        inputs: z.array(z.object({ from: z.number(), link: z.enum(['weight', 'identity']) })),
      }),
    ),
  }),
  data: z.object({ dataset: z.string(), rows: z.number(), checksum: z.string() }),
  seed: z.number(),
  iterations: z.number(),
  code: z.string(),
})

/** One method at one setting on one set of rows, with its run of each seed. */
export interface Training {
  readonly method: string
  /** 'learningRate=0.001, batch=64' */
  readonly settings: string
  readonly network: string
  readonly data: { readonly dataset: string; readonly rows: number; readonly checksum: string }
  readonly iterations: number
  readonly code: string
  readonly seeds: { readonly seed: number; readonly run: string }[]
}

/** Anything that was computed and is no training: a score of a run, most of the time. */
export interface Measurement {
  readonly run: string
  readonly code: string
  /** What it depends on, name -> value; a value may be a checksum or the id of a run. */
  readonly of: readonly (readonly [name: string, value: string])[]
}

export interface SortedRuns {
  readonly trainings: readonly Training[]
  readonly measurements: readonly Measurement[]
  /** Code hash -> whose code it is. */
  readonly code: ReadonlyMap<string, string>
  /** Data checksum -> what the rows are. */
  readonly data: ReadonlyMap<string, string>
}

export function sortRuns({ runs }: RunRecord): SortedRuns {
  const trainings = new Map<string, Training>()
  const measurements: Measurement[] = []
  const code = new Map<string, Set<string>>()
  const data = new Map<string, string>()
  const note = (hash: string, whose: readonly string[]): void => {
    code.set(hash, new Set([...(code.get(hash) ?? []), ...whose]))
  }
  for (const run of runs) {
    const found = identity.safeParse(run.identity)
    if (!found.success) {
      const measurement = measurementOf(run.id, run.identity)
      measurements.push(measurement)
      note(measurement.code, run.modules ?? ['measurements'])
      for (const [name, value] of measurement.of)
        if (isChecksum(value) && !data.has(value)) data.set(value, `'${name}' of a measurement`)
      continue
    }
    const { method, settings, architecture, data: rows, seed, iterations, code: hash } = found.data
    note(hash, run.modules ?? [method])
    data.set(rows.checksum, `${rows.dataset}, ${rows.rows.toLocaleString('en-US')} rows, trained on`)
    const key = JSON.stringify([method, settings, architecture, rows, iterations, hash])
    const group = trainings.get(key)
    if (group) group.seeds.push({ seed, run: run.id })
    else
      trainings.set(key, {
        method,
        settings: pairs(settings),
        network: networkName(architecture),
        data: rows,
        iterations,
        code: hash,
        seeds: [{ seed, run: run.id }],
      })
  }
  const named = [...code].map(([hash, whose]) => [hash, [...whose].join(', ')] as const)
  return { trainings: [...trainings.values()], measurements, code: new Map(named), data }
}

export const isChecksum = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

/** The machine is said once for the whole record. */
const saidElsewhere = ['kind', 'code', 'machine']

function measurementOf(run: string, parts: Readonly<Record<string, unknown>>): Measurement {
  const of = Object.entries(parts).filter(([name]) => !saidElsewhere.includes(name))
  return { run, code: String(parts.code ?? ''), of: of.map(([name, value]) => [name, plain(value)]) }
}

function pairs(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${plain(value)}`)
    .join(', ')
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
