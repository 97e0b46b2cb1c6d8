/** Each operator against the least value of its own objective on a dense grid, at thousands of random inputs. */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { identityProx, reluProx } from 'blockwise/dist/prox/activation'
import { type LossName, losses } from 'blockwise/dist/prox/loss'
import { sigmoidProx, tanhProx } from 'blockwise/dist/prox/sigmoid'
import { type SmoothLossName, smoothLosses } from 'blockwise/dist/prox/smooth-loss'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

const points = 2000
const weights = [0.05, 0.3, 1, 2, 6, 40]

/** a and c normal-like around 0, with exact zeros and ties among them. */
function inputs(seed: number): { a: number[]; c: number[] } {
  const random = keyedRandom('prox', seed)
  const draw = (): number => {
    const kind = random.uniform()
    if (kind < 0.05) return 0
    const scale = kind < 0.3 ? 0.01 : kind < 0.9 ? 1 : 20
    return Math.fround(scale * (random.uniform() + random.uniform() + random.uniform() - 1.5))
  }
  return { a: Array.from({ length: points }, draw), c: Array.from({ length: points }, draw) }
}

/** The least value on a grid that spans all candidates, refined around its best point. */
function leastOnGrid(f: (u: number) => number, reach: number): number {
  let [centre, half] = [0, reach]
  let best = Number.POSITIVE_INFINITY
  for (let level = 0; level < 3; level++) {
    const from = centre
    for (let k = -200; k <= 200; k++) {
      const u = from + (half * k) / 200
      const value = f(u)
      if (value < best) [best, centre] = [value, u]
    }
    half /= 60
  }
  return best
}

/** Largest excess of f at the operator's value over the grid's least, relative to the size of f's terms. */
function worstExcess(
  operator: (a: tf.Tensor2D, c: tf.Tensor2D) => tf.Tensor2D,
  f: (u: number, a: number, c: number) => number,
  { a, c }: { a: readonly number[]; c: readonly number[] },
  reach = 0,
): number {
  const before = tf.memory().numTensors
  const [left, right] = [tf.tensor2d([...a], [1, points]), tf.tensor2d([...c], [1, points])]
  const result = operator(left, right)
  const found = result.dataSync()
  tf.dispose([left, right, result])
  expect(tf.memory().numTensors).to.equal(before)
  let worst = 0
  for (let i = 0; i < points; i++) {
    const [ai, ci] = [a[i]!, c[i]!]
    const least = leastOnGrid((u) => f(u, ai, ci), Math.abs(ai) + Math.abs(ci) + 1 + reach)
    worst = Math.max(worst, (f(found[i]!, ai, ci) - least) / (1 + ai ** 2 + ci ** 2))
  }
  return worst
}

const proximity = (g: number, u: number, c: number): number => (g / 2) * (u - c) ** 2

describe('proximal operators of activations', () => {
  for (const slope of [0, 0.01, 0.3])
    it(`${slope === 0 ? 'ReLU' : `leaky ReLU, slope ${slope}`}: no point of a dense grid is lower`, () => {
      for (const [k, g] of weights.entries()) {
        const sigma = (u: number): number => (u >= 0 ? u : slope * u)
        const excess = worstExcess(
          (a, c) => reluProx(a, c, g, slope),
          (u, a, c) => 0.5 * (sigma(u) - a) ** 2 + proximity(g, u, c),
          inputs(k),
        )
        expect(excess, `g = ${g}`).to.be.below(1e-6 * (1 + g))
      }
    })

  it('identity: no point of a dense grid is lower', () => {
    for (const [k, g] of weights.entries()) {
      const excess = worstExcess(
        (a, c) => identityProx(a, c, g),
        (u, a, c) => 0.5 * (u - a) ** 2 + proximity(g, u, c),
        inputs(k),
      )
      expect(excess, `g = ${g}`).to.be.below(1e-6 * (1 + g))
    }
  })

  const squashing = [
    { name: 'sigmoid', prox: sigmoidProx, sigma: (u: number) => 1 / (1 + Math.exp(-u)), range: [0, 1] },
    { name: 'tanh', prox: tanhProx, sigma: Math.tanh, range: [-1, 1] },
  ] as const
  for (const { name, prox, sigma, range } of squashing)
    it(`${name}: no point of a dense grid is lower, a in sigma's range, at its ends and far outside, g from 1e-4 to 1e3`, () => {
      for (const [k, g] of [1e-4, 1e-3, 0.01, ...weights, 1e3].entries()) {
        const random = keyedRandom('squashing', k)
        // Half of the a in the range, where there may be two local minima; c far to both sides.
        const a = inputs(k).a.map((x, i) =>
          i % 2 === 0 ? Math.fround(range[0] + (range[1] - range[0]) * random.uniform()) : i % 20 === 1 ? range[0] : x,
        )
        const c = inputs(k + 100).a.map((x, i) => Math.fround(i % 3 === 0 ? x : 24 * (random.uniform() - 0.5)))
        const excess = worstExcess(
          (left, right) => prox(left, right, g),
          (u, left, right) => 0.5 * (sigma(u) - left) ** 2 + proximity(g, u, right),
          { a, c },
          2 / Math.sqrt(g),
        )
        expect(excess, `g = ${g}`).to.be.below(1e-6 * (1 + g))
      }
    }).timeout(60000)

  it('ReLU: the printed branches hold, on both sides of the jump too', () => {
    const g = 2
    const kink = (g - Math.sqrt(g * (g + 1))) / g // c = kink a with a > 0: both sides are equally low
    const [a, c] = [
      [1, 1, 1, -3, -1, -1],
      [kink - 0.01, kink + 0.01, 2, 1, 0, -2],
    ]
    const got = tf.tidy(() => reluProx(tf.tensor2d([a!]), tf.tensor2d([c!]), g).dataSync())
    const interior = (i: number): number => (a![i]! + g * c![i]!) / (1 + g)
    const expected = [c![0]!, interior(1), interior(2), 0, 0, -2]
    expected.forEach((value, i) => {
      expect(got[i]!, `element ${i}`).to.be.closeTo(value, 1e-6)
    })
  })
})

