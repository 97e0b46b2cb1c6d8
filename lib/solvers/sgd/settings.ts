/** Checks of the rules' settings, and their text for the key column `setting`. */
import type { CommonSettings, Rule } from './rule'

interface Kind {
  /** Key in the column `setting`. */
  readonly key: string
  readonly expected: string
  allows(value: number): boolean
}

// The kernels take float32: a delta that rounds to 0 would make 0 / 0, a decay that rounds to 1 would never move.
const single = Math.fround
const positive = { expected: 'a finite number > 0', allows: (v: number) => single(v) > 0 && single(v) < Infinity }
const nonnegative = { expected: 'a finite number >= 0', allows: (v: number) => v >= 0 && single(v) < Infinity }
const fraction = { expected: 'a number in [0, 1)', allows: (v: number) => v >= 0 && single(v) < 1 }
const count = { expected: 'a whole number >= 1', allows: (v: number) => Number.isInteger(v) && v >= 1 }

/** Every setting of every rule, in the order in which `setting` lists them. */
const kinds: Readonly<Record<string, Kind>> = {
  learningRate: { key: 'lr', ...positive },
  weightDecay: { key: 'wd', ...nonnegative },
  momentum: { key: 'm', ...fraction },
  rmsDecay: { key: 'd', ...fraction },
  beta1: { key: 'b1', ...fraction },
  beta2: { key: 'b2', ...fraction },
  delta: { key: 'delta', ...positive },
  gamma: { key: 'gamma', ...nonnegative },
  power: { key: 'power', ...nonnegative },
  batch: { key: 'batch', ...count },
}

/**
 * The rule's defaults overridden by `given`.
 * @throws RangeError for a setting that the rule does not have, or a value that it does not allow
 */
export function completeSettings<S extends CommonSettings>(rule: Rule<S>, given: Partial<S>): S {
  const known = Object.keys(rule.defaults)
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name))
      throw new RangeError(`${rule.name} has no setting '${name}'; expected one of ${known.join(', ')}`)
    const kind = kinds[name]!
    if (typeof value !== 'number' || !kind.allows(value))
      throw new RangeError(`${rule.name}: ${name} is ${String(value)}; expected ${kind.expected}`)
  }
  return { ...rule.defaults, ...given }
}

/** What differs from the rule's defaults, e.g. 'lr=0.001;wd=0'. */
export function settingText<S extends CommonSettings>(rule: Rule<S>, settings: S): string {
  const values = settings as Readonly<Record<string, unknown>>
  const defaults = rule.defaults as Readonly<Record<string, unknown>>
  return Object.entries(kinds)
    .filter(([name]) => values[name] !== defaults[name])
    .map(([name, { key }]) => `${key}=${values[name]}`)
    .join(';')
}
