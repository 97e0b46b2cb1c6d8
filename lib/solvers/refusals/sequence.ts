/** The kind of network that most block methods are defined for. */
import type { Architecture } from '../../network/architecture'

/**
 * @param biases whether every layer must have one
 * @throws RangeError, naming the layer, unless layers follow each other through one weight matrix each, ReLU ones and an identity output
 */
export function checkSequence(solver: string, { layers }: Architecture, { biases = false } = {}): void {
  for (const [i, { activation, bias, inputs }] of layers.entries()) {
    const sequential = inputs.length === 1 && inputs[0]!.from === i && inputs[0]!.link === 'weight'
    if (!sequential || (biases && !bias) || activation !== (i + 1 < layers.length ? 'relu' : 'identity'))
      throw new RangeError(
        `${solver}: layer ${i + 1} is not of the kind that the method has; expected layers in sequence, each with one weight matrix${biases ? ' and a bias' : ''}, ReLU hidden layers and an identity output: sequential([...]${biases ? ', { bias: true }' : ''})`,
      )
  }
}
