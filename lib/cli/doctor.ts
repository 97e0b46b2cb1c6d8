/** `blockwise doctor`: is everything there that a run needs? Changes nothing but the browser's first unpacking. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { datasetStatus } from '../datasets/ensure'
import type { EngineDescription } from '../engine/describe'
import { installedEngine } from '../engine/load'
import { chooseEngine } from '../engine/platforms'
import { SetupError } from '../engine/setup-error'
import { findBrowser } from '../figures/browser'
import { kernelName, kernelspec } from '../notebook/kernelspec'
import { repositoryRoot } from '../notebook/root'
import { probeEngine } from './engine-probe'
import { installedVersion, pinnedVersions } from './packages'
import { pythonFault, venvFolder, venvPython } from './python'

/** One line of the report. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** What is there, or what is wrong. */
  readonly detail: string
  /** What would bring it; where it is not ok. */
  readonly mend?: string
}

const SETUP = "run 'npx blockwise setup'"

/** Every check, in the order in which they are to be mended. */
export async function diagnose(): Promise<Check[]> {
  const root = repositoryRoot()
  return [
    // bin/blockwise.cjs refuses a Node that is too old before this file is loaded.
    { name: 'Node', ok: true, detail: `${process.version} (${process.execPath})` },
    npmCheck(),
    pythonCheck(root),
    ...(await engineChecks()),
    ...(await dataChecks()),
    kernelCheck(root),
    await browserCheck(),
  ]
}

function npmCheck(): Check {
  const name = 'npm packages'
  const dependencies = pinnedVersions()
  const wrong = Object.entries(dependencies).flatMap(([dependency, pinned]) => {
    const found = installedVersion(dependency)
    return found === pinned ? [] : [`${dependency} ${found ? `is ${found} instead of ${pinned}` : 'is missing'}`]
  })
  if (wrong.length > 0) return { name, ok: false, detail: wrong.join(', '), mend: "run 'npm ci'" }
  return { name, ok: true, detail: `${Object.keys(dependencies).length} packages in their pinned versions` }
}

function pythonCheck(root: string): Check {
  const name = 'Python environment'
  const fault = pythonFault(root)
  return fault
    ? { name, ok: false, detail: `${venvFolder(root)}: ${fault}`, mend: SETUP }
    : { name, ok: true, detail: venvPython(root) }
}

async function engineChecks(): Promise<Check[]> {
  try {
    const { folder, record } = installedEngine()
    const { engine } = await probeEngine()
    return [
      { name: 'engine', ok: true, detail: folder },
      { name: 'TensorFlow', ok: true, detail: `${engine.tensorflow}, through TensorFlow.js ${engine.tfjs}` },
      { name: 'device', ok: true, detail: deviceSentence(engine, record.kind) },
      { name: 'threads', ok: true, detail: `${engine.threads} (${engine.processor})` },
    ]
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    return [{ name: 'engine', ok: false, detail: error.missing, mend: error.mend }]
  }
}

function deviceSentence({ device }: EngineDescription, kind: string): string {
  if (device !== 'cpu') return device
  if (kind === 'cuda')
    return 'CPU: the CUDA engine found no GPU that it can use (with TF_CPP_MIN_LOG_LEVEL=0 in the environment, a run shows why)'
  return chooseEngine() === 'cuda'
    ? "CPU: there is a GPU; 'npx blockwise setup --engine cuda' brings its engine"
    : 'CPU'
}

async function dataChecks(): Promise<Check[]> {
  return (await datasetStatus()).map(({ name, state, folder, detail }) =>
    state === 'present'
      ? { name: `data ${name}`, ok: true, detail: `${folder}: ${detail}` }
      : { name: `data ${name}`, ok: false, detail: `${folder}: ${detail}`, mend: SETUP },
  )
}

function kernelCheck(root: string): Check {
  const name = 'notebook kernel'
  const file = join(venvFolder(root), 'share', 'jupyter', 'kernels', kernelName, 'kernel.json')
  try {
    if (readFileSync(file, 'utf8') === kernelspec()) return { name, ok: true, detail: file }
    return { name, ok: false, detail: `${file} is of another checkout or another Node`, mend: SETUP }
  } catch {
    return { name, ok: false, detail: `${file} is missing`, mend: SETUP }
  }
}

async function browserCheck(): Promise<Check> {
  const name = 'browser for figures'
  try {
    const { path, source } = await findBrowser()
    return { name, ok: true, detail: source === 'package' ? `${path} (from npm)` : path }
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message, mend: 'install Chrome or Chromium, or set CHROME_PATH' }
  }
}

function report(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.map(({ name, ok, detail, mend }) => {
    const line = `${ok ? 'ok     ' : 'MISSING'}  ${name.padEnd(width)}  ${detail}`
    return mend ? `${line}\n${''.padEnd(width + 9)}  to mend it: ${mend}` : line
  })
  const missing = checks.filter(({ ok }) => !ok).length
  return [...lines, missing === 0 ? 'The suite can run.' : `The suite cannot run: ${missing} missing.`, ''].join('\n')
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what is there and what is missing, with its mend; exit code 1 when the suite cannot run')
    .option('--json', 'the same for programs: {ok, checks: [{name, ok, detail, mend}]}')
    .action(async ({ json }: { json?: boolean }) => {
      const checks = await diagnose()
      const ok = checks.every((check) => check.ok)
      process.stdout.write(json ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : report(checks))
      if (!ok) process.exitCode = 1
    })
}
