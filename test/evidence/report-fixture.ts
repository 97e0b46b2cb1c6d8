/** Results as notebooks leave them, generated: for the report's tests, which need many notebooks and nasty texts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LedgerLine } from 'blockwise/dist/evidence/ledger'
import { bars, canonicalJson, curves, type Row } from 'blockwise/dist/figures'
import type { Claim, Outcome } from 'blockwise/dist/papers'

/** Would run, or break out of an attribute, wherever it is put into the page as it is. */
export const hostile = `</script><script>window.hacked = 1</script><img src=x onerror="window.hacked=1"> "quoted" 'it' &amp; {{x}}`

export const code = 'c0de'.repeat(16)
export const checksum = 'da7a'.repeat(16)

const methods = ['tikhonov-bcd', 'caffe-sgd', 'caffe-adam', 'dlam', 'admm', 'raw-pixels']

/** 6 methods x 3 seeds x 101 iterations. */
const rows: Row[] = methods.flatMap((method, m) =>
  [0, 1, 2].flatMap((seed) =>
    Array.from({ length: 101 }, (_, iteration) => ({
      method,
      seed,
      iteration,
      objective: ((m + 1) * (10 + seed)) / (1 + iteration),
    })),
  ),
)

export interface NotebookOptions {
  /** Put into the notebook's title, its figures' captions, its settings and its table. */
  readonly text: string
}

/** Writes `<root>/quick/<id>/`: four figures, one table of 1818 rows, the notebook, the record. */
export function writeNotebook(root: string, id: string, { text }: NotebookOptions): void {
  const folder = join(root, 'quick', id)
  mkdirSync(folder, { recursive: true })
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))

  for (const figure of figures(text)) {
    write(`${figure.meta.id}.json`, canonicalJson(figure))
    write(`${figure.meta.id}.svg`, '<svg xmlns="http://www.w3.org/2000/svg"/>')
    write(`${figure.meta.id}.png`, 'a picture')
  }
  const columns = ['method', 'seed', 'iteration', 'objective']
  // A cell of a CSV that the suite writes holds no comma and no quote.
  const note = text.replace(/[",]/g, '')
  const noteOf = (row: Row): string => (row.iteration === 0 ? '' : note)
  write(
    'trace.csv',
    [`${columns},note`, ...rows.map((row) => `${columns.map((c) => row[c])},${noteOf(row)}`)].join('\n'),
  )
  const fields = [...columns, 'note'].map((name, i) => ({
    name,
    type: ['string', 'integer', 'integer', 'number', 'string'][i],
    unit: name === 'objective' ? 's' : '',
    description: `${name} ${text}`,
  }))
  write('datapackage.json', { resources: [{ name: 'trace', path: 'trace.csv', schema: { fields } }] })
  write(`${id}.ipynb`, { cells: [{ cell_type: 'markdown', source: [`# Notebook ${id} ${text}\n`, 'and more'] }] })
  write('run.json', {
    notebook: { id, profile: 'quick', seeds: 3, code: 'b00c'.repeat(16) },
    engine: { tensorflow: '2.21.0', device: 'cpu', processor: 'A processor', threads: 2 },
    finished: '2026-11-23T06:18:31.388Z',
    files: { 'trace.csv': '00' },
    timing: { figures: [], verdicts: [] },
    runs: [0, 1, 2].map((seed) => ({ id: `run-of-seed-${seed}`, identity: training(seed, text) })),
  })
}

function figures(text: string): ReturnType<typeof curves>[] {
  const common = {
    table: 'trace',
    series: ['method'],
    seed: 'seed',
    caption: { source: `Author 2017 ${text}`, profile: 'quick', device: 'CPU' },
  }
  const objective = { column: 'objective', label: 'objective', unit: 's', log: true }
  const iteration = { column: 'iteration', label: 'iteration', unit: 'count' }
  const drawn = ['one', 'two', 'three'].map((id) =>
    curves(rows, { ...common, id, title: `Figure ${id} ${text}`, x: iteration, y: objective, spread: 'range' }),
  )
  const last = { ...common, where: { iteration: 100 }, best: 'lowest', digits: 3 } as const
  const value = { column: 'objective', label: 'objective', unit: 's' }
  return [...drawn, bars(rows, { ...last, id: 'four', title: 'Figure four', value })]
}

const training = (seed: number, text: string): object => ({
  kind: 'training',
  method: 'tikhonov-bcd',
  settings: { gamma: 0.1, note: text },
  architecture: {
    features: 4,
    layers: [{ width: 2, activation: 'identity', bias: false, inputs: [{ from: 0, link: 'weight' }] }],
  },
  data: { dataset: 'mnist', rows: 900, checksum },
  seed,
  iterations: 100,
  code,
})

/** One claim of each outcome and eighty more that were not run, of two papers. */
export function ledgerOf(notebook: string, text: string): LedgerLine[] {
  const run: LedgerLine[] = (['reproduced', 'partly', 'not reproduced', 'not testable'] as const).map((outcome, i) =>
    line(
      `author-2017/${outcome.replace(' ', '-')}`,
      i < 2 ? 'Author 2017' : 'Writer & Other 2020',
      notebook,
      outcome,
      text,
    ),
  )
  const unrun = Array.from({ length: 80 }, (_, i) =>
    line(`writer-2020/claim-${i}`, 'Writer & Other 2020', '99-to-come', 'not run', text),
  )
  return [...run, ...unrun]
}

function line(id: string, paper: string, notebook: string, outcome: Outcome, text: string): LedgerLine {
  const claim: Claim = {
    id,
    paper,
    source: `Fig. 1 ${text}`,
    claim: `It is claimed that ${id} ${text}`,
    published: { value: 2.5, unit: '%' },
    notebook,
    table: 'trace.csv',
    figures: ['two'],
    rule: {
      says: `a rule ${text}`,
      columns: [],
      decide: () => {
        throw new Error('the ledger is given, not computed')
      },
    },
  }
  const run = outcome !== 'not run'
  return {
    claim,
    profile: 'quick',
    clock: outcome === 'partly',
    links: null,
    verdict: {
      claim: id,
      verdict: outcome,
      indicative: true,
      value: run ? 3.123456 : null,
      unit: '%',
      spread: run ? { low: 3, high: 3.3, seeds: 3 } : null,
      margin: run ? 0.2 : null,
      reason: `Reason of ${id}: ${text}`,
    },
  }
}
