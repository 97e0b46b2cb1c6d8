/** The network of the student report: every hidden layer takes the data and all hidden layers before it, each through its own weights. */
import { type Architecture, checkArchitecture, type Input } from './architecture'

/**
 * No biases; ReLU hidden layers; the output takes the last hidden layer.
 * @param widths features, hidden widths, classes
 */
export function allEarlierLayers(widths: readonly number[]): Architecture {
  const [features, ...rest] = widths
  if (features === undefined || rest.length === 0)
    throw new RangeError(
      `allEarlierLayers needs the features and at least one layer; got widths [${widths.join(', ')}]`,
    )
  const from = (layers: readonly number[]): Input[] => layers.map((n) => ({ from: n, link: 'weight' }))
  return checkArchitecture({
    features,
    layers: rest.map((width, i) => {
      const output = i === rest.length - 1
      const inputs = output ? from([i]) : from(Array.from({ length: i + 1 }, (_, n) => n))
      return { width, activation: output ? 'identity' : 'relu', bias: false, inputs }
    }),
  })
}
