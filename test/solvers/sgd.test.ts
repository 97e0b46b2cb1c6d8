import { tf } from 'blockwise/dist/engine/tensorflow'
import {
  type Architecture,
  checkArchitecture,
  disposeWeights,
  heNormal,
  sequential,
  type Weights,
} from 'blockwise/dist/network/index'
import { keyedRandom } from 'blockwise/dist/random'
import { caffe, caffeRules } from 'blockwise/dist/solvers/caffe-sgd'
import type { Problem } from 'blockwise/dist/solvers/solver'
import { expect } from 'chai'
import { drain } from './drain'

/** Both kinds of link, two weights into one layer, an output that also sees an early layer. */
const skip = (bias: boolean): Architecture =>
  checkArchitecture({
    features: 3,
    layers: [
      { width: 3, activation: 'relu', bias, inputs: [{ from: 0, link: 'weight' }] },
      {
        width: 3,
        activation: 'relu',
        bias,
        inputs: [
          { from: 0, link: 'identity' },
          { from: 1, link: 'weight' },
          { from: 0, link: 'weight' },
        ],
      },
      {
        width: 3,
        activation: 'relu',
        bias,
        inputs: [
          { from: 2, link: 'weight' },
          { from: 1, link: 'identity' },
          { from: 2, link: 'identity' },
        ],
      },
      {
        width: 2,
        activation: 'identity',
        bias,
        inputs: [
          { from: 3, link: 'weight' },
          { from: 1, link: 'weight' },
        ],
      },
    ],
  })

/** 1/(2N) sum |y - out|^2 in double precision; parameters as `flatten` orders them: the kernels of a layer, then its bias. */
function loss(architecture: Architecture, parameters: readonly number[], x: number[][], y: number[][]): number {
  let sum = 0
  for (const [i, sample] of x.entries()) {
    const u: number[][] = [sample]
    let p = 0
    for (const [l, { width, inputs, activation }] of architecture.layers.entries()) {
      const out: number[] = new Array(width).fill(0)
      for (const { from, link } of inputs)
        for (let r = 0; r < width; r++)
          if (link === 'identity') out[r]! += u[from]![r]!
          else for (const value of u[from]!) out[r]! += parameters[p++]! * value
      if (architecture.layers[l]!.bias) for (let r = 0; r < width; r++) out[r]! += parameters[p++]!
      u.push(activation === 'relu' ? out.map((v) => Math.max(v, 0)) : out)
    }
    for (const [c, value] of u[u.length - 1]!.entries()) sum += (y[i]![c]! - value) ** 2
  }
  return sum / (2 * x.length)
}

/** A small problem whose tensors are disposed after `use`. */
function withProblem<T>(architecture: Architecture, n: number, use: (problem: Problem) => T): T {
  const random = keyedRandom('data', n)
  const last = architecture.layers[architecture.layers.length - 1]!.width
  const x = tf.tensor2d(Float32Array.from({ length: n * architecture.features }, random.uniform), [
    n,
    architecture.features,
  ])
  const y = tf.tidy(() =>
    tf
      .oneHot(
        tf.tensor1d(
          Int32Array.from({ length: n }, (_, i) => i % last),
          'int32',
        ),
        last,
      )
      .toFloat(),
  )
  const result = use({ architecture, x, y: y as tf.Tensor2D })
  tf.dispose([x, y])
  return result
}

/** He-normal kernels and biases that are not zero. The caller owns them. */
function startOf(architecture: Architecture): Weights {
  const drawn = heNormal(architecture, 3)
  const biases = drawn.biases.map((b) => b && tf.tensor1d(Array.from({ length: b.size }, (_, i) => 0.05 + 0.01 * i)))
  tf.dispose(drawn.biases.filter((b) => b !== null))
  return { kernels: drawn.kernels, biases }
}

const flatten = (w: Weights): number[] =>
  w.kernels.flatMap((row, l) => [...row, w.biases[l]].flatMap((t) => (t ? [...t.dataSync()] : [])))

