import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Dataset,
  dataFolder,
  datasetStatus,
  loadDataset,
  type Manifest,
  toProblemData,
} from 'blockwise/dist/datasets'
import { readIdx } from 'blockwise/dist/datasets/idx'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { expect } from 'chai'
import {
  entryOf,
  FILES,
  good,
  idx,
  manifestOf,
  removeFolders,
  serveContents,
  smallContents,
  temporaryFolder,
  web,
  writeContents,
} from './fixture'

describe('IDX', () => {
  const data = Uint8Array.from({ length: 24 }, (_, i) => i)
  const content = idx([2, 3, 4], data)

  it('gives the elements as a view', () => {
    const read = readIdx(content, [2, 3, 4], 'a file')
    expect(Buffer.from(read).equals(Buffer.from(data))).to.equal(true)
    expect(read.buffer).to.equal(content.buffer)
  })

  it('says what was expected and found', () => {
    const refused = (bytes: Uint8Array, shape: number[]) => () => readIdx(bytes, shape, 'a file')
    expect(refused(content, [24])).to.throw('a file: expected magic number 0x00000801, found 0x00000803')
    expect(refused(content, [2, 4, 3])).to.throw('a file: expected dimensions 2 x 4 x 3, found 2 x 3 x 4')
    expect(refused(content.subarray(0, 39), [2, 3, 4])).to.throw('a file: expected a size of 40 bytes, found 39 bytes')
    expect(refused(Buffer.concat([content, content]), [2, 3, 4])).to.throw(
      'expected a size of 40 bytes, found 80 bytes',
    )
    expect(refused(content.subarray(0, 7), [2, 3, 4])).to.throw(
      'expected an IDX header of 16 bytes, found 7 bytes in all',
    )
    const signed = Buffer.from(content)
    signed[2] = 9
    expect(refused(signed, [2, 3, 4])).to.throw('expected magic number 0x00000803, found 0x00000903')
  })
})

describe('loadDataset', () => {
  const contents = smallContents('mnist')
  afterEach(removeFolders)

  it('reads the bytes of both splits', async () => {
    const folder = temporaryFolder()
    writeContents(join(folder, 'mnist'), contents)
    const manifest = manifestOf(contents, [web('http://127.0.0.1:9/')])
    const { name, checksum, train, test } = await loadDataset('mnist', { manifest, folder })
    expect([name, checksum]).to.deep.equal(['mnist', manifest.mnist.checksum])
    expect(Buffer.from(train.images).equals(contents[FILES[0]]!.subarray(16))).to.equal(true)
    expect(Buffer.from(train.labels).equals(contents[FILES[1]]!.subarray(8))).to.equal(true)
    expect(Buffer.from(test.images).equals(contents[FILES[2]]!.subarray(16))).to.equal(true)
    expect(Buffer.from(test.labels).equals(contents[FILES[3]]!.subarray(8))).to.equal(true)
  })

  it('fetches a refused file anew', async () => {
    const folder = temporaryFolder()
    const server = await serveContents(contents, { good })
    const manifest = manifestOf(contents, [web(`${server.address}good/`)])
    writeContents(join(folder, 'mnist'), { ...contents, [FILES[1]]: idx([20], new Uint8Array(20)) })
    const said: string[] = []
    const { train } = await loadDataset('mnist', { manifest, folder, say: (line) => said.push(line) })
    await server.close()
    expect(Buffer.from(train.labels).equals(contents[FILES[1]]!.subarray(8))).to.equal(true)
    expect(said[0]).to.match(/train-labels-idx1-ubyte is refused/)
    expect(server.asked).to.deep.equal([`/good/${FILES[1]}.gz`])
  })

  it('refuses contents that do not belong together, pinned or not', async () => {
    const load = async (changed: Record<string, Buffer>, shapes: (manifest: Manifest) => Manifest = (m) => m) => {
      const folder = temporaryFolder()
      const all = { ...contents, ...changed }
      writeContents(join(folder, 'mnist'), all)
      const manifest = shapes({ mnist: entryOf(all, [web('http://127.0.0.1:9/')]), 'fashion-mnist': entryOf(all, []) })
      return loadDataset('mnist', { manifest, folder }).then(String, (error) => String(error.message))
    }
    const eleven = idx([20], new Uint8Array(20).fill(10, 3))
    expect(await load({ [FILES[1]]: eleven })).to.equal('mnist train: expected labels 0 to 9, found 10 in row 3')
    const fewer = idx([19], new Uint8Array(19))
    const reshaped = (m: Manifest): Manifest => {
      const labels = { ...m.mnist.files['train-labels'], shape: [19] }
      return { ...m, mnist: { ...m.mnist, files: { ...m.mnist.files, 'train-labels': labels } } }
    }
    expect(await load({ [FILES[1]]: fewer })).to.equal(
      'mnist train-labels-idx1-ubyte: expected dimensions 20, found 19',
    )
    expect(await load({ [FILES[1]]: fewer }, reshaped)).to.equal(
      'mnist train: expected 19 images of 784 pixels, found 15680 pixels',
    )
  })
})

