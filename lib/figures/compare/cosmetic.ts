/** Changes of looks: order of traces, names, colours, titles, axes. They are listed, never a failure. */
import { dataAttributes, type Json } from './coordinates'

/** So many are listed in full. */
const most = 20

/** One line per changed attribute: "layout.xaxis.title.text: 'epoch' -> 'iteration'". */
export function cosmeticChanges(before: Json, after: Json): string[] {
  const found: string[] = []
  const [old, now] = [tracesOf(before), tracesOf(after)]
  const order = (traces: Map<string, Json>, other: Map<string, Json>): string =>
    [...traces.keys()].filter((id) => other.has(id)).join('\n')
  if (order(old, now) !== order(now, old)) found.push('the traces stand in another order')
  for (const [id, trace] of old) {
    const other = now.get(id)
    if (other) walk(`'${id}'`, looksOf(trace), looksOf(other), found)
  }
  walk('layout', before.layout, after.layout, found)
  walk('meta', before.meta, after.meta, found)
  return found.length > most ? [...found.slice(0, most), `and ${found.length - most} more`] : found
}

function tracesOf(figure: Json): Map<string, Json> {
  return new Map((figure.data as Json[]).map((trace) => [(trace.meta as { id: string }).id, trace]))
}

/** A trace without what is compared elsewhere. */
function looksOf(trace: Json): Json {
  const { uid: _, meta, ...rest } = trace
  const looks: Record<string, unknown> = { ...rest, policy: { ...(meta as Json), id: undefined } }
  for (const name of dataAttributes) {
    const [outer = '', inner] = name.split('.')
    const held = looks[outer]
    if (inner === undefined) delete looks[outer]
    else if (typeof held === 'object' && held !== null && typeof (held as Json)[inner] === 'object')
      looks[outer] = { ...held, [inner]: undefined }
  }
  return looks
}

function walk(path: string, before: unknown, after: unknown, found: string[]): void {
  if (before === after) return
  if (isNested(before) && isNested(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      walk(Array.isArray(before) ? `${path}[${key}]` : `${path}.${key}`, before[key], after[key], found)
    return
  }
  if (typeof before === 'number' && typeof after === 'number' && before.toPrecision(5) === after.toPrecision(5)) return
  found.push(`${path}: ${text(before)} -> ${text(after)}`)
}

const isNested = (value: unknown): value is Json => typeof value === 'object' && value !== null

function text(value: unknown): string {
  if (value === undefined) return 'nothing'
  const json = JSON.stringify(value) ?? String(value)
  return json.length > 80 ? `${json.slice(0, 77)}...` : json
}
