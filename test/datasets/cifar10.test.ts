import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CIFAR10_PIXELS, type Cifar10, loadCifar10, stratifiedSubset, toProblemData } from 'blockwise/dist/datasets'
import { DatasetError } from 'blockwise/dist/datasets/ensure'
import {
  checksumOfFiles,
  type FileEntry,
  type Manifest,
  readManifest,
  type Source,
} from 'blockwise/dist/datasets/manifest'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'
import { filesBelow, manifestOf, removeFolders, serve, smallContents, temporaryFolder, type WebServer } from './fixture'

const ROWS = 12
const NAMES = [
  'data_batch_1.bin',
  'data_batch_2.bin',
  'data_batch_3.bin',
  'data_batch_4.bin',
  'data_batch_5.bin',
  'test_batch.bin',
]

/** A file of the official format with few records: label, then 3,072 bytes. */
function records(key: string): Buffer {
  const random = keyedRandom('cifar', key)
  return Buffer.concat(
    Array.from({ length: ROWS }, () =>
      Uint8Array.from({ length: 1 + CIFAR10_PIXELS }, (_, i) => Math.floor(random.uniform() * (i === 0 ? 10 : 256))),
    ),
  )
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

/** The archive as its authors pack it: the files in a folder, and others beside them. */
function packed(contents: ReadonlyMap<string, Buffer>): Buffer {
  const folder = temporaryFolder()
  const inside = join(folder, 'cifar-10-batches-bin')
  mkdirSync(inside)
  for (const [name, content] of contents) writeFileSync(join(inside, name), content)
  writeFileSync(join(inside, 'batches.meta.txt'), 'airplane\n')
  execFileSync('tar', ['-czf', join(folder, 'packed.tar.gz'), '-C', folder, 'cifar-10-batches-bin'])
  return readFileSync(join(folder, 'packed.tar.gz'))
}

describe('CIFAR-10', () => {
  const contents = new Map(NAMES.map((name) => [name, records(name)]))
  let archive: Buffer
  let server: WebServer
  let folder: string

  before(async () => {
    archive = packed(contents)
    const edited = packed(new Map([...contents, ['test_batch.bin', records('other')]]))
    server = await serve((path, response) => {
      if (path === '/good.tar.gz') response.end(archive)
      else if (path === '/edited.tar.gz') response.end(edited)
      else if (path === '/silent.tar.gz') response.write(archive.subarray(0, 100))
      else response.writeHead(404).end()
    })
  })
  after(() => server.close())
  beforeEach(() => {
    folder = temporaryFolder()
    server.asked.length = 0
  })
  afterEach(removeFolders)

  const from = (name: string): Source => ({
    kind: 'archive',
    address: `${server.address}${name}.tar.gz`,
    bytes: archive.length,
    sha256: sha256(archive),
    folder: 'cifar-10-batches-bin',
    timeoutSeconds: 0.3,
  })

  function manifest(sources: readonly Source[], of: ReadonlyMap<string, Buffer> = contents): Manifest {
    const files = [...of].map(
      ([file, content]): FileEntry => ({ file, shape: [ROWS, 3073], bytes: content.length, sha256: sha256(content) }),
    )
    const entry = { checksum: checksumOfFiles(files), train: files.slice(0, 5), test: files.slice(5), sources }
    return { ...manifestOf(smallContents('mnist'), []), 'cifar-10': entry }
  }

  function put(of: ReadonlyMap<string, Buffer>): void {
    mkdirSync(join(folder, 'cifar-10'))
    for (const [name, content] of of) writeFileSync(join(folder, 'cifar-10', name), content)
  }

  const refusal = async (given: Manifest): Promise<Error> => {
    const found = await loadCifar10({ manifest: given, folder }).catch((error: Error) => error)
    if (!(found instanceof Error)) throw new Error('expected a refusal')
    return found
  }

  function expectRows({ train, test }: Cifar10): void {
    const all = [...contents.values()]
    const row = (content: Buffer, i: number) => content.subarray(3073 * i, 3073 * (i + 1))
    const check = (split: Cifar10['train'], i: number, record: Buffer) => {
      expect(split.labels[i]).to.equal(record[0])
      expect(Buffer.from(split.images.subarray(3072 * i, 3072 * (i + 1))).equals(record.subarray(1))).to.equal(true)
    }
    expect([train.labels.length, train.images.length]).to.deep.equal([5 * ROWS, 5 * ROWS * 3072])
    expect([test.labels.length, test.images.length]).to.deep.equal([ROWS, ROWS * 3072])
    for (const i of [0, 1, ROWS - 1, ROWS, 5 * ROWS - 1]) check(train, i, row(all[Math.floor(i / ROWS)]!, i % ROWS))
    for (const i of [0, ROWS - 1]) check(test, i, row(all[5]!, i))
  }

  it('is read from files in data/cifar-10 without asking the network', async () => {
    put(contents)
    const cifar = await loadCifar10({ manifest: manifest([from('good')]), folder })
    expectRows(cifar)
    expect(cifar.checksum).to.match(/^[0-9a-f]{64}$/)
    expect(server.asked).to.deep.equal([])
  })

  it("is unpacked from its authors' archive, once", async () => {
    const given = manifest([from('gone'), from('silent'), from('good')])
    const said: string[] = []
    expectRows(await loadCifar10({ manifest: given, folder, say: (line) => said.push(line) }))
    expect(said.find((line) => line.includes('gone'))).to.include(`from ${server.address}gone.tar.gz`)
    expect(said.filter((line) => /; trying /.test(line)).map((line) => /: (.*);/.exec(line)![1])).to.have.length(2)
    expect(said.join('\n'))
      .to.match(/HTTP status 404/)
      .and.match(/nothing arrived for 0\.3 s/)
    expect(filesBelow(folder)).to.deep.equal(NAMES.map((name) => `cifar-10/${name}`))
    server.asked.length = 0
    expectRows(await loadCifar10({ manifest: given, folder }))
    expect(server.asked).to.deep.equal([])
  })

  it('refuses another archive before it is unpacked, and says how to put the files by hand', async () => {
    const failed = await refusal(manifest([from('edited')]))
    expect(failed).to.be.instanceOf(DatasetError)
    expect(failed.message)
      .to.match(/edited\.tar\.gz: (expected sha256 [0-9a-f]{64}, found [0-9a-f]{64}|content is longer than)/)
      .and.contain(`into ${join(folder, 'cifar-10')}`)
      .and.contain(`test_batch.bin  (${ROWS * 3073} bytes, sha256 ${sha256(contents.get('test_batch.bin')!)})`)
    expect(filesBelow(folder)).to.deep.equal([])
  })

  it('refuses a file that is not what the manifest says, and fetches it anew', async () => {
    put(new Map([...contents, ['data_batch_3.bin', records('other')]]))
    const said: string[] = []
    expectRows(await loadCifar10({ manifest: manifest([from('good')]), folder, say: (line) => said.push(line) }))
    expect(said[0]).to.match(/data_batch_3\.bin is refused.*expected sha256 [0-9a-f]{64}.*found [0-9a-f]{64}/)
  })

  it('says of a damaged file that no source can replace what is wrong with it', async () => {
    put(new Map([...contents, ['data_batch_2.bin', contents.get('data_batch_2.bin')!.subarray(0, 3000)]]))
    expect((await refusal(manifest([]))).message).to.match(
      /data_batch_2\.bin {2}\(36876 bytes, sha256 [0-9a-f]{64}\); the one there is refused: expected .*36876.*found .*3000/,
    )
  })

  it('refuses records of another size and labels that are none, pinned or not', async () => {
    const wrong = async (name: string, content: Buffer) => {
      folder = temporaryFolder()
      const changed = new Map([...contents, [name, content]])
      put(changed)
      return (await refusal(manifest([], changed))).message
    }
    const label = Buffer.from(contents.get('data_batch_2.bin')!)
    label[3073 * 4] = 10
    expect(await wrong('data_batch_2.bin', label)).to.equal(
      'cifar-10 data_batch_2.bin: expected labels 0 to 9, found 10 in row 4',
    )
    expect(await wrong('test_batch.bin', contents.get('test_batch.bin')!.subarray(1))).to.equal(
      'cifar-10 test_batch.bin: expected 12 records of 3073 bytes (36876), found 36875 bytes',
    )
  })

  it('becomes subsets and tensors of 3,072 columns', async () => {
    put(contents)
    const { train } = await loadCifar10({ manifest: manifest([]), folder })
    const part = stratifiedSubset(train, 20, 0)
    expect(part.images.length).to.equal(20 * 3072)
    const data = toProblemData(part)
    expect(data.x.shape).to.deep.equal([20, 3072])
    data.dispose()
  })

  it('is pinned in data/manifest.json as its authors publish it: 50,000 and 10,000 records', () => {
    const entry = readManifest()['cifar-10']!
    const records = (files: readonly FileEntry[]) => files.reduce((sum, { shape }) => sum + shape[0]!, 0)
    expect([records(entry.train), records(entry.test)]).to.deep.equal([50_000, 10_000])
    expect([...entry.train, ...entry.test].map(({ file }) => file)).to.deep.equal(NAMES)
    for (const { bytes, shape } of [...entry.train, ...entry.test]) expect(bytes).to.equal(shape[0]! * 3073)
  })
})
