/** bin/blockwise.cjs on a small project of the same layout: checks Node, compiles what is stale, hands over. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { repository } from './command'

describe('cli/bin', function () {
  this.timeout(60_000)
  let project: string

  const at = (name: string) => join(project, name)
  const write = (name: string, content: string) => {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), content)
  }
  const source = (says: string) =>
    write(
      'lib/cli/main.ts',
      `export function main(argv: readonly string[]): void {\n  console.log('${says}', argv[2])\n}\n`,
    )
  const run = (...before: string[]) =>
    execa(process.execPath, [...before, at('lib/bin/blockwise.cjs'), 'argument'], { reject: false, all: true })
  const lock = 'node_modules/.blockwise-compiling'

  before(() => {
    project = mkdtempSync(join(tmpdir(), 'blockwise-bin-'))
    cpSync(join(repository, 'lib', 'bin'), at('lib/bin'), { recursive: true })
    write('tsconfig.base.json', '{}')
    const options = {
      rootDir: '.',
      outDir: 'dist',
      composite: true,
      strict: true,
      target: 'ES2022',
      lib: ['ES2023', 'DOM'],
      types: [],
    }
    const compilerOptions = { ...options, module: 'commonjs' }
    write('lib/tsconfig.json', JSON.stringify({ compilerOptions, include: ['**/*.ts'], exclude: ['dist', 'bin'] }))
    mkdirSync(at('node_modules'))
    symlinkSync(join(repository, 'node_modules', 'typescript'), at('node_modules/typescript'))
    source('one')
  })
  after(() => rmSync(project, { recursive: true, force: true }))

  it('compiles at the first call, also when two come at once, and then no more', async () => {
    for (const { all, exitCode } of await Promise.all([run(), run()])) {
      expect(all).to.equal('one argument')
      expect(exitCode).to.equal(0)
    }
    const compiled = statSync(at('lib/dist/cli/main.js')).mtimeMs
    expect((await run()).all).to.equal('one argument')
    expect(statSync(at('lib/dist/cli/main.js')).mtimeMs).to.equal(compiled)
    expect(existsSync(at(lock))).to.equal(false)
  })

  it('compiles again when a source has changed, also past the lock of a process that died', async () => {
    source('two')
    const later = new Date(Date.now() + 2000)
    utimesSync(at('lib/cli/main.ts'), later, later)
    write(lock, '4194305')
    expect((await run()).all).to.equal('two argument')
  })

  it('shows the errors of a source that does not compile, and runs nothing', async () => {
    source("three' + true satisfies number + '")
    const later = new Date(Date.now() + 4000)
    utimesSync(at('lib/cli/main.ts'), later, later)
    const { all, exitCode } = await run()
    expect(exitCode).to.equal(1)
    expect(all).to.match(/cli\/main\.ts\(2,\d+\): error TS/)
    expect(all).to.match(/lib\/ does not compile: the errors are above\.$/)
    expect(existsSync(at(lock))).to.equal(false)
  })

  it('names npm ci where the packages are missing', async () => {
    rmSync(at('node_modules'), { recursive: true })
    const { all, exitCode } = await run()
    expect(exitCode).to.equal(1)
    expect(all).to.match(/npm packages are not installed\.\nTo mend it: run 'npm ci'$/)
  })

  it('refuses a Node that is too old, in words that it understands', async () => {
    write('old.cjs', "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })")
    const { all, exitCode } = await run('--require', at('old.cjs'))
    expect(exitCode).to.equal(1)
    expect(all).to.match(/Node 18\.20\.4 is not supported: 20\.19 or newer/)
    const { engines } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      engines: { node: string }
    }
    expect(engines.node, 'the same rule').to.equal('^20.19.0 || ^22.12.0 || >=24.0.0')
  })
})
