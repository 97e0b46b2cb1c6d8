import { Regression64 } from 'blockwise/dist/engine/regression64'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

describe('regression in double precision', () => {
  const random = keyedRandom('regression64')
  const matrix = (m: number, n: number) =>
    Array.from({ length: m }, () => Array.from({ length: n }, () => 2 * random.uniform() - 1))
  const solve = (inputs: number[][], target: number[][], parts = 1): number[][] => {
    const regression = new Regression64(inputs[0]!.length, target[0]!.length)
    const size = Math.ceil(inputs.length / parts)
    for (let first = 0; first < inputs.length; first += size)
      tf.tidy(() =>
        regression.add(tf.tensor2d(inputs.slice(first, first + size)), tf.tensor2d(target.slice(first, first + size))),
      )
    const solution = regression.minimumNorm()
    regression.dispose()
    const rows = solution.arraySync()
    solution.dispose()
    return rows
  }

  it('finds what made the target, where float32 normal equations cannot: one input is 10,000 times smaller', () => {
    const inputs = matrix(80, 6).map((row) => row.map((value, k) => Math.fround(k === 3 ? 1e-4 * value : value)))
    const truth = matrix(6, 2)
    const target = inputs.map((x) => [0, 1].map((c) => x.reduce((sum, value, k) => sum + value * truth[k]![c]!, 0)))
    const found = solve(inputs, target, 3)
    for (const [k, row] of truth.entries())
      for (const [c, value] of row.entries()) expect(found[k]![c]).to.be.closeTo(value, 2e-3)
  })

  it('takes the solution of smallest norm, with exact zeros for inputs that are never lit', () => {
    // Inputs 0 and 1 are equal: the smallest norm shares their weight; input 2 is zero in all rows.
    const inputs = matrix(30, 1).map(([a]) => [a!, a!, 0])
    const found = solve(
      inputs,
      inputs.map(([a]) => [3 * a!]),
    )
    expect(found[0]![0]).to.be.closeTo(1.5, 1e-6)
    expect(found[1]![0]).to.be.closeTo(1.5, 1e-6)
    expect(found[2]![0]).to.equal(0)
  })

  it("gives the pseudo-inverse with fewer rows than inputs: the target is met exactly, and the solution lies in the rows' span", () => {
    const [inputs, target] = [matrix(4, 9), matrix(4, 1)]
    const found = solve(inputs, target)
    for (const [i, x] of inputs.entries())
      expect(x.reduce((sum, value, k) => sum + value * found[k]![0]!, 0)).to.be.closeTo(target[i]![0]!, 1e-5)
    // Adding anything orthogonal to the rows lengthens it: its own part there is zero.
    const beyond = solve(
      inputs,
      inputs.map((x) => [x.reduce((sum, value, k) => sum + value * found[k]![0]!, 0)]),
    )
    for (const [k, row] of found.entries()) expect(beyond[k]![0]).to.be.closeTo(row[0]!, 1e-5)
  })

  it('leaves no tensor, and refuses rows of other widths and a solution without rows', () => {
    const before = tf.memory().numTensors
    solve(matrix(10, 3), matrix(10, 2))
    expect(tf.memory().numTensors).to.equal(before)
    const regression = new Regression64(3, 2)
    expect(() => tf.tidy(() => regression.add(tf.zeros([4, 3]), tf.zeros([5, 2])))).to.throw(
      'Regression64: expected rows [m, 3] and [m, 2], got [4,3] and [5,2]',
    )
    expect(() => regression.minimumNorm()).to.throw('no rows were added')
    regression.dispose()
  })
})
