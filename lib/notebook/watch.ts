/**
 * Shows how a headless run goes: on a terminal one line that is rewritten, elsewhere (logs, CI) a line per cell and one every ten
 * seconds. Counts come from the kernel through a small file; the time left is estimated here.
 */
import { readFileSync, rmSync } from 'node:fs'
import ora, { type Ora } from 'ora'
import type { Progress } from '../progress'
import { progressText } from './estimate'

export interface Watch {
  cell(cell: number, cells: number): void
  end(): void
}

const terminalMilliseconds = 250
const logMilliseconds = 10_000

/** Watches one notebook's run: `file` is where its kernel reports. `log` writes a line where there is no terminal. */
export function watchRun(notebook: string, file: string, stream: NodeJS.WriteStream): Watch {
  // a terminal without width (a container's) counts as none: ora 9 would rewrite infinitely many lines
  const spinner: Ora | undefined =
    stream.isTTY && stream.columns ? ora({ text: notebook, stream, discardStdin: false }).start() : undefined
  const describeProgress = progressText()
  let place = 'starting'
  const describe = () => {
    const progress = readProgress(file)
    return [notebook, place, ...(progress ? [describeProgress(progress)] : [])].join(' · ')
  }
  const log = (line: string) => stream.write(`${line}\n`)
  let previous = ''
  const timer = setInterval(
    () => {
      const text = describe()
      if (spinner) spinner.text = text
      else if (text !== previous) log(text)
      previous = text
    },
    spinner ? terminalMilliseconds : logMilliseconds,
  )
  return {
    cell(cell, cells) {
      place = `cell ${cell}/${cells}`
      // what the cell before has counted is over
      rmSync(file, { force: true })
      if (spinner) spinner.text = describe()
      else log(`${notebook} · ${place}`)
    },
    end() {
      clearInterval(timer)
      spinner?.stop()
    },
  }
}

/** The worker's latest count; undefined before its first. */
function readProgress(file: string): Progress | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Progress
  } catch {
    return undefined
  }
}
