import { tf } from 'blockwise/dist/engine/tensorflow'
import { peakTensorBytes } from 'blockwise/dist/evaluate/peak-memory'
import { sequential } from 'blockwise/dist/network/architecture'
import { disposeWeights, heNormal } from 'blockwise/dist/network/weights'
import type { Problem, Solver } from 'blockwise/dist/solvers/solver'
import { expect } from 'chai'

describe('peakTensorBytes', () => {
  it('is what the state holds and the largest temporary, and leaves the count as it was', () => {
    const architecture = sequential([4, 3])
    const problem: Problem = { architecture, x: tf.zeros([10, 4]), y: tf.zeros([10, 3]) }
    const start = heNormal(architecture, 0)
    const solver = {
      init: () => tf.zeros([100]),
      *step(_: tf.Tensor, __: Problem, t: number) {
        tf.zeros([1000 * t]).dispose() // the second step needs the most
        yield 'W1'
        return {}
      },
      dispose: (state: tf.Tensor) => state.dispose(),
    } as unknown as Solver<tf.Tensor>
    const { numTensors, numBytes } = tf.memory()
    expect(peakTensorBytes(solver, problem, start)).to.equal(4 * (100 + 2000))
    expect(peakTensorBytes(solver, problem, start, 1)).to.equal(4 * (100 + 1000))
    expect(tf.memory()).to.include({ numTensors, numBytes })
    const later = tf.zeros([50])
    expect(tf.memory().numBytes).to.equal(numBytes + 200)
    tf.dispose([later, problem.x, problem.y])
    disposeWeights(start)
  })
})
