/** The page's anchors. They are the same from one report to the next, so that a link to a number can be kept. */

/** A claim's id is its anchor: 'zhang-brand-2017/fig3b-best-tuned'. */
export const claimAnchor = (claim: string): string => claim

export const experimentAnchor = (notebook: string): string => notebook
export const figureAnchor = (notebook: string, figure: string): string => `${notebook}/figure/${figure}`
export const tableAnchor = (notebook: string, table: string): string => `${notebook}/table/${table}`
export const recordAnchor = (notebook: string): string => `${notebook}/record`
/** Of a code hash or a data checksum in full. */
export const checksumAnchor = (notebook: string, checksum: string): string => `${notebook}/checksum/${checksum}`
export const ledgerAnchor = 'ledger'

/** '#…' for an anchor: what a fragment may not hold is encoded. */
export const linkTo = (anchor: string): string => `#${encodeURI(anchor).replaceAll('#', '%23')}`

/** A file beside the page, by path from results/<profile>/. */
export const linkToFile = (file: string): string => file.split('/').map(encodeURIComponent).join('/')
