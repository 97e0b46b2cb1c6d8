/**
 * Elementwise passes over a matrix that no cache holds, kept in chunks of rows as the solvers keep theirs: the temporary of
 * y + a x then stays in the cache. Each result replaces the last one, as a solver's step does.
 */
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Case, finished, NINE_TENTHS, numpy } from '../case'
import { compare, local, type Row } from '../compare'

const ROWS = 60_000
const COLUMNS = 1500
/** Rows per chunk: 3 MB. */
const CHUNK = 500

export const elementwise: Case = {
  title: `elementwise: ${ROWS} x ${COLUMNS}`,
  async run(bench) {
    const rows: Row[] = []
    const chunks = Array.from({ length: ROWS / CHUNK }, () => ({
      x: tf.randomNormal([CHUNK, COLUMNS]),
      y: tf.randomNormal([CHUNK, COLUMNS]),
    }))
    const works = {
      relu: { what: 'relu(x)', arrays: 2, work: (x: tf.Tensor, _y: tf.Tensor) => tf.relu(x) },
      axpy: { what: 'y + a x', arrays: 3, work: (x: tf.Tensor, y: tf.Tensor) => tf.add(y, tf.mul(x, 0.3)) },
    }
    for (const [operation, { what, arrays, work }] of Object.entries(works)) {
      const results: tf.Tensor[] = []
      const ours = local(what, () => {
        chunks.forEach(({ x, y }, i) => {
          const result = tf.tidy(() => work(x, y))
          results[i]?.dispose()
          results[i] = result
        })
        finished(results[results.length - 1]!)
      })
      const peer = await numpy(bench, 'elementwise', { operation, rows: ROWS, columns: COLUMNS }, NINE_TENTHS)
      const gigabytes = (4 * arrays * ROWS * COLUMNS) / 1e9
      rows.push(...(await compare(what, ours, [peer], bench.rounds, (s) => `${(gigabytes / s).toFixed(0)} GB/s`)))
      tf.dispose(results)
    }
    for (const { x, y } of chunks) tf.dispose([x, y])
    return rows
  },
}
