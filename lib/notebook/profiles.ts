/** Sizes at which a notebook can run. */

export const profiles = ['smoke', 'quick', 'paper'] as const
/** `smoke`: seconds, for tests; `quick`: minutes on two cores; `paper`: the published sizes. */
export type Profile = (typeof profiles)[number]

export const defaultProfile: Profile = 'quick'
/** How many seeds a profile repeats an experiment over, unless `--seeds` says otherwise. */
export const defaultSeeds: Readonly<Record<Profile, number>> = { smoke: 1, quick: 2, paper: 5 }
const mostSeeds = 1000

export function parseProfile(given: string): Profile {
  const profile = profiles.find((name) => name === given)
  if (!profile) throw new Error(`Unknown profile '${given}'. The profiles are ${profiles.join(', ')}`)
  return profile
}

export function parseSeeds(given: string): number {
  const seeds = Number(given)
  if (!/^\d+$/.test(given) || seeds < 1 || seeds > mostSeeds) {
    throw new Error(`Seeds must be a whole number from 1 to ${mostSeeds}, not '${given}'`)
  }
  return seeds
}
