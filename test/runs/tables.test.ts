import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { writeTable } from 'blockwise/dist/runs/tables'
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
})