/** Published facts: class counts and moments of the training images. */
const facts = {
  mnist: {
    counts: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    firstLabels: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
    mean: 0.1307,
    deviation: 0.3081,
    everLit: 717,
  },
  'fashion-mnist': {
    counts: Array(10).fill(6000),
    test: Array(10).fill(1000),
    firstLabels: [9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
    mean: 0.286,
    deviation: 0.353,
    everLit: 784,
  },
} as const

for (const name of ['mnist', 'fashion-mnist'] as const) {
  describe(`the real ${name}`, () => {
    let dataset: Dataset
    before(async function () {
      const status = (await datasetStatus()).find((found) => found.name === name)!
      if (status.state !== 'present') {
        console.log(`      (skipped: ${status.folder} is ${status.state}; 'npx blockwise setup' brings it)`)
        this.skip()
      }
      dataset = await loadDataset(name)
    })

    it('has the published class counts and first labels', () => {
      const counts = (labels: Uint8Array) =>
        Array.from({ length: 10 }, (_, label) => labels.reduce((n, found) => n + Number(found === label), 0))
      expect(counts(dataset.train.labels)).to.deep.equal(facts[name].counts)
      expect(counts(dataset.test.labels)).to.deep.equal(facts[name].test)
      expect([...dataset.train.labels.subarray(0, 10)]).to.deep.equal(facts[name].firstLabels)
    })

    it('has the published pixel statistics', () => {
      const { images } = dataset.train
      const lit = new Uint8Array(784)
      let [sum, squares] = [0, 0]
      for (let i = 0; i < images.length; i++) {
        const byte = images[i]!
        sum += byte
        squares += byte * byte
        if (byte) lit[i % 784] = 1
      }
      const mean = sum / images.length / 255
      expect(mean).to.be.closeTo(facts[name].mean, 5e-5)
      expect(Math.sqrt(squares / images.length / 255 ** 2 - mean ** 2)).to.be.closeTo(facts[name].deviation, 5e-5)
      expect(lit.reduce((n, one) => n + one, 0)).to.equal(facts[name].everLit)
    })

    it('becomes tensors of the stated shapes and range, which go when they are disposed', () => {
      const before = tf.memory().numTensors
      const data = toProblemData(dataset.test)
      expect(data.x.shape).to.deep.equal([10000, 784])
      expect(data.y.shape).to.deep.equal([10000, 10])
      expect(data.labels).to.equal(dataset.test.labels)
      const [x, y] = [data.x.dataSync<'float32'>(), data.y.dataSync<'float32'>()]
      expect(x.every((value, i) => value === Math.fround(dataset.test.images[i]! / 255))).to.equal(true)
      expect(x.reduce((top, value) => Math.max(top, value), 0)).to.equal(1)
      expect(y.every((value, i) => value === Number(dataset.test.labels[Math.floor(i / 10)] === i % 10))).to.equal(true)
      expect(tf.memory().numTensors).to.equal(before + 2)
      data.dispose()
      expect(tf.memory().numTensors).to.equal(before)
    })
  })
}

describe("one dataset's images in the other's place", () => {
  afterEach(removeFolders)
  it('are seen as corrupt', async function () {
    if ((await datasetStatus()).some(({ state }) => state !== 'present')) {
      console.log("      (skipped: needs both datasets; 'npx blockwise setup' brings them)")
      this.skip()
    }
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'mnist'))
    for (const file of FILES) {
      const from = file === FILES[0] ? 'fashion-mnist' : 'mnist'
      symlinkSync(join(dataFolder(), from, file), join(folder, 'mnist', file))
    }
    const [status] = await datasetStatus({ folder })
    expect(status!.state).to.equal('corrupt')
    expect(status!.detail).to.match(
      /^train-images-idx3-ubyte: expected sha256 ba891046.*, found c59f468a\w+ \(47040016 bytes\)$/,
    )
  })
})

describe('toProblemData', () => {
  it('refuses a split without rows', () => {
    expect(() => toProblemData({ images: new Uint8Array(0), labels: new Uint8Array(0) })).to.throw(
      /got a split of 0 rows/,
    )
  })

  it('refuses a label that is no class: it would mark another row', () => {
    expect(() => toProblemData({ images: new Uint8Array(4), labels: Uint8Array.of(3, 12) })).to.throw(
      RangeError,
      /expected labels 0 to 9, got 12 in row 1/,
    )
  })
})
