/** Matrix products of the solvers' sizes, both ways round, and a Gram matrix. */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Bench, type Case, finished, NINE_TENTHS, numpy } from '../case'
import { compare, local, type Row } from '../compare'

const ROWS = 10_000
const WIDTH = 784

interface Shape {
  readonly what: string
  readonly left: readonly [number, number]
  readonly right: readonly [number, number]
  readonly transposeLeft: boolean
  readonly transposeRight: boolean
}

const shapes: readonly Shape[] = [
  { what: 'U Wᵀ', left: [ROWS, WIDTH], right: [WIDTH, WIDTH], transposeLeft: false, transposeRight: true },
  { what: 'R W', left: [ROWS, WIDTH], right: [WIDTH, WIDTH], transposeLeft: false, transposeRight: false },
  {
    what: 'W X, samples as columns',
    left: [WIDTH, WIDTH],
    right: [WIDTH, ROWS],
    transposeLeft: false,
    transposeRight: false,
  },
  { what: 'Rᵀ U', left: [ROWS, WIDTH], right: [ROWS, WIDTH], transposeLeft: true, transposeRight: false },
]

export const matmul: Case = {
  title: `matMul: ${WIDTH} x ${WIDTH} by ${WIDTH} x N at N = ${ROWS}`,
  async run(bench) {
    const rows: Row[] = []
    for (const shape of shapes) rows.push(...(await product(bench, shape)))
    rows.push(...(await gram(bench)))
    return rows
  },
}

async function product(bench: Bench, shape: Shape): Promise<Row[]> {
  const { left, right, transposeLeft, transposeRight } = shape
  const [m, k] = transposeLeft ? [left[1], left[0]] : left
  const n = transposeRight ? right[0] : right[1]
  const [a, b] = [tf.randomNormal<tf.Rank.R2>([...left]), tf.randomNormal<tf.Rank.R2>([...right])]
  const ours = local('tf.matMul', () => {
    const c = tf.matMul(a, b, transposeLeft, transposeRight)
    finished(c)
    c.dispose()
  })
  const peer = await numpy(bench, 'product', { m, k, n, transposeLeft, transposeRight }, NINE_TENTHS)
  const rows = await compare(shape.what, ours, [peer], bench.rounds, gigaflops(2 * m * k * n))
  tf.dispose([a, b])
  return rows
}

async function gram(bench: Bench): Promise<Row[]> {
  const x = tf.randomNormal<tf.Rank.R2>([ROWS, WIDTH])
  const ours = local('tf.matMul', () => {
    const c = tf.matMul(x, x, true, false)
    finished(c)
    c.dispose()
  })
  const peer = await numpy(bench, 'gram', { rows: ROWS, columns: WIDTH }, NINE_TENTHS)
  const rows = await compare('Uᵀ U (Gram)', ours, [peer], bench.rounds, gigaflops(2 * ROWS * WIDTH * WIDTH))
  x.dispose()
  return rows
}

export const gigaflops = (flop: number) => (seconds: number) => `${(flop / seconds / 1e9).toFixed(0)} GFLOP/s`
