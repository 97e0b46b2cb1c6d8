/** `blockwise cache`: what the suite keeps outside git, how large it is, and the removal of what is not needed. */
import { type Dirent, existsSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Argument, Command } from 'commander'
import { dataFolder } from '../datasets/manifest'
import { ENGINE_KINDS } from '../engine/platforms'
import { engineFolder, enginesFolder, recipeOf } from '../engine/recipe'
import { cacheFolder, leftOvers } from '../engine/whole-folder'
import { repositoryRoot } from '../notebook/root'
import { installedVersion } from './packages'
import { venvFolder } from './python'

const KINDS = ['engine', 'data', 'runs', 'browser', 'python'] as const
type Kind = (typeof KINDS)[number]

interface Kept {
  readonly kind: Kind
  readonly path: string
  /** Absent for what this checkout uses. */
  readonly why?: 'of another version' | 'left by a set-up that was stopped'
}

/** Everything that is kept, whichever checkout or version it is from. */
function everythingKept(): Kept[] {
  const root = repositoryRoot()
  const cache = cacheFolder()
  const current = ENGINE_KINDS.map((kind) => engineFolder(recipeOf(kind)))
  const browser = `chromium-${installedVersion('@sparticuz/chromium')}`
  return [
    ...children(enginesFolder()).map(
      (path): Kept => ({ kind: 'engine', path, ...(current.includes(path) ? {} : otherVersion) }),
    ),
    ...leftOvers(enginesFolder()).map((path): Kept => ({ kind: 'engine', path, ...leftOver })),
    ...children(dataFolder(), true).map((path): Kept => ({ kind: 'data', path })),
    ...present(join(cache, 'runs')).map((path): Kept => ({ kind: 'runs', path })),
    ...children(cache)
      .filter((path) => basename(path).startsWith('chromium-'))
      .map((path): Kept => ({ kind: 'browser', path, ...(basename(path) === browser ? {} : otherVersion) })),
    ...present(venvFolder(root)).map((path): Kept => ({ kind: 'python', path })),
    ...leftOvers(root).map((path): Kept => ({ kind: 'python', path, ...leftOver })),
  ]
}

const otherVersion = { why: 'of another version' } as const
const leftOver = { why: 'left by a set-up that was stopped' } as const

const present = (path: string) => (existsSync(path) ? [path] : [])

function children(folder: string, foldersOnly = false): string[] {
  return entries(folder)
    .filter((entry) => !entry.name.startsWith('.') && (!foldersOnly || entry.isDirectory()))
    .map((entry) => join(folder, entry.name))
    .sort()
}

/** Bytes on disk of a file or folder. What disappears meanwhile counts nothing. */
function sizeOf(path: string): number {
  const own = lstatSync(path, { throwIfNoEntry: false })
  if (!own) return 0
  const bytes = own.blocks * 512
  return own.isDirectory() ? entries(path).reduce((sum, { name }) => sum + sizeOf(join(path, name)), bytes) : bytes
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function line({ kind, path, why }: Kept, bytes: number): string {
  return `${kind.padEnd(8)}${`${(bytes / 1e6).toFixed(0)} MB`.padStart(9)}  ${path}${why ? `  (${why})` : ''}\n`
}

function list(): void {
  const kept = everythingKept()
  for (const item of kept) process.stdout.write(line(item, sizeOf(item.path)))
  if (kept.length === 0) process.stdout.write('nothing is kept\n')
}

function prune(kinds: readonly Kind[]): void {
  const doomed = everythingKept().filter(({ kind, why }) => kinds.includes(kind) || (kinds.length === 0 && why))
  let freed = 0
  for (const item of doomed) {
    const bytes = sizeOf(item.path)
    rmSync(item.path, { recursive: true, force: true })
    freed += bytes
    process.stdout.write(`removed ${line(item, bytes)}`)
  }
  process.stdout.write(doomed.length === 0 ? 'nothing to remove\n' : `${(freed / 1e6).toFixed(0)} MB freed\n`)
}

export function cacheCommand(): Command {
  return new Command('cache')
    .description(
      'list what is kept outside git, with sizes, or prune it: other versions and what stopped set-ups have left',
    )
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'prune']).default('list'))
    .addArgument(
      new Argument('[what...]', 'prune these whole; they are brought or computed again when needed')
        .choices(KINDS)
        .default([]),
    )
    .action((action: string, kinds: readonly Kind[], _options, command: Command) => {
      if (action === 'prune') prune(kinds)
      else if (kinds.length === 0) list()
      else command.error(`error: 'cache list' takes no names; 'cache prune ${kinds.join(' ')}' removes these`)
    })
}
