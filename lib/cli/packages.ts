/** Which npm packages are installed, by the files on disk: packages hide their package.json behind `exports`. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Version of an installed package, looked for as Node looks for packages; undefined when there is none. */
export function installedVersion(name: string): string | undefined {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    try {
      const file = join(folder, 'node_modules', name, 'package.json')
      return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
    } catch {
      if (folder === dirname(folder)) return undefined
    }
  }
}

/** The suite's dependencies with the versions that lib/package.json pins. */
export function pinnedVersions(): Readonly<Record<string, string>> {
  const file = join(__dirname, '..', '..', 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> }).dependencies
}
