import { doubleTo, doubleUntil } from 'blockwise/dist/prox/backtracking'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

describe('step sizes by doubling', () => {
  it('in closed form are those of the loop, also at exact powers of two and past the cap', () => {
    const { uniform } = keyedRandom('backtracking')
    const random = Array.from({ length: 2000 }, () => 2 ** (70 * uniform() - 20))
    const edges = [-3, 0, 1, 10, 39, 40, 41].flatMap((k) => [2 ** k * (1 - 2 ** -52), 2 ** k, 2 ** k * (1 + 2 ** -52)])
    for (const threshold of [...random, ...edges, 0, Infinity])
      for (const start of [1, 0.125, 3])
        expect(doubleTo(threshold, start, 40), `${threshold} from ${start}`).to.deep.equal(
          doubleUntil((value) => value >= threshold, start, 40),
        )
  })

  it('makes no step when the cap is reached, after cap + 1 trials', () => {
    let trials = 0
    const never = () => {
      trials++
      return false
    }
    expect(doubleUntil(never, 1, 10)).to.deep.equal({ value: null, doublings: 10 })
    expect(trials).to.equal(11)
  })
})
