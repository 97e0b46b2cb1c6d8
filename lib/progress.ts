/**
 * How far long work is, told to whoever watches. Headless runs watch a small file (BLOCKWISE_PROGRESS), so that nothing of it gets into
 * the executed notebook; an interactive kernel registers a sink that shows one updating line; elsewhere it goes nowhere.
 * The reader estimates the time left: the worker only counts.
 */
import { renameSync, writeFileSync } from 'node:fs'

export interface Progress {
  /** What is counted, e.g. 'caffe-adam, seed 2: epoch'. A new label is a new count. */
  readonly label: string
  readonly done: number
  readonly total: number
}

export type ProgressSink = (progress: Progress) => void

const leastMillisecondsBetweenReports = 200

let sink: ProgressSink | undefined
let lastReport = Number.NEGATIVE_INFINITY
let lastLabel: string | undefined

/** Sends the reports of this process to `next`; `undefined` returns to the file, or to nowhere. */
export function setProgressSink(next: ProgressSink | undefined): void {
  sink = next
}

/**
 * Tells how far the work is; cheap enough for every iteration. At most five reports a second are passed on, but always the first of
 * a label and the last (`done === total`).
 */
export function reportProgress(progress: Progress): void {
  const file = process.env.BLOCKWISE_PROGRESS
  if (!file && !sink) return
  const now = performance.now()
  const edge = progress.label !== lastLabel || progress.done >= progress.total
  if (!edge && now - lastReport < leastMillisecondsBetweenReports) return
  lastReport = now
  lastLabel = progress.label
  if (file) writeProgress(file, progress)
  else sink?.(progress)
}

/** Whole or not at all, for the reader may look at any moment. A watcher that went away must not stop the work. */
function writeProgress(file: string, progress: Progress): void {
  try {
    writeFileSync(`${file}.tmp`, JSON.stringify(progress))
    renameSync(`${file}.tmp`, file)
  } catch {
    // the runner's folder is gone or full: the count is a courtesy, the work is not
  }
}
