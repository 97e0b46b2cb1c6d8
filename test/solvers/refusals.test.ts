import { tf } from 'blockwise/dist/engine/tensorflow'
import { allEarlierLayers } from 'blockwise/dist/network/all-earlier-layers'
import { sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import * as solvers from 'blockwise/dist/solvers'
import { expect } from 'chai'

/** Every method once, on the plainest network that it takes. */
const biased = sequential([4, 5, 3], { bias: true })
const plain = sequential([4, 5, 3])
const methods = [
  { solver: solvers.tikhonovBcd(), architecture: plain },
  { solver: solvers.bcdS(), architecture: plain },
  { solver: solvers.closedFormBcd(), architecture: allEarlierLayers([4, 5, 3]) },
  { solver: solvers.proximalBcd(), architecture: biased },
  { solver: solvers.proxLinearBcd(), architecture: biased },
  { solver: solvers.residualBcd(), architecture: biased },
  { solver: solvers.twoSplittingBcd(), architecture: biased },
  { solver: solvers.dlam(), architecture: biased },
  { solver: solvers.admm(), architecture: plain },
  { solver: solvers.sgd(), architecture: biased },
  { solver: solvers.caffe.adam(), architecture: biased },
  { solver: solvers.fullBatch.adagrad(), architecture: biased },
]

const right = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
]
/** The right labels, the second row another. */
const second = (row: number[]): tf.Tensor2D => tf.tensor2d([right[0]!, row, right[2]!])
const pixels = (odd: number): tf.Tensor2D =>
  tf.tensor2d([
    [0, 0.5, 1, 0],
    [1, 0.2, 0, 0],
    [0.3, 0.1, odd, 0],
  ])
const cases: { what: string; x?: () => tf.Tensor2D; y?: () => tf.Tensor2D; message: RegExp }[] = [
  {
    what: 'a label that is no class, as oneHot gives it',
    y: () => tf.oneHot(tf.tensor1d([0, 3, 2], 'int32'), 3).toFloat() as tf.Tensor2D,
    message: /row 1 of the labels is \[0, 0, 0\]; expected one-hot labels, .* from a class of 0 to 2/,
  },
  { what: 'two classes', y: () => second([1, 1, 0]), message: /row 1 of the labels is \[1, 1, 0\]/ },
  { what: 'half a class', y: () => second([0.5, 0.5, 0]), message: /row 1 of the labels is \[0.5, 0.5, 0\]/ },
  { what: 'a class number in place of 1', y: () => second([0, 7, 0]), message: /row 1 of the labels is \[0, 7, 0\]/ },
  { what: 'signs', y: () => second([-1, 1, 1]), message: /row 1 of the labels is \[-1, 1, 1\]/ },
  { what: 'NaN as label', y: () => second([Number.NaN, 1, 0]), message: /row 1 of the labels is \[NaN, 1, 0\]/ },
  { what: 'whole numbers', y: () => tf.tensor2d(right, [3, 3], 'int32'), message: /y is of type int32; .*toFloat/ },
  { what: 'NaN as pixel', x: () => pixels(Number.NaN), message: /row 2 of x is \[.*NaN, 0\]; expected finite numbers/ },
  { what: 'an infinite pixel', x: () => pixels(Number.POSITIVE_INFINITY), message: /row 2 of x is \[.*Infinity, 0\]/ },
]

describe('what every solver refuses, by name', () => {
  for (const { solver, architecture } of methods)
    it(`${solver.name}: labels that are not one-hot, pixels that are not finite; and keeps no tensor`, () => {
      for (const { what, x = () => pixels(0.7), y = () => tf.tensor2d(right), message } of cases) {
        const before = tf.memory().numTensors
        const start = heNormal(architecture, 0)
        const problem = { architecture, x: tf.tidy(x), y: tf.tidy(y) }
        expect(() => solver.init(problem, start), what).to.throw(RangeError, message)
        disposeWeights(start)
        tf.dispose([problem.x, problem.y])
        expect(tf.memory().numTensors, what).to.equal(before)
      }
    })
})
