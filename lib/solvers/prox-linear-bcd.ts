/**
 * Proximal BCD whose output step is prox-linear (Zeng et al. 2019, section 3.3.1 and Theorem 2), for losses without a closed form:
 *   V_L = argmin <grad loss(V_old), V> + gamma/2 |V - U_L|^2 + alpha/2 |V - V_old|^2
 *       = (gamma U_L + alpha V_old - grad loss(V_old)) / (gamma + alpha),
 * every other step as in proximal-bcd.ts. With the gradient's Lipschitz constant L_R the step lowers the objective by at least
 * (alpha + (gamma - L_R)/2) |V_L - V_old|^2, so alpha > max(0, (L_R - gamma)/2) is asked for.
 */
import { add, multiply, subtract } from '../engine/arithmetic'
import { tf } from '../engine/tensorflow'
import { type SmoothLossName, smoothLosses } from '../prox/smooth-loss'
import { completeSettings, describeSetting, PROXIMAL_BCD_DEFAULTS, type SplittingSettings } from './proximal/settings'
import type { ProximalBcdState } from './proximal/state'
import type { TheorySolver } from './proximal/theory'
import { mean, threeSplitting } from './proximal-bcd'

export interface ProxLinearBcdSettings extends SplittingSettings {
  readonly loss: SmoothLossName
}

export const PROX_LINEAR_BCD_DEFAULTS: ProxLinearBcdSettings = { ...PROXIMAL_BCD_DEFAULTS, loss: 'cross-entropy' }

export function proxLinearBcd(options: Partial<ProxLinearBcdSettings> = {}): TheorySolver<ProximalBcdState> {
  const names = Object.keys(smoothLosses)
  const settings = completeSettings('prox-linear-bcd', PROX_LINEAR_BCD_DEFAULTS, names, options)
  const { gamma, alpha, loss } = settings
  const { sum, gradient, lipschitz } = smoothLosses[loss]
  const bound = Math.max(0, (lipschitz - gamma) / 2)
  if (alpha <= bound)
    throw new RangeError(
      `prox-linear-bcd: alpha is ${alpha}; expected more than ${bound}, (L - gamma)/2 with the ${loss} loss's L = ${lipschitz} and gamma = ${gamma}`,
    )
  return {
    name: 'prox-linear-bcd',
    setting: describeSetting(settings, PROX_LINEAR_BCD_DEFAULTS),
    source: __filename,
    settings: { ...settings },
    ...threeSplitting('prox-linear-bcd', settings, {
      sum,
      step: (u, v, y) => subtract(mean(u, gamma, v, alpha), multiply(gradient(v, y), tf.scalar(1 / (gamma + alpha)))),
      descent: alpha + (gamma - lipschitz) / 2,
      leastSubgradient: (v, y, rest) => add(rest, gradient(v, y)),
    }),
  }
}
