/** Rules over runs of which some did not come to their end, for a reason that the table names. */
import type { Rule } from '../claim'
import { matches, type Row, type Where } from '../table'
import { atBestPartly } from './provided'

/**
 * `rule` on the runs that came to their end. A run that broke off stands in the table with the reason in column `broken` and nothing
 * measured; with one in the rows that match `where`, the claim is reproduced partly at best, and the reason names the run.
 */
export function whereUnbroken(rule: Rule, where: Where): Rule {
  return {
    says: `${rule.says}; partly at best where a run broke off`,
    columns: [...new Set([...rule.columns, ...Object.keys(where), 'network', 'setting', 'broken'])],
    decide(rows) {
      const isBroken = (row: Row): boolean => (row.broken ?? '') !== ''
      const finding = rule.decide(rows.filter((row) => !isBroken(row)))
      const broken = rows.filter((row) => matches(row, where) && isBroken(row))
      if (broken.length === 0) return finding
      const named = broken.map((row) => `${row.network}${row.setting ? `, ${row.setting}` : ''} (${row.broken})`)
      return atBestPartly(finding, `A run broke off: ${named.join('; ')}.`)
    },
  }
}
