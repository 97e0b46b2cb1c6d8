/** The commands as a newcomer meets them: what they show, refuse and say is missing. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Check } from 'blockwise/dist/cli/doctor'
import { engineKey, recipeOf } from 'blockwise/dist/engine/recipe'
import { expect } from 'chai'
import { blockwise } from './command'

describe('cli', function () {
  this.timeout(60_000)
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'blockwise-cli-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const write = (name: string, content: string) => {
    const path = join(folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, content)
  }

  describe('refuses by name, with the valid ones', () => {
    const cases: [string[], RegExp, RegExp][] = [
      [
        ['frobnicate'],
        /unknown command 'frobnicate'/,
        /Valid commands: setup, doctor, run, lab, list, claims, diff, report, cache/,
      ],
      [['setup', '--fast'], /unknown option '--fast'/, /Valid options: --engine <kind>/],
      [['setup', '--engine', 'tpu'], /'tpu' is invalid/, /Allowed choices are cpu, cuda/],
      [['doctor', 'me'], /too many arguments for 'doctor'/, /Valid options: --json/],
      [['cache', 'clear'], /'clear' is invalid/, /Allowed choices are list, prune/],
      [['cache', 'prune', 'all'], /'all' is invalid/, /engine, data, runs, browser, python/],
    ]
    for (const [args, given, valid] of cases)
      it(args.join(' '), async () => {
        const { stderr, exitCode } = await blockwise(args)
        expect(exitCode).to.equal(1)
        expect(stderr).to.match(given)
        expect(stderr).to.match(valid)
      })

    it('BLOCKWISE_ENGINE', async () => {
      const { stderr, exitCode } = await blockwise(['setup'], { BLOCKWISE_ENGINE: 'tpu' })
      expect(exitCode).to.equal(1)
      expect(stderr).to.match(/^'tpu' is no engine; expected cpu or cuda/)
    })
  })

  it('lists the notebooks with their titles', async () => {
    const cell = (cell_type: string, source: string[]) => ({ cell_type, source })
    const cells = [cell('code', ['# no heading']), cell('markdown', ['text\n', '# Something *new*\n'])]
    write('notebooks/02-something.ipynb', JSON.stringify({ cells }))
    write('notebooks/01-untitled.ipynb', JSON.stringify({ cells: [] }))
    write('notebooks/notes.txt', '')
    const { stdout } = await blockwise(['list'], { BLOCKWISE_ROOT: folder })
    expect(stdout.split('\n')).to.deep.equal(['01-untitled   01-untitled', '02-something  Something *new*'])
  })

  it('doctor finds everything after a set-up, and the second set-up reuses it in seconds', async () => {
    const doctor = await blockwise(['doctor'])
    expect(doctor, doctor.stdout).to.include({ exitCode: 0 })
    expect(doctor.stdout).to.match(/^ok +TensorFlow +2\.21\.0/m)
    expect(doctor.stdout).to.match(/^ok +device +\S/m)
    const began = performance.now()
    const setup = await blockwise(['setup'])
    // 1 s on a quiet machine
    expect(performance.now() - began).to.be.lessThan(5000)
    expect(setup, setup.stderr).to.include({ exitCode: 0 })
    const lines = setup.stderr.split('\n')
    expect(lines).to.have.length(6)
    for (const line of lines) expect(line).to.match(/: reused, \//)
  })

  it('doctor names what is missing with its mend, for people and for programs', async () => {
    write('requirements.txt', '')
    const nothing = {
      BLOCKWISE_ROOT: folder,
      BLOCKWISE_DATA: join(folder, 'data'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      CHROME_PATH: join(folder, 'chrome'),
    }
    const [text, json] = await Promise.all([blockwise(['doctor'], nothing), blockwise(['doctor', '--json'], nothing)])
    expect(text.exitCode).to.equal(1)
    expect(json.exitCode).to.equal(1)
    const { ok, checks } = JSON.parse(json.stdout) as { ok: boolean; checks: Check[] }
    expect(ok).to.equal(false)
    const missing = checks.filter((check) => !check.ok)
    expect(missing.map(({ name }) => name)).to.deep.equal([
      'Python environment',
      'engine',
      'data mnist',
      'data fashion-mnist',
      'notebook kernel',
      'browser for figures',
    ])
    for (const { name, mend } of missing) {
      expect(mend).to.be.a('string')
      expect(text.stdout).to.match(new RegExp(`MISSING +${name} .*\n +to mend it: ${mend}`))
    }
    expect(text.stdout).to.match(/The suite cannot run: 6 missing\.$/)
  })

  it('cache lists what is kept, and prunes what is left over or of another version', async () => {
    const current = engineKey(recipeOf('cpu'))
    const host = hostname().replace(/[^A-Za-z0-9]/g, '_')
    const dead = `.${current}-${host}-4194305-0123456789ab.tmp`
    const alive = `.${current}-${host}-${process.pid}-0123456789ab.tmp`
    for (const name of [current, 'tensorflow-1.15.0-cpu-linux-x64-0123456789', dead, alive])
      write(`blockwise/engine/${name}/library`, 'x'.repeat(10))
    write('blockwise/runs/run/record.json', '{}')
    const env = { XDG_CACHE_HOME: folder, BLOCKWISE_ROOT: folder, BLOCKWISE_DATA: join(folder, 'data') }
    const engines = () => readdirSync(join(folder, 'blockwise', 'engine')).sort()
    const listed = await blockwise(['cache'], env)
    expect(listed.stdout).to.match(/tensorflow-1\.15\.0\S+ {2}\(of another version\)/)
    expect(listed.stdout).to.match(/0123456789ab\.tmp {2}\(left by a set-up that was stopped\)/)
    expect(listed.stdout).to.match(/^runs +\d+ MB +\S+\/blockwise\/runs$/m)
    expect((await blockwise(['cache', 'prune'], env)).stdout).to.match(/MB freed$/)
    expect(engines()).to.deep.equal([alive, current])
    expect(existsSync(join(folder, 'blockwise', 'runs'))).to.equal(true)
    await blockwise(['cache', 'prune', 'runs', 'engine'], env)
    expect(engines()).to.deep.equal([alive])
    expect(existsSync(join(folder, 'blockwise', 'runs'))).to.equal(false)
    expect((await blockwise(['cache', 'prune'], env)).stdout).to.equal('nothing to remove')
  })

  describe('setup says in one message what is missing', () => {
    const setup = async (env: Record<string, string | undefined>) => {
      const { stderr, exitCode } = await blockwise(['setup'], { BLOCKWISE_ENGINE: 'cpu', ...env })
      expect(exitCode).to.equal(1)
      expect(stderr, 'no stack').to.not.match(/^\s+at /m)
      return stderr
    }

    it('no Python', async () => {
      write('requirements.txt', '')
      expect(await setup({ BLOCKWISE_ROOT: folder, PATH: folder })).to.match(
        /no Python was found \(looked for python3\)\.\nTo mend it: .*sudo apt install python3 python3-venv/,
      )
    })

    it('no venv', async () => {
      write('requirements.txt', '')
      // As Debian's python3 without python3-venv: the module that brings pip is not there.
      write('modules/ensurepip.py', 'raise ModuleNotFoundError("No module named \'ensurepip\'")')
      expect(await setup({ BLOCKWISE_ROOT: folder, PYTHONPATH: join(folder, 'modules') })).to.match(
        /cannot make a virtual environment with pip: .*No module named 'ensurepip'\.\nTo mend it: .*sudo apt install python3-venv/,
      )
    })

    it('no C++ compiler', async () => {
      expect(await setup({ XDG_CACHE_HOME: folder, PATH: folder })).to.match(
        /no C\+\+ compiler was found.*\nTo mend it: .*sudo apt install g\+\+/,
      )
    })

    it('an unwritable cache', async () => {
      write('file', '')
      expect(await setup({ XDG_CACHE_HOME: join(folder, 'file') })).to.match(
        /cannot be written.*\nTo mend it: .*XDG_CACHE_HOME/,
      )
    })

    it('no network', async () => {
      // The real requirements, and an environment that is already there.
      const env = {
        XDG_CACHE_HOME: folder,
        PIP_INDEX_URL: 'http://127.0.0.1:9',
        PIP_FIND_LINKS: undefined,
        PIP_RETRIES: '1',
      }
      expect(await setup(env)).to.match(
        /TensorFlow 2\.21\.0 \(CPU\) could not be downloaded.*\nTo mend it: connect to a network/,
      )
      expect(readdirSync(join(folder, 'blockwise', 'engine'))).to.deep.equal([])
    })
  })
})
