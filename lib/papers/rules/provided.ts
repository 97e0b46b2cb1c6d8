/** A rule whose 'reproduced' would say too much unless something else holds, too. */
import type { Finding, Rule } from '../claim'
import type { Table } from '../table'

export interface Condition {
  /** What has to hold, as it ends the rule's sentence: 'partly at best where ...'. */
  readonly unless: string
  readonly columns: readonly string[]
  /** What the table shows against it, a clause with the figures; null where nothing. */
  readonly objection: (rows: Table) => string | null
}

/** A finding that is partly at best, for a reason told in a sentence of its own, whatever the verdict. */
export function atBestPartly(finding: Finding, sentence: string): Finding {
  return {
    ...finding,
    verdict: finding.verdict === 'reproduced' ? 'partly' : finding.verdict,
    reason: `${finding.reason} ${sentence}`,
  }
}

/** `rule`, partly at best where there is an objection; what is not testable stays as it is. */
export function provided(rule: Rule, { unless, columns, objection }: Condition): Rule {
  return {
    says: `${rule.says}; partly at best where ${unless}`,
    columns: [...new Set([...rule.columns, ...columns])],
    decide(rows) {
      const finding = rule.decide(rows)
      const against = finding.verdict === 'not testable' ? null : objection(rows)
      return against === null ? finding : atBestPartly(finding, `But ${against}.`)
    },
  }
}
