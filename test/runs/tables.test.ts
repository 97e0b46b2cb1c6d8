import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Run } from 'blockwise/dist/runs/experiment'
import { parseTable, readSchemas } from 'blockwise/dist/runs/read-table'
import { writeTable } from 'blockwise/dist/runs/tables'
import { secondsRows, traceRows } from 'blockwise/dist/runs/trace-tables'
import { expect } from 'chai'

describe('tables', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'blockwise-tables-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const csv = (name: string) => readFileSync(path.join(folder, `${name}.csv`), 'utf8')

  it("are CSV with every digit of a number, an empty cell for what was not measured, and columns in the first row's order", () => {
    writeTable(folder, 'errors', [
      { method: 'adam', setting: 'lr=0.1;wd=0', seed: 0, svm_test_error: 0.1 + 0.2 },
      { seed: 1, method: 'sgd', setting: '', svm_test_error: null },
    ])
    expect(csv('errors')).to.equal(
      'method,setting,seed,svm_test_error\nadam,lr=0.1;wd=0,0,0.30000000000000004\nsgd,,1,\n',
    )
  })

  it('are entered in the data dictionary, each column with type, unit and meaning', () => {
    writeTable(folder, 'b', [{ seed: 0 }])
    writeTable(folder, 'a', [{ seed: 0, objective: 1 }])
    writeTable(folder, 'b', [{ seed: 0, seconds: 2 }])
    const { resources } = JSON.parse(readFileSync(path.join(folder, 'datapackage.json'), 'utf8')) as {
      resources: {
        name: string
        schema: { fields: { name: string; type: string; unit: string; description: string }[] }
      }[]
    }
    expect(resources.map(({ name }) => name)).to.deep.equal(['a', 'b'])
    expect(resources[1]!.schema.fields.map(({ name }) => name)).to.deep.equal(['seed', 'seconds'])
    for (const { type, unit, description } of resources.flatMap(({ schema }) => schema.fields)) {
      expect(type).to.be.oneOf(['string', 'integer', 'number'])
      expect(unit).to.be.a('string')
      expect(description).to.have.length.above(5)
    }
  })

  it('refuse unknown columns, ragged rows, NaN, and text that would need quotes, by name', () => {
    expect(() => writeTable(folder, 't', [{ speed: 1 }])).to.throw(/'speed' is not in the data dictionary.*columns\.ts/)
    expect(() => writeTable(folder, 't', [{ seed: 1 }, { seed: 1, theta: 2 }])).to.throw(
      /row 1 has columns \[seed,theta\]/,
    )
    expect(() => writeTable(folder, 't', [{ seed: Number.NaN }])).to.throw(/row 0 holds NaN/)
    expect(() => writeTable(folder, 't', [{ method: 'a,b' }])).to.throw(/"a,b"/)
    expect(() => writeTable(folder, 't', [])).to.throw(/at least one row/)
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('have a primary key in the dictionary, and refuse two rows of one key', () => {
    writeTable(folder, 'errors', [{ method: 'adam', setting: '', seed: 0, svm_test_error: 1 }])
    const { resources } = JSON.parse(readFileSync(path.join(folder, 'datapackage.json'), 'utf8')) as {
      resources: { schema: { primaryKey: string[] } }[]
    }
    expect(resources[0]!.schema.primaryKey).to.deep.equal(['method', 'setting', 'seed'])
    const twice = { method: 'adam', setting: '', seed: 0, svm_test_error: 1 }
    expect(() => writeTable(folder, 'errors', [twice, { ...twice, svm_test_error: 2 }])).to.throw(
      'table errors: rows 0 and 1 have the same key (method=adam, setting=, seed=0)',
    )
  })

  it('are read back as they were written, and refused by line and column when they are not what the dictionary says', () => {
    const rows = [
      { method: 'adam', setting: 'lr=0.1', seed: 0, svm_test_error: 0.1 + 0.2 },
      { method: 'sgd', setting: '', seed: 1, svm_test_error: null },
    ]
    writeTable(folder, 'errors', rows)
    const schema = readSchemas(readFileSync(path.join(folder, 'datapackage.json'), 'utf8')).get('errors.csv')!
    expect(schema.key).to.deep.equal(['method', 'setting', 'seed'])
    expect(parseTable('errors.csv', csv('errors'), schema)).to.deep.equal(rows)
    const parse = (text: string) => () => parseTable('errors.csv', text, schema)
    expect(parse('method,speed\na,1\n')).to.throw("column 'speed' is not in datapackage.json")
    expect(parse('method,seed\na\n')).to.throw('line 2 has 1 cells; expected 2')
    expect(parse('method,seed\na,fast\n')).to.throw("line 2, column 'seed' holds 'fast'; expected a number")
  })

  it('of traces end a run that diverged with a row of empty metrics', () => {
    const run = (divergedAt: number | null): Run =>
      ({
        key: { dataset: 'mnist', network: 'n', method: 'sgd', setting: '', seed: 0 },
        trace: [
          { iteration: 0, objective: 2 },
          { iteration: 1, objective: 9 },
        ],
        seconds: [0, 1],
        cpuSeconds: [0, 1],
        divergedAt,
      }) as unknown as Run
    expect(traceRows([run(null)]).map(({ iteration, objective }) => [iteration, objective])).to.deep.equal([
      [0, 2],
      [1, 9],
    ])
    expect(traceRows([run(2)]).at(-1)).to.deep.include({ iteration: 2, objective: null })
    expect(secondsRows([run(2)])).to.have.length(2)
  })
})
