/** Runs `blockwise` in a process of its own; without bin/blockwise.cjs, which has tests of its own. */
import { resolve } from 'node:path'
import { execa } from 'execa'

export const repository = resolve(__dirname, '../../..')

export interface Finished {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | undefined
}

/** A variable that is undefined is taken out of the environment. */
export async function blockwise(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<Finished> {
  const script = `require(${JSON.stringify(resolve(repository, 'lib/dist/cli/main.js'))}).main(['node', 'blockwise', ...process.argv.slice(1)])`
  const { stdout, stderr, exitCode } = await execa(process.execPath, ['-e', script, '--', ...args], {
    env,
    reject: false,
    stdin: 'ignore',
  })
  return { stdout, stderr, exitCode }
}
