/** How a command line names one profile of several that may have results. */
import { InvalidArgumentError } from 'commander'
import { parseProfile } from '../notebook/profiles'

/** For an option's `argParser`. @throws InvalidArgumentError naming the profiles */
export function profileOption(given: string): string {
  try {
    return parseProfile(given)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}
