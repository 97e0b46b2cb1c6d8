/**
 * Zhang & Brand, "Convergent Block Coordinate Descent for Training Tikhonov Regularized Deep Neural Networks" (NIPS 2017): what
 * it claims of MNIST (section 3.3.1, Fig. 3), of supervised hashing (3.3.2) and of convergence (4). The bars of Fig. 3 are not
 * printed as numbers; what the text prints is `published`. Solver comparisons are read twice, because 'carefully tuning the
 * parameters' can be read as Caffe's demo values or as a learning rate chosen on validation data: both readings are claims.
 */
import type { Claim } from './claim'
import { convergenceClaims } from './zhang-brand-2017/convergence'
import { denseClaims } from './zhang-brand-2017/dense'
import { hashingClaims } from './zhang-brand-2017/hashing'
import { sparseClaims } from './zhang-brand-2017/sparse'

export const zhangBrand2017: readonly Claim[] = [
  ...denseClaims,
  ...convergenceClaims,
  ...sparseClaims,
  ...hashingClaims,
]
