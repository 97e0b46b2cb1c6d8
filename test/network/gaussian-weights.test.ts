import { tf } from 'blockwise/dist/engine/tensorflow'
import { sequential } from 'blockwise/dist/network/architecture'
import { gaussianWeights } from 'blockwise/dist/network/gaussian-weights'
import { disposeWeights } from 'blockwise/dist/network/weights'
import { expect } from 'chai'

describe('Gaussian initial weights', () => {
  const network = sequential([40, 50, 10], { bias: true })
  const values = (seed: number): number[][] => {
    const weights = gaussianWeights(network, 0.1, seed)
    const tensors = [...weights.kernels.flat(), ...weights.biases.map((b) => b!)]
    expect(tensors.map(({ shape }) => shape)).to.deep.equal([[50, 40], [10, 50], [50], [10]])
    const all = tensors.map((t) => Array.from(t.dataSync()))
    disposeWeights(weights)
    return all
  }

  it('have the mean and the deviation asked for, biases included', () => {
    const [w1, w2, b1] = values(3)
    const moments = (v: number[]) => [tf.mean(v).dataSync()[0]!, Math.sqrt(tf.mean(tf.square(v)).dataSync()[0]!)]
    expect(moments(w1!)[0]).to.be.closeTo(0, 0.01)
    for (const sample of [w1!, w2!, b1!]) expect(moments(sample)[1]).to.be.closeTo(0.1, 0.03)
  })

  it('are the same for a seed, and differ between seeds and tensors', () => {
    expect(values(1)).to.deep.equal(values(1))
    const numbers = [values(1), values(2)].flat(2)
    expect(new Set(numbers).size).to.be.above(0.99 * numbers.length)
  })

  it('refuse a deviation that is not positive', () => {
    expect(() => gaussianWeights(network, 0, 1)).to.throw(RangeError, /deviation is 0; expected a positive number/)
  })
})