describe('proximal operators of losses', () => {
  const values: Record<LossName, (v: number, y: number) => number> = {
    squared: (v, y) => 0.5 * (v - y) ** 2,
    hinge: (v, y) => Math.max(0, 1 - (2 * y - 1) * v),
  }
  for (const [name, value] of Object.entries(values) as [LossName, (v: number, y: number) => number][])
    it(`${name}: no point of a dense grid is lower, and the sum is that of its values`, () => {
      for (const [k, g] of weights.entries()) {
        const { a, c } = inputs(k)
        const labels = a.map((x) => (x > 0 ? 1 : 0))
        const excess = worstExcess(
          (y, v) => losses[name].prox(v, y, g),
          (v, y, at) => value(v, y) + proximity(g, v, at),
          { a: labels, c },
        )
        expect(excess, `g = ${g}`).to.be.below(1e-6 * (1 + g))
        const sum = tf.tidy(() => losses[name].sum(tf.tensor2d([c]), tf.tensor2d([labels])).dataSync()[0]!)
        const expected = c.reduce((total, v, i) => total + value(v, labels[i]!), 0)
        expect(sum / expected).to.be.closeTo(1, 1e-5)
      }
    })
})

describe('smooth losses', () => {
  const values: Record<SmoothLossName, (v: readonly number[], y: readonly number[]) => number> = {
    logistic: (v, y) => v.reduce((sum, z, k) => sum + Math.log1p(Math.exp(-(2 * y[k]! - 1) * z)), 0),
    'cross-entropy': (v, y) => Math.log(v.reduce((sum, z) => sum + Math.exp(z), 0)) - v[y.indexOf(1)]!,
  }
  for (const [name, value] of Object.entries(values) as [SmoothLossName, (typeof values)[SmoothLossName]][])
    it(`${name}: the gradient is that of differences, and no steeper than its Lipschitz constant`, () => {
      const random = keyedRandom('smooth', name)
      const rows = 300
      const draw = (): number[][] =>
        Array.from({ length: rows }, () => Array.from({ length: 4 }, () => 6 * (random.uniform() - 0.5)))
      const y = Array.from({ length: rows }, (_, i) => [0, 1, 2, 3].map((k) => (i % 4 === k ? 1 : 0)))
      const [a, b] = [draw(), draw()]
      const { sum, gradient, lipschitz } = smoothLosses[name]
      const at = (v: number[][]) => tf.tidy(() => gradient(tf.tensor2d(v), tf.tensor2d(y)).arraySync())
      const total = tf.tidy(() => sum(tf.tensor2d(a), tf.tensor2d(y)).dataSync()[0]!)
      expect(total / a.reduce((s, v, i) => s + value(v, y[i]!), 0)).to.be.closeTo(1, 1e-5)
      const [atA, atB] = [at(a), at(b)]
      a.forEach((v, i) => {
        v.forEach((_, k) => {
          const moved = (step: number) =>
            value(
              v.map((z, j) => (j === k ? z + step : z)),
              y[i]!,
            )
          expect(atA[i]![k]!).to.be.closeTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-5)
        })
        const apart = Math.hypot(...v.map((z, k) => z - b[i]![k]!))
        expect(Math.hypot(...atA[i]!.map((g, k) => g - atB[i]![k]!))).to.be.at.most(lipschitz * apart * (1 + 1e-5))
      })
    })
})
