import type { Claim } from './claim'
import { dlam2020 } from './dlam-2020'
import { studentReport } from './student-report'
import { zeng2019 } from './zeng-2019'
import { zhangBrand2017 } from './zhang-brand-2017'

export {
  type Claim,
  evaluateClaim,
  type Finding,
  type Outcome,
  type Rule,
  restsOnClock,
  type Spread,
  type Tables,
  type Verdict,
} from './claim'

/** The ledger: every claim of every paper. */
export const claims: readonly Claim[] = [...zhangBrand2017, ...studentReport, ...zeng2019, ...dlam2020]
