/**
 * run.json: on what machine a notebook's results arose, what was computed and what reused, and the checksum of every file
 * beside it, so that an edited file is found out. With seconds.csv it holds all that differs between repeated runs.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { sync as writeFileAtomic } from 'write-file-atomic'
import { describeEngine } from '../engine/describe'
import { sha256 } from './add-to-record'
import type { Experiment } from './experiment'

/**
 * Writes `<folder>/run.json`; call it last, when every other file of the notebook is written.
 * @param notebook code: sha256 of its code cells
 */
export function writeRunRecord(
  folder: string,
  notebook: {
    readonly id: string
    readonly profile: string
    readonly seeds: number
    readonly fresh: boolean
    readonly code: string
  },
  experiment: Experiment,
  /** Figures and verdicts that rest on the clock: they have no file of their own. */
  timing: Readonly<Record<string, unknown>>,
): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'run.json')
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()
  const { id, profile, seeds, fresh, code } = notebook
  const record = {
    notebook: { id, profile, seeds, fresh, code },
    engine: describeEngine(),
    node: process.version,
    finished: new Date().toISOString(),
    files: Object.fromEntries(files.map((file) => [file, sha256(path.join(folder, file))])),
    timing,
    runs: experiment.entries,
  }
  writeFileAtomic(path.join(folder, 'run.json'), `${JSON.stringify(record, null, 1)}\n`)
}
