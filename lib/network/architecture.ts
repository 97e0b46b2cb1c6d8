/**
 * A network as data: the same solver trains the 3 x 784 skip network of Zhang & Brand (2017, Fig. 2) and a 48 x 256
 * sequential one. Layer 0 is the input; layer n >= 1 is `layers[n - 1]`; the last layer is the output.
 */

const ACTIVATIONS = ['relu', 'leaky-relu', 'sigmoid', 'tanh', 'identity'] as const
const LINKS = ['weight', 'identity', 'residual'] as const

export type Activation = (typeof ACTIVATIONS)[number]

/** One incoming link, from an earlier layer. */
export interface Input {
  /** Index of the earlier layer; 0 is the data. */
  readonly from: number
  /** Through a weight matrix or an identity, added before the activation; or `residual`, an identity added after it. */
  readonly link: (typeof LINKS)[number]
}

export interface Layer {
  readonly width: number
  readonly activation: Activation
  readonly bias: boolean
  /** M_n of eq. 1, in the order in which the layer's weight matrices are stored. */
  readonly inputs: readonly Input[]
}

export interface Architecture {
  /** Number of features d_0. */
  readonly features: number
  readonly layers: readonly Layer[]
}

/** Width of layer n, 0 being the data. */
export function width(architecture: Architecture, n: number): number {
  return n === 0 ? architecture.features : layer(architecture, n).width
}

/** Layer n >= 1. */
export function layer(architecture: Architecture, n: number): Layer {
  const found = architecture.layers[n - 1]
  if (!found) throw new RangeError(`layer ${n} asked for; the network has layers 1 to ${architecture.layers.length}`)
  return found
}

/** The links of layer n that carry a weight matrix, in storage order. */
export function weightedInputs(architecture: Architecture, n: number): readonly Input[] {
  return layer(architecture, n).inputs.filter((input) => input.link === 'weight')
}

/**
 * A sequential network, e.g. `sequential([784, 256, 256, 10])`: identity output.
 * @param widths features, hidden widths, classes
 * @param options activation: of the hidden layers, ReLU by default
 */
export function sequential(
  widths: readonly number[],
  options: { bias?: boolean; activation?: Activation } = {},
): Architecture {
  const [features, ...rest] = widths
  if (features === undefined || rest.length === 0)
    throw new RangeError(`sequential needs the features and at least one layer; got widths [${widths.join(', ')}]`)
  return checkArchitecture({
    features,
    layers: rest.map((w, i) => ({
      width: w,
      activation: i === rest.length - 1 ? 'identity' : (options.activation ?? 'relu'),
      bias: options.bias ?? false,
      inputs: [{ from: i, link: 'weight' }],
    })),
  })
}

/**
 * A residual network (Zeng et al. 2019, section 3.3.2): V_i = V_(i-1) + sigma(W_i V_(i-1) + b_i) wherever the widths of the two layers are
 * equal, a plain layer where they are not; identity output without such a sum.
 * @param widths features, hidden widths, classes
 * @throws RangeError where no two widths in sequence are equal
 */
export function residual(
  widths: readonly number[],
  options: { bias?: boolean; activation?: Activation } = {},
): Architecture {
  const plain = sequential(widths, options)
  const last = plain.layers.length
  const summed = plain.layers.map((l, i) => i + 1 < last && l.width === width(plain, i))
  if (!summed.includes(true))
    throw new RangeError(
      `residual: no hidden layer is as wide as the layer before it in [${widths.join(', ')}], so nothing can be summed; expected equal widths, or sequential([...]) for a plain network`,
    )
  return checkArchitecture({
    features: plain.features,
    layers: plain.layers.map((l, i) =>
      summed[i] ? { ...l, inputs: [...l.inputs, { from: i, link: 'residual' }] } : l,
    ),
  })
}

/**
 * The network of Zhang & Brand (2017, Fig. 2), no biases:
 * u1 = relu(W1 x), u2 = relu(x + W2 u1), u3 = relu(x + u1 + W3 u2), output V u3. All hidden widths equal the features.
 */
export function tikhonovSkip(features: number, classes: number): Architecture {
  const hidden = (inputs: readonly Input[]): Layer => ({ width: features, activation: 'relu', bias: false, inputs })
  return checkArchitecture({
    features,
    layers: [
      hidden([{ from: 0, link: 'weight' }]),
      hidden([
        { from: 0, link: 'identity' },
        { from: 1, link: 'weight' },
      ]),
      hidden([
        { from: 0, link: 'identity' },
        { from: 1, link: 'identity' },
        { from: 2, link: 'weight' },
      ]),
      { width: classes, activation: 'identity', bias: false, inputs: [{ from: 3, link: 'weight' }] },
    ],
  })
}

/** @throws RangeError for widths, activations or links that are none, links that point forward, sums that join different widths */
export function checkArchitecture(architecture: Architecture): Architecture {
  const widths = [architecture.features, ...architecture.layers.map((l) => l.width)]
  for (const [n, w] of widths.entries())
    if (!Number.isInteger(w) || w < 1) throw new RangeError(`layer ${n} has width ${w}; expected a positive integer`)
  for (const [i, { activation, bias, inputs }] of architecture.layers.entries()) {
    const n = i + 1
    if (!ACTIVATIONS.includes(activation))
      throw new RangeError(`layer ${n} has activation '${activation}'; expected one of ${ACTIVATIONS.join(', ')}`)
    if (typeof bias !== 'boolean') throw new RangeError(`layer ${n} has bias ${bias}; expected true or false`)
    if (inputs.length === 0) throw new RangeError(`layer ${n} has no inputs; expected at least one earlier layer`)
    for (const { from, link } of inputs) {
      if (!LINKS.includes(link))
        throw new RangeError(`layer ${n} takes layer ${from} through '${link}'; expected one of ${LINKS.join(', ')}`)
      if (!Number.isInteger(from) || from < 0 || from >= n)
        throw new RangeError(`layer ${n} takes input from layer ${from}; expected an earlier layer, 0 to ${n - 1}`)
      if (link !== 'weight' && widths[from] !== widths[n])
        throw new RangeError(
          `layer ${n} (width ${widths[n]}) takes layer ${from} (width ${widths[from]}) through ${link === 'identity' ? 'an identity' : 'a residual sum'}: widths must be equal`,
        )
    }
  }
  return architecture
}

/** The network's name in the key column `network` of every table: widths joined by '-', and what differs from a plain net. */
export function networkName(architecture: Architecture): string {
  const sums = architecture.layers.flatMap((l) => l.inputs.slice(1))
  const suffix = sums.length === 0 ? '' : sums.some(({ link }) => link === 'residual') ? '-residual' : '-skip'
  return [architecture.features, ...architecture.layers.map((l) => l.width)].join('-') + suffix
}
