/**
 * Proximal BCD for residual networks, three-splitting: Zeng et al. 2019, section 3.3.2, eq. 3.4 and Theorem 3. Their Algorithm 3 is Algorithm 2
 * (proximal-bcd.ts: shapes, order of the blocks, forms) with V_i - V_(i-1) in place of V_i wherever sigma_i is fitted:
 *
 *   f = loss(V_L; Y) + sum_i gamma/2 |V_i - V_(i-1) - sigma_i(U_i)|^2 + rho/2 |U_i - V_(i-1) W_i^T - b_i|^2 + r(W_i)
 *
 *   V_i = argmin rho/2 |U_(i+1) - V W_(i+1)^T - b_(i+1)|^2 + gamma/2 |V - V_(i-1) - sigma_i(U_i)|^2
 *                + gamma/2 |V_(i+1) - V - sigma_(i+1)(U_(i+1))|^2
 *       the last two are gamma |V - (their mean)|^2, so it is Algorithm 2's ridge step with 2 gamma
 *   U_i = argmin gamma/2 |(V_i - V_(i-1)) - sigma_i(U)|^2 + rho/2 |U - P_i|^2 + alpha/2 |U - U_old|^2
 *   W_i, b_i as there.
 *
 * Deviations. Widths need not all be equal: a layer has the sum where the architecture says so, and is a plain one elsewhere (the first
 * and the last, as a rule); the paper sums in every layer. Without any sum this is Algorithm 2. The printed Algorithm 3 is in an
 * appendix that we do not have; its steps follow from eq. 3.4 and the order that section 3.3.2 gives. a of Lemma 1 is that of Algorithm 2,
 * as every block keeps its modulus or gains.
 */
import { losses } from '../prox/loss'
import { completeSettings, describeSetting, PROXIMAL_BCD_DEFAULTS, type ProximalBcdSettings } from './proximal/settings'
import type { ProximalBcdState } from './proximal/state'
import type { TheorySolver } from './proximal/theory'
import { proximalOutput, threeSplitting } from './proximal-bcd'

export function residualBcd(options: Partial<ProximalBcdSettings> = {}): TheorySolver<ProximalBcdState> {
  const settings = completeSettings('residual-bcd', PROXIMAL_BCD_DEFAULTS, Object.keys(losses), options)
  const solver = threeSplitting('residual-bcd', settings, proximalOutput(settings), { residual: true })
  return {
    name: 'residual-bcd',
    setting: describeSetting(settings, PROXIMAL_BCD_DEFAULTS),
    source: __filename,
    settings: { ...settings },
    ...solver,
  }
}