describe('caffe-sgd', () => {
  for (const bias of [false, true])
    it(`descends along the gradient of its loss on a skip network ${bias ? 'with' : 'without'} biases`, () => {
      const architecture = skip(bias)
      withProblem(architecture, 7, (problem) => {
        const start = startOf(architecture)
        const plain = caffe.sgd({ learningRate: 1, momentum: 0, weightDecay: 0, gamma: 0, batch: 7 })
        const state = plain.init(problem, start)
        const before = flatten(plain.weights(state))
        const [x, y] = [problem.x.arraySync(), problem.y.arraySync()]
        const report = drain(plain.step(state, problem, 1, keyedRandom(1)))
        const after = flatten(plain.weights(state))
        expect(report.batches).to.equal(1)
        expect(report.mean_batch_loss).to.be.closeTo(loss(architecture, before, x, y), 1e-6)
        expect(plain.metrics(state, problem, 1).objective).to.be.closeTo(loss(architecture, after, x, y), 1e-5)
        let largest = 0
        for (const [j] of before.entries()) {
          const moved = (by: number) =>
            loss(
              architecture,
              before.map((v, i) => (i === j ? v + by : v)),
              x,
              y,
            )
          const gradient = (moved(1e-5) - moved(-1e-5)) / 2e-5
          largest = Math.max(largest, Math.abs(gradient))
          expect(before[j]! - after[j]!, `parameter ${j}`).to.be.closeTo(gradient, 2e-6)
        }
        expect(largest).to.be.above(0.05)
        plain.dispose(state)
        disposeWeights(start)
      })
    })

  for (const rule of caffeRules)
    it(`${rule}: the same seed gives the same bits, another seed others; no tensor is left over`, () => {
      const architecture = skip(true)
      withProblem(architecture, 10, (problem) => {
        const start = startOf(architecture)
        const run = (seed: number) => {
          const solver = caffe[rule]({ batch: 3 })
          const state = solver.init(problem, start)
          const tensors = tf.memory().numTensors
          for (let t = 1; t <= 3; t++) {
            const { batches } = drain(solver.step(state, problem, t, keyedRandom(seed, t)))
            expect(batches, 'three whole batches and one of a single sample').to.equal(4)
            expect(tf.memory().numTensors).to.equal(tensors)
          }
          const trained = flatten(solver.weights(state))
          solver.dispose(state)
          return trained
        }
        const [before, original] = [tf.memory().numTensors, flatten(start)]
        const first = run(1)
        expect(tf.memory().numTensors).to.equal(before)
        expect(first).to.deep.equal(run(1))
        expect(first).not.to.deep.equal(run(2))
        expect(first.every(Number.isFinite)).to.equal(true)
        expect(flatten(start), "the start is the caller's").to.deep.equal(original)
        disposeWeights(start)
      })
    })

  it('is whole at every yield, and what was read stays as it was', () => {
    const architecture = sequential([2, 3, 2])
    withProblem(architecture, 120, (problem) => {
      // made from an array of the caller's, which TensorFlow may share
      const values = Float32Array.from({ length: 6 }, (_, i) => (i - 2) / 4)
      const kernels = [[tf.tensor2d(values, [3, 2])], [tf.tensor2d([1, 0, -1, 0, 1, 1], [2, 3])]]
      const solver = caffe.adam({ batch: 1 })
      const state = solver.init(problem, { kernels, biases: [null, null] })
      tf.dispose(kernels.flat())
      const seen: number[] = []
      const kept: { clone: tf.Tensor; values: number[] }[] = []
      const report = drain(solver.step(state, problem, 1, keyedRandom(1)), (block) => {
        expect(block).to.equal('batches')
        seen.push(solver.metrics(state, problem, 1).objective!)
        const kernel = solver.weights(state).kernels[0]![0]!
        expect(solver.weights(state).kernels[0]![0]).to.equal(kernel)
        kept.push({ clone: kernel.clone(), values: [...kernel.dataSync()] })
      })
      expect(report.batches).to.equal(120)
      expect(seen).to.have.length(3)
      expect(seen[2]).to.be.below(seen[0]!)
      for (const { clone, values: then } of kept) expect([...clone.dataSync()]).to.deep.equal(then)
      expect([...values]).to.deep.equal([-0.5, -0.25, 0, 0.25, 0.5, 0.75])
      tf.dispose(kept.map(({ clone }) => clone))
      solver.dispose(state)
    })
  })

  it('goes on after a consumer that stopped in the middle of an epoch', () => {
    const architecture = sequential([2, 2])
    withProblem(architecture, 60, (problem) => {
      const start = startOf(architecture)
      const solver = caffe.sgd({ batch: 1 })
      const state = solver.init(problem, start)
      const epoch = solver.step(state, problem, 1, keyedRandom(1))
      epoch.next()
      epoch.return({})
      expect(state.updates).to.equal(50)
      expect(drain(solver.step(state, problem, 2, keyedRandom(2))).batches).to.equal(60)
      expect(state.updates).to.equal(110)
      solver.dispose(state)
      disposeWeights(start)
    })
  })

  it('holds its memory: over steps, and over states that come and go', function () {
    this.timeout(60_000)
    const architecture = sequential([400, 400, 10])
    withProblem(architecture, 128, (problem) => {
      const start = startOf(architecture)
      const solver = caffe.adam({ weightDecay: 5e-4 })
      const once = () => {
        const state = solver.init(problem, start)
        for (let t = 1; t <= 3; t++) drain(solver.step(state, problem, t, keyedRandom(t)))
        solver.weights(state)
        solver.dispose(state)
      }
      for (let i = 0; i < 10; i++) once()
      const before = process.memoryUsage().rss
      for (let i = 0; i < 100; i++) once()
      // 100 states hold 256 MB of variables, and their 600 updates make 768 MB of gradients and copies
      expect((process.memoryUsage().rss - before) / 1e6).to.be.below(60)
      disposeWeights(start)
    })
  })

  it('a diverging run ends in numbers that are not finite, without an error', () => {
    const architecture = skip(false)
    withProblem(architecture, 8, (problem) => {
      const start = startOf(architecture)
      const solver = caffe.sgd({ learningRate: 1e20 })
      const state = solver.init(problem, start)
      let report = {}
      for (let t = 1; t <= 4; t++) report = drain(solver.step(state, problem, t, keyedRandom(t)))
      expect(report)
        .to.have.property('mean_batch_loss')
        .that.satisfies((loss: number) => !Number.isFinite(loss))
      expect(solver.metrics(state, problem, 4).objective).to.satisfy((value: number) => !Number.isFinite(value))
      solver.dispose(state)
      disposeWeights(start)
    })
  })

  it('names its settings where they differ from the defaults, in a fixed order', () => {
    expect(caffeRules.map((rule) => caffe[rule]().setting)).to.deep.equal(['', '', '', '', '', ''])
    expect(caffeRules.map((rule) => caffe[rule]().name)).to.deep.equal(caffeRules.map((rule) => `caffe-${rule}`))
    expect(caffe.sgd({ weightDecay: 0, learningRate: 0.001, momentum: 0.9 }).setting).to.equal('lr=0.001;wd=0')
    expect(caffe.adam({ batch: 32, delta: 1e-7, beta1: 0.5 }).setting).to.equal('b1=0.5;delta=1e-7;batch=32')
    expect(caffe.rmsprop({ gamma: 0 }).settings).to.deep.equal({
      learningRate: 0.01,
      weightDecay: 0.0005,
      gamma: 0,
      power: 0.75,
      batch: 64,
      rmsDecay: 0.98,
      delta: 1e-8,
    })
  })

  it('refuses wrong settings by name', () => {
    expect(() => caffe.sgd({ learningRate: -0.1 })).to.throw(
      'caffe-sgd: learningRate is -0.1; expected a finite number > 0',
    )
    expect(() => caffe.sgd({ momentum: 1 })).to.throw('caffe-sgd: momentum is 1; expected a number in [0, 1)')
    expect(() => caffe.adam({ batch: 0.5 })).to.throw('caffe-adam: batch is 0.5; expected a whole number >= 1')
    expect(() => caffe.adam({ weightDecay: Number.NaN })).to.throw(
      'caffe-adam: weightDecay is NaN; expected a finite number >= 0',
    )
    expect(() => caffe.adadelta({ delta: 1e-50 })).to.throw('caffe-adadelta: delta is 1e-50')
    const misspelt = { learningrate: 1 } as unknown as { learningRate: number }
    expect(() => caffe.adagrad(misspelt)).to.throw(
      /no setting 'learningrate'; expected one of learningRate, weightDecay, /,
    )
    expect(() => caffe.sgd({ beta1: 0.9 } as unknown as { momentum: number })).to.throw(
      "caffe-sgd has no setting 'beta1'",
    )
  })

  it('refuses shapes that do not fit the network, with what it expected and what it got', () => {
    const architecture = sequential([2, 3, 2], { bias: true })
    withProblem(architecture, 4, (problem) => {
      const start = startOf(architecture)
      const init =
        (change: Partial<Problem>, weights = start) =>
        () =>
          caffe.sgd().init({ ...problem, ...change }, weights)
      const wide = tf.zeros([4, 5]) as tf.Tensor2D
      const few = tf.zeros([3, 2]) as tf.Tensor2D
      const none = tf.zeros([0, 2]) as tf.Tensor2D
      const tensors = tf.memory().numTensors
      expect(init({ x: wide })).to.throw('caffe-sgd: expected x of shape [N, 2], got [4, 5]')
      expect(init({ y: few })).to.throw('expected y of shape [4, 2], got [3, 2]')
      expect(init({ x: none, y: none })).to.throw('expected at least one sample')
      expect(init({}, { kernels: [start.kernels[0]!, []], biases: start.biases })).to.throw(
        '1 kernels for layer 2, got 0',
      )
      expect(init({}, { kernels: [[wide], start.kernels[1]!], biases: start.biases })).to.throw(
        'expected kernel 0 of layer 1 of shape [3, 2], got [4, 5]',
      )
      expect(init({}, { kernels: start.kernels, biases: [null, null] })).to.throw(
        'the bias of layer 1 of shape [3], got none',
      )
      expect(init({ architecture: sequential([2, 3, 2]) })).to.throw('layer 1 has no bias, got one of shape [3]')
      expect(tf.memory().numTensors).to.equal(tensors)
      tf.dispose([wide, few, none])
      disposeWeights(start)
    })
  })
})
