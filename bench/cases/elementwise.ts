/** Elementwise passes over a matrix that no cache holds. */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Case, finished, NINE_TENTHS, numpy } from '../case'
import { compare, local, type Row } from '../compare'

const ROWS = 60_000
const COLUMNS = 1500

export const elementwise: Case = {
  title: `elementwise: ${ROWS} x ${COLUMNS}`,
  async run(bench) {
    const rows: Row[] = []
    const [x, y] = [tf.randomNormal([ROWS, COLUMNS]), tf.randomNormal([ROWS, COLUMNS])]
    const works = {
      relu: { what: 'relu(x)', arrays: 2, work: () => tf.relu(x) },
      axpy: { what: 'y + a x', arrays: 3, work: () => tf.add(y, tf.mul(x, 0.3)) },
    }
    for (const [operation, { what, arrays, work }] of Object.entries(works)) {
      const ours = local(what, () => tf.tidy(() => finished(work())))
      const peer = await numpy(bench, 'elementwise', { operation, rows: ROWS, columns: COLUMNS }, NINE_TENTHS)
      const gigabytes = (4 * arrays * ROWS * COLUMNS) / 1e9
      rows.push(...(await compare(what, ours, [peer], bench.rounds, (s) => `${(gigabytes / s).toFixed(0)} GB/s`)))
    }
    tf.dispose([x, y])
    return rows
  },
}
