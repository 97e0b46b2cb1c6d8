import { firstRows, meanPooled } from 'blockwise/dist/datasets/pool'
import { toProblemData } from 'blockwise/dist/datasets/tensors'
import { expect } from 'chai'

/** Two images: pixel (r, c) of image k is a simple function of r, c and k, in bytes. */
const pixel = (k: number, r: number, c: number): number => (7 * r + 3 * c + 50 * k) % 256
const images = Uint8Array.from({ length: 2 * 784 }, (_, i) => {
  const at = i % 784
  return pixel(Math.floor(i / 784), Math.floor(at / 28), at % 28)
})
const split = { images, labels: Uint8Array.from([4, 9]) }

describe('2 x 2 mean pooling', () => {
  it('takes the mean of each square of four pixels, halves rounded up', () => {
    const { images: pooled, labels } = meanPooled(split)
    expect(pooled).to.have.length(2 * 196)
    expect(labels).to.equal(split.labels)
    for (const [k, r, c] of [
      [0, 0, 0],
      [0, 5, 13],
      [1, 13, 0],
      [1, 13, 13],
    ] as const) {
      const four = [0, 1].flatMap((i) => [0, 1].map((j) => pixel(k, 2 * r + i, 2 * c + j)))
      const mean = four.reduce((a, b) => a + b) / 4
      expect(pooled[196 * k + 14 * r + c], `image ${k}, row ${r}, column ${c}`).to.equal(Math.floor(mean + 0.5))
    }
  })

  it('keeps black black and white white', () => {
    for (const value of [0, 255]) {
      const plain = { images: new Uint8Array(784).fill(value), labels: Uint8Array.of(0) }
      expect(meanPooled(plain).images).to.deep.equal(new Uint8Array(196).fill(value))
    }
  })

  it('refuses images of another size', () => {
    expect(() => meanPooled({ images: new Uint8Array(196), labels: Uint8Array.of(1) })).to.throw(
      RangeError,
      /expected 1 images of 28 x 28 pixels, found 196/,
    )
  })

  it('makes tensors of 196 features, of the first rows too', () => {
    const data = toProblemData(firstRows(meanPooled(split), 1))
    expect(data.x.shape).to.deep.equal([1, 196])
    expect(data.x.dataSync()[0]).to.equal(Math.fround(meanPooled(split).images[0]! / 255))
    expect(Array.from(data.labels)).to.deep.equal([4])
    data.dispose()
    expect(() => firstRows(split, 3)).to.throw(RangeError, /3 rows asked for; expected a whole number from 1 to 2/)
  })
})
