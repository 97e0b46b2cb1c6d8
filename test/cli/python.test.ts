/** The project's Python environment, made by real pip from a wheel of a few hundred bytes. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pythonFault } from 'blockwise/dist/cli/python'
import { expect } from 'chai'
import { execa } from 'execa'
import { repository } from './command'

describe('cli/python', function () {
  this.timeout(90_000)
  let root: string

  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), content)
  }
  const environment = () => ({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(root, 'wheels') })
  const script = () => {
    const path = JSON.stringify(join(repository, 'lib', 'dist', 'cli', 'python.js'))
    return `require(${path}).ensurePython(${JSON.stringify(root)}).then((r) => console.log(JSON.stringify(r)))`
  }
  const ensure = async () => {
    const { stdout, stderr } = await execa(process.execPath, ['-e', script()], { env: environment(), reject: false })
    expect(stdout, stderr).to.match(/^\{/)
    return JSON.parse(stdout) as { python: string; built: boolean }
  }
  const unfinished = () => readdirSync(root).filter((name) => /^\..+-\d+-\w{12}\.tmp$/.test(name))

  before(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'blockwise-python-')))
    write('wheel/tinytool.py', "def main():\n    print('tool')\n")
    write('wheel/tinytool-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: tinytool\nVersion: 1.0\n')
    write('wheel/tinytool-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    write('wheel/tinytool-1.0.dist-info/entry_points.txt', '[console_scripts]\ntinytool = tinytool:main\n')
    write('wheel/tinytool-1.0.dist-info/RECORD', '')
    const zip = 'import shutil, sys; shutil.make_archive(sys.argv[2], "zip", sys.argv[1])'
    execFileSync('python3', ['-c', zip, join(root, 'wheel'), join(root, 'archive')])
    const archive = readFileSync(join(root, 'archive.zip'))
    mkdirSync(join(root, 'wheels'))
    writeFileSync(join(root, 'wheels', 'tinytool-1.0-py3-none-any.whl'), archive)
    const sha256 = createHash('sha256').update(archive).digest('hex')
    write('requirements.txt', `tinytool==1.0 --hash=sha256:${sha256}\n`)
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  it('does not take one for finished whose making was killed', async () => {
    const killed = spawn(process.execPath, ['-e', script()], {
      env: { ...process.env, ...environment() },
      stdio: 'ignore',
      detached: true,
    })
    const begun = () => unfinished().some((name) => existsSync(join(root, name, 'pyvenv.cfg')))
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 10))
    process.kill(-killed.pid!, 'SIGKILL')
    await new Promise((resolve) => killed.once('close', resolve))
    expect(unfinished()).to.have.length(1)
    expect(pythonFault(root)).to.equal('missing')
  })

  it('replaces what is no environment, is made once by two at a time, works in its place, and is then reused', async () => {
    write('.venv/bin/python', 'unfinished')
    expect(pythonFault(root)).to.equal('not finished, or not made by this suite')
    const both = await Promise.all([ensure(), ensure()])
    const python = join(root, '.venv', 'bin', 'python')
    for (const made of both) expect(made).to.deep.equal({ python, built: true })
    expect(unfinished(), 'left over').to.deep.equal([])
    expect((await execa(join(root, '.venv', 'bin', 'tinytool'))).stdout).to.equal('tool')
    expect((await execa(python, ['-m', 'pip', '--version'])).stdout).to.contain(join(root, '.venv'))
    expect(await ensure()).to.deep.equal({ python, built: false })
  })

  it('is seen to be older than requirements that changed', () => {
    const requirements = readFileSync(join(root, 'requirements.txt'), 'utf8')
    write('requirements.txt', `# newer\n${requirements}`)
    expect(pythonFault(root)).to.equal('older than requirements.txt')
    write('requirements.txt', requirements)
    expect(pythonFault(root)).to.equal(undefined)
  })

  it('is seen to be broken when its Python is gone', () => {
    const python = join(root, '.venv', 'bin', 'python')
    rmSync(python)
    symlinkSync('/nonexistent/python3', python)
    expect(pythonFault(root)).to.match(/^its Python 3\.\d+\.\d+ is gone$/)
  })
})
