/** Rules for what no run here can decide, with the reason. */
import type { Finding, Rule } from '../claim'
import { matches, numberIn, type Where } from '../table'

const finding = (reason: string): Finding => ({
  verdict: 'not testable',
  value: null,
  unit: '',
  spread: null,
  margin: null,
  reason,
  enoughSeeds: true,
})

/** A claim for which nothing measurable can stand in. */
export function notTestable(why: string): Rule {
  return { says: `not testable here: ${why}`, columns: [], decide: () => finding(`Not testable here: ${why}.`) }
}

/** `rule`, where the table has a value of `column` in the rows that match `where`; otherwise not testable, and `why`. */
export function whereMeasured(rule: Rule, where: Where, column: string, why: string): Rule {
  return {
    says: `${rule.says}; not testable without such runs`,
    columns: [...new Set([...rule.columns, ...Object.keys(where), column])],
    decide: (rows) =>
      rows.some((row) => matches(row, where) && numberIn(row, column) !== null)
        ? rule.decide(rows)
        : finding(`Not testable here: ${why}.`),
  }
}
