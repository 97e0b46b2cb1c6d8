/**
 * `blockwise setup`, and what `run`, `lab` and the tests call first: everything that the suite needs and npm does not bring. Each step
 * uses what is there; a step that cannot be done ends the set-up with the message of what is missing.
 */
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { ensureDataset } from '../datasets/ensure'
import { DATASET_NAMES, type DatasetName } from '../datasets/manifest'
import { chooseEngine, ENGINE_KINDS, type EngineKind } from '../engine/platforms'
import { provision } from '../engine/provision'
import { recipeOf } from '../engine/recipe'
import { findBrowser } from '../figures/browser'
import { installKernelspec, kernelName, kernelspec } from '../notebook/kernelspec'
import { repositoryRoot } from '../notebook/root'
import { type Extra, ensurePython, venvFolder, venvPython } from './python'
import { statusLine } from './status-line'

export interface SetupOptions {
  /** Absent: BLOCKWISE_ENGINE, else what suits the machine. */
  readonly engine?: EngineKind | undefined
  /** What else is to be installed: JupyterLab. */
  readonly extra?: Extra
  /** One line per step; otherwise only what was done, and what was reused in one line. */
  readonly verbose?: boolean
}

export interface Setup {
  /** Folder of the repository. */
  readonly root: string
  /** The environment's Python: it has nbclient, and JupyterLab when asked for. */
  readonly python: string
  readonly engine: EngineKind
}

interface Done {
  readonly detail: string
  readonly reused: boolean
}

interface Step {
  readonly title: string
  run(busyWith: (what: string) => void, note: (line: string) => void): Promise<Done>
}

/**
 * Makes everything be there that a run needs, and tells on stderr what it does. For this process and its children the engine is
 * from then on the one that was chosen.
 * @throws SetupError, DatasetError with the message for the user
 */
export async function ensureSetup(options: SetupOptions = {}): Promise<Setup> {
  const root = repositoryRoot()
  const engine = chooseEngine(options.engine)
  if (options.engine) process.env.BLOCKWISE_ENGINE = engine
  const python = venvPython(root)
  const reused: string[] = []
  for (const step of steps(root, engine, options.extra)) {
    const done = await show(step, options.verbose ?? false)
    if (done.reused) reused.push(step.title)
  }
  if (!options.verbose && reused.length > 0) process.stderr.write(`reused: ${reused.join(', ')}\n`)
  return { root, python, engine }
}

function steps(root: string, engine: EngineKind, extra: Extra | undefined): Step[] {
  const recipe = recipeOf(engine)
  return [
    {
      title: extra === 'lab' ? 'Python environment with JupyterLab' : 'Python environment',
      async run(busyWith) {
        const { built } = await ensurePython(root, extra, busyWith)
        return { detail: venvFolder(root), reused: !built }
      },
    },
    {
      title: recipe.title,
      async run(busyWith) {
        const { folder, built } = await provision(recipe, venvPython(root), busyWith)
        return { detail: folder, reused: !built }
      },
    },
    {
      title: 'notebook kernel',
      async run() {
        const file = join(venvFolder(root), 'share', 'jupyter', 'kernels', kernelName, 'kernel.json')
        const reused = existsSync(file) && (await readFile(file, 'utf8')) === kernelspec()
        if (!reused) installKernelspec(venvFolder(root))
        return { detail: file, reused }
      },
    },
    ...DATASET_NAMES.map((name) => datasetStep(name)),
    {
      title: 'browser for figures',
      async run(busyWith) {
        busyWith('unpacking')
        const began = Date.now()
        const { path } = await findBrowser()
        return { detail: path, reused: (await stat(path)).mtimeMs < began }
      },
    },
  ]
}

function datasetStep(name: DatasetName): Step {
  return {
    title: `data ${name}`,
    async run(busyWith, note) {
      // A refused file and a source that failed stay on the screen; the rest is progress.
      const say = (line: string) => (/ is refused|; trying /.test(line) ? note(line) : busyWith(line))
      const { folder, fetched } = await ensureDataset(name, { say })
      return { detail: folder, reused: fetched.length === 0 }
    },
  }
}

/** Runs a step and shows it; what was reused is told at the end, unless every step is to be told. */
async function show(step: Step, verbose: boolean): Promise<Done> {
  const line = statusLine(step.title)
  const began = performance.now()
  try {
    const done = await step.run(line.busyWith, line.note)
    const took = `ready in ${((performance.now() - began) / 1000).toFixed(0)} s`
    if (done.reused && !verbose) line.clear()
    else line.succeed(`${step.title}: ${done.reused ? 'reused' : took}, ${done.detail}`)
    return done
  } catch (error) {
    line.fail(step.title)
    throw error
  }
}

export function setupCommand(): Command {
  return new Command('setup')
    .description('bring what is missing: TensorFlow, the Python environment, the kernel, the data, the browser')
    .addOption(
      new Option('--engine <kind>', 'which TensorFlow; by default cuda where nvidia-smi shows a GPU, else cpu').choices(
        ENGINE_KINDS,
      ),
    )
    .action(async ({ engine }: { engine?: EngineKind }) => {
      const byDefault = chooseEngine()
      await ensureSetup({ engine, verbose: true })
      if (engine && engine !== byDefault)
        process.stderr.write(
          `On this machine runs use the engine ${byDefault}; set BLOCKWISE_ENGINE=${engine} for this one.\n`,
        )
    })
}
