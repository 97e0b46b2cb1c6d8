/** One line of progress on stderr: a spinner on a terminal, plain lines without colours in a log. */
import ora from 'ora'

export interface StatusLine {
  /** What is being done at the moment. */
  readonly busyWith: (what: string) => void
  /** Something that stays on the screen. */
  readonly note: (text: string) => void
  readonly succeed: (text: string) => void
  readonly fail: (text: string) => void
  /** Leaves nothing behind. */
  readonly clear: () => void
}

/** What is done sooner needs no spinner, and no line that says that it began. */
const PATIENCE_MS = 400

export function statusLine(title: string): StatusLine {
  return process.stderr.isTTY ? spinner(title) : plain(title)
}

function spinner(title: string): StatusLine {
  const shown = ora({ text: title, stream: process.stderr })
  const timer = setTimeout(() => shown.start(), PATIENCE_MS)
  const ending = (end: () => void) => {
    clearTimeout(timer)
    end()
  }
  return {
    busyWith: (what) => {
      shown.text = `${title}: ${what}`
    },
    note: (text) => void shown.warn(text).start(title),
    succeed: (text) => ending(() => shown.succeed(text)),
    fail: (text) => ending(() => shown.fail(text)),
    clear: () => ending(() => shown.stop()),
  }
}

function plain(title: string): StatusLine {
  const write = (text: string) => void process.stderr.write(`${text}\n`)
  const timer = setTimeout(() => write(`${title} ...`), PATIENCE_MS)
  const ending = (text?: string) => {
    clearTimeout(timer)
    if (text) write(text)
  }
  return {
    busyWith: () => {},
    note: (text) => write(text),
    succeed: (text) => ending(text),
    fail: (text) => ending(`failed: ${text}`),
    clear: () => ending(),
  }
}
