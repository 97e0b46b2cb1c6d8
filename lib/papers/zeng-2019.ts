/**
 * Zeng, Lau, Lin & Yao, "Global Convergence of Block Coordinate Descent in Deep Learning" (ICML 2019), with its workshop
 * predecessor Lau, Zeng, Wu & Yao, "A Proximal Block Coordinate Descent Algorithm for Deep Neural Network Training" (2018). The
 * appendices (settings of the experiment, constants of the proofs) are not in the text that we have; settings come from the
 * public code.
 */
import type { Claim } from './claim'
import { accuracyClaims } from './zeng-2019/accuracy'
import { convergenceClaims } from './zeng-2019/convergence'
import { tenLayerClaims } from './zeng-2019/ten-layers'

export const zeng2019: readonly Claim[] = [...accuracyClaims, ...tenLayerClaims, ...convergenceClaims]
