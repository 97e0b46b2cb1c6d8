/** What the headless run adds to run.json, which the notebook's own process has written. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { sync as writeFileAtomic } from 'write-file-atomic'

/** Enters a file that was written after the record: the executed notebook, which its kernel cannot see. */
export function addToRecord(folder: string, file: string): void {
  const place = path.join(folder, 'run.json')
  const record = JSON.parse(readFileSync(place, 'utf8')) as { files: Record<string, string> }
  record.files[file] = sha256(path.join(folder, file))
  writeFileAtomic(place, `${JSON.stringify(record, null, 1)}\n`)
}

/** The checksum by which run.json knows a file. */
export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
