import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { tikhonovSkip } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import { identityKey, keep, recall, recallWeights, runsFolder } from 'blockwise/dist/runs/store'
import { expect } from 'chai'

/** The engine lives in the user's cache as well, so only the folder of the runs is moved aside. */
describe('finished runs', () => {
  const cache = process.env['XDG_CACHE_HOME']
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'blockwise-runs-'))
    process.env['XDG_CACHE_HOME'] = folder
  })
  afterEach(() => {
    if (cache === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = cache
    rmSync(folder, { recursive: true, force: true })
  })

  it('have equal keys for equal identities in any order, others for any change', () => {
    expect(identityKey({ a: 1, b: { c: [1, 2], d: null } })).to.equal(identityKey({ b: { d: null, c: [1, 2] }, a: 1 }))
    expect(identityKey({ a: [1, 2] })).not.to.equal(identityKey({ a: [2, 1] }))
    expect(identityKey({ a: 1 })).not.to.equal(identityKey({ a: '1' }))
  })

  it('come back bit by bit, weights included, and leak no tensor', () => {
    const weights = heNormal(tikhonovSkip(7, 3), 5)
    const before = tf.memory().numTensors
    keep({ run: 1 }, { trace: [0.1, 1e-30] }, weights)
    expect(recall({ run: 1 })).to.deep.equal({ trace: [0.1, 1e-30] })
    const back = recallWeights({ run: 1 })
    expect(back.kernels.flat().map((w) => w.arraySync())).to.deep.equal(
      weights.kernels.flat().map((w) => w.arraySync()),
    )
    disposeWeights(back)
    expect(tf.memory().numTensors).to.equal(before)
    disposeWeights(weights)
  })

  it('count as absent when the record was cut, edited or belongs to another identity', () => {
    keep({ run: 1 }, 42)
    const file = path.join(runsFolder(), identityKey({ run: 1 }), 'record.json')
    const whole = readFileSync(file, 'utf8')
    writeFileSync(file, whole.slice(0, whole.length / 2))
    expect(recall({ run: 1 })).to.equal(null)
    writeFileSync(file, whole.replace('"run": 1', '"run": 2'))
    expect(recall({ run: 1 })).to.equal(null)
    keep({ run: 1 }, 43)
    expect(recall({ run: 1 })).to.equal(43)
  })

  it('are not there after a writer was killed half way', async () => {
    const script = `
      const { keep } = require('blockwise/dist/runs/store.js')
      const fs = require('node:fs')
      const write = fs.renameSync
      fs.renameSync = (...all) => { process.stdout.write('renaming'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000); write(...all) }
      keep({ run: 'killed' }, 1)`
    // The child needs the engine of the real cache to load tensors' module, and the test's folder for runs.
    const engine = cache || path.join(process.env['HOME'] ?? '', '.cache')
    mkdirSync(path.join(folder, 'blockwise'), { recursive: true })
    execFileSync('ln', ['-s', path.join(engine, 'blockwise', 'engine'), path.join(folder, 'blockwise', 'engine')])
    const child = spawn(process.execPath, ['-e', script], { env: { ...process.env, XDG_CACHE_HOME: folder } })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(recall({ run: 'killed' })).to.equal(null)
    keep({ run: 'killed' }, 2)
    expect(recall({ run: 'killed' })).to.equal(2)
  })

  it('that cannot be written say where and what to do, and leave nothing behind', function () {
    const runs = runsFolder()
    mkdirSync(path.dirname(runs), { recursive: true })
    writeFileSync(runs, 'a file where the folder should be')
    expect(() => keep({ run: 1 }, 1)).to.throw(/could not be kept in .*runs.*XDG_CACHE_HOME/s)
    rmSync(runs)
    try {
      mkdirSync(runs)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', runs], { stdio: 'ignore' })
    } catch {
      chmodSync(runs, 0o700)
      console.log('      (skipped the full disk: mounting a tmpfs is not permitted here)')
      return this.skip()
    }
    try {
      expect(() => keep({ run: 1 }, 'x'.repeat(40_000))).to.throw(/could not be kept.*ENOSPC/s)
      expect(readdirSync(runs)).to.deep.equal([])
    } finally {
      execFileSync('umount', [runs])
    }
  })
})
