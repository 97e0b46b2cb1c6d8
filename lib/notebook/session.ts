/** What a notebook knows of the run that it is part of: opened in its first cell. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { defaultProfile, defaultSeeds, type Profile, parseProfile, parseSeeds } from './profiles'
import { repositoryRoot } from './root'

export interface Notebook {
  /** Name of the notebook's file, without .ipynb. */
  readonly id: string
  readonly profile: Profile
  /** How many seeds to repeat over. */
  readonly seeds: number
  /** Where this notebook's figures, tables and records go; exists. */
  readonly resultsDir: string
  /** True when finished runs are not to be reused. */
  readonly fresh: boolean
  /** What this profile takes: `pick({ smoke: 500, quick: 10_000, paper: 60_000 })`. */
  pick<T>(choices: Readonly<Record<Profile, T>>): T
}

/**
 * Opens the session of notebook `id`. `npx blockwise run` sets profile, seeds and folder in the environment; stepped through by hand, a
 * notebook runs at the quick profile (or BLOCKWISE_PROFILE) and writes to results/scratch/<id>/, never over results that are committed.
 * Throws when `id` is not the name of the notebook that runs.
 */
export function openNotebook(id: string): Notebook {
  const environment = process.env
  const running = environment.BLOCKWISE_NOTEBOOK
  if (running && running !== id) {
    throw new Error(
      `This notebook is '${running}', but its first cell opens '${id}': give openNotebook the name of its file`,
    )
  }
  if (!/^\d\d-[a-z0-9-]+$/.test(id)) throw new Error(`A notebook's name looks like '01-tikhonov-bcd', not '${id}'`)
  const profile = parseProfile(environment.BLOCKWISE_PROFILE || defaultProfile)
  const seeds = environment.BLOCKWISE_SEEDS ? parseSeeds(environment.BLOCKWISE_SEEDS) : defaultSeeds[profile]
  const resultsDir = environment.BLOCKWISE_RESULTS || path.join(repositoryRoot(), 'results', 'scratch', id)
  mkdirSync(resultsDir, { recursive: true })
  const fresh = environment.BLOCKWISE_FRESH === '1'
  return { id, profile, seeds, resultsDir, fresh, pick: (choices) => choices[profile] }
}
