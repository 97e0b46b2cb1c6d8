/** Settings of DLAM (../dlam.ts), the paper's values as defaults, and what is refused. */
import { checkData } from '../refusals/data'
import { isNonNegative, isPositive } from '../refusals/number'
import { checkSequence } from '../refusals/sequence'
import type { Problem } from '../solver'

export interface DlamSettings {
  /** Weight of the penalty, rho > 0. */
  readonly rho: number
  /** `printed`: the doubling loops of Algorithms 2 and 3, the test on the model a product with all samples; `exact`: their result in closed form. */
  readonly backtracking: 'printed' | 'exact'
  /** a and z at first: a `forward` pass, or `gaussian` with standard deviation 0.1, both, a put within its bounds. */
  readonly variables: 'forward' | 'gaussian'
  /** epsilon of the first iteration. */
  readonly epsilon: number
  /**
   * How epsilon follows the risk R (section 4.1.2). `printed`: R > 10 epsilon -> max(2 epsilon, 1), epsilon > 10 R -> min(epsilon/2, 0.01);
   * `swapped`: min and max exchanged, which makes 1 and 0.01 the bounds that they look like; `fixed`: not at all.
   */
  readonly epsilonRule: 'printed' | 'swapped' | 'fixed'
  /** R in that rule: mean or sum over the samples. In the objective it is the sum. */
  readonly epsilonRisk: 'mean' | 'sum'
  /**
   * What becomes of an a that a smaller epsilon leaves outside its bounds. `project`: put within them, so that every z has a value and
   * the constraints hold; `leave`: nothing, as in the authors' later code: z is pulled towards a, and where a < -epsilon no z is feasible.
   */
  readonly onShrink: 'project' | 'leave'
  /** `printed`: tau doubles until a lies within its bounds (Algorithm 3, line 1); `clipped`: a is put into them (eq. 6, and the authors' later code). */
  readonly aStep: 'printed' | 'clipped'
  /** Where the doubling of tau starts; the paper has `Pick up t`, the authors' later code 1. */
  readonly tauStart: number
  /** Weight of Omega = l2/2 |W_l|^2; 0 for none. */
  readonly l2: number
  /** Doublings after which W_l or a_l stays as it is. */
  readonly doublingCap: number
  /** How z_L is solved for, both to the same accuracy: the paper's FISTA, or Newton's method, dozens of times faster at small rho. */
  readonly output: 'newton' | 'fista'
  /** z_L is solved until its error is at most this share of the way from the old z_L (prox/cross-entropy.ts) ... */
  readonly innerTolerance: number
  /** ... or for so many iterations. */
  readonly innerCap: number
}

export const DLAM_DEFAULTS: DlamSettings = {
  rho: 1e-4,
  backtracking: 'exact',
  variables: 'forward',
  epsilon: 10,
  epsilonRule: 'printed',
  epsilonRisk: 'mean',
  onShrink: 'project',
  aStep: 'printed',
  tauStart: 1,
  l2: 0,
  doublingCap: 40,
  output: 'newton',
  innerTolerance: 0.01,
  innerCap: 500,
}

/** Names in the key column `setting`, in its order. */
const NAMES: Readonly<Record<keyof DlamSettings, string>> = {
  rho: 'rho',
  backtracking: 'backtracking',
  variables: 'variables',
  epsilon: 'epsilon',
  epsilonRule: 'epsilon_rule',
  epsilonRisk: 'epsilon_risk',
  onShrink: 'on_shrink',
  aStep: 'a_step',
  tauStart: 'tau_start',
  l2: 'l2',
  doublingCap: 'doubling_cap',
  output: 'output',
  innerTolerance: 'inner_tolerance',
  innerCap: 'inner_cap',
}

/** What differs from the defaults, for the key column `setting`. */
export function describeSetting(settings: DlamSettings): string {
  return (Object.keys(NAMES) as (keyof DlamSettings)[])
    .filter((name) => settings[name] !== DLAM_DEFAULTS[name])
    .map((name) => `${NAMES[name]}=${settings[name]}`)
    .join(';')
}

/** @throws RangeError that names the setting, what was given and what was expected */
export function checkSettings(settings: DlamSettings): DlamSettings {
  const refuse = (name: keyof DlamSettings, expected: string): never => {
    throw new RangeError(`dlam: ${name} is ${JSON.stringify(settings[name]) ?? 'undefined'}; expected ${expected}`)
  }
  for (const name of ['rho', 'epsilon', 'tauStart', 'innerTolerance'] as const)
    if (!isPositive(settings[name])) refuse(name, 'a positive number')
  if (!isNonNegative(settings.l2)) refuse('l2', 'a number >= 0')
  for (const name of ['doublingCap', 'innerCap'] as const)
    if (!Number.isInteger(settings[name]) || settings[name] < 1) refuse(name, 'a positive integer')
  if (!['printed', 'exact'].includes(settings.backtracking)) refuse('backtracking', "'printed' or 'exact'")
  if (!['forward', 'gaussian'].includes(settings.variables)) refuse('variables', "'forward' or 'gaussian'")
  if (!['printed', 'swapped', 'fixed'].includes(settings.epsilonRule))
    refuse('epsilonRule', "'printed', 'swapped' or 'fixed'")
  if (!['mean', 'sum'].includes(settings.epsilonRisk)) refuse('epsilonRisk', "'mean' or 'sum'")
  if (!['project', 'leave'].includes(settings.onShrink)) refuse('onShrink', "'project' or 'leave'")
  if (!['newton', 'fista'].includes(settings.output)) refuse('output', "'newton' or 'fista'")
  if (!['printed', 'clipped'].includes(settings.aStep)) refuse('aStep', "'printed' or 'clipped'")
  return settings
}

/** @throws RangeError for shapes or an architecture that Problem 2 is not defined for */
export function checkProblem(problem: Problem): void {
  const { architecture, x, y } = problem
  const classes = architecture.layers.at(-1)!.width
  if (x.shape[1] !== architecture.features)
    throw new RangeError(`dlam: expected x of shape [N, ${architecture.features}], got [${x.shape.join(', ')}]`)
  if (y.shape[0] !== x.shape[0] || y.shape[1] !== classes)
    throw new RangeError(`dlam: expected y of shape [${x.shape[0]}, ${classes}], got [${y.shape.join(', ')}]`)
  checkSequence('dlam', architecture, { biases: true })
  checkData('dlam', problem)
}

/** epsilon of the next iteration from this one's and the risk. */
export function nextEpsilon(epsilon: number, risk: number, rule: DlamSettings['epsilonRule']): number {
  if (rule === 'fixed') return epsilon
  const [grow, shrink] = rule === 'printed' ? [Math.max, Math.min] : [Math.min, Math.max]
  if (risk > 10 * epsilon) return grow(2 * epsilon, 1)
  if (epsilon > 10 * risk) return shrink(epsilon / 2, 0.01)
  return epsilon
}
