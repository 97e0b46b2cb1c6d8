/**
 * `npm run bench -- [cases…] [--rounds N] [--threads N]`: ours against NumPy or PyTorch and against the matrix products alone,
 * timed by turns; docs/bench.md says how to read it. Exit code 1 when a case fails, not when a goal is missed.
 */
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { SetupError } from 'blockwise/dist/engine/setup-error'
import { CASE_NAMES, type CaseName, PEERS } from './case-names'
import type { CaseResult } from './case-process'
import { inChild } from './child'
import { peerPython } from './peer-environment'
import { formatTable } from './table'

const ROUNDS = 9
/** With fewer no interval covers 95 % (bench/statistics.ts). */
const FEWEST_ROUNDS = 6

interface Options {
  readonly cases: readonly CaseName[]
  readonly rounds: number
  readonly threads: number
}

/** @throws SetupError that names what is wrong and what there is */
function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string' }, threads: { type: 'string' } },
  })
  const isCase = (name: string): name is CaseName => CASE_NAMES.some((known) => known === name)
  const cases = positionals.filter(isCase)
  const wrong = positionals.find((name) => !isCase(name))
  if (wrong !== undefined) throw new SetupError(`there is no case '${wrong}'`, `choose from ${CASE_NAMES.join(', ')}`)
  const whole = (name: 'rounds' | 'threads', fallback: number, least: number): number => {
    const value = values[name] === undefined ? fallback : Number(values[name])
    if (Number.isInteger(value) && value >= least) return value
    throw new SetupError(`--${name} is '${values[name]}'`, `give a whole number of at least ${least}`)
  }
  return {
    cases: cases.length > 0 ? cases : CASE_NAMES,
    rounds: whole('rounds', ROUNDS, FEWEST_ROUNDS),
    threads: whole('threads', availableParallelism(), 1),
  }
}

/** The case's environment is made first if need be: its failure is the failure of the cases that need it. */
async function runCase(name: CaseName, { rounds, threads }: Options): Promise<CaseResult> {
  const python = await peerPython(PEERS[name])
  const environment = { ...process.env, TF_NUM_INTRAOP_THREADS: String(threads) }
  return inChild<CaseResult>(`the case ${name}`, 'case-process.js', [name, String(rounds), python], environment)
}

async function main(): Promise<void> {
  const options = readOptions()
  const results: CaseResult[] = []
  let failed = false
  for (const name of options.cases) {
    try {
      results.push(await runCase(name, options))
    } catch (error) {
      console.error(`bench: ${(error as Error).message}`)
      failed = true
    }
  }
  const [first] = results
  if (first) {
    const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`
    console.log(
      `\n- machine: ${cpus()[0]?.model.trim()}, ${cpus().length} processors, ${memory}, ${process.platform} ${release()}`,
    )
    console.log(`- ours: ${first.engine}, Node ${process.versions.node}`)
    for (const peer of new Set(results.map((result) => result.peer))) console.log(`- peer: ${peer}`)
    console.log(`- ${options.threads} threads each, ${options.rounds} rounds\n`)
    console.log(formatTable(results.flatMap(({ rows }) => rows)))
    console.log('\npeak memory of each case (its comparison included):')
    for (const { title, peakMiB } of results) console.log(`- ${title}: ${peakMiB.toFixed(0)} MiB`)
  }
  process.exitCode = failed ? 1 : 0
}

main().catch((error: unknown) => {
  console.error(
    error instanceof SetupError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
      ? `bench: ${(error as Error).message}`
      : error,
  )
  process.exitCode = 1
})
