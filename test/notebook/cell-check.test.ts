import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { listNotebooks } from 'blockwise/dist/notebook/catalog'
import { checkNotebooks } from 'blockwise/dist/notebook/cell-check'
import { expect } from 'chai'
import { notebookOf, Workplace } from './workplace'

describe('check-notebooks', function () {
  this.timeout(20_000)
  let place: Workplace

  beforeEach(() => {
    place = new Workplace()
  })
  afterEach(() => place.remove())

  const check = () => checkNotebooks(place.root, listNotebooks(place.root))

  it('finds nothing in sound cells: top-level await, names from cell to cell, last expressions', () => {
    place.notebook(
      '01-sound',
      "import { openNotebook } from 'blockwise'\nconst notebook = openNotebook('01-sound')",
      'const n = notebook.pick({ smoke: 1, quick: 2, paper: 3 })\nawait Promise.resolve(n)\nn + 1',
      '(n ** 2).toFixed(2)',
    )
    expect(check()).to.deep.equal([])
  })

  it('names notebook, cell and line of type errors and of imports other than blockwise', () => {
    place.notebook('01-sound', 'const n = 1')
    place.notebook(
      '02-wrong',
      "import { openNotebook } from 'blockwise'\nimport fs from 'node:fs'",
      "const n = 1\n\nconst s: string = n\nopenNotebook('02-wrong').pick({ smoke: 1 })\nlet free\nfs.readFileSync(free)",
      'n +',
    )
    const found = check()
    expect(found[0]).to.equal("02-wrong, cell 1, line 2, column 16: imports 'node:fs'; notebooks import only blockwise")
    expect(found.find((line) => line.includes('cell 2, line 3'))).to.match(
      /column 7: Type 'number' is not assignable to type 'string'/,
    )
    expect(found.find((line) => line.includes('cell 2, line 4'))).to.contain('quick, paper')
    expect(found.find((line) => line.includes('cell 3, line'))).to.contain('Expression expected')
    expect(found.every((line) => line.startsWith('02-wrong'))).to.equal(true)
  })

  it('refuses outputs, counts, missing ids, another kernel and files that are no notebooks', () => {
    const notebook = notebookOf(['1', '2']) as {
      metadata: { kernelspec: { name: string } }
      cells: Record<string, unknown>[]
    }
    notebook.cells[0]!.outputs = [{ output_type: 'stream', name: 'stdout', text: 'x' }]
    notebook.cells[1]!.execution_count = 4
    delete notebook.cells[1]!.id
    notebook.metadata.kernelspec.name = 'tslab'
    writeFileSync(path.join(place.root, 'notebooks', '01-dirty.ipynb'), JSON.stringify(notebook))
    writeFileSync(path.join(place.root, 'notebooks', '02-cut.ipynb'), JSON.stringify(notebook).slice(0, 100))
    writeFileSync(path.join(place.root, 'notebooks', '03-other.ipynb'), '{"cells":[]}')
    const found = check().join('\n')
    expect(found).to.contain("01-dirty: its kernel is 'tslab', expected 'blockwise'")
    expect(found).to.contain('01-dirty: its 2. cell, of all, has no id')
    expect(found).to.contain('01-dirty, cell 1: holds outputs')
    expect(found).to.contain('01-dirty, cell 2: holds outputs')
    expect(found).to.contain('02-cut: not JSON')
    expect(found).to.contain('03-other: not a notebook of format 4: nbformat')
  })
})
