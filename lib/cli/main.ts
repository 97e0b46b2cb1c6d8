/** The command line: every command is a file beside this one. Called by bin/blockwise.cjs. */
import { Command } from 'commander'
import { cacheCommand } from './cache'
import { checkNotebooksCommand } from './check-notebooks'
import { claimsCommand } from './claims'
import { diffCommand } from './diff'
import { doctorCommand } from './doctor'
import { labCommand } from './lab'
import { listCommand } from './list'
import { reportCommand } from './report'
import { runCommand } from './run'
import { setupCommand } from './setup'

/** Errors whose message is written for the user: shown without a stack. */
const FOR_USERS = ['SetupError', 'DatasetError', 'LedgerFault', 'UnreadableResult']

/** A wrong command or option is refused with the valid ones. */
function nameTheValid(command: Command): Command {
  const { commands, options } = command
  const known = [
    ...(commands.length > 0 ? [`commands: ${commands.map((c) => c.name()).join(', ')}`] : []),
    `options: ${[...options.map((option) => option.flags), '-h, --help'].join('; ')}`,
  ]
  command.showHelpAfterError(`Valid ${known.join('\nValid ')}`)
  for (const sub of commands) nameTheValid(sub)
  return command
}

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('blockwise')
    .description('Reproductions of papers that train deep networks without backpropagation')
    .addCommand(setupCommand())
    .addCommand(doctorCommand())
    .addCommand(runCommand())
    .addCommand(labCommand())
    .addCommand(listCommand())
    .addCommand(claimsCommand())
    .addCommand(diffCommand())
    .addCommand(reportCommand())
    .addCommand(cacheCommand())
    .addCommand(checkNotebooksCommand())
  // A reader that has seen enough, such as head, closes the pipe.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  try {
    await nameTheValid(program).parseAsync(argv)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(`${FOR_USERS.includes(error.name) ? error.message : (error.stack ?? error.message)}\n`)
    process.exitCode ??= 1
  }
}
