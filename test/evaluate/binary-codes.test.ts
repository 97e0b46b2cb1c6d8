import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Codes, encode, firstBits, rotationHasher } from 'blockwise/dist/evaluate/binary-codes'
import { linearOutputs, scoreFeatureRetrieval } from 'blockwise/dist/evaluate/feature-retrieval'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

function features(key: string, n: number, d: number, offset = 0): tf.Tensor2D {
  const random = keyedRandom(key)
  return tf.tensor2d(
    Float32Array.from({ length: n * d }, () => offset + random.uniform() - 0.5),
    [n, d],
  )
}

const bitOf = ({ low, high }: Codes, row: number, j: number): number =>
  ((j < 32 ? low[row]! >>> j : high[row]! >>> (j - 32)) & 1) >>> 0

describe('binary codes', () => {
  let before: number
  beforeEach(() => {
    before = tf.memory().numTensors
  })

  it('are the signs of the centred features along the directions, packed', () => {
    const [train, other] = [features('train', 50, 20, 3), features('other', 40, 20, 3)]
    const hasher = rotationHasher(train, 45, 1)
    const codes = encode(hasher, other)!
    const [rows, all] = [other.arraySync(), train.arraySync()]
    const mean = all[0]!.map((_, j) => all.reduce((sum, row) => sum + row[j]!, 0) / 50)
    const directions = hasher.directions.arraySync()
    let compared = 0
    for (const [i, row] of rows.entries())
      for (let j = 0; j < 45; j++) {
        const value = row.reduce((sum, x, f) => sum + (x - mean[f]!) * directions[f]![j]!, 0)
        if (Math.abs(value) < 1e-4) continue
        expect(bitOf(codes, i, j), `row ${i}, bit ${j}`).to.equal(value > 0 ? 1 : 0)
        compared++
      }
    expect(compared).to.be.above(1700)
    expect(codes.high.every((word) => word < 2 ** 13)).to.equal(true)
    tf.dispose([train, other])
    hasher.dispose()
    expect(tf.memory().numTensors).to.equal(before)
  })

  it('project on orthonormal directions, in groups of d where more than d are asked for', () => {
    for (const [d, bits] of [
      [100, 64],
      [10, 64],
    ] as const) {
      const train = features('train', 5, d)
      const hasher = rotationHasher(train, bits, 3)
      const columns = tf.tidy(() => tf.transpose<tf.Tensor2D>(hasher.directions)).arraySync()
      const product = (a: number, b: number) => columns[a]!.reduce((sum, v, j) => sum + v * columns[b]![j]!, 0)
      for (let a = 0; a < bits; a++)
        for (let b = 0; b <= a; b++)
          if (a === b) expect(product(a, b)).to.be.closeTo(1, 1e-6)
          else if (Math.floor(a / d) === Math.floor(b / d)) expect(product(a, b)).to.be.closeTo(0, 1e-6)
          else expect(Math.abs(product(a, b))).to.be.below(0.999)
      train.dispose()
      hasher.dispose()
    }
  })

  it('of fewer bits begin those of more; the seed changes them, equal seeds do not', () => {
    const train = features('train', 300, 30)
    const of = (bits: number, seed: number): Codes => {
      const hasher = rotationHasher(train, bits, seed)
      const codes = encode(hasher, train)!
      hasher.dispose()
      return codes
    }
    const long = of(64, 0)
    for (const bits of [1, 16, 31, 32, 33, 48, 64]) expect(firstBits(long, bits)).to.deep.equal(of(bits, 0))
    expect(firstBits(long, 16).high.every((word) => word === 0)).to.equal(true)
    expect(of(64, 1).low).to.not.deep.equal(long.low)
    train.dispose()
  })

  it('keep what tells features apart when they are large beside it', () => {
    const train = features('train', 400, 8, 2000)
    const hasher = rotationHasher(train, 8, 0)
    const codes = encode(hasher, train)!
    // Uniform features, centred: each bit is set in about half of the rows.
    for (let j = 0; j < 8; j++) {
      const share = Array.from(codes.low, (_, row) => bitOf(codes, row, j)).reduce((a, b) => a + b, 0) / 400
      expect(share).to.be.within(0.35, 0.65)
    }
    train.dispose()
    hasher.dispose()
  })

  it('are none of features that are not finite, and refuse another width or too many bits', () => {
    const train = features('train', 10, 4)
    const hasher = rotationHasher(train, 8, 0)
    const broken = tf.tensor2d([[0, Number.NaN, 1, 2]])
    const other = features('other', 2, 5)
    expect(encode(hasher, broken)).to.equal(null)
    expect(() => encode(hasher, other)).to.throw(/expected features of shape \[N, 4\], got \[2, 5\]/)
    expect(() => rotationHasher(train, 65, 0)).to.throw(
      /codes of 65 bits asked for; expected a whole number from 1 to 64/,
    )
    expect(() => firstBits({ bits: 8, low: new Uint32Array(1), high: new Uint32Array(1) }, 9)).to.throw(/9 bits/)
    tf.dispose([train, broken, other])
    hasher.dispose()
  })
})

