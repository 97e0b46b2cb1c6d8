import { tf } from 'blockwise/dist/engine/tensorflow'
import {
  type Architecture,
  checkArchitecture,
  networkName,
  residual,
  sequential,
} from 'blockwise/dist/network/architecture'
import { activations } from 'blockwise/dist/network/backward'
import { forward } from 'blockwise/dist/network/forward'
import { gaussianWeights } from 'blockwise/dist/network/gaussian-weights'
import { disposeWeights, type Weights } from 'blockwise/dist/network/weights'
import { expect } from 'chai'

const sigmas: Record<string, (u: number) => number> = {
  relu: (u) => Math.max(u, 0),
  'leaky-relu': (u) => (u > 0 ? u : 0.01 * u),
  sigmoid: (u) => 1 / (1 + Math.exp(-u)),
  tanh: Math.tanh,
  identity: (u) => u,
}

/** One sample through the network in plain numbers. */
function byHand(architecture: Architecture, { kernels, biases }: Weights, x: number[]): number[] {
  const v = [x]
  for (const [i, { width, activation, inputs }] of architecture.layers.entries()) {
    const w = kernels[i]![0]!.arraySync()
    const b = biases[i]!.arraySync()
    const below = v[i]!
    const plain = Array.from({ length: width }, (_, j) =>
      sigmas[activation]!(w[j]!.reduce((sum, weight, k) => sum + weight * below[k]!, b[j]!)),
    )
    v.push(inputs.some(({ link }) => link === 'residual') ? plain.map((value, j) => value + below[j]!) : plain)
  }
  return v.at(-1)!
}

describe('forward pass', () => {
  for (const activation of ['relu', 'leaky-relu', 'sigmoid', 'tanh', 'identity'] as const)
    for (const kind of [sequential, residual])
      it(`equals the sums written out: ${kind.name}, ${activation}`, () => {
        const before = tf.memory().numTensors
        const architecture = kind([5, 5, 4, 4, 3], { bias: true, activation })
        const weights = gaussianWeights(architecture, 0.7, 1)
        const rows = [
          [1, -2, 0.5, 0, 3],
          [-1, 0.25, 4, -0.5, 1],
        ]
        const ours = tf.tidy(() => forward(architecture, weights, tf.tensor2d(rows)).arraySync())
        rows.forEach((row, n) => {
          for (const [j, value] of byHand(architecture, weights, row).entries())
            expect(ours[n]![j]).to.be.closeTo(value, 1e-4)
        })
        disposeWeights(weights)
        expect(tf.memory().numTensors).to.equal(before)
      })
})

describe('residual networks', () => {
  it('sum where widths are equal, and say so in their name', () => {
    const architecture = residual([5, 5, 4, 4, 3])
    const sums = architecture.layers.map(({ inputs }) => inputs.some(({ link }) => link === 'residual'))
    expect(sums).to.deep.equal([true, false, true, false])
    expect(networkName(architecture)).to.equal('5-5-4-4-3-residual')
    expect(networkName(sequential([5, 5, 3]))).to.equal('5-5-3')
  })

  it('refuse a sum of unequal widths, naming both layers', () => {
    const [first, last] = sequential([5, 4, 3]).layers
    const layers = [{ ...first!, inputs: [...first!.inputs, { from: 0, link: 'residual' as const }] }, last!]
    expect(() => checkArchitecture({ features: 5, layers })).to.throw(
      RangeError,
      /layer 1 \(width 4\) takes layer 0 \(width 5\) through a residual sum: widths must be equal/,
    )
  })

  it('are refused by backpropagation, which has ReLU and identity only', () => {
    for (const architecture of [
      residual([3, 3, 2], { bias: true }),
      sequential([3, 3, 2], { bias: true, activation: 'tanh' }),
    ]) {
      const weights = gaussianWeights(architecture, 0.1, 0)
      expect(() => tf.tidy(() => activations(architecture, weights, tf.ones([1, 3])))).to.throw(
        RangeError,
        /layer 1 has activation (relu|tanh) .*; expected relu or identity/,
      )
      disposeWeights(weights)
    }
  })
})
