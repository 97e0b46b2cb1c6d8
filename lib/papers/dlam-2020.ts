/**
 * "Gradient-free Neural Network Training by Multi-convex Alternating Optimization", the DLAM algorithm (submitted to ICLR 2020,
 * authors not named in the text that we have). Table 2 prints numbers; Figs. 1 to 3 do not, and the text describes them.
 */
import type { Claim } from './claim'
import { accuracyClaims } from './dlam-2020/accuracy'
import { descentClaims } from './dlam-2020/descent'
import { rhoTimingClaims } from './dlam-2020/rho-timing'

export const dlam2020: readonly Claim[] = [...rhoTimingClaims, ...descentClaims, ...accuracyClaims]
