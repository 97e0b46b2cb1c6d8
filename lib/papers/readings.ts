/**
 * Readings that several papers share. Rows of a baseline with an empty setting hold the setting of the paper; its rows with a setting
 * are those of a sweep, whose best stands for the baseline in the reading 'tuned'.
 */
import { atEnd, curvesOf } from './curves'
import type { Values } from './rules/bounded'
import { mean, present } from './rules/numbers'
import { select, type Table, type Where } from './table'

/**
 * The setting (the paper's own included) whose runs end with the highest `column`, mean over the last `points` iterations and over seeds;
 * with a training accuracy for `column` nothing is chosen on test data. Settings of which a run diverged are out, unless all are.
 */
export function bestSetting(rows: Table, where: Where, column: string, { points = 1 } = {}): Where {
  const settings = [...new Set(select(rows, where).map((row) => row.setting ?? ''))]
  const scored = settings.map((setting) => {
    const own = { ...where, setting }
    const ends = atEnd(rows, own, column, { points })
    const values = present(ends)
    return { own, score: values.length === ends.size ? mean(values) : Number.NEGATIVE_INFINITY }
  })
  return scored.reduce((a, b) => (b.score > a.score ? b : a)).own
}

/** Every run of a method, by data set, network and setting: its name in reasons, and its rows. */
export function runsOf(rows: Table, method: string): { readonly name: string; readonly where: Where }[] {
  const runs = new Map(
    select(rows, { method }).map(({ dataset = null, network = null, setting = null }) => [
      [dataset, network, setting].filter((part) => part).join(' '),
      { dataset, network, method, setting },
    ]),
  )
  return [...runs].map(([name, where]) => ({ name, where }))
}

/** The least value of `column` along every run of a method, by seed; null for a run that diverged. */
export function leastAlong(rows: Table, method: string, column: string): Values[] {
  return runsOf(rows, method).map(({ name, where }) => ({
    name,
    values: new Map(
      [...curvesOf(rows, where, column)].map(([seed, { points, whole }]) => [
        seed,
        whole ? Math.min(...points.map(({ value }) => value)) : null,
      ]),
    ),
  }))
}
