/** Cells, times and counts as the page shows them. */

/** A cell of a table: six digits, as in a figure's JSON; whole numbers in full; nothing where nothing was measured. */
export function cellText(cell: string | number | null): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return cell
  return String(Number.isInteger(cell) ? cell : Number(cell.toPrecision(6)))
}

/** '2026-11-23 06:18 UTC' of an ISO time. */
export function utcMinute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

/** '1 seed', '6,500 rows'. */
export function counted(n: number, thing: string): string {
  return `${n.toLocaleString('en-US')} ${thing}${n === 1 ? '' : 's'}`
}

/** Enough of a sha256 to tell it from the others of one experiment. */
export const short = (checksum: string): string => checksum.slice(0, 12)
