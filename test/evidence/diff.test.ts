import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { type Figure, notebook, openWorkplace, type Workplace } from './workplace'

describe('blockwise diff', function () {
  this.timeout(60_000)
  let work: Workplace

  beforeEach(() => {
    work = openWorkplace()
  })
  afterEach(() => work.remove())

  const trace = (figure: Figure, ending: string) =>
    figure.data.find(({ meta }) => (meta as { id: string }).id.endsWith(ending))!
  const bcd = 'method=tikhonov-bcd|setting=|mean'
  const diff: Workplace['diff'] = (options) => work.diff(options)

  it('passes what nobody touched', () => {
    const { code, out } = diff()
    expect(out).to.match(/^quick\/01-tikhonov-bcd: same\n/)
    expect(out).to.match(/against HEAD \([0-9a-f]{7}\): figures: 4 same; tables: 6 same; verdicts: 0 of \d+ flipped\n$/)
    expect(code).to.equal(0)
  })

  it('finds a point of a committed figure that was moved by 2 %, and not noise of 1e-6', () => {
    work.editFigure('objective', (figure) => {
      const y = trace(figure, bcd).y as number[]
      y[3]! *= 1.02
    })
    const found = diff()
    expect(found.code).to.equal(1)
    expect(found.out).to.match(/changed +figure objective: 1 of \d traces differ/)
    expect(found.out).to.match(
      /changed +'objective\|method=tikhonov-bcd\|setting=\|mean' \(close\): 1 of \d+ values .* y at x = 3: [\d.]+ -> [\d.]+ \(\+2 %\)/,
    )
    expect(found.out).to.match(/FAULT +objective.json: edited after its run/)
    expect(found.out).to.match(
      /FAULT +objective: no longer equals trace.csv beside it: trace 'objective\|method=tikhonov-bcd/,
    )
    expect(found.out).to.include(
      'to accept as the new baseline: git add -A results/quick/01-tikhonov-bcd && git commit',
    )

    work.git('checkout', '--quiet', '.')
    work.editFigure('objective', (figure) => {
      for (const each of figure.data) each.y = (each.y as number[]).map((value) => value * (1 + 1e-6))
    })
    const noise = diff()
    expect(noise.out).to.match(/note +objective.json: edited after its run.*; its numbers agree with HEAD/)
    expect(noise.code).to.equal(0)
  })

  it('finds an edited bar, though its policy would allow it', () => {
    work.editFigure('test-error', (figure) => {
      const x = trace(figure, bcd).x as number[]
      x[0]! *= 1.02
    })
    const { code, out } = diff()
    expect(out).to.match(
      /FAULT +test-error: no longer equals errors.csv beside it: trace 'test-error\|method=tikhonov-bcd.*\(\+2 %\)/,
    )
    expect(out).to.match(/FAULT +test-error.json: edited after its run/)
    expect(code).to.equal(1)
  })

  const damages: [string, RegExp, (figure: Figure) => void][] = [
    [
      'a deleted trace',
      /missing +'stationarity\|block=of V/,
      ({ data }) =>
        void data.splice(
          data.findIndex(({ meta }) => (meta as { id: string }).id.includes('of V')),
          1,
        ),
    ],
    [
      'swapped data',
      /changed +'stationarity\|block=of U/,
      (figure) => {
        const [u, v] = ['block=of U: |U − [U − ∇f]⁺||mean', 'block=of V: |∇f||mean'].map((id) => trace(figure, id)) as [
          never,
          never,
        ]
        const y = (u as { y: unknown }).y
        Object.assign(u, { y: (v as { y: unknown }).y })
        Object.assign(v, { y })
      },
    ],
    [
      'a renamed id',
      /new +'stationarity\|renamed'/,
      ({ data }) => Object.assign(data[0]!.meta as object, { id: 'stationarity|renamed' }),
    ],
    [
      'half a curve',
      /points are gone, the first: /,
      ({ data }) => {
        for (const each of data) for (const axis of ['x', 'y']) each[axis] = (each[axis] as number[]).slice(0, 4)
      },
    ],
    [
      'a doubled id',
      /not comparable +figure stationarity: the new figure has two traces of the id/,
      ({ data }) => void data.push(data[0]!),
    ],
  ]
  for (const [what, expected, change] of damages)
    it(`finds ${what}`, () => {
      work.editFigure('stationarity', change)
      const { code, out } = diff()
      expect(out).to.match(expected)
      expect(code).to.equal(what === 'a doubled id' ? 2 : 1)
    })

  it('says a verdict that flips before all else, and names the cell', () => {
    work.edit('errors.csv', (text) => text.replace(/^(mnist,[^,]*,tikhonov-bcd,,\d,[^,]*,)[^,]*/gm, '$10.01'))
    const { code, out } = diff()
    expect(out.split('\n')[0]).to.match(
      /^VERDICT FLIPPED: zhang-brand-2017\/fig3b-best-demo \(quick, indicative\): not reproduced -> reproduced\. tikhonov-bcd at 1 %/,
    )
    expect(out).to.match(
      /changed +table errors.csv: 2 cells differ .*; svm_test_error at dataset=mnist, network=[^,]*, method=tikhonov-bcd, setting=, seed=\d: [\d.]+ -> 0.01/,
    )
    expect(out).to.match(/FAULT +errors.csv: edited after its run/)
    expect(out).to.match(/FAULT +test-error: no longer equals errors.csv/)
    expect(code).to.equal(1)
  })

  it('does not compare what the clock said, and finds it edited all the same', () => {
    work.edit('seconds.csv', (text) => text.replace(/[\d.]+\n$/, '12345\n'))
    const { code, out } = work.diff()
    expect(out).to.match(/same +table seconds.csv/)
    expect(out).to.match(/FAULT +seconds.csv: edited after its run/)
    expect(code).to.equal(1)
  })

  it('finds an edit that was committed', () => {
    work.editFigure('objective', (figure) => {
      const y = trace(figure, bcd).y as number[]
      y[3]! *= 1.02
    })
    work.git('commit', '--quiet', '--all', '--message', 'cheat')
    const { code, out } = diff()
    expect(out).to.match(/same +figure objective\n/)
    expect(out).to.match(/FAULT +objective.json: edited after its run/)
    expect(code).to.equal(1)
    expect(diff({ against: 'HEAD~1' }).code).to.equal(1)
  })

  it('reports a changed title as cosmetic, and passes', () => {
    work.editFigure('objective', (figure) => Object.assign(figure.layout, { title: { text: 'Better' } }))
    const { code, out } = diff()
    expect(out).to.match(/same +figure objective\n +cosmetic +layout.title: nothing -> \{"text":"Better"\}/)
    expect(code).to.equal(0)
  })

  it('never passes without a baseline', () => {
    renameSync(work.folder, path.join(path.dirname(work.folder), '02-other'))
    const moved = diff()
    expect(moved.out).to.match(/quick\/01-tikhonov-bcd: missing: the working tree has no results of it/)
    expect(moved.out).to.match(
      /quick\/02-other: not comparable: there is no baseline: HEAD \([0-9a-f]+\) has no results of it/,
    )
    expect(moved.code).to.equal(2)
    expect(diff({ notebooks: [notebook] }).code).to.equal(1)
    rmSync(path.join(work.root, 'results'), { recursive: true })
    work.git('commit', '--quiet', '--all', '--message', 'nothing')
    const nothing = diff()
    expect(nothing.out).to.match(/^nothing to compare/)
    expect(nothing.code).to.equal(2)
  })

  it('names missing and new figures and tables', () => {
    renameSync(path.join(work.folder, 'objective.json'), path.join(work.folder, 'other.json'))
    rmSync(path.join(work.folder, 'sweep.csv'))
    const { code, out } = diff()
    expect(out).to.match(/missing +figure objective: it is gone/)
    expect(out).to.match(/new +figure other: the baseline has none/)
    expect(out).to.match(/missing +table sweep.csv: it is gone/)
    expect(out).to.match(/FAULT +sweep.csv: run.json lists it and it is not there/)
    expect(code).to.equal(1)
  })

  it('does not compare runs of other settings or data, and says which', () => {
    work.editRecord(({ runs }) => {
      for (const { key, identity } of runs) {
        if (key?.method !== 'tikhonov-bcd') continue
        identity.iterations = 9
        identity.data = { ...(identity.data as object), checksum: 'f'.repeat(64) }
      }
    })
    const { code, out } = diff()
    expect(out).to.match(
      /not comparable +'objective\|method=tikhonov-bcd\|setting=\|mean' \(close\): method=tikhonov-bcd\|setting=: data checksum: [0-9a-f]{8} -> ffffffff; iterations: \d+ -> 9/,
    )
    expect(out).to.match(/not comparable +table trace.csv/)
    expect(out).not.to.match(/not comparable +'test-error\|method=caffe-adam/)
    expect(code).to.equal(2)
  })

  it('judges results of another machine by bands, and says so', () => {
    work.editRecord(({ engine }) => Object.assign(engine, { processor: 'Another', threads: 64 }))
    work.editFigure('objective', (figure) => {
      // by a tenth of what the seeds span
      const [low, high] = ['low', 'high'].map((part) => trace(figure, `setting=|${part}`).y as number[])
      for (const each of figure.data)
        each.y = (each.y as number[]).map((value, i) => value + 0.1 * (high![i]! - low![i]!))
    })
    const { out } = diff()
    expect(out).to.match(
      /another machine \(processor [^,]+ -> Another, threads \d+ -> 64\): judged by bands over seeds/,
    )
    expect(out).to.match(/within tolerance +'objective\|method=tikhonov-bcd\|setting=\|mean' \(band\)/)
  })

  it('does not pass results that are older than their code', () => {
    work.editRecord(({ runs }) => Object.assign(runs[0]!.identity, { code: '0'.repeat(64) }))
    const stale = diff()
    expect(stale.out).to.match(
      /^quick\/01-tikhonov-bcd: not regenerated: code was changed after it ran: solvers\/caffe-sgd.js or what it imports\n/,
    )
    expect(stale.out).to.include('to regenerate: npx blockwise run 01 --profile quick')
    expect(stale.code).to.equal(2)
    work.git('checkout', '--quiet', '.')
    const file = path.join(work.root, 'notebooks', `${notebook}.ipynb`)
    writeFileSync(file, JSON.stringify({ cells: [{ cell_type: 'code', source: 'changed' }] }))
    expect(diff().out).to.match(/not regenerated: the notebook's cells were changed after it ran/)
    rmSync(file)
    expect(diff().out).to.match(/not regenerated: the notebook is not there any more/)
  })

  it('compares with a folder, prints JSON, and refuses what it does not know', () => {
    const command = (...args: string[]) => work.blockwise('diff', ...args)
    const copy = path.join(work.root, 'copy')
    mkdirSync(copy)
    cpSync(path.join(work.root, 'results'), copy, { recursive: true })
    expect(command('--against', './copy').code).to.equal(0)
    expect(command('--against', work.root).code).to.equal(0)
    const json = JSON.parse(command('--json', '1').out) as { status: string; notebook: string }[]
    expect(json).to.have.length(1)
    expect(json[0]).to.deep.include({ status: 'same', notebook })
    const unknown = command('--against', 'nowhere')
    expect(unknown.err).to.match(/'nowhere' is neither a revision that git knows here nor a folder/)
    expect(unknown.code).to.equal(2)
    const noSuch = command('77')
    expect(noSuch.err).to.match(/No notebook is called '77'. The notebooks are 01-tikhonov-bcd/)
    expect(noSuch.code).to.equal(2)
    const huge = command('--profile', 'huge')
    expect(huge.err).to.match(/Unknown profile 'huge'/)
    expect(huge.code).to.equal(2)
    writeFileSync(path.join(work.folder, 'trace.csv'), 'dataset,nonsense\n1,2\n')
    const broken = command()
    expect(broken.out).to.match(
      /not comparable: quick\/01-tikhonov-bcd\/trace.csv in the working tree cannot be read: trace.csv: column 'nonsense'/,
    )
    expect(broken.code).to.equal(2)
  })
})
