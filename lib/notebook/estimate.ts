/** How a count reads for people, with the time that is left. */
import type { Progress } from '../progress'

/** Describes the counts of one piece of work after another: 'caffe-adam: epoch 3/20 · 45 s left'. */
export function progressText(now: () => number = () => performance.now()): (progress: Progress) => string {
  const estimate = estimator()
  return (progress) =>
    [`${progress.label} ${progress.done}/${progress.total}`, ...estimate(progress, now())].join(' · ')
}

/** Time left by the rate since the first count was seen of a label, or of its next piece of work: then the count falls. */
function estimator(): (progress: Progress, now: number) => string[] {
  let first: { label: string; done: number; at: number } | undefined
  let last = 0
  return (progress, now) => {
    if (first?.label !== progress.label || progress.done < last) {
      first = { label: progress.label, done: progress.done, at: now }
    }
    last = progress.done
    const advanced = progress.done - first.done
    if (advanced <= 0 || progress.done >= progress.total) return []
    return [`${duration(((now - first.at) / advanced) * (progress.total - progress.done))} left`]
  }
}

/** '45 s', '12 min 5 s', '3 h 20 min'. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
