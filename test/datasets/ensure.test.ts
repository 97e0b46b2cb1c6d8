import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGzip, gzipSync } from 'node:zlib'
import { DatasetError, datasetStatus, ensureDataset } from 'blockwise/dist/datasets/ensure'
import type { DatasetName, Manifest } from 'blockwise/dist/datasets/manifest'
import { expect } from 'chai'
import {
  type Behaviour,
  ensureInProcess,
  FILES,
  filesBelow,
  good,
  manifestOf,
  removeFolders,
  serveContents,
  smallContents,
  temporaryFolder,
  type WebServer,
  web,
  writeContents,
} from './fixture'

const contents = smallContents('mnist')

/** Answers that a source may give instead of the file; `expected` is what must be said about it. */
const faults: Record<string, { behaviour: Behaviour; expected: RegExp }> = {
  'cut, the length announced': {
    behaviour: (_file, gz, response) => {
      response.setHeader('content-length', gz.length)
      response.write(gz.subarray(0, gz.length >> 1), () => void response.socket!.destroy())
    },
    expected: /train-images-idx3-ubyte\.gz: (terminated|.*other side closed|.*aborted)/,
  },
  'cut, no length announced': {
    behaviour: (_file, gz, response) => void response.end(gz.subarray(0, gz.length >> 1)),
    expected: /unexpected end of file/,
  },
  'with a flipped byte in the content': {
    behaviour: (file, _gz, response) => {
      const flipped = Buffer.from(contents[file.replace('.gz', '')]!)
      flipped[100 % flipped.length]! ^= 1
      good(file, gzipSync(flipped), response)
    },
    expected:
      /train-images-idx3-ubyte: expected sha256 [0-9a-f]{64} \(15696 bytes\), found [0-9a-f]{64} \(15696 bytes\)/,
  },
  'that never ends': {
    behaviour: (_file, _gz, response) => {
      const compressor = createGzip({ level: 0 })
      compressor.pipe(response)
      const feed = () => {
        while (!response.destroyed && compressor.write(randomBytes(1 << 14)));
        if (!response.destroyed) compressor.once('drain', feed)
      }
      feed()
    },
    expected: /longer than the expected 15696 bytes/,
  },
  'that is a web page': {
    behaviour: (_file, _gz, response) => void response.end('<html>sign in to this network</html>'),
    expected: /incorrect header check/,
  },
  'of status 503': {
    behaviour: (_file, _gz, response) => void response.writeHead(503).end(),
    expected: /HTTP status 503/,
  },
  'that stalls': {
    behaviour: (_file, gz, response) => void response.write(gz.subarray(0, 100)),
    expected: /nothing arrived for 0\.3 s/,
  },
}

