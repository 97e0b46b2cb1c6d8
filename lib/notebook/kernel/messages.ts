/**
 * Jupyter's wire format: [identities..., '<IDS|MSG>', hmac, header, parent, metadata, content].
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'

const delimiter = Buffer.from('<IDS|MSG>')

export interface Header {
  readonly msg_id: string
  readonly msg_type: string
  readonly session: string
  readonly username: string
  readonly date: string
  readonly version: string
}

export interface Message {
  /** The route back to the asker. */
  readonly identities: readonly Buffer[]
  readonly header: Header
  readonly content: Readonly<Record<string, unknown>>
}

/** Reads one request. Throws when it is not signed with this kernel's key. */
export function readMessage(frames: readonly Buffer[], key: string): Message {
  const at = frames.findIndex((frame) => frame.equals(delimiter))
  const [signature, header, parent, metadata, content] = frames.slice(at + 1)
  if (at < 0 || !signature || !header || !parent || !metadata || !content) {
    throw new Error(`Not a Jupyter message: ${frames.length} frames, expected at least 6 with the delimiter <IDS|MSG>`)
  }
  const expected = Buffer.from(sign(key, frames.slice(at + 2)))
  if (key && (expected.length !== signature.length || !timingSafeEqual(expected, signature))) {
    throw new Error('A Jupyter message with a wrong signature was refused')
  }
  return {
    identities: frames.slice(0, at),
    header: JSON.parse(header.toString()) as Header,
    content: JSON.parse(content.toString()) as Record<string, unknown>,
  }
}

/** Frames of a message of this kernel about `parent` (absent: about nothing in particular), for the asker or for the public channel. */
export function writeMessage(
  key: string,
  session: string,
  type: string,
  content: object,
  parent?: Message,
): (Buffer | string)[] {
  const header: Header = {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username: 'kernel',
    date: new Date().toISOString(),
    version: '5.3',
  }
  const parts = [header, parent?.header ?? {}, {}, content].map((part) => JSON.stringify(part))
  return [...(parent?.identities ?? []), delimiter, sign(key, parts), ...parts]
}

function sign(key: string, parts: readonly (Buffer | string)[]): string {
  if (!key) return ''
  const hash = createHmac('sha256', key)
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
