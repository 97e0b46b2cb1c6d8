/** Settings of ADMM (admm.ts) and what is refused. */
import { isPositive } from '../refusals/number'

export interface AdmmSettings {
  /** Weight of |z_l - W_l a_{l-1}|^2. */
  readonly beta: number
  /** Weight of |a_l - h(z_l)|^2. */
  readonly gamma: number
  /** Summed over samples and outputs. `hinge`: max(1 - z, 0) where y = 1, max(z, 0) where y = 0 (Taylor et al., section 6); `squared`: (z - y)^2. */
  readonly loss: 'hinge' | 'squared'
  /** Iterations before the multiplier moves. */
  readonly warmUp: number
  /** `accumulated`: lambda += beta (z_L - W_L a_{L-1}); `overwritten`: lambda = the same, as a public implementation has it. */
  readonly multiplier: 'accumulated' | 'overwritten'
}

export const ADMM_DEFAULTS: AdmmSettings = { beta: 1, gamma: 10, loss: 'hinge', warmUp: 5, multiplier: 'accumulated' }

const NAMES: Readonly<Record<keyof AdmmSettings, string>> = {
  beta: 'beta',
  gamma: 'gamma',
  loss: 'loss',
  warmUp: 'warm_up',
  multiplier: 'multiplier',
}

/** What differs from the defaults, for the key column `setting`. */
export function describeSetting(settings: AdmmSettings): string {
  return (Object.keys(NAMES) as (keyof AdmmSettings)[])
    .filter((name) => settings[name] !== ADMM_DEFAULTS[name])
    .map((name) => `${NAMES[name]}=${settings[name]}`)
    .join(';')
}

/** @throws RangeError that names the setting, what was given and what was expected */
export function checkSettings(settings: AdmmSettings): AdmmSettings {
  const refuse = (name: keyof AdmmSettings, expected: string): never => {
    throw new RangeError(`admm: ${name} is ${JSON.stringify(settings[name]) ?? 'undefined'}; expected ${expected}`)
  }
  for (const name of ['beta', 'gamma'] as const) if (!isPositive(settings[name])) refuse(name, 'a positive number')
  if (!['hinge', 'squared'].includes(settings.loss)) refuse('loss', "'hinge' or 'squared'")
  if (!Number.isInteger(settings.warmUp) || settings.warmUp < 0) refuse('warmUp', 'a whole number, 0 or more')
  if (!['accumulated', 'overwritten'].includes(settings.multiplier))
    refuse('multiplier', "'accumulated' or 'overwritten'")
  return settings
}
