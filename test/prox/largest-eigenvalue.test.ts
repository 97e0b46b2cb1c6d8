import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Architecture, sequential, tikhonovSkip } from 'blockwise/dist/network/architecture'
import { largestEigenvalue } from 'blockwise/dist/prox/largest-eigenvalue'
import { hiddenCurvature } from 'blockwise/dist/prox/tikhonov'
import { keyedRandom, type Random } from 'blockwise/dist/random'
import { expect } from 'chai'

type Matrix = readonly (readonly number[])[]

/** Whether x is above every eigenvalue: whether x I - matrix has a Cholesky factor, in float64. */
function isAbove(x: number, matrix: Matrix): boolean {
  const factor: number[][] = []
  for (const [i, row] of matrix.entries()) {
    const line: number[] = []
    for (let j = 0; j <= i; j++) {
      let left = (i === j ? x : 0) - row[j]!
      for (let k = 0; k < j; k++) left -= line[k]! * (i === j ? line : factor[j]!)[k]!
      if (i === j && left <= 0) return false
      line.push(i === j ? Math.sqrt(left) : left / factor[j]![j]!)
    }
    factor.push(line)
  }
  return true
}

/** The estimate is not below the largest eigenvalue, and at most 3 % above it. */
function expectTight(estimate: number, matrix: Matrix, what: string): void {
  expect(isAbove(estimate, matrix), `${what}: ${estimate} is above`).to.equal(true)
  expect(isAbove(estimate / 1.03, matrix), `${what}: ${estimate} / 1.03 is above`).to.equal(false)
}

/**
 * The Hessian of the hidden layers' sub-problem in float64, from its definition: B^T Gamma B + V^T V in the last layer's block, where
 * B u is the residuals u_n - sum_m W_{n,m} u_m of x = 0.
 */
function denseHessian(architecture: Architecture, kernels: readonly (readonly Matrix[])[], gamma: readonly number[]) {
  const widths = architecture.layers.slice(0, -1).map(({ width }) => width)
  const first = widths.map((_, i) => widths.slice(0, i).reduce((sum, w) => sum + w, 0))
  const size = widths.reduce((sum, w) => sum + w, 0)
  const rows: number[][] = []
  for (const [i, width] of widths.entries())
    for (let r = 0; r < width; r++) {
      const row = new Array<number>(size).fill(0)
      row[first[i]! + r] = 1
      let k = 0
      for (const { from, link } of architecture.layers[i]!.inputs) {
        const kernel = link === 'weight' ? kernels[i]![k++]! : null
        if (from === 0) continue
        for (let c = 0; c < widths[from - 1]!; c++)
          row[first[from - 1]! + c]! -= kernel ? kernel[r]![c]! : Number(r === c)
      }
      rows.push(row.map((value) => value * Math.sqrt(gamma[i]!)))
    }
  for (const v of kernels.at(-1)![0]!) {
    const row = new Array<number>(size).fill(0)
    for (const [c, value] of v.entries()) row[first.at(-1)! + c] = value
    rows.push(row)
  }
  return Array.from({ length: size }, (_, p) =>
    Array.from({ length: size }, (_, q) => rows.reduce((sum, row) => sum + row[p]! * row[q]!, 0)),
  )
}

/** Weights of every layer at a size of its own: what training leaves in a deep net is as uneven. */
function unevenWeights(architecture: Architecture, random: Random, unevenness: number): number[][][][] {
  const width = (n: number) => (n === 0 ? architecture.features : architecture.layers[n - 1]!.width)
  return architecture.layers.map((layer) => {
    const size = Math.exp(unevenness * (2 * random.uniform() - 1))
    return layer.inputs
      .filter(({ link }) => link === 'weight')
      .map(({ from }) =>
        Array.from({ length: layer.width }, () =>
          Array.from({ length: width(from) }, () => (size * (2 * random.uniform() - 1)) / Math.sqrt(width(from))),
        ),
      )
  })
}

function curvatureOf(architecture: Architecture, weights: readonly (readonly Matrix[])[], gamma: readonly number[]) {
  return tf.tidy(() => {
    const kernels = weights.map((row) => row.map((w) => tf.tensor2d(w.map((line) => [...line]))))
    return hiddenCurvature({ architecture, kernels, gamma })
  })
}

describe('the curvature of the hidden layers', () => {
  it('is never below the largest eigenvalue of the dense float64 Hessian, and at most 3 % above, over 30 uneven nets', () => {
    const random = keyedRandom('curvature')
    for (let net = 0; net < 30; net++) {
      const depth = 2 + Math.floor(random.uniform() * 12)
      const width = 2 + Math.floor(random.uniform() * 4)
      const architecture =
        net % 5 === 0 ? tikhonovSkip(4 * width, 3) : sequential([5, ...Array.from({ length: depth }, () => width), 3])
      const gamma = architecture.layers.slice(0, -1).map(() => (net % 2 === 0 ? 0.1 : 0.05 + random.uniform()))
      const weights = unevenWeights(architecture, random, 3 * random.uniform())
      const estimate = curvatureOf(architecture, weights, gamma)
      expectTight(estimate, denseHessian(architecture, weights, gamma), `net ${net}, ${depth} x ${width}`)
    }
  })

  it('sees a layer grow, wherever it is', () => {
    // Power iteration from the eigenvector of layer 5, which stays one, never saw layer 40 outgrow it.
    const architecture = sequential([4, ...Array.from({ length: 48 }, () => 4), 2])
    const weights = (sizes: Readonly<Record<number, number>>) =>
      architecture.layers.map((layer, i) => [
        Array.from({ length: layer.width }, (_, r) =>
          Array.from({ length: 4 }, (_, c) => (sizes[i] ?? 1e-3) * Number(r === c)),
        ),
      ])
    const gamma = new Array<number>(48).fill(0.1)
    const cases: Record<number, number>[] = [
      { 5: 3 },
      { 5: 3, 40: 6 },
      { 5: 3, 40: 6, 23: 6.5 },
      { 5: 3, 40: 2, 48: 4 },
    ]
    for (const sizes of cases) {
      const estimate = curvatureOf(architecture, weights(sizes), gamma)
      expectTight(estimate, denseHessian(architecture, weights(sizes), gamma), JSON.stringify(sizes))
    }
  })
})

describe('the largest eigenvalue', () => {
  it('is found where the spectrum is crowded at the top, where it has one value only, and at 0', () => {
    const of = (values: number[]) => {
      const before = tf.memory().numTensors
      const diagonal = tf.tensor2d([values])
      const found = largestEigenvalue(([v]) => [tf.mul(v!, diagonal)], [values.length])
      diagonal.dispose()
      expect(tf.memory().numTensors).to.equal(before)
      return found
    }
    expect(of(Array.from({ length: 3000 }, (_, i) => 1 + i / 3000))).to.be.within(2, 2.05)
    expect(of([...Array.from({ length: 3000 }, () => 1), 1.2])).to.be.within(1.2, 1.23)
    expect(of([5, 5, 5])).to.be.within(5, 5.11)
    expect(of([3])).to.be.within(3, 3.07)
    expect(of([0, 0])).to.equal(0)
  })
})
