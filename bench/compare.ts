/** Ours against others, timed by turns in one process, so that whatever slows the machine slows all of them. */
import { setTimeout as pause } from 'node:timers/promises'
import { type MedianInterval, median, medianInterval } from './statistics'

/** One way of doing the work. `time` does it `repeat` times and resolves to the seconds of one. */
export interface Contender {
  readonly name: string
  time(repeat: number): Promise<number>
}

/** Somebody to be compared with: ours must take at most `goal` times its time. */
export interface Opponent extends Contender {
  readonly goal: number
}

export interface Row {
  readonly what: string
  readonly opponent: string
  readonly unit: 's' | 'MiB'
  /** Medians. */
  readonly ours: number
  readonly theirs: number
  /** Of ours / theirs, over the rounds. */
  readonly ratio: MedianInterval
  readonly goal: number
  /** Our speed in a unit of its own, e.g. '312 GFLOP/s'. */
  readonly speed: string
}

/** A measurement shorter than this repeats the work within the measurement. */
const SHORTEST = 0.1
/** Idle BLAS threads spin for a while before they sleep: the next contender starts after that. */
const SETTLE_MS = 60

/**
 * Every round times all contenders once, the order turned by one from round to round; the ratios are taken within rounds.
 * @param speed what our median seconds mean
 */
export async function compare(
  what: string,
  ours: Contender,
  opponents: readonly Opponent[],
  rounds: number,
  speed: (seconds: number) => string,
): Promise<Row[]> {
  const all = [ours, ...opponents]
  const repeats: number[] = []
  for (const contender of all) {
    await contender.time(1)
    repeats.push(Math.max(1, Math.ceil(SHORTEST / (await contender.time(1)))))
  }
  const seconds: number[][] = all.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < all.length; turn++) {
      const i = (round + turn) % all.length
      await pause(SETTLE_MS)
      seconds[i]!.push(await all[i]!.time(repeats[i]!))
    }
  const [own = [], ...theirs] = seconds
  return opponents.map(({ name, goal }, i) => ({
    what,
    opponent: name,
    unit: 's',
    ours: median(own),
    theirs: median(theirs[i]!),
    ratio: medianInterval(own.map((s, round) => s / theirs[i]![round]!)),
    goal,
    speed: speed(median(own)),
  }))
}

/** A contender of this process: work that is done when `work` returns, or its promise is kept. */
export function local(name: string, work: () => void | Promise<void>): Contender {
  return {
    name,
    async time(repeat) {
      const start = performance.now()
      for (let i = 0; i < repeat; i++) await work()
      return (performance.now() - start) / 1000 / repeat
    },
  }
}
