import { classCounts, holdOut, type Split, stratifiedSubset } from 'blockwise/dist/datasets'
import { expect } from 'chai'
import fc from 'fast-check'

/** Each image carries its row number in its first two pixels, so that rows can be followed. */
function numbered(labels: readonly number[]): Split {
  const images = new Uint8Array(labels.length * 784)
  labels.forEach((_, row) => void images.set([row >> 8, row & 255], row * 784))
  return { images, labels: Uint8Array.from(labels) }
}

const rowsOf = ({ images, labels }: Split): number[] =>
  Array.from(labels, (_, i) => images[i * 784]! * 256 + images[i * 784 + 1]!)

/** Classes of any, also very unequal, sizes; some absent. */
const labels = fc
  .array(fc.nat({ max: 40 }), { minLength: 10, maxLength: 10 })
  .filter((sizes) => sizes.some((size) => size > 1))
  .chain((sizes) => {
    const all = sizes.flatMap((size, label) => Array<number>(size).fill(label))
    return fc.shuffledSubarray(all, { minLength: all.length })
  })
const labelsAndN = labels.chain((all) => fc.tuple(fc.constant(all), fc.integer({ min: 1, max: all.length })))
const seeds = fc.integer({ min: 0, max: 1e6 })

/** Each class is there in its share of the whole, to within one sample. */
function expectProportional(part: Split, whole: Split): void {
  const all = classCounts(whole.labels)
  classCounts(part.labels).forEach((count, label) => {
    const share = (part.labels.length * all[label]!) / whole.labels.length
    expect(Math.abs(count - share)).to.be.lessThan(1)
  })
}

const isAscending = (rows: number[]) => rows.every((row, i) => i === 0 || rows[i - 1]! < row)

describe('stratifiedSubset', () => {
  it('holds n different rows with their own labels, in original order, classes in proportion', () => {
    fc.assert(
      fc.property(labelsAndN, seeds, ([all, n], seed) => {
        const whole = numbered(all)
        const part = stratifiedSubset(whole, n, seed)
        const rows = rowsOf(part)
        expect(rows).to.have.length(n)
        expect(part.images).to.have.length(n * 784)
        expect(isAscending(rows)).to.equal(true)
        expect([...part.labels]).to.deep.equal(rows.map((row) => all[row]))
        expectProportional(part, whole)
      }),
    )
  })

  it('is the same for the same seed, another for another, and all rows at n = N', () => {
    const whole = numbered(Array.from({ length: 1000 }, (_, row) => row % 10))
    expect(rowsOf(stratifiedSubset(whole, 100, 7))).to.deep.equal(rowsOf(stratifiedSubset(whole, 100, 7)))
    expect(rowsOf(stratifiedSubset(whole, 100, 7))).to.not.deep.equal(rowsOf(stratifiedSubset(whole, 100, 8)))
    expect(rowsOf(stratifiedSubset(whole, 1000, 7))).to.deep.equal(rowsOf(whole))
  })

  it('draws every row equally often', () => {
    const whole = numbered(Array.from({ length: 100 }, (_, row) => row % 10))
    const drawn = new Int32Array(100)
    for (let seed = 0; seed < 1000; seed++)
      for (const row of rowsOf(stratifiedSubset(whole, 50, seed))) drawn[row]! += 1
    // binomial(1000, 1/2): 500 +- 15.8; five deviations for 100 rows
    for (const count of drawn) expect(count).to.be.within(421, 579)
  })

  it('owns its bytes', () => {
    const whole = numbered([0, 1, 2])
    const part = stratifiedSubset(whole, 3, 1)
    part.images.fill(9)
    part.labels.fill(9)
    expect(rowsOf(whole)).to.deep.equal([0, 1, 2])
    expect([...whole.labels]).to.deep.equal([0, 1, 2])
  })

  it('refuses what cannot be', () => {
    const whole = numbered([0, 1, 2])
    for (const n of [0, -1, 4, 1.5, Number.NaN])
      expect(() => stratifiedSubset(whole, n, 1)).to.throw(
        RangeError,
        `stratifiedSubset: ${n} of 3 rows asked for; expected a whole number from 1 to 3`,
      )
  })
})

describe('holdOut', () => {
  it('parts the rows in two, disjoint and complete, the validation part in proportion', () => {
    const two = labelsAndN.filter(([all, n]) => n < all.length)
    fc.assert(
      fc.property(two, seeds, ([all, n], seed) => {
        const whole = numbered(all)
        const { train, validation } = holdOut(whole, n, seed)
        const [kept, held] = [rowsOf(train), rowsOf(validation)]
        expect(held).to.have.length(n)
        expect([...kept, ...held].sort((a, b) => a - b)).to.deep.equal(rowsOf(whole))
        expect(isAscending(kept) && isAscending(held)).to.equal(true)
        expect([...train.labels]).to.deep.equal(kept.map((row) => all[row]))
        expectProportional(validation, whole)
        expectProportional(train, whole)
      }),
    )
  })

  it('takes a fraction, rounded to rows', () => {
    const whole = numbered(Array.from({ length: 99 }, (_, row) => row % 10))
    expect(holdOut(whole, 0.1, 3).validation.labels).to.have.length(10)
    expect(rowsOf(holdOut(whole, 0.1, 3).validation)).to.deep.equal(rowsOf(holdOut(whole, 10, 3).validation))
    expect(rowsOf(holdOut(whole, 0.1, 3).validation)).to.not.deep.equal(rowsOf(holdOut(whole, 0.1, 4).validation))
  })

  it('refuses to leave a part empty', () => {
    const whole = numbered(Array.from({ length: 20 }, (_, row) => row % 10))
    for (const size of [0, 20, 21, -3, 2.5, 0.001, 0.999, Number.NaN])
      expect(() => holdOut(whole, size, 1)).to.throw(RangeError, `holdOut: ${size} of 20 rows asked for`)
  })
})
