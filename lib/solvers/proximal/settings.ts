/** Settings of three-splitting proximal BCD (proximal-bcd.ts), the public code's values as defaults, and what is refused. */
import { checkArchitecture, layer } from '../../network/architecture'
import type { Weights } from '../../network/weights'
import type { LossName } from '../../prox/loss'
import { isNonNegative, isPositive } from '../refusals/number'
import { checkShapes } from '../refusals/shapes'
import type { Problem } from '../solver'

/** What three-splitting BCD takes, whatever the step of V_L. */
export interface SplittingSettings {
  /** Weight of every |V_i - sigma(U_i)|^2 / 2. */
  readonly gamma: number
  /** Weight of every |U_i - V_(i-1) W_i^T - b_i|^2 / 2; the paper has gamma there too. */
  readonly rho: number
  /** Weight of the proximity to the old value, in the steps of V_L, hidden U_i, W_i and b_i. */
  readonly alpha: number
  /** W and V solved for their change against the residual, or for themselves with an explicit inverse, as the public code does. */
  readonly form: 'increment' | 'direct'
  /** Weight of |W_i|^2 / 2 for every W_i, the paper's r_i; biases are left out. */
  readonly l2: number
  /** Weight of |W_i|_1, likewise; both together are the elastic net. Its W-step is an inner solver's, in the increment form. */
  readonly l1: number
}

export interface ProximalBcdSettings extends SplittingSettings {
  readonly loss: LossName
}

export const PROXIMAL_BCD_DEFAULTS: ProximalBcdSettings = {
  gamma: 1,
  rho: 1,
  alpha: 5,
  form: 'increment',
  l2: 0,
  l1: 0,
  loss: 'squared',
}

/** Where a loss is to be had that a solver has not. */
const solverOf: Readonly<Record<string, string>> = {
  squared: 'proximalBcd',
  hinge: 'proximalBcd',
  'cross-entropy': 'proxLinearBcd',
  logistic: 'proxLinearBcd',
}

/** What all solvers of the family have, some with more. */
type FamilySettings = Partial<SplittingSettings> & { readonly loss: string }

/** What differs from the defaults, for the key column `setting`. */
export function describeSetting<S extends FamilySettings>(settings: S, defaults: S): string {
  const names = ['gamma', 'rho', 'alpha', 'form', 'l2', 'l1', 'loss'] as const
  return names
    .filter((name) => settings[name] !== defaults[name])
    .map((name) => `${name}=${settings[name]}`)
    .join(';')
}

/**
 * The defaults overridden by `given`.
 * @param losses names of the losses that the solver has
 * @throws RangeError that names the setting, what was given and what was expected
 */
export function completeSettings<S extends FamilySettings>(
  solver: string,
  defaults: S,
  losses: readonly string[],
  given: Partial<S>,
): S {
  if (given?.constructor !== Object)
    throw new RangeError(
      `${solver}: settings are ${JSON.stringify(given) ?? String(given)}; expected an object, such as { gamma: 1 }`,
    )
  const known = Object.keys(defaults)
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new RangeError(`${solver} has no setting '${name}'; expected one of ${known.join(', ')}`)
  const settings: S = { ...defaults, ...given }
  const refuse = (name: string, got: unknown, expected: string): never => {
    throw new RangeError(
      `${solver}: ${name} is ${typeof got === 'string' ? `'${got}'` : String(got)}; expected ${expected}`,
    )
  }
  const check = (
    names: readonly (keyof S & keyof SplittingSettings)[],
    fits: (value: unknown) => boolean,
    expected: string,
  ) => {
    for (const name of names) {
      const value = settings[name]
      if (name in defaults && !fits(value)) refuse(name, value, expected)
    }
  }
  check(['gamma', 'rho', 'alpha'], isPositive, 'a positive number, finite in float32')
  check(['l2', 'l1'], isNonNegative, 'a number >= 0, finite in float32')
  const { form, l1 = 0 } = settings
  if ('form' in defaults && form !== 'increment' && form !== 'direct') refuse('form', form, "'increment' or 'direct'")
  if (form === 'direct' && l1 > 0) refuse('form', form, "'increment' where l1 is not 0")
  if (!losses.includes(settings.loss)) {
    const other = solverOf[settings.loss]
    refuse('loss', settings.loss, `${losses.join(' or ')}${other ? `; ${other} has that loss` : ''}`)
  }
  return settings
}

/**
 * @param sums residual sums V_(i-1) + sigma_i(U_i) are allowed, as in Algorithm 3
 * @throws RangeError for shapes, labels or an architecture that the algorithm is not defined for
 */
export function checkProblem(solver: string, problem: Problem, start: Weights, sums = false): void {
  checkShapes(solver, problem, start)
  const { architecture } = problem
  checkArchitecture(architecture)
  architecture.layers.forEach((_, i) => {
    const { inputs } = layer(architecture, i + 1)
    const links = inputs.map(({ from, link }) => `layer ${from} (${link})`)
    const allowed = [[`layer ${i} (weight)`], ...(sums ? [[`layer ${i} (weight)`, `layer ${i} (residual)`]] : [])]
    if (!allowed.some((expected) => expected.join() === links.join()))
      throw new RangeError(
        `${solver}: layer ${i + 1} takes ${links.join(' and ')}; expected layer ${i} through a weight, and ${sums ? `at most layer ${i} as a residual after it` : `nothing else${links.some((link) => link.endsWith('(residual)')) ? ' (residualBcd has residual sums)' : ''}`}`,
      )
  })
  const output = layer(architecture, architecture.layers.length)
  if (output.activation !== 'identity')
    throw new RangeError(`${solver}: the output layer has activation ${output.activation}; expected identity`)
}
