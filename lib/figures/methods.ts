/**
 * How each method looks, the same in every figure: colour, dash and marker tell it apart three ways, so that no reader
 * depends on colour. Colours are Okabe & Ito's (2008), chosen to stay apart for colour-blind readers, and wine from Paul
 * Tol's muted scheme for the seventh SGD rule; yellow is left out because it vanishes on white. This table is the one
 * place in this room that knows the suite's methods.
 */
export interface Style {
  readonly color: string
  readonly dash: 'solid' | 'dash' | 'dot' | 'dashdot' | 'longdash'
  readonly symbol: string
}

const blue = '#0072b2'
const sky = '#56b4e9'
const green = '#009e73'
const orange = '#e69f00'
const vermillion = '#d55e00'
const purple = '#cc79a7'
const wine = '#882255'
const black = '#000000'
const grey = '#767676'

const style = (color: string, dash: Style['dash'], symbol: string): Style => ({ color, dash, symbol })

/** Block methods are solid or their family's variants; Caffe's rules are dashed in the colour of the plain rule; controls are grey. */
const methods: Readonly<Record<string, Style>> = {
  'tikhonov-bcd': style(blue, 'solid', 'circle'),
  'bcd-s': style(sky, 'solid', 'square'),
  'closed-form-bcd': style(blue, 'dashdot', 'diamond'),
  'proximal-bcd': style(purple, 'solid', 'diamond'),
  'two-splitting-bcd': style(orange, 'dash', 'triangle-up'),
  'residual-bcd': style(green, 'dot', 'triangle-down'),
  'prox-linear-bcd': style(blue, 'dashdot', 'hexagon'),
  dlam: style(blue, 'longdash', 'star'),
  admm: style(sky, 'longdash', 'cross'),
  sgd: style(orange, 'solid', 'triangle-left'),
  gd: style(orange, 'dot', 'triangle-right'),
  nesterov: style(vermillion, 'solid', 'triangle-up'),
  adagrad: style(green, 'solid', 'square'),
  rmsprop: style(purple, 'longdash', 'pentagon'),
  adadelta: style(wine, 'solid', 'x'),
  adam: style(black, 'solid', 'cross'),
  adamax: style(black, 'dot', 'star-diamond'),
  'caffe-sgd': style(orange, 'dash', 'triangle-left'),
  'caffe-nesterov': style(vermillion, 'dash', 'triangle-up'),
  'caffe-adagrad': style(green, 'dash', 'square'),
  'caffe-rmsprop': style(purple, 'dash', 'pentagon'),
  'caffe-adadelta': style(wine, 'dash', 'x'),
  'caffe-adam': style(black, 'dash', 'cross'),
  published: style(black, 'dot', 'circle-open'),
  'raw-pixels': style(grey, 'dot', 'circle-open'),
  'random-features': style(grey, 'dashdot', 'square-open'),
  'linear-svm': style(grey, 'longdash', 'diamond-open'),
}

const colors = [blue, orange, green, vermillion, sky, purple, wine, black]
const dashes: readonly Style['dash'][] = ['solid', 'dash', 'dot', 'dashdot', 'longdash']
const symbols = ['circle', 'square', 'diamond', 'cross', 'x', 'triangle-up', 'star']

/** The look of a method. One that is not in the vocabulary gets one made from its name, the same in every figure. */
export function styleOf(method: string): Style {
  const known = methods[method]
  if (known) return known
  // FNV-1a: spreads similar names.
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(method)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  const pick = <T>(list: readonly T[], shift: number): T => list[(hash >>> shift) % list.length]!
  return style(pick(colors, 0), pick(dashes, 8), pick(symbols, 16))
}

/** The names that have a fixed look. */
export const knownMethods: readonly string[] = Object.keys(methods)
