/** Asks the engine what it computes on, in a process of its own: this one stays light, and no memory of a GPU is held while notebooks run. */
import { resolve } from 'node:path'
import { execa } from 'execa'
import type { EngineDescription } from '../engine/describe'
import { SetupError } from '../engine/setup-error'

export interface ProbedEngine {
  readonly engine: EngineDescription
  /** The same, for people. */
  readonly sentence: string
}

/** @throws SetupError when the engine cannot be loaded */
export async function probeEngine(): Promise<ProbedEngine> {
  const describe = resolve(__dirname, '..', 'engine', 'describe.js')
  const script = `const { describeEngine, engineSentence } = require(${JSON.stringify(describe)})
    const engine = describeEngine()
    process.stdout.write('\\n' + JSON.stringify({ engine, sentence: engineSentence(engine) }))`
  const probe = await execa(process.execPath, ['-e', script], { reject: false, stdin: 'ignore', timeout: 120_000 })
  if (probe.failed) {
    throw new SetupError(
      `the engine cannot be loaded: ${probe.stderr.trim() || probe.shortMessage}`,
      "run 'npx blockwise cache prune engine', then 'npx blockwise setup'",
    )
  }
  return JSON.parse(probe.stdout.split('\n').at(-1)!) as ProbedEngine
}
