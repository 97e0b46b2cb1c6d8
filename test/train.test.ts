import { tf } from 'blockwise/dist/engine/tensorflow'
import { clearInterrupt, Interrupted, requestInterrupt } from 'blockwise/dist/interruption'
import { tikhonovSkip } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal, type Weights } from 'blockwise/dist/network/weights'
import { tikhonovBcd } from 'blockwise/dist/solvers/tikhonov-bcd'
import { train } from 'blockwise/dist/train'
import { expect } from 'chai'

describe('train', () => {
  const architecture = tikhonovSkip(6, 2)
  let problem: { architecture: typeof architecture; x: tf.Tensor2D; y: tf.Tensor2D }
  let start: Weights
  before(() => {
    problem = {
      architecture,
      x: tf.randomUniform([40, 6], 0, 1, 'float32', 1),
      y: tf.oneHot(tf.range(0, 40, 1, 'int32').mod(2).toInt(), 2).toFloat() as tf.Tensor2D,
    }
    start = heNormal(architecture, 0)
  })
  after(() => {
    tf.dispose([problem.x, problem.y])
    disposeWeights(start)
  })
  afterEach(clearInterrupt)

  it('stops at the next yield when interrupted, with an error that says where, and keeps no tensor', async () => {
    const before = tf.memory().numTensors
    setTimeout(requestInterrupt, 50)
    let error: unknown
    try {
      await train(tikhonovBcd(), problem, { start, iterations: 1_000_000, seed: 0 })
    } catch (caught) {
      error = caught
    }
    expect(error).to.be.instanceOf(Interrupted)
    expect((error as Error).message).to.match(/tikhonov-bcd was interrupted in iteration \d+/)
    expect(tf.memory().numTensors).to.equal(before)
  })

  it('lets the event loop breathe between blocks', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const { weights } = await train(tikhonovBcd(), problem, { start, iterations: 200, seed: 0 })
    clearInterval(timer)
    expect(turns).to.be.above(3)
    disposeWeights(weights)
  })

  it('records the iterations that were asked for, the first and the last, with what evaluate adds', async () => {
    const { trace, weights } = await train(tikhonovBcd(), problem, {
      start,
      iterations: 7,
      seed: 0,
      record: (t) => t === 4,
      evaluate: (_, iteration) => ({ twice: 2 * iteration }),
    })
    expect(trace.map(({ iteration }) => iteration)).to.deep.equal([0, 4, 7])
    expect(trace.map((row) => row['twice'])).to.deep.equal([0, 8, 14])
    disposeWeights(weights)
  })

  it('keeps its state disposed when evaluate throws, and refuses iterations that are not a count', async () => {
    const before = tf.memory().numTensors
    const failing = train(tikhonovBcd(), problem, {
      start,
      iterations: 3,
      seed: 0,
      evaluate: () => {
        throw new Error('no such column')
      },
    })
    expect(await failing.catch((error: Error) => error.message)).to.equal('no such column')
    expect(tf.memory().numTensors).to.equal(before)
    const wrong = await train(tikhonovBcd(), problem, { start, iterations: 1.5, seed: 0 }).catch(
      (error: Error) => error.message,
    )
    expect(wrong).to.match(/iterations is 1.5; expected a whole number/)
  })
})