describe('ensureDataset', () => {
  let server: WebServer
  let manifest: Manifest
  let folder: string
  let lines: string[]
  const say = (line: string) => void lines.push(line)
  const place = () => join(folder, 'mnist')
  const inPlace = () => Object.fromEntries(FILES.map((file) => [file, readFileSync(join(place(), file))]))

  before(async () => {
    const spoiled = Object.entries(faults).map(([name, { behaviour }]) => [encodeURI(name), behaviour])
    const half: Behaviour = (file, gz, response) =>
      file.includes('labels') ? void response.writeHead(404).end() : good(file, gz, response)
    server = await serveContents(contents, { good, half, ...Object.fromEntries(spoiled) })
    manifest = manifestOf(contents, [web(`${server.address}good/`)])
  })
  after(() => server.close())
  beforeEach(() => {
    folder = temporaryFolder()
    lines = []
    server.asked.length = 0
  })
  afterEach(removeFolders)

  it('fetches what is missing, and uses what is there without asking again', async () => {
    const first = await ensureDataset('mnist', { manifest, folder, say })
    expect(first.fetched).to.deep.equal(FILES)
    expect(inPlace()).to.deep.equal(contents)
    expect(filesBelow(folder)).to.have.length(4)
    const second = await ensureDataset('mnist', { manifest, folder, say })
    expect(second.fetched).to.deep.equal([])
    expect(server.asked).to.have.length(4)
    expect(lines.at(-1)).to.match(/all 4 files are in place and verified/)
  })

  for (const [name, { expected }] of Object.entries(faults)) {
    it(`falls to the next source when an answer comes ${name}`, async () => {
      const bad = web(`${server.address}${encodeURI(name)}/`, 0.3)
      await ensureDataset('mnist', { manifest: manifestOf(contents, [bad, ...manifest.mnist.sources]), folder, say })
      const told = lines.find((line) => line.includes('; trying '))
      expect(told).to.match(expected).and.contain(`trying ${server.address}good/`)
      expect(inPlace()).to.deep.equal(contents)
      expect(filesBelow(folder)).to.have.length(4)
    })
  }

  it('keeps what a source brought before it failed, and asks the next one for the rest only', async () => {
    const sources = [web(`${server.address}half/`), web(`${server.address}good/`)]
    // 'half' has no labels, the second file in order: only the training images arrive from it
    await ensureDataset('mnist', { manifest: manifestOf(contents, sources), folder, say })
    expect(server.asked.filter((path) => path.startsWith('/good/'))).to.deep.equal(
      FILES.slice(1).map((file) => `/good/${file}.gz`),
    )
    expect(inPlace()).to.deep.equal(contents)
  })

  const spoil: Record<string, () => void> = {
    truncated: () => truncateSync(join(place(), FILES[0]), 1000),
    empty: () => truncateSync(join(place(), FILES[0]), 0),
    edited: () => {
      const edited = Buffer.from(contents[FILES[0]]!)
      edited[500]! += 1
      writeFileSync(join(place(), FILES[0]), edited)
    },
    "swapped for the other dataset's": () =>
      writeFileSync(join(place(), FILES[0]), smallContents('fashion')[FILES[0]]!),
  }
  for (const [name, damage] of Object.entries(spoil)) {
    it(`refuses a file that is ${name}, with both checksums, and fetches it anew`, async () => {
      writeContents(place(), contents)
      damage()
      const [status] = await datasetStatus({ manifest, folder })
      expect(status!.state).to.equal('corrupt')
      const { sha256 } = manifest.mnist.files['train-images']
      expect(status!.detail).to.match(new RegExp(`${FILES[0]}: expected sha256 ${sha256} .*found [0-9a-f]{64}`))
      const { fetched } = await ensureDataset('mnist', { manifest, folder, say })
      expect(fetched).to.deep.equal([FILES[0]])
      expect(lines[0]).to.match(new RegExp(`${FILES[0]} is refused.*expected sha256 ${sha256} .*found [0-9a-f]{64}`))
      expect(inPlace()).to.deep.equal(contents)
    })
  }

  it('tells missing from present, per dataset', async () => {
    writeContents(place(), contents)
    const status = await datasetStatus({ manifest, folder })
    expect(status.map(({ name, state }) => [name, state])).to.deep.equal([
      ['mnist', 'present'],
      ['fashion-mnist', 'missing'],
    ])
    expect(status[1]!.detail).to.equal(`missing: ${FILES.join(', ')}`)
    expect(status[1]!.folder).to.equal(join(folder, 'fashion-mnist'))
  })

  it('says in one error why every source failed and how to put the files by hand', async () => {
    const sources = [web('http://127.0.0.1:9/'), web(`${server.address}nowhere/`)]
    const failed = await ensureDataset('mnist', { manifest: manifestOf(contents, sources), folder }).catch((e) => e)
    expect(failed).to.be.instanceOf(DatasetError)
    expect(failed.message)
      .to.match(/http:\/\/127\.0\.0\.1:9\/: train-images.*fetch failed/)
      .and.match(/nowhere\/: train-images.*HTTP status 404/)
      .and.contain(`into ${place()}`)
      .and.contain(`sha256 ${manifest.mnist.files['test-labels'].sha256}`)
    expect(filesBelow(folder)).to.deep.equal([])
  })

  it('refuses a name that is no dataset', async () => {
    const failed = await ensureDataset('cifar-10' as DatasetName, { manifest, folder }).catch((e) => e)
    expect(failed.message).to.equal("there is no dataset 'cifar-10'; expected one of mnist, fashion-mnist")
  })

  it('lets three processes fetch at once', async () => {
    const slow: Behaviour = (file, gz, response) => void setTimeout(() => good(file, gz, response), 60)
    const slowServer = await serveContents(contents, { slow })
    const slowManifest = manifestOf(contents, [web(`${slowServer.address}slow/`)])
    const runs = await Promise.all([1, 2, 3].map(() => ensureInProcess(slowManifest, folder).ended))
    await slowServer.close()
    expect(runs.map(({ code }) => code)).to.deep.equal([0, 0, 0])
    expect(inPlace()).to.deep.equal(contents)
    expect(filesBelow(folder)).to.have.length(4)
  })

  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    it(`leaves nothing half-written in place after ${signal}, and the next run clears up`, async () => {
      const first: Behaviour = (file, gz, response) =>
        file.startsWith(FILES[0]) ? good(file, gz, response) : void response.write(gz.subarray(0, 20))
      const stalling = await serveContents(contents, { first })
      const { child, ended } = ensureInProcess(manifestOf(contents, [web(`${stalling.address}first/`, 60)]), folder)
      while (stalling.asked.length < 2) await sleep(10)
      child.kill(signal)
      expect((await ended).signal).to.equal(signal)
      await stalling.close()
      expect(readdirSync(place()).filter((name) => !name.startsWith('.incoming-'))).to.deep.equal([FILES[0]])
      expect(readdirSync(place()).some((name) => name.startsWith('.incoming-'))).to.equal(true)
      await ensureDataset('mnist', { manifest, folder, say })
      expect(readdirSync(place()).sort()).to.deep.equal([...FILES].sort())
      expect(inPlace()).to.deep.equal(contents)
    })
  }

  it('names an unwritable folder and the way out', async () => {
    chmodSync(folder, 0o555)
    const { code, said } = await ensureInProcess(manifest, folder, { asNobody: true }).ended
    expect(code).to.equal(1)
    expect(said).to.match(/DatasetError: .*mnist cannot be written: EACCES.*BLOCKWISE_DATA=/)
  })

  it('names a folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '')
    const failed = await ensureDataset('mnist', { manifest, folder: join(folder, 'file') }).catch((e) => e)
    expect(failed).to.be.instanceOf(DatasetError)
    expect(failed.message).to.match(/cannot be written: ENOTDIR/)
  })

  it('names a full disk, and leaves only whole files on it', async function () {
    const small = join(folder, 'small')
    mkdirSync(small)
    const mounted = ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=20k tmpfs '${small}' && exec "$@"`, 'sh']
    const permitted = ensureInProcess(manifest, small, { before: [...mounted, 'true'] })
    if ((await permitted.ended).code !== 0) {
      console.log('      (skipped: this machine does not permit mounting a small tmpfs with unshare -rm)')
      this.skip()
    }
    const { code, said } = await ensureInProcess(manifest, small, { before: mounted }).ended
    expect(code).to.equal(1)
    expect(said).to.match(/DatasetError: .*mnist is on a full disk: .*ENOSPC.*make room.*BLOCKWISE_DATA=/)
    expect(said).to.match(/left: mnist\/train-images-idx3-ubyte mnist\/train-labels-idx1-ubyte\n$/)
  })
})
