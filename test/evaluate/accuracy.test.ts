import { tf } from 'blockwise/dist/engine/tensorflow'
import { accuracy, errorRate } from 'blockwise/dist/evaluate/index'
import { sequential, type Weights } from 'blockwise/dist/network/index'
import { expect } from 'chai'

/** One layer, the identity: the class is the larger of two features. */
const architecture = sequential([2, 2])
const identity = (): Weights => ({ kernels: [[tf.eye(2)]], biases: [null] })

describe('accuracy', () => {
  let weights: Weights
  beforeEach(() => {
    weights = identity()
  })
  afterEach(() => tf.dispose(weights.kernels as tf.Tensor2D[][]))

  it('is the fraction of rows whose largest output is that of their label', () => {
    const x = tf.tensor2d([3, 1, 0, 2, 5, 4, -1, 0], [4, 2])
    expect(accuracy(architecture, weights, x, Uint8Array.of(0, 1, 1, 1))).to.equal(0.75)
    x.dispose()
  })

  it('counts a row with NaN among its outputs as an error', () => {
    const x = tf.tensor2d([Number.NaN, 1, 2, 1], [2, 2])
    expect(accuracy(architecture, weights, x, Uint8Array.of(0, 0))).to.equal(0.5)
    expect(accuracy(architecture, weights, x, Uint8Array.of(1, 0))).to.equal(0.5)
    x.dispose()
  })

  it('scores every row when there are more than fit in one chunk', () => {
    const n = 20_001
    const labels = Uint8Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 1 : 0))
    // Right everywhere but in the last row.
    const x = tf.tensor2d(
      Float32Array.from({ length: 2 * n }, (_, j) => (((j >> 1) % 3 === 0) === (j % 2 === 1) ? 1 : 0)),
      [n, 2],
    )
    const wrongLast = Uint8Array.from(labels)
    wrongLast[n - 1] = 1 - wrongLast[n - 1]!
    expect(accuracy(architecture, weights, x, labels)).to.equal(1)
    expect(accuracy(architecture, weights, x, wrongLast)).to.equal(1 - 1 / n)
    x.dispose()
  })

  it('leaves no tensor behind', () => {
    const x = tf.zeros<tf.Rank.R2>([9000, 2])
    const before = tf.memory().numTensors
    accuracy(architecture, weights, x, new Uint8Array(9000))
    expect(tf.memory().numTensors).to.equal(before)
    x.dispose()
  })

  it('refuses labels of another length', () => {
    const x = tf.zeros<tf.Rank.R2>([3, 2])
    expect(() => accuracy(architecture, weights, x, Uint8Array.of(0, 1))).to.throw(
      RangeError,
      /3 predictions against 2 labels/,
    )
    x.dispose()
  })
})

describe('error rate', () => {
  it('is the fraction of differing entries', () => {
    expect(errorRate([1, 2, 3, 4], [1, 2, 0, 0])).to.equal(0.5)
    expect(errorRate(Int32Array.of(1), Uint8Array.of(1))).to.equal(0)
  })

  it('refuses to divide by nothing', () => {
    expect(() => errorRate([], [])).to.throw(RangeError, /at least 1/)
  })
})
