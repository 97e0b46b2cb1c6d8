import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'

/** On a copy of the compiled library, so that its files can be edited. */
describe('code hash', () => {
  let root: string
  before(() => {
    root = mkdtempSync(path.join(tmpdir(), 'blockwise-code-'))
    const dist = path.dirname(require.resolve('blockwise/dist/index.js'))
    cpSync(dist, path.join(root, 'dist'), { recursive: true })
    symlinkSync(path.resolve(dist, '..', '..', 'node_modules'), path.join(root, 'node_modules'))
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  const hash = (): string =>
    execFileSync(process.execPath, [
      '-p',
      `require(${JSON.stringify(path.join(root, 'dist', 'runs', 'code-hash.js'))}).codeHash(${JSON.stringify(path.join(root, 'dist', 'solvers', 'tikhonov-bcd.js'))})`,
    ])
      .toString()
      .trim()
  const edit = (file: string, change: (text: string) => string): (() => void) => {
    const name = path.join(root, 'dist', file)
    const text = readFileSync(name, 'utf8')
    writeFileSync(name, change(text))
    return () => writeFileSync(name, text)
  }

  it("is the same in a notebook's kernel, which wraps the compiler that both use", () => {
    const script = `
      require(${JSON.stringify(require.resolve('blockwise/dist/notebook/kernel/compiler'))})
      const { codeHash, fileOf } = require(${JSON.stringify(require.resolve('blockwise/dist/runs/code-hash'))})
      console.log(codeHash(fileOf('solvers/tikhonov-bcd.js')))`
    expect(execFileSync(process.execPath, ['-e', script]).toString().trim()).to.equal(hash())
  })

  it('changes with a constant in any module that is imported, however far', () => {
    const before = hash()
    for (const [file, from, to] of [
      ['solvers/tikhonov/settings.js', 'innerCap: 500', 'innerCap: 501'],
      ['prox/largest-eigenvalue.js', '1.02', '1.03'],
      ['engine/linear-algebra.js', '2 ** -23', '2 ** -22'],
    ] as const) {
      const undo = edit(file, (text) => {
        expect(text).to.include(from)
        return text.replace(from, to)
      })
      expect(hash(), file).not.to.equal(before)
      undo()
    }
    expect(hash()).to.equal(before)
  })

  it('does not change with comments, layout, what is only refused, or a module that is not imported', () => {
    const before = hash()
    const undo = [
      edit('prox/tikhonov.js', (text) => `// better words\n${text.replaceAll('\n', '\n\n')}`),
      edit('solvers/refusals/data.js', (text) => text.replace('one-hot labels', 'labels')),
      edit('solvers/caffe-sgd.js', (text) => `${text}\nexports.more = 1`),
    ]
    expect(hash()).to.equal(before)
    for (const put of undo) put()
  })
})
