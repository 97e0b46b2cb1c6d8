/**
 * A student report that re-implements Zhang & Brand (seeds/000, "Convergent Block Coordinate Descent for Training Tikhonov
 * Regularized Deep Neural Networks", Implementation Track): closed-form Tikhonov BCD, proximal BCD, dropout networks, and what it
 * says of the methods in general. Its figures print no numbers; what its text prints is `published`.
 */
import type { Claim } from './claim'
import { attributedClaims } from './student-report/attributed'
import { closedFormClaims } from './student-report/closed-form'
import { dropoutClaims } from './student-report/dropout'
import { memoryClaims } from './student-report/memory'
import { proximalClaims } from './student-report/proximal'

export const studentReport: readonly Claim[] = [
  ...attributedClaims,
  ...proximalClaims,
  ...memoryClaims,
  ...closedFormClaims,
  ...dropoutClaims,
]
