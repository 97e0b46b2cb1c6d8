/**
 * Results of a notebook are written into a folder beside their place and swapped in when the run has succeeded, so that a run that
 * failed, or was killed, leaves what was there. Names end in .tmp, which git ignores.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { isAlive } from '../engine/whole-folder'

export interface Staging {
  /** Exists, empty: the run writes here. */
  readonly folder: string
  /** Puts what was written in the place of the old results. */
  commit(): void
  /** Removes what was written; harmless after `commit`. */
  discard(): void
}

/** Opens a staging folder for `target`, after clearing away what dead runs have left there. */
export function stage(target: string): Staging {
  mkdirSync(path.dirname(target), { recursive: true })
  recover(target)
  const folder = besides(target, `${process.pid}.tmp`)
  const old = besides(target, `${process.pid}.old.tmp`)
  mkdirSync(folder)
  return {
    folder,
    commit() {
      if (existsSync(target)) renameSync(target, old)
      renameSync(folder, target)
      rmSync(old, { recursive: true, force: true })
    },
    discard: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function besides(target: string, ending: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${ending}`)
}

/** A run that was killed between the two renames of `commit` left the old results aside: they return to their place. */
function recover(target: string): void {
  const pattern = new RegExp(`^\\.${path.basename(target)}\\.(\\d+)(\\.old)?\\.tmp$`)
  for (const name of readdirSync(path.dirname(target))) {
    const [, pid, old] = pattern.exec(name) ?? []
    if (!pid || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue
    const found = path.join(path.dirname(target), name)
    if (old && !existsSync(target)) renameSync(found, target)
    else rmSync(found, { recursive: true, force: true })
  }
}
