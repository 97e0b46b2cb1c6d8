/** Setting an engine up, with real processes: pip, g++, kill -9, a full disk. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { venvPython } from 'blockwise/dist/cli/python'
import { engineKey, type Recipe, readEngine } from 'blockwise/dist/engine/recipe'
import { expect } from 'chai'
import { execa } from 'execa'
import { makeTiny, repository, type Tiny } from './tiny'

interface Outcome {
  readonly folder?: string
  readonly built?: boolean
  readonly name?: string
  readonly message?: string
}

const child = join(__dirname, 'child.js')

describe('engine/provision', function () {
  this.timeout(60_000)
  let tiny: Tiny
  let cache: string

  before(() => {
    tiny = makeTiny()
  })
  beforeEach(() => {
    cache = mkdtempSync(join(tiny.folder, 'cache-'))
  })
  after(() => tiny.remove())

  const engines = () => join(cache, 'blockwise', 'engine')
  const entries = () => (existsSync(engines()) ? readdirSync(engines()) : [])

  async function setUp(
    environment: Record<string, string | undefined> = {},
    changes: Partial<Recipe> = {},
  ): Promise<Outcome> {
    writeFileSync(tiny.recipeFile, JSON.stringify({ ...tiny.recipe, ...changes }))
    const { stdout, stderr } = await execa(process.execPath, [child, tiny.recipeFile, venvPython(repository)], {
      env: { ...tiny.environment, XDG_CACHE_HOME: cache, ...environment },
      reject: false,
    })
    expect(stdout, stderr).to.match(/^\{/)
    return JSON.parse(stdout) as Outcome
  }

  /** A compiler that says when it is called, and then takes its time. */
  function slowCompiler(): { CXX: string; called: string } {
    const CXX = join(cache, 'slow-g++')
    const called = join(cache, 'called')
    writeFileSync(
      CXX,
      `#!/bin/sh\ncase "$1" in --version) ;; *) echo $PPID >> ${called}; sleep 1 ;; esac\nexec g++ "$@"\n`,
    )
    chmodSync(CXX, 0o755)
    return { CXX, called }
  }

  it('installs, compiles, keeps only what runs, and loads from its final place', async () => {
    const outcome = await setUp()
    expect(outcome.built, outcome.message).to.equal(true)
    expect(entries()).to.have.length(1)
    expect(readdirSync(join(outcome.folder!, 'tensorflow')).sort()).to.deep.equal([
      'THIRD_PARTY_NOTICES.txt',
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so.2',
    ])
    expect(await load(outcome.folder!)).to.include({ stdout: '42', exitCode: 0 })
    const before = statSync(join(outcome.folder!, 'engine.json')).mtimeMs
    expect(await setUp({ PATH: '/nonexistent' })).to.deep.equal({ folder: outcome.folder, built: false })
    expect(statSync(join(outcome.folder!, 'engine.json')).mtimeMs).to.equal(before)
  })

  it('keeps back what TensorFlow logs below the asked level while it loads, and nothing else', async () => {
    const { folder } = await setUp()
    const error = 'E0000 00:00:1795407040.887264    8877 port.cc:154] an error'
    expect((await load(folder!, { TF_CPP_MIN_LOG_LEVEL: '2' })).stderr).to.equal(error)
    expect((await load(folder!, { TF_CPP_MIN_LOG_LEVEL: '3' })).stderr).to.equal('')
    expect((await load(folder!, { TF_CPP_MIN_LOG_LEVEL: '0' })).stderr.split('\n')).to.have.length(3)
    const crashed = await load(folder!, { TF_CPP_MIN_LOG_LEVEL: '2', TINY_CRASH: '1' })
    expect(crashed.signal).to.equal('SIGABRT')
    expect(crashed.stderr).to.contain('no AVX here')
  })

  it('does not take an install for finished that was killed, and removes what it left', async () => {
    const { CXX, called } = slowCompiler()
    const killed = spawn(process.execPath, [child, tiny.recipeFile, venvPython(repository)], {
      env: { ...process.env, ...tiny.environment, XDG_CACHE_HOME: cache, CXX },
      stdio: 'ignore',
      detached: true,
    })
    while (!existsSync(called)) await new Promise((resolve) => setTimeout(resolve, 20))
    process.kill(-killed.pid!, 'SIGKILL')
    await new Promise((resolve) => killed.once('close', resolve))
    expect(entries()).to.have.length(1)
    expect(entries()[0]).to.match(/^\./)
    const outcome = await setUp()
    expect(outcome.built, outcome.message).to.equal(true)
    expect(entries()).to.have.length(1)
    expect(await load(outcome.folder!)).to.include({ stdout: '42' })
  })

  it('takes its unfinished folder along when it is stopped by a signal', async () => {
    const { CXX, called } = slowCompiler()
    const stopped = spawn(process.execPath, [child, tiny.recipeFile, venvPython(repository)], {
      env: { ...process.env, ...tiny.environment, XDG_CACHE_HOME: cache, CXX },
      stdio: 'ignore',
    })
    while (!existsSync(called)) await new Promise((resolve) => setTimeout(resolve, 20))
    stopped.kill('SIGINT')
    expect(await new Promise((resolve) => stopped.once('close', resolve))).to.equal(130)
    expect(entries()).to.deep.equal([])
  })

  it('lets two set-ups at once both succeed with one engine', async () => {
    const { CXX, called } = slowCompiler()
    const outcomes = await Promise.all([setUp({ CXX }), setUp({ CXX })])
    for (const outcome of outcomes) expect(outcome.built, outcome.message).to.equal(true)
    expect(new Set(readFileSync(called, 'utf8').trim().split('\n')).size, 'both were compiling').to.equal(2)
    expect(outcomes[0]!.folder).to.equal(outcomes[1]!.folder)
    expect(entries()).to.have.length(1)
    expect(await load(outcomes[0]!.folder!)).to.include({ stdout: '42' })
  })

  it('builds anew what was cut or removed in part', async () => {
    const { folder } = await setUp()
    truncateSync(join(folder!, 'tensorflow', 'libtensorflow_cc.so.2'), 100)
    expect(readEngine(folder!)).to.equal(undefined)
    rmSync(join(folder!, 'elsewhere'), { recursive: true })
    expect(await setUp()).to.deep.equal({ folder, built: true })
    expect(entries()).to.have.length(1)
    expect(await load(folder!)).to.include({ stdout: '42' })
    expect(statSync(join(folder!, 'elsewhere', 'libtiny.so.1')).size).to.be.greaterThan(100)
    rmSync(join(folder!, 'elsewhere', 'libtiny.so.1'))
    expect(readEngine(folder!), 'a link is gone').to.equal(undefined)
  })

  it('gives another recipe another folder', () => {
    const [binding, quiet] = tiny.recipe.bindings
    const bindings = [{ ...binding!, flags: [...binding!.flags, '-O1'] }, quiet!]
    expect(engineKey({ ...tiny.recipe, bindings })).to.not.equal(engineKey(tiny.recipe))
    const requirements = join(cache, 'requirements.txt')
    writeFileSync(requirements, `${readFileSync(tiny.recipe.requirements, 'utf8')}# changed\n`)
    expect(engineKey({ ...tiny.recipe, requirements })).to.not.equal(engineKey(tiny.recipe))
    expect(engineKey({ ...tiny.recipe })).to.equal(engineKey(tiny.recipe))
  })

  describe('says in one message what is missing and what would bring it', () => {
    const refusals: [string, (t: Tiny) => [Record<string, string | undefined>, Partial<Recipe>?], RegExp, RegExp][] = [
      [
        'no compiler',
        () => [{ PATH: '/nonexistent' }],
        /no C\+\+ compiler was found \(looked for g\+\+\)/,
        /sudo apt install g\+\+/,
      ],
      [
        'a compiler that fails',
        (t) => [{}, { bindings: [{ ...t.recipe.bindings[0]!, flags: ['-shared'] }] }],
        /could not make tfjs_binding_tensorflow\.node:\n.*node_api\.h/s,
        /g\+\+ 8 or newer/,
      ],
      [
        'no network',
        () => [
          { PIP_NO_INDEX: undefined, PIP_FIND_LINKS: undefined, PIP_INDEX_URL: 'http://127.0.0.1:9', PIP_RETRIES: '1' },
        ],
        /Tinyflow 1\.0 could not be downloaded: the Python package index does not answer/,
        /connect to a network/,
      ],
      [
        'an index without it',
        () => [{ PIP_FIND_LINKS: undefined }],
        /the package index in use has no tinyflow==1\.0/,
        /PIP_NO_INDEX/,
      ],
      [
        'too little free disk',
        () => [{}, { peakBytes: 1e18 }],
        /needs 1000000000\.0 GB of free disk while/,
        /XDG_CACHE_HOME=\/path/,
      ],
      [
        'a cache folder that is a file',
        (t) => [{ XDG_CACHE_HOME: t.recipeFile }],
        /cannot be written: ENOTDIR/,
        /XDG_CACHE_HOME=\/path/,
      ],
    ]
    for (const [what, how, missing, mend] of refusals)
      it(what, async () => {
        const [environment, changes] = how(tiny)
        const { name, message } = await setUp({ ...environment }, changes)
        expect(name, message).to.equal('SetupError')
        expect(message).to.match(missing)
        expect(message!.split('\nTo mend it: ')[1]).to.match(mend)
        expect(entries()).to.deep.equal([])
      })

    it('an unwritable cache', async () => {
      chmodSync(tiny.folder, 0o755)
      chmodSync(cache, 0o555)
      const { name, message } = await setUp({ AS_NOBODY: '1' })
      expect(name).to.equal('SetupError')
      expect(message).to.match(/cannot be written: EACCES/)
    })

    it('a cut download', async () => {
      const wheels = join(cache, 'wheels')
      cpSync(tiny.wheels, wheels, { recursive: true })
      const wheel = join(wheels, readdirSync(wheels)[0]!)
      truncateSync(wheel, statSync(wheel).size - 10)
      const { name, message } = await setUp({ PIP_FIND_LINKS: wheels })
      expect(name).to.equal('SetupError')
      expect(message).to.match(/has not the pinned checksum.*Expected sha256 [0-9a-f]{64}.*Got +[0-9a-f]{64}/s)
      expect(entries()).to.deep.equal([])
    })

    it('a disk that runs full', async () => {
      const large = makeTiny(6e6)
      const command = [process.execPath, child, large.recipeFile, venvPython(repository)]
      const env = { ...large.environment, XDG_CACHE_HOME: cache }
      // A file system of 4 MB where namespaces are allowed; otherwise no file may grow beyond 4 MB.
      const script = `mount -t tmpfs -o size=4m none '${cache}' && exec "$@"`
      const mounted = await execa('unshare', ['-rm', 'sh', '-c', script, 'sh', ...command], { env, reject: false })
      const { stdout } = mounted.stdout.startsWith('{')
        ? mounted
        : await execa('bash', ['-c', 'ulimit -f 4096; exec "$@"', 'bash', ...command], { env, reject: false })
      large.remove()
      const { name, message } = JSON.parse(stdout) as Outcome
      expect(name, message).to.equal('SetupError')
      expect(message).to.match(/^the disk is full/)
      expect(message).to.match(/df -h/)
    })
  })
})

/** Loads an engine's binding in a process of its own, as tfjs-node does. */
async function load(folder: string, env: Record<string, string> = { TF_CPP_MIN_LOG_LEVEL: '2' }) {
  const script = `process.stdout.write(String(require(${JSON.stringify(join(folder, 'binding', 'tfjs_binding.node'))}).answer))`
  const { stdout, stderr, exitCode, signal } = await execa(process.execPath, ['-e', script], { env, reject: false })
  return { stdout, stderr, exitCode, signal }
}
