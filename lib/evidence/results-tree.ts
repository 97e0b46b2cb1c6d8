/**
 * A tree of results, wherever it lies: the working tree's results/, another folder, or a revision of git. Paths are
 * relative to results/ and use '/': 'quick/01-tikhonov-bcd/trace.csv'.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { execaSync } from 'execa'
import { SetupError } from '../engine/setup-error'

export interface ResultsTree {
  /** For people: 'the working tree', 'HEAD (1a2b3c4)', 'folder /tmp/old'. */
  readonly name: string
  /** Every file, sorted. */
  readonly files: readonly string[]
  /** The file's bytes, or null when there is none of that path. */
  read(file: string): Buffer | null
}

/** Profiles whose results are nobody's evidence. */
const passing = ['scratch', 'smoke']

/** What a folder laid out as results/ holds now. */
export function folderTree(folder: string, name: string): ResultsTree {
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
        .filter((file) => !file.split('/').some((part) => part.startsWith('.')))
        .sort()
    : []
  const known = new Set(files)
  return { name, files, read: (file) => (known.has(file) ? readFileSync(path.join(folder, file)) : null) }
}

/**
 * What a revision of the repository at `root` holds under results/. Texts are read from git at once, pictures one by one
 * when they are asked for.
 * @throws SetupError when git does not know the revision
 */
export function revisionTree(root: string, revision: string): ResultsTree {
  const commit = resolveRevision(root, revision)
  if (commit === null)
    throw new SetupError(
      `'${revision}' is neither a revision that git knows here nor a folder`,
      "give a commit, branch or tag ('git log --oneline'), or the path of a folder with results",
    )
  const listed = git(root, ['ls-tree', '-r', '-z', commit, 'results/']).toString('utf8')
  const blobs = new Map<string, string>()
  for (const line of listed.split('\0')) {
    const [, blob, file] = /^\S+ blob (\S+)\tresults\/(.*)$/s.exec(line) ?? []
    if (blob && file) blobs.set(file, blob)
  }
  const texts = [...blobs].filter(([file]) => /\.(json|csv)$/.test(file)).map(([, blob]) => blob)
  let contents: Map<string, Buffer> | undefined
  return {
    name: `${revision} (${commit.slice(0, 7)})`,
    files: [...blobs.keys()].sort(),
    read(file) {
      const blob = blobs.get(file)
      if (!blob) return null
      contents ??= readBlobs(root, texts)
      return contents.get(blob) ?? git(root, ['cat-file', 'blob', blob])
    },
  }
}

/**
 * The tree that `--against` names: a revision of git, or a folder, which is results/ itself or holds one. A name that is both
 * is taken for the revision; './name' means the folder.
 */
export function treeNamed(root: string, against: string): ResultsTree {
  if (/^\.{0,2}\/|^\.{1,2}$/.test(against) || resolveRevision(root, against) === null) {
    const folder = path.resolve(against)
    if (existsSync(folder) && statSync(folder).isDirectory()) {
      const inner = path.join(folder, 'results')
      return folderTree(existsSync(inner) ? inner : folder, `folder ${against}`)
    }
  }
  return revisionTree(root, against)
}

/** Profiles with results in any of the trees: 'paper', 'quick'. */
export function profilesOf(trees: readonly ResultsTree[]): string[] {
  return [...new Set(trees.flatMap(({ files }) => files.map((file) => file.split('/')[0]!)))]
    .filter((profile) => !passing.includes(profile) && trees.some((tree) => notebooksOf(tree, profile).length > 0))
    .sort()
}

/** Notebooks with results of a profile: '01-tikhonov-bcd'. */
export function notebooksOf(tree: ResultsTree, profile: string): string[] {
  const folders = tree.files.map((file) => file.split('/')).filter((parts) => parts.length > 2 && parts[0] === profile)
  return [...new Set(folders.map((parts) => parts[1]!))].sort()
}

function resolveRevision(root: string, revision: string): string | null {
  const { stdout, failed } = execaSync('git', ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], {
    cwd: root,
    reject: false,
  })
  return failed ? null : stdout.trim()
}

function git(root: string, args: readonly string[], input = ''): Buffer {
  const { stdout, stderr, failed } = execaSync('git', args, {
    cwd: root,
    encoding: 'buffer',
    maxBuffer: 1e9,
    reject: false,
    ...(input === '' ? {} : { input }),
  })
  if (failed)
    throw new SetupError(
      `git ${args[0]} failed: ${
        Buffer.from(stderr ?? [])
          .toString('utf8')
          .trim() || 'git is not on the PATH'
      }`,
      'a comparison with a revision needs git and its repository; --against takes a folder too',
    )
  return Buffer.from(stdout)
}

/** The contents of many blobs through one process. Its answer for each: '<blob> blob <size>\n<bytes>\n'. */
function readBlobs(root: string, blobs: readonly string[]): Map<string, Buffer> {
  const contents = new Map<string, Buffer>()
  if (blobs.length === 0) return contents
  const answer = git(root, ['cat-file', '--batch'], `${blobs.join('\n')}\n`)
  for (let at = 0; at < answer.length; ) {
    const end = answer.indexOf(10, at)
    const [blob = '', , size = '0'] = answer.toString('latin1', at, end).split(' ')
    contents.set(blob, answer.subarray(end + 1, end + 1 + Number(size)))
    at = end + 2 + Number(size)
  }
  return contents
}
