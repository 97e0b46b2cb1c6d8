/** The notebooks of this repository from nothing, at the smoke profile: each runs to its end and leaves results that hold together. */
import { copyFileSync } from 'node:fs'
import path from 'node:path'
import { editedFiles, uncheckedFigures, unfaithfulFigures, unfaithfulVerdicts } from 'blockwise/dist/evidence/integrity'
import { readFigures, readRecord, readTables, readVerdicts } from 'blockwise/dist/evidence/read-results'
import { folderTree } from 'blockwise/dist/evidence/results-tree'
import { listNotebooks } from 'blockwise/dist/notebook/catalog'
import { expect } from 'chai'
import { Workplace } from './workplace'

describe('every notebook', function () {
  this.timeout(600_000)
  const place = new Workplace()
  after(() => place.remove())

  for (const { id, path: file } of listNotebooks(path.resolve(__dirname, '..', '..', '..')))
    it(`${id} runs to its end, with tables, the figures that they give, and a verdict for each of its claims`, async () => {
      copyFileSync(file, path.join(place.root, 'notebooks', path.basename(file)))
      const { code, text } = await place.run(id)
      expect(code, text).to.equal(0)

      const tree = folderTree(path.join(place.root, 'results'), 'a smoke run')
      const tables = readTables(tree, 'smoke', id)!
      expect([...tables].filter(([, { rows }]) => rows.length === 0)).to.deep.equal([])
      const figures = readFigures(tree, 'smoke', id)
      expect(figures, 'figures').to.not.be.empty
      expect([...uncheckedFigures(figures), ...unfaithfulFigures(figures, tables)]).to.deep.equal([])
      expect(editedFiles(tree, `smoke/${id}`, readRecord(tree, 'smoke', id)!, true)).to.deep.equal([])

      const verdicts = readVerdicts(tree, 'smoke', id)
      expect(unfaithfulVerdicts(id, 'smoke', verdicts, tables).faults).to.deep.equal([])
      for (const { claim, reason, indicative } of verdicts) {
        expect(reason, claim).to.not.match(/NaN|undefined|\[object/)
        expect(indicative, claim).to.equal(true)
      }
    })
})
