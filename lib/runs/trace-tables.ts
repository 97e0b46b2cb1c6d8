/** From runs to the rows of trace.csv (what the arithmetic says) and seconds.csv (what the clock says, same keys). */
import type { TraceRow } from '../train'
import type { Run } from './experiment'
import type { Row } from './tables'

/**
 * One row per recorded iteration of each run; metrics that a method does not have are empty. A run that diverged ends with a row of
 * empty metrics at the iteration where it did: a trace that merely stopped would not say so.
 */
export function traceRows(runs: readonly Run[]): Row[] {
  const metrics = new Set(runs.flatMap(({ trace }) => trace.flatMap((row) => Object.keys(row))))
  metrics.delete('iteration')
  return runs.flatMap(({ key, trace, divergedAt }) => {
    const end: readonly TraceRow[] = divergedAt === null ? [] : [{ iteration: divergedAt }]
    return [...trace, ...end].map((row) => ({
      ...key,
      iteration: row.iteration,
      ...Object.fromEntries([...metrics].map((metric) => [metric, row[metric] ?? null])),
    }))
  })
}

/** Solver seconds, and processor seconds of all threads, from the start to each recorded iteration. */
export function secondsRows(runs: readonly Run[]): Row[] {
  return runs.flatMap(({ key, trace, seconds, cpuSeconds }) =>
    trace.map(({ iteration }, i) => ({ ...key, iteration, seconds: seconds[i]!, cpu_seconds: cpuSeconds[i]! })),
  )
}
