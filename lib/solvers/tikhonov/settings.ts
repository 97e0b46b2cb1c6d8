/** Settings of Tikhonov BCD (../tikhonov-bcd.ts), the paper's gamma and theta_t as defaults (the inner limits are ours), and what is refused. */
import { layer } from '../../network/architecture'
import { checkData } from '../refusals/data'
import { isNonNegative, isPositive } from '../refusals/number'
import type { Problem } from '../solver'

/** theta_t = t^-power, or the same step at every iteration. */
export type StepSchedule = { readonly power: number } | { readonly constant: number }

export interface TikhonovBcdSettings {
  /** gamma_n of eq. 4: one for all hidden layers, or one each. */
  readonly gamma: number | readonly number[]
  readonly theta: StepSchedule
  /** The U-step ends when its iterate changes by less than this times its distance from the old U ... */
  readonly innerTolerance: number
  /** ... or after so many inner iterations. */
  readonly innerCap: number
}

export const TIKHONOV_BCD_DEFAULTS: TikhonovBcdSettings = {
  gamma: 0.1,
  theta: { power: 2 },
  innerTolerance: 2e-3,
  innerCap: 500,
}

/** What differs from the defaults, for the key column `setting`. */
export function describeSetting({ gamma, theta, innerTolerance, innerCap }: TikhonovBcdSettings): string {
  const d = TIKHONOV_BCD_DEFAULTS
  const parts: string[] = []
  if (gamma !== d.gamma) parts.push(`gamma=${typeof gamma === 'number' ? gamma : gamma.join('|')}`)
  if (JSON.stringify(theta) !== JSON.stringify(d.theta))
    parts.push('power' in theta ? `theta=t^-${theta.power}` : `theta=${theta.constant}`)
  if (innerTolerance !== d.innerTolerance) parts.push(`inner_tolerance=${innerTolerance}`)
  if (innerCap !== d.innerCap) parts.push(`inner_cap=${innerCap}`)
  return parts.join(';')
}

/** @throws RangeError that names the setting, what was given and what was expected */
export function checkSettings(solver: string, settings: TikhonovBcdSettings): TikhonovBcdSettings {
  const { gamma, theta, innerTolerance, innerCap } = settings
  const refuse = (name: string, got: unknown, expected: string): never => {
    throw new RangeError(`${solver}: ${name} is ${JSON.stringify(got)}; expected ${expected}`)
  }
  for (const g of Array.isArray(gamma) ? gamma : [gamma])
    if (!isPositive(g)) refuse('gamma', g, 'a positive number, finite in float32')
  if ('power' in theta ? !isNonNegative(theta.power) : !(isPositive(theta.constant) && theta.constant <= 1))
    refuse('theta', theta, '{ power: q >= 0 } or { constant: c } with 0 < c <= 1')
  if (!isPositive(innerTolerance)) refuse('innerTolerance', innerTolerance, 'a positive number')
  if (!Number.isInteger(innerCap) || innerCap < 1) refuse('innerCap', innerCap, 'a positive integer')
  return settings
}

/** @throws RangeError for shapes or an architecture that Algorithm 1 is not defined for */
export function checkProblem(problem: Problem, { gamma }: TikhonovBcdSettings): void {
  const { architecture, x, y } = problem
  const hidden = architecture.layers.slice(0, -1)
  const output = layer(architecture, architecture.layers.length)
  if (x.shape[1] !== architecture.features)
    throw new RangeError(`tikhonov-bcd: expected x of shape [N, ${architecture.features}], got [${x.shape.join(', ')}]`)
  if (y.shape[0] !== x.shape[0] || y.shape[1] !== output.width)
    throw new RangeError(
      `tikhonov-bcd: expected y of shape [${x.shape[0]}, ${output.width}], got [${y.shape.join(', ')}]`,
    )
  if (hidden.some((l) => l.activation !== 'relu' || l.bias) || output.activation !== 'identity' || output.bias)
    throw new RangeError('tikhonov-bcd: expected ReLU hidden layers, an identity output and no biases (eq. 1 and 4)')
  if (output.inputs.length !== 1 || output.inputs[0]!.link !== 'weight' || output.inputs[0]!.from !== hidden.length)
    throw new RangeError('tikhonov-bcd: expected the output to take the last hidden layer through V, and nothing else')
  if (typeof gamma !== 'number' && gamma.length !== hidden.length)
    throw new RangeError(`tikhonov-bcd: got ${gamma.length} values of gamma for ${hidden.length} hidden layers`)
  checkData('tikhonov-bcd', problem)
}
