/** `blockwise run`: notebooks from first to last cell, headlessly, into results/<profile>/. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { SetupError } from '../engine/setup-error'
import { chooseNotebooks, listNotebooks, type NotebookFile } from '../notebook/catalog'
import { defaultProfile, type Profile, parseSeeds, profiles } from '../notebook/profiles'
import { repositoryRoot } from '../notebook/root'
import { runSuite } from '../notebook/suite'
import { probeEngine } from './engine-probe'
import { evidenceSummary } from './evidence-summary'
import { ensureSetup } from './setup'

interface RunOptions {
  readonly profile: Profile
  readonly seeds?: number
  readonly fresh?: boolean
  readonly requireGpu?: boolean
}

export function runCommand(): Command {
  const command = new Command('run')
  return command
    .description('run notebooks headlessly and write results/<profile>/')
    .argument('[ids...]', "numbers or names, e.g. 01 or 01-tikhonov-bcd; all when none is given ('blockwise list')")
    .addOption(
      new Option('--profile <name>', 'sizes: smoke takes seconds, quick minutes, paper hours')
        .choices(profiles)
        .default(defaultProfile),
    )
    .addOption(new Option('--seeds <n>', "how many seeds; by default the profile's").argParser(seedsOption))
    .option('--fresh', 'reuse no finished run')
    .option('--require-gpu', 'fail unless TensorFlow computes on a GPU')
    .action(async (ids: string[], options: RunOptions) => {
      const notebooks = chosen(command, ids)
      const { root, python } = await ensureSetup()
      await tellDevice(options.requireGpu ?? false)
      const { profile, seeds, fresh = false } = options
      const code = await runSuite({ root, python, notebooks, profile, seeds, fresh })
      process.exitCode = code
      if (code > 1) return // stopped by a signal: nothing is summed up
      const { lines, faulty } = evidenceSummary(root, profile)
      process.stderr.write(`${lines.join('\n')}\n`)
      if (faulty) process.exitCode = 1
    })
}

/** Before anything is set up: a wrong name should not wait for a download. */
function chosen(command: Command, ids: readonly string[]): NotebookFile[] {
  try {
    return chooseNotebooks(listNotebooks(repositoryRoot()), ids)
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`)
  }
}

function seedsOption(given: string): number {
  try {
    return parseSeeds(given)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

/** Says on what the numbers will be computed: a run that was meant for a GPU must not end on the CPU unnoticed. */
async function tellDevice(requireGpu: boolean): Promise<void> {
  const { engine, sentence } = await probeEngine()
  process.stderr.write(`${sentence}\n`)
  if (requireGpu && engine.device === 'cpu') {
    throw new SetupError(
      '--require-gpu was given, and TensorFlow finds no GPU that it can use',
      "'npx blockwise doctor' says what it sees; a GPU needs NVIDIA's driver and 'npx blockwise setup --engine cuda'",
    )
  }
}
