import type { Claim } from './claim'
import { zhangBrand2017 } from './zhang-brand-2017'

export {
  type Claim,
  evaluateClaim,
  type Finding,
  type Outcome,
  type Rule,
  type Spread,
  type Tables,
  type Verdict,
} from './claim'
export { zhangBrand2017 } from './zhang-brand-2017'

/** Every claim that has been entered. */
export const claims: readonly Claim[] = [...zhangBrand2017]
