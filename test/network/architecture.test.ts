import { type Activation, checkArchitecture, residual, sequential } from 'blockwise/dist/network/architecture'
import { expect } from 'chai'

describe('architectures', () => {
  it('refuse an activation, a link or a bias that there is not, naming the layer', () => {
    expect(() => sequential([4, 6, 3], { activation: 'softplus' as Activation })).to.throw(
      RangeError,
      /layer 1 has activation 'softplus'; expected one of relu, leaky-relu, sigmoid, tanh, identity/,
    )
    expect(() => residual([4, 4, 3], { activation: 'toString' as Activation })).to.throw(RangeError, /layer 1 has acti/)
    const plain = sequential([4, 6, 3])
    const inputs = [{ from: 1, link: 'resdual' as 'residual' }]
    const misspelt = { ...plain, layers: plain.layers.map((layer, i) => (i === 1 ? { ...layer, inputs } : layer)) }
    expect(() => checkArchitecture(misspelt)).to.throw(
      RangeError,
      /layer 2 takes layer 1 through 'resdual'; expected one of weight, identity, residual/,
    )
    expect(() => sequential([4, 3], { bias: 1 as unknown as boolean })).to.throw(RangeError, /layer 1 has bias 1; exp/)
  })

  it('refuse residual sums where no two widths are equal: a plain network would pass for a residual one', () => {
    expect(() => residual([4, 5, 6, 3])).to.throw(
      RangeError,
      /no hidden layer is as wide as the layer before it in \[4, 5, 6, 3\].*sequential/,
    )
    expect(residual([4, 5, 5, 3]).layers.map(({ inputs }) => inputs.length)).to.deep.equal([1, 2, 1])
  })
})
