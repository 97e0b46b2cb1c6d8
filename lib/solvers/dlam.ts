/**
 * DLAM: deep learning alternating minimisation.
 * "Gradient-free Neural Network Training by Multi-convex Alternating Optimization", submitted to ICLR 2020: Problem 2, Algorithms 1
 * to 3, sections 2 and 4.1.2. Authors' later code: github.com/xianggebenben/mDLAM.
 *
 *   paper             here                  shape (samples are rows)
 *   a_0 = x           rows of `x`           [N, d_0]
 *   a_l, z_l          a[l-1], z[l-1]        [N, d_l]
 *   W_l a_{l-1} + b_l p[l-1]                [N, d_l]; not the paper's P_l, which is the quadratic model
 *   W_l, b_l          kernels[l-1], biases  [d_l, d_{l-1}], [d_l]
 *   epsilon_l         epsilon               one for all layers
 *   theta_l, tau_l    numbers               one per block, for all samples; the paper writes vectors
 *   alpha, gamma      1, 2                  Algorithm 2: where theta starts, by what it grows; unspecified there
 *   t, eta            tauStart, 2           Algorithm 3, likewise
 *
 *   min R(z_L; y) + sum_l phi_l + sum_l l2/2 |W_l|^2,  phi_l = rho/2 |z_l - W_l a_{l-1} - b_l|^2,
 *   h(z_l) - epsilon <= a_l <= h(z_l) + epsilon,  R the cross-entropy of softmax(z_L), h = ReLU.
 *
 * An iteration updates W_l, b_l, z_l and a_l for l = 1 .. L; a_l uses the old W_{l+1}, b_{l+1} and z_{l+1}.
 *   W_l: with G = rho (p_l - z_l)^T a_{l-1} the gradient of phi_l and H = G + l2 W: W - H/(theta + l2); theta doubled until
 *        phi(new) <= its quadratic model. With D = new - W the model exceeds phi by theta/2 |D|^2 - rho/2 |D a_{l-1}^T|^2, and D's direction
 *        H does not depend on theta: the loop ends at the first theta >= rho |H a_{l-1}^T|^2 / |H|^2. `exact` takes that power of
 *        two, from the Gram matrix of a_{l-1}. No step where H = 0.
 *   b_l: b + mean(z - W a - b) (eq. 3 divides by rho, which is right for one sample: N have the curvature N rho. The mean is the minimum,
 *        and Lemma 1's rho/2 |change|^2 holds with room).
 *   z_l: W a + b, clipped to { z : |h(z) - a_l| <= epsilon }.
 *   z_L: argmin R + phi_L, to a residual, by FISTA as in the paper or by Newton's method (prox/cross-entropy.ts).
 *   a_l: a - g/tau, tau doubled until the point lies within its bounds and the model holds (dlam/activations.ts). `clipped` puts the point
 *        within its bounds instead: the exact minimiser of the paper's eq. 6, which its Algorithm 3 is not, and the later code's step.
 * epsilon is renewed from R before every iteration but the first. When it shrinks, a is first clipped to the new bounds. That can raise the
 * objective; `descent_margin` is measured after it, so that Lemma 1 is tested on the block updates alone. With `onShrink: 'leave'` it is
 * not done: then the step of z_l, which moves to the nearest z that the new bounds allow, can raise the objective.
 * Where phi_l = 0 exactly, W_l and b_l (l2 = 0) and a_{l-1} have no gradient: their updates end there. Where W a + b is feasible as it
 * is (to rounding), there is nothing to clip.
 *
 * Choices where the paper is silent: weights and biases Gaussian, standard deviation 0.1 (the notebooks'); a and z by a forward pass,
 * or Gaussian as well (`variables`); R summed over samples in the objective.
 *
 * What follows from a forward pass: phi_l = 0 for all l, and for l < L it stays 0. For a_l never leaves the epsilon around h(z_l), so the clip
 * never changes z_l = W_l a_{l-1} + b_l, and then W_l, b_l and a_{l-1} have no gradient. By induction only the last layer and
 * a_{L-1} ever move from this start, whatever rho and epsilon are (l2 = 0): W_L is fitted to z_L from an a_{L-1} within epsilon of random
 * features. With `onShrink: 'leave'` a hidden layer moves too, once epsilon has shrunk below what a_{L-1} had gone from h(z_{L-1}).
 * From Gaussian variables (the same in every run) all layers move, until z_l = W_l a_{l-1} + b_l.
 */

import { halfSquare } from '../engine/arithmetic'
import type { Weights } from '../network/weights'
import { projectActivations, updateActivations } from './dlam/activations'
import { type Update, updateHidden, updateOutput, updateWeights } from './dlam/blocks'
import {
  checkProblem,
  checkSettings,
  DLAM_DEFAULTS,
  type DlamSettings,
  describeSetting,
  nextEpsilon,
} from './dlam/settings'
import { type DlamState, describeState, disposeState, initialState, penaltyOf, readAll, sum } from './dlam/state'
import type { Solver } from './solver'

export function dlam(options: Partial<DlamSettings> = {}): Solver<DlamState> {
  const settings = checkSettings({ ...DLAM_DEFAULTS, ...options })
  return {
    name: 'dlam',
    setting: describeSetting(settings),
    source: __filename,
    settings: { ...settings },

    init(problem, start) {
      checkProblem(problem)
      return initialState(problem, start, settings)
    },

    *step(state, problem) {
      const layers = state.kernels.length
      if (state.risk !== null) {
        const risk = settings.epsilonRisk === 'mean' ? state.risk / problem.y.shape[0] : state.risk
        const old = state.epsilon
        state.epsilon = nextEpsilon(old, risk, settings.epsilonRule)
        if (state.epsilon < old && settings.onShrink === 'project') {
          projectActivations(state)
          yield 'epsilon'
        }
      }
      const omega = (): number => (settings.l2 > 0 ? settings.l2 * sum(readAll(state.kernels.map(halfSquare))) : 0)
      const updates: Update[] = []
      let before = penaltyOf(state, 1, settings.rho) + omega()
      let [after, doublingsOfTau] = [0, 0]
      for (let l = 1; l < layers; l++) {
        updates.push(updateWeights(state, l, settings))
        yield `W${l} b${l}`
        updates.push(updateHidden(state, l, settings))
        after += penaltyOf(state, l, settings.rho)
        yield `z${l}`
        before += penaltyOf(state, l + 1, settings.rho)
        const activations = updateActivations(state, l, settings)
        updates.push(activations)
        doublingsOfTau += activations.doublings
        yield `a${l}`
      }
      updates.push(updateWeights(state, layers, settings))
      yield `W${layers} b${layers}`
      const output = updateOutput(state, settings)
      updates.push(output)
      before += output.riskBefore
      after += penaltyOf(state, layers, settings.rho) + output.risk + omega()
      yield `z${layers}`

      const bound = sum(updates.map((update) => update.bound))
      return {
        risk: output.risk,
        doublings: sum(updates.map(({ doublings }) => doublings)),
        doublings_tau: doublingsOfTau,
        inner_iterations: output.iterations,
        inner_capped: output.capped,
        change: Math.sqrt(sum(updates.map(({ moved }) => moved))),
        descent_bound: bound,
        descent_margin: (before - after - bound) / before,
      }
    },

    metrics: (state) => describeState(state, settings),

    weights: ({ kernels, biases }): Weights => ({ kernels: kernels.map((kernel) => [kernel]), biases }),

    dispose: disposeState,
  }
}
