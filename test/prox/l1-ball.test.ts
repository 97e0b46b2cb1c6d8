import { tf } from 'blockwise/dist/engine/tensorflow'
import { projectRowsOntoL1Ball } from 'blockwise/dist/prox/l1-ball'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'

/** By sorting (Duchi et al. 2008), in float64: another algorithm than the one under test. */
function projectBySorting(row: readonly number[], radius: number): number[] {
  const size = row.map(Math.abs)
  if (size.reduce((a, b) => a + b, 0) <= radius) return [...row]
  const sorted = [...size].sort((a, b) => b - a)
  let [sum, tau] = [0, 0]
  for (const [k, value] of sorted.entries()) {
    sum += value
    const candidate = (sum - radius) / (k + 1)
    if (value > candidate) tau = candidate
  }
  return row.map((w) => Math.sign(w) * Math.max(0, Math.abs(w) - tau))
}

const rowsOf = (w: tf.Tensor2D): number[][] => w.arraySync()

describe('the l1 ball', () => {
  it('projects thousands of rows as sorting does, whatever their spread', () => {
    const random = keyedRandom('l1-ball')
    for (const [width, scale] of [
      [1, 3],
      [7, 0.2],
      [50, 1],
      [784, 0.1],
      [784, 100],
      [784, 1e5],
    ] as const) {
      // Cubed: a few large entries among many small ones, as weights have.
      const rows = Array.from({ length: 1000 }, () =>
        Array.from({ length: width }, () => Math.fround(scale * (2 * random.uniform() - 1) ** 3)),
      )
      const got = rowsOf(tf.tidy(() => projectRowsOntoL1Ball(tf.tensor2d(rows), 1)))
      for (const [i, row] of rows.entries()) {
        const expected = projectBySorting(row, 1)
        const off = Math.max(...expected.map((w, k) => Math.abs(w - got[i]![k]!)))
        expect(off, `row ${i} of width ${width}, scale ${scale}`).to.be.below(2e-6)
        expect(got[i]!.reduce((sum, w) => sum + Math.abs(w), 0)).to.be.below(1 + 1e-5)
      }
    }
  })

  it('projects rows of ties, where tau is hardly told from the entries, however many and large they are', () => {
    const random = keyedRandom('l1-ball-ties')
    const levels = [-1, -0.5, 0, 0.5, 1]
    for (const scale of [1, 3, 1000, 1e7]) {
      const rows = [
        Array.from({ length: 784 }, () => scale),
        ...Array.from({ length: 200 }, () =>
          Array.from({ length: 784 }, () => scale * levels[Math.floor(5 * random.uniform())]!),
        ),
        // One above all others, and those all near tau.
        [scale + 0.05, ...Array.from({ length: 783 }, () => scale - 0.9)].map(Math.fround),
      ]
      const got = rowsOf(tf.tidy(() => projectRowsOntoL1Ball(tf.tensor2d(rows), 1)))
      for (const [i, row] of rows.entries()) {
        const expected = projectBySorting(row, 1)
        const off = Math.max(...expected.map((w, k) => Math.abs(w - got[i]![k]!)))
        expect(off, `row ${i}, scale ${scale}`).to.be.below(2e-6)
        const norm = got[i]!.reduce((sum, w) => sum + Math.abs(w), 0)
        expect(Math.abs(norm - 1), `norm of row ${i}, scale ${scale}`).to.be.below(1e-5)
      }
    }
  })

  it('refuses a radius that is none', () => {
    for (const radius of [-1, Number.NaN])
      expect(() => tf.tidy(() => projectRowsOntoL1Ball(tf.ones([1, 2]), radius))).to.throw(RangeError, `${radius}`)
  })

  it('leaves rows inside as they are to the bit, and knows ties, zeros and radius 0', () => {
    const project = (rows: number[][], radius: number) =>
      rowsOf(tf.tidy(() => projectRowsOntoL1Ball(tf.tensor2d(rows), radius)))
    expect(project([[0.25, -0.5, 0.25]], 1)).to.deep.equal([[0.25, -0.5, 0.25]])
    expect(project([[0, 0, 0]], 1)).to.deep.equal([[0, 0, 0]])
    expect(project([[2, 2, -2, 2]], 1)).to.deep.equal([[0.25, 0.25, -0.25, 0.25]])
    expect(project([[5, 0, 0]], 2)).to.deep.equal([[2, 0, 0]])
    expect(project([[3, 3, 0]], 2)).to.deep.equal([[1, 1, 0]])
    for (const row of project(
      [
        [3, 3, 0],
        [1, 2, 3],
        [0, 0, 0],
      ],
      0,
    ))
      expect(row.map(Math.abs)).to.deep.equal([0, 0, 0])
  })

  it('gives back its memory', () => {
    const w = tf.randomNormal<tf.Rank.R2>([20, 30])
    const before = tf.memory().numTensors
    tf.tidy(() => projectRowsOntoL1Ball(w, 1)).dispose()
    expect(tf.memory().numTensors).to.equal(before)
    w.dispose()
  })
})
