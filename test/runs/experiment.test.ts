import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { networkScores } from 'blockwise/dist/evaluate/network-scores'
import { sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import { openExperiment, samples } from 'blockwise/dist/runs/experiment'
import { sgd } from 'blockwise/dist/solvers/plain-sgd'
import { expect } from 'chai'

describe('an experiment', () => {
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

  const split = (rows: number, salt: number) => ({
    images: Uint8Array.from({ length: rows * 784 }, (_, i) => (i * salt) % 251),
    labels: Uint8Array.from({ length: rows }, (_, i) => i % 10),
  })

  it('measures scores at every recorded iteration, as part of what identifies the run', async () => {
    const data = samples({ name: 'mnist' }, split(20, 7))
    const [test, other] = [samples({ name: 'mnist' }, split(10, 11)), samples({ name: 'mnist' }, split(10, 13))]
    const architecture = sequential([784, 4, 10])
    const start = heNormal(architecture, 0)
    const experiment = openExperiment({ fresh: false })
    const setup = { data, architecture, start, iterations: 2, seed: 0 }
    const scored = { ...setup, scores: networkScores(architecture, { train: data, test }) }
    const bare = await experiment.train(sgd(), setup)
    const run = await experiment.train(sgd(), scored)
    const again = await experiment.train(sgd(), scored)
    const elsewhere = await experiment.train(sgd(), {
      ...setup,
      scores: networkScores(architecture, { train: data, test: other }),
    })
    expect(Object.keys(bare.trace[1]!)).not.to.include('test_accuracy')
    expect(run.trace.map(({ iteration }) => iteration)).to.deep.equal([0, 1, 2])
    for (const row of run.trace) expect(row).to.include.keys('train_loss', 'train_accuracy', 'test_accuracy')
    expect(again).to.deep.include({ id: run.id, trace: run.trace })
    expect(experiment.entries.map(({ reused }) => reused)).to.deep.equal([false, false, true, false])
    expect(new Set([bare.id, run.id, elsewhere.id]).size).to.equal(3)
    expect(experiment.entries[1]!.modules).to.include('evaluate/network-scores.js')
    for (const set of [data, test, other]) set.dispose()
    disposeWeights(start)
  })

  it('adds to the key columns what neither widths nor settings say', async () => {
    const data = samples({ name: 'mnist' }, split(10, 7))
    const architecture = sequential([784, 4, 10])
    const start = heNormal(architecture, 0)
    const experiment = openExperiment({ fresh: false })
    const setup = { data, architecture, start, iterations: 1, seed: 0 }
    const suffix = { network: 'nobias', setting: 'start=he' }
    const plain = await experiment.train(sgd(), { ...setup, suffix })
    const tuned = await experiment.train(sgd({ learningRate: 0.1 }), { ...setup, suffix })
    expect(plain.key).to.include({ network: '784-4-10-nobias', setting: 'start=he' })
    expect(tuned.key).to.include({ network: '784-4-10-nobias', setting: 'lr=0.1;start=he' })
    data.dispose()
    disposeWeights(start)
  })
})
