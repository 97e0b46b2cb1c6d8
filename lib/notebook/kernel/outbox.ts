/**
 * What a cell writes, on its way to the front end. zeromq refuses a send while another is under way (EBUSY) and tslab does not wait, which
 * loses output past some hundred messages: here every socket has a queue, and text is gathered for a moment before it is sent.
 */

/** Where frames go: one socket of zeromq. */
export interface Sendable {
  send(frames: (Buffer | string)[]): Promise<void>
}

/** Sends in order, one at a time. Frames for a socket that was closed are dropped. */
export class Outbox {
  private tail: Promise<void> = Promise.resolve()

  constructor(private readonly socket: Sendable) {}

  send(frames: (Buffer | string)[]): void {
    this.tail = this.tail.then(() => this.socket.send(frames)).catch(() => undefined)
  }

  /** Resolves when everything handed over so far was sent. */
  sent(): Promise<void> {
    return this.tail
  }
}

export type StreamName = 'stdout' | 'stderr'

const gatherMilliseconds = 50
const mostCharacters = 1 << 16

/** Gathers text of one cell; order between the streams, and with whatever is sent after `flush`, is kept. */
export class TextBuffer {
  private name: StreamName = 'stdout'
  private text = ''
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly publish: (name: StreamName, text: string) => void) {}

  write(name: StreamName, text: string): void {
    if (name !== this.name) this.flush()
    this.name = name
    this.text += text
    if (this.text.length > mostCharacters) this.flush()
    else this.timer ??= setTimeout(() => this.flush(), gatherMilliseconds)
  }

  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const text = this.text
    this.text = ''
    if (text) this.publish(this.name, text)
  }
}
