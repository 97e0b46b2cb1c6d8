import { datasetStatus, loadDataset, PIXELS, type Split, toProblemData } from 'blockwise/dist/datasets'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { errorRate, predict, trainLinearSvm } from 'blockwise/dist/evaluate/index'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { coefficients, mnistOracle, objective, oracle, rejection } from './problems'

/** Gaussian-like numbers (sum of uniforms) from a key. */
function noise(key: string, count: number): Float32Array {
  const random = keyedRandom(key)
  return Float32Array.from({ length: count }, () => random.uniform() + random.uniform() + random.uniform() - 1.5)
}

describe('linear SVM', () => {
  describe('against LinearSVC', () => {
    const expected = oracle()
    const labels = Uint8Array.from(expected.y)
    let x: tf.Tensor2D
    before(() => {
      x = tf.tensor2d(expected.x)
    })
    after(() => x.dispose())

    it('reaches its objective, coefficients and predictions', async () => {
      const svm = await trainLinearSvm(x, labels)
      const { report } = svm
      expect(report.converged).to.equal(true)
      for (const [k, w] of coefficients(svm).entries()) {
        const oracleW = [...expected.coef[k]!, expected.intercept[k]!]
        const { value } = objective(w, k, expected)
        expect(value / expected.objective[k]!).to.be.within(1 - 1e-9, 1 + 1e-5)
        expect(report.objective[k]! / value).to.be.closeTo(1, 1e-5)
        const distance = Math.hypot(...w.map((value, j) => value - oracleW[j]!))
        expect(distance).to.be.below(1e-3 * Math.hypot(...oracleW))
      }
      expect(Array.from(predict(svm, x))).to.deep.equal(expected.predictions)
      svm.dispose()
    })

    it('reports residual and gap that a float64 evaluation confirms', async () => {
      const svm = await trainLinearSvm(x, labels)
      const { report } = svm
      const zero = new Array<number>(21).fill(0)
      const residuals = coefficients(svm).map(
        (w, k) => objective(w, k, expected).gradientNorm / objective(zero, k, expected).gradientNorm,
      )
      expect(Math.max(...residuals)).to.be.below(1e-3)
      // float32 sums leave about 1e-6 of |grad f(0)| between the two.
      expect(report.residual).to.be.closeTo(Math.max(...residuals), 2e-6)
      expect(report.gap).to.be.below(1e-5)
      for (const [k, value] of report.objective.entries())
        expect(value * (1 - report.gap)).to.be.below(expected.objective[k]! * (1 + 1e-6))
      svm.dispose()
    })

    it('sets the coefficient of a dead column to zero and shares weight between equal columns', async () => {
      const svm = await trainLinearSvm(x, labels)
      for (const w of coefficients(svm)) {
        expect(Math.abs(w[7]!)).to.be.below(1e-6)
        expect(w[12]).to.be.closeTo(w[3]!, 1e-4)
      }
      svm.dispose()
    })

    it('gives the same bits twice', async () => {
      const [one, two] = [await trainLinearSvm(x, labels), await trainLinearSvm(x, labels)]
      expect(coefficients(one)).to.deep.equal(coefficients(two))
      expect(one.report).to.deep.equal(two.report)
      one.dispose()
      two.dispose()
    })

    it('takes Int32Array labels for the same result', async () => {
      const [bytes, integers] = [await trainLinearSvm(x, labels), await trainLinearSvm(x, Int32Array.from(labels))]
      expect(coefficients(integers)).to.deep.equal(coefficients(bytes))
      bytes.dispose()
      integers.dispose()
    })

    it('says that a solve cut short did not converge', async () => {
      const svm = await trainLinearSvm(x, labels, { maxIterations: 1 })
      expect(svm.report.converged).to.equal(false)
      expect(svm.report.gap).to.be.above(1e-5)
      svm.dispose()
    })

    it('gives the event loop its turns', async () => {
      let turns = 0
      let running = true
      const count = () => {
        turns++
        if (running) setImmediate(count)
      }
      setImmediate(count)
      const svm = await trainLinearSvm(x, labels)
      running = false
      expect(turns).to.be.above(svm.report.iterations)
      svm.dispose()
    })

    it('owns two tensors until it is disposed, and none when it refuses', async () => {
      const before = tf.memory().numTensors
      const svm = await trainLinearSvm(x, labels)
      expect(tf.memory().numTensors).to.equal(before + 2)
      predict(svm, x)
      expect(tf.memory().numTensors).to.equal(before + 2)
      svm.dispose()
      await rejection(trainLinearSvm(x, labels, { classes: 5 }))
      expect(tf.memory().numTensors).to.equal(before)
    })
  })

  it('solves two mirrored points exactly, for any C', async () => {
    // m rows at a and m at -a: f(w, 0) = w^2/2 + 2 m C (1 - w a)^2 is least at w = 4 m C a / (1 + 4 m C a^2).
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.01, max: 50, noNaN: true }).map(Math.fround),
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        async (a, m, C) => {
          const x = tf.tensor2d(
            Float32Array.from({ length: 2 * m }, (_, i) => (i < m ? -a : a)),
            [2 * m, 1],
          )
          const svm = await trainLinearSvm(
            x,
            Uint8Array.from({ length: 2 * m }, (_, i) => (i < m ? 0 : 1)),
            { C },
          )
          const [w0, w1] = coefficients(svm)
          const w = (4 * m * C * a) / (1 + 4 * m * C * a * a)
          svm.dispose()
          x.dispose()
          // float32 scores leave a relative gap of about (4 m C a^2 / 2^24)^2; where that is too much, the report says so.
          if (4 * m * C * a * a < 1e4) expect(svm.report.converged).to.equal(true)
          if (!svm.report.converged) return
          // |w - w*|^2 <= 2 gap, relative to an objective of w / (2 a).
          const off = Math.sqrt((2 * 1e-5 * w) / (2 * a)) + 1e-6 * w
          expect(Math.abs(w1![0]! - w)).to.be.below(off)
          expect(Math.abs(w0![0]! + w)).to.be.below(off)
          expect(Math.abs(w1![1]!)).to.be.below(off)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('converges on separable features of rank 18 in 40 columns, four of them dead, up to 20 large', async () => {
    const [n, latents, d, classes] = [400, 12, 20, 3]
    const labels = Uint8Array.from({ length: n }, (_, i) => i % classes)
    const features = tf.tidy(() => {
      const centres = tf.tensor2d(noise('centres', classes * latents), [classes, latents])
      const latent = tf.add<tf.Tensor2D>(
        tf.gather(centres, tf.tensor1d(Int32Array.from(labels), 'int32')),
        tf.mul(tf.tensor2d(noise('latent', n * latents), [n, latents]), 0.1),
      )
      const rectified = tf.relu(tf.matMul(latent, tf.tensor2d(noise('mixing', latents * d), [latents, d])))
      const alive = tf.tensor1d(Float32Array.from({ length: d }, (_, j) => (j % 10 === 0 ? 0 : 10)))
      const scaled = tf.mul<tf.Tensor2D>(rectified, alive)
      return tf.concat2d([scaled, scaled], 1)
    })
    expect(tf.tidy(() => tf.max(features).dataSync()[0])).to.be.within(15, 25)
    const svm = await trainLinearSvm(features, labels)
    expect(svm.report.converged).to.equal(true)
    expect(errorRate(predict(svm, features), labels)).to.equal(0)
    const rows = { x: features.arraySync(), y: Array.from(labels) }
    for (const [k, w] of coefficients(svm).entries())
      expect(objective(w, k, rows).value / svm.report.objective[k]!).to.be.closeTo(1, 1e-4)
    svm.dispose()
    features.dispose()
  })

  it('agrees with LinearSVC on 1,000 rows of MNIST', async function () {
    this.timeout(60_000)
    const states = await datasetStatus()
    if (states.find(({ name }) => name === 'mnist')?.state !== 'present') this.skip()
    const { train, test } = await loadDataset('mnist')
    const rows = (split: Split, count: number) =>
      toProblemData({ images: split.images.subarray(0, count * PIXELS), labels: split.labels.subarray(0, count) })
    const [seen, unseen] = [rows(train, 1000), rows(test, 10_000)]
    const svm = await trainLinearSvm(seen.x, seen.labels)
    const expected = mnistOracle()
    expect(svm.report.converged).to.equal(true)
    for (const [k, value] of svm.report.objective.entries())
      expect(value / expected.objective[k]!).to.be.within(1 - 1e-6, 1 + 1e-5)
    expect(errorRate(predict(svm, unseen.x), unseen.labels)).to.be.closeTo(expected.testError, 0.0005)
    svm.dispose()
    seen.dispose()
    unseen.dispose()
  })

  describe('refuses by name', () => {
    const x = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2])
    const refusals: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
      [
        'a label out of range',
        () => trainLinearSvm(x(), Uint8Array.of(0, 1, 7), { classes: 2 }),
        /label 7 of row 2.*0 to 1/,
      ],
      ['a negative label', () => trainLinearSvm(x(), Int32Array.of(0, -1, 1)), /label -1 of row 1/],
      ['a class without rows', () => trainLinearSvm(x(), Uint8Array.of(0, 2, 2)), /class 1 of 3.*stratified/],
      ['a single class', () => trainLinearSvm(x(), Uint8Array.of(0, 0, 0)), /at least 2/],
      ['labels of another length', () => trainLinearSvm(x(), Uint8Array.of(0, 1)), /2 labels for 3 rows/],
      ['no rows', () => trainLinearSvm(tf.zeros([0, 2]), new Uint8Array(0)), /\[0, 2\]/],
      ['NaN', () => trainLinearSvm(tf.tensor2d([1, 2, 3, Number.NaN], [2, 2]), Uint8Array.of(0, 1)), /feature 1.*NaN/],
      [
        'infinity',
        () => trainLinearSvm(tf.tensor2d([Number.POSITIVE_INFINITY, 2], [2, 1]), Uint8Array.of(0, 1)),
        /feature 0/,
      ],
      [
        'integer features',
        () => trainLinearSvm(tf.tensor2d([1, 2], [2, 1], 'int32'), Uint8Array.of(0, 1)),
        /float32.*int32/,
      ],
      ['C of zero', () => trainLinearSvm(x(), Uint8Array.of(0, 1, 1), { C: 0 }), /option C is 0/],
      [
        'a tolerance that is no number',
        () => trainLinearSvm(x(), Uint8Array.of(0, 1, 1), { tolerance: Number.NaN }),
        /tolerance is NaN/,
      ],
    ]
    for (const [what, attempt, message] of refusals)
      it(what, async () => {
        tf.engine().startScope()
        try {
          expect((await rejection(attempt())).message).to.match(message)
        } finally {
          tf.engine().endScope()
        }
      })

    it('features of another width at prediction', async () => {
      const [train, other] = [x(), tf.zeros<tf.Rank.R2>([3, 5])]
      const svm = await trainLinearSvm(train, Uint8Array.of(0, 1, 1))
      expect(() => predict(svm, other)).to.throw(RangeError, /\[N, 2\], got \[3, 5\]/)
      svm.dispose()
      tf.dispose([train, other])
    })
  })
})
