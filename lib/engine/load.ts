/**
 * Prepares a process for the engine: the environment that TensorFlow reads at its start, what newer versions of Node have dropped,
 * and the installed engine put where tfjs-node-gpu looks for its binding. Cheap, and repeated in every process, for `npm ci` removes
 * the link.
 */
import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import util from 'node:util'
import { chooseEngine, ENGINE_KINDS } from './platforms'
import { type EngineRecord, engineFolder, readEngine, recipeOf, tfjsNodeFolder } from './recipe'
import { SetupError } from './setup-error'

/**
 * Makes `require('@tensorflow/tfjs-node-gpu')` load the installed engine.
 * @throws SetupError when no engine is installed
 */
export function prepare(): void {
  setEnvironment()
  restoreUtil()
  linkBinding(installedEngine().folder)
}

let found: { folder: string; record: EngineRecord } | undefined

/**
 * The engine that this process loads: the one that suits (BLOCKWISE_ENGINE, else the machine), or whichever is installed when none
 * was asked for by name. Decided once per process.
 */
export function installedEngine(): { folder: string; record: EngineRecord } {
  if (found) return found
  const asked = process.env.BLOCKWISE_ENGINE
  const kinds = asked ? [chooseEngine(asked)] : ENGINE_KINDS
  const installed = kinds.flatMap((kind) => {
    const folder = engineFolder(recipeOf(kind))
    const record = readEngine(folder)
    return record ? [{ folder, record }] : []
  })
  // Only where both are installed does it matter whether there is a GPU.
  const suits = installed.length > 1 ? installed.find(({ record }) => record.kind === chooseEngine()) : installed[0]
  if (suits) {
    found = suits
    return suits
  }
  throw new SetupError(
    `TensorFlow is not installed yet${asked ? ` as the engine '${asked}' (BLOCKWISE_ENGINE)` : ''}: nothing whole in ${engineFolder(recipeOf(kinds[0]!))}`,
    asked ? `run 'npx blockwise setup --engine ${asked}'` : "run 'npx blockwise setup'",
  )
}

/** Read by TensorFlow when it is loaded; what the user has set stays. */
function setEnvironment(): void {
  // Errors only; the line about oneDNN, which TensorFlow writes before it reads this, is kept back by quiet-binding.cc.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  // True float32 on GPUs: TF32 keeps 10 bits of the mantissa, too few for the linear solves.
  process.env.NVIDIA_TF32_OVERRIDE ??= '0'
  // GPUs are counted as nvidia-smi counts them.
  process.env.CUDA_DEVICE_ORDER ??= 'PCI_BUS_ID'
}

/** tfjs-node 4.22 calls functions that Node 22 warns of and Node 23 dropped. */
function restoreUtil(): void {
  const legacy = util as unknown as Record<string, unknown>
  legacy.isNullOrUndefined = (value: unknown) => value === null || value === undefined
  legacy.isArray = Array.isArray
}

/** Another process may do the same at the same moment: each renames a link of its own into place, and any of them is right. */
function linkBinding(folder: string): void {
  const target = join(folder, 'binding', 'tfjs_binding.node')
  const link = join(tfjsNodeFolder(), 'lib', 'napi-v8', 'tfjs_binding.node')
  if (linkTarget(link) === target) return
  const fresh = `${link}.${process.pid}`
  try {
    mkdirSync(dirname(link), { recursive: true })
    rmSync(fresh, { force: true })
    symlinkSync(target, fresh)
    renameSync(fresh, link)
  } catch (error) {
    throw new SetupError(
      `the engine could not be linked to ${link}: ${(error as Error).message}`,
      'make node_modules writable once, for this link',
    )
  }
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}
