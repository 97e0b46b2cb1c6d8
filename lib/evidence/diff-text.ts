/** A comparison of results in words, for a terminal: verdicts that flipped first, then what changed most. */
import type { Difference, Status, TraceComparison } from '../figures/compare'
import type { Flip, NotebookComparison } from './compare-results'

/** 0: nothing changed; 1: something did; 2: something could not be compared, which is never a pass. */
export function exitCodeOf(comparisons: readonly NotebookComparison[]): 0 | 1 | 2 {
  const found = comparisons.map(({ status }) => status)
  if (found.length === 0 || found.some((status) => status === 'not comparable' || status === 'not regenerated'))
    return 2
  return found.every((status) => status === 'same' || status === 'within tolerance') ? 0 : 1
}

/** The whole comparison. `against`: the name of the older side. */
export function diffText(comparisons: readonly NotebookComparison[], against: string): string {
  if (comparisons.length === 0) return `nothing to compare: neither the working tree nor ${against} has such results\n`
  const lines = [
    ...comparisons.flatMap((c) => c.flips.map((flip) => flipText(c, flip))),
    ...comparisons.flatMap(notebookLines),
    summaryText(comparisons, against),
  ]
  const accept = acceptText(comparisons)
  return `${[...lines, ...(accept ? [accept] : [])].join('\n')}\n`
}

/** One line: what was compared and how much of it changed. */
export function summaryText(comparisons: readonly NotebookComparison[], against: string): string {
  const figures = comparisons.flatMap(({ figures }) => figures.map(({ status }) => status))
  const tables = comparisons.flatMap(({ tables }) => tables.map(({ status }) => status))
  const flips = comparisons.reduce((sum, c) => sum + c.flips.length, 0)
  const verdicts = comparisons.reduce((sum, c) => sum + c.verdicts, 0)
  const whole = comparisons.filter((c) => c.figures.length + c.tables.length === 0).map(({ status }) => status)
  const parts = [
    ...(whole.length > 0 ? [`notebooks: ${counted(whole)}`] : []),
    ...(figures.length > 0 ? [`figures: ${counted(figures)}`] : []),
    ...(tables.length > 0 ? [`tables: ${counted(tables)}`] : []),
    ...(verdicts > 0 ? [`verdicts: ${flips} of ${verdicts} flipped`] : []),
  ]
  const faults = comparisons.reduce((sum, c) => sum + c.faults.length, 0)
  const stale = comparisons.filter(({ status }) => status === 'not regenerated').length
  if (faults > 0)
    parts.push(
      `${faults} ${faults === 1 ? 'file or figure is' : 'files, figures or verdicts are'} not what the run left`,
    )
  if (stale > 0) parts.push(`${stale} ${stale === 1 ? 'notebook' : 'notebooks'} not regenerated`)
  return `against ${against}: ${parts.join('; ')}`
}

/** The command that makes the new results the baseline; null when nothing differs. */
export function acceptText(comparisons: readonly NotebookComparison[]): string | null {
  const changed = comparisons.filter(({ status }) => status !== 'same')
  if (changed.length === 0) return null
  const stale = changed.filter(({ status }) => status === 'not regenerated')
  if (stale.length > 0)
    return `to regenerate: ${[...new Set(stale.map(({ profile }) => profile))].map((profile) => regenerateCommand(profile, stale)).join('; ')}`
  return `to accept as the new baseline: git add -A ${changed.map(folderOf).join(' ')} && git commit`
}

function regenerateCommand(profile: string, stale: readonly NotebookComparison[]): string {
  const ids = stale.filter((c) => c.profile === profile).map(({ notebook }) => notebook.slice(0, 2))
  return `npx blockwise run ${ids.join(' ')} --profile ${profile}`
}

const folderOf = ({ profile, notebook }: NotebookComparison): string => `results/${profile}/${notebook}`

function flipText({ profile }: NotebookComparison, { claim, old, new: now, indicative, reason }: Flip): string {
  return `VERDICT FLIPPED: ${claim} (${profile}${indicative ? ', indicative' : ''}): ${old} -> ${now}. ${reason}`
}

function notebookLines(c: NotebookComparison): string[] {
  const title = `${c.profile}/${c.notebook}: ${c.status}${c.reason ? `: ${c.reason}` : ''}`
  const lines: string[] = []
  if (c.machine) lines.push(`another machine (${c.machine}): judged by bands over seeds`)
  for (const figure of byStatus(c.figures)) {
    const off = figure.traces.filter(({ status }) => status !== 'same')
    const count = figure.traces.length
    lines.push(
      entry(
        figure.status,
        `figure ${figure.name}`,
        figure.reason ?? (off.length > 0 ? `${off.length} of ${count} traces differ` : null),
      ),
    )
    lines.push(...shortened(byStatus(off).map(traceText), mostTraces, 'traces'))
    lines.push(
      ...shortened(
        figure.cosmetic.map((change) => `${'cosmetic'.padEnd(width)} ${change}`),
        mostLooks,
        'looks',
      ),
    )
  }
  for (const table of byStatus(c.tables))
    lines.push(entry(table.status, `table ${table.name}`, sentence(table.reason, table.worst)))
  for (const fault of c.faults) lines.push(entry('FAULT', fault.what, sentence(fault.reason, fault.worst)))
  for (const note of c.notes) lines.push(entry('note', note.what, note.reason))
  return [title, ...lines.map((line) => `  ${line}`)]
}

const width = 'within tolerance'.length

/** A terminal is for what matters most; --json and --html have all. */
const mostTraces = 8
const mostLooks = 3

function shortened(lines: readonly string[], most: number, what: string): string[] {
  const shown = lines.length > most + 1 ? lines.slice(0, most) : lines
  const rest = lines.length - shown.length
  return [...shown, ...(rest > 0 ? [`${' '.repeat(width)} and ${rest} more ${what}`] : [])].map((line) => `  ${line}`)
}

function entry(status: string, what: string, reason: string | null): string {
  return `${status.padEnd(width)} ${what}${reason ? `: ${reason}` : ''}`
}

/** "changed  'objective|method=dlam|mean' (close): 1 of 200 values ...; y at x = 3: 5 -> 5.1 (+2 %)" */
function traceText({ id, status, policy, reason, worst }: TraceComparison): string {
  return entry(status, `'${id}' (${policy})`, sentence(reason, worst))
}

function sentence(reason: string | null, worst: Difference | null): string | null {
  if (!worst) return reason
  const point = `${worst.where}: ${worst.old} -> ${worst.new}${worst.by ? ` (${worst.by})` : ''}`
  return reason ? `${reason}; ${point}` : point
}

const order: readonly Status[] = [
  'not comparable',
  'not regenerated',
  'changed',
  'missing',
  'new',
  'within tolerance',
  'same',
]

function byStatus<T extends { readonly status: Status }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
}

/** '1 changed, 2 same'. */
function counted(found: readonly Status[]): string {
  return order
    .flatMap((status) => {
      const count = found.filter((s) => s === status).length
      return count > 0 ? [`${count} ${status}`] : []
    })
    .join(', ')
}