describe('scoring features by retrieval', () => {
  const labels = (n: number) => Uint8Array.from({ length: n }, (_, i) => i % 2)
  /** Two clusters, far apart. */
  const rows = (key: string, n: number) => {
    const noise = features(key, n, 6)
    const x = tf.tidy(() => {
      const side = tf.tensor2d(
        Array.from(labels(n), (label) => [label === 0 ? -40 : 40]),
        [n, 1],
      )
      return tf.add<tf.Tensor2D>(noise, side)
    })
    noise.dispose()
    return { x, labels: labels(n) }
  }

  it('finds the label of clusters that are far apart, at every length, and leaves no tensor', async () => {
    const before = tf.memory().numTensors
    const [items, queries] = [rows('items', 60), rows('queries', 20)]
    const settings = { bits: [4, 16], cutOffs: [10, 30], seed: 0 }
    const scores = await scoreFeatureRetrieval((x) => x, items, queries, settings)
    expect(scores!.map(({ bits }) => bits)).to.deep.equal([4, 16])
    for (const { at, meanAveragePrecision } of scores!) {
      expect(meanAveragePrecision).to.be.closeTo(1, 1e-9)
      for (const [i, { precision, recall }] of at.entries()) {
        expect(precision).to.be.closeTo(1, 1e-12)
        expect(recall).to.be.closeTo([1 / 3, 1][i]!, 1e-12)
      }
    }
    tf.dispose([items.x, queries.x])
    expect(tf.memory().numTensors).to.equal(before)
  })

  it("scores a linear classifier's outputs, more bits than it has outputs", async () => {
    const before = tf.memory().numTensors
    const [items, queries] = [rows('items', 60), rows('queries', 20)]
    const outputs = (await linearOutputs(items))!
    const found = outputs.features(queries.x)
    expect(found.shape).to.deep.equal([20, 2])
    expect(Array.from(tf.tidy(() => tf.argMax(found, 1).dataSync()))).to.deep.equal([...queries.labels])
    found.dispose()
    const settings = { bits: [16], cutOffs: [30], seed: 0 }
    const [score] = (await scoreFeatureRetrieval(outputs.features, items, queries, settings))!
    expect(score!.meanAveragePrecision).to.be.closeTo(1, 1e-9)
    outputs.dispose()
    tf.dispose([items.x, queries.x])
    expect(tf.memory().numTensors).to.equal(before)
  })

  it('has no score for features that are not finite', async () => {
    const items = rows('items', 10)
    const log = (x: tf.Tensor2D) => tf.log(x)
    expect(await scoreFeatureRetrieval(log, items, items, { bits: [8], cutOffs: [1], seed: 0 })).to.equal(null)
    items.x.dispose()
  })
})
