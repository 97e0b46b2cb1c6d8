/**
 * The flag that stops long work. The kernel raises it on an interrupt and lowers it before each cell; the trainer asks between blocks.
 * It lives at the root of the library because `train` may not import from `notebook`.
 */

let requested = false

/** Asks the running work to stop at its next pause. */
export function requestInterrupt(): void {
  requested = true
}

/** True from an interrupt until the next cell begins. */
export function interruptRequested(): boolean {
  return requested
}

export function clearInterrupt(): void {
  requested = false
}

/** What interrupted work throws: not a failure of the work itself, so nothing of it is to be kept or blamed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor(what = 'stopped by an interrupt') {
    super(what)
  }
}
