/** How claims are entered: what all claims of one paper in one notebook share is said once. */
import type { Claim } from './claim'

export interface Paper {
  /** 'zhang-brand-2017', the first part of its claims' ids. */
  readonly id: string
  /** 'Zhang & Brand 2017' */
  readonly name: string
}

/** A claim without what it shares with its neighbours. */
export interface Entry extends Omit<Claim, 'id' | 'paper' | 'notebook' | 'published'> {
  /** The second part of its id. */
  readonly slug: string
  readonly published?: Claim['published']
}

/** The claims of `paper` that `notebook` decides. */
export function claimsOf(paper: Paper, notebook: string, entries: readonly Entry[]): readonly Claim[] {
  return entries.map(({ slug, source, claim, published = null, ...rest }) => ({
    id: `${paper.id}/${slug}`,
    paper: paper.name,
    source,
    claim,
    published,
    notebook,
    ...rest,
  }))
}
