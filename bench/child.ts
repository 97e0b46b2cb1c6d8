/** Work in a process of its own, so that its peak memory is its own. */
import { fork } from 'node:child_process'
import { join } from 'node:path'

/**
 * Runs a compiled script of this folder (such as 'case-process.js'), which sends one message when it is done.
 * @throws Error when it ends otherwise; `what` names it
 */
export function inChild<T>(
  what: string,
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let result: T | undefined
    const child = fork(join(__dirname, script), args, { env })
    child.on('message', (message) => {
      result = message as T
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (result && code === 0) resolve(result)
      else reject(new Error(`${what} ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}

/** The other side: sends the parent what `work` resolves to, and ends when the parent does. */
export function answerParent<T>(work: () => Promise<T>): void {
  process.on('disconnect', () => process.exit()) // the parent was killed, or everything is done
  work().then(
    (result) => {
      process.send!(result)
      process.disconnect()
    },
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
}
