/** Hamming ranking: mean average precision of 10,000 queries against 60,000 items at 64 bits, the codes of MNIST's own pixels. */
import { loadDataset, type Split, toProblemData } from 'blockwise/dist/datasets'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { encode, rotationHasher } from 'blockwise/dist/evaluate/binary-codes'
import type { LabelledCodes } from 'blockwise/dist/evaluate/hamming'
import { scoreRetrieval } from 'blockwise/dist/evaluate/retrieval'
import { type Case, numpy, withFiles } from '../case'
import { compare, local } from '../compare'

const BITS = 64
/** Seconds that a ranking may take on two processors. */
const LIMIT = 20

export const retrieval: Case = {
  title: `retrieval: mAP of 10,000 queries against 60,000 items, ${BITS} bits`,
  async run(bench) {
    const { train, test } = await loadDataset('mnist')
    const [items, queries] = codesOf(train, test)
    const words = { queries: wordsOf(queries), items: wordsOf(items) }
    let ours = 0
    const ranking = local('scoreRetrieval', async () => {
      ours = (await scoreRetrieval(queries, items, [])).meanAveragePrecision
    })
    const peer = await withFiles(words, (folder) => numpy(bench, 'retrieval', { folder }, 1))
    tf.dispose(words)
    const limit = { name: `the limit, ${LIMIT} s`, goal: 1, time: async () => LIMIT }
    const pairs = queries.labels.length * items.labels.length
    const rows = await compare(
      'mAP',
      ranking,
      [peer, limit],
      bench.rounds,
      (s) => `${(pairs / s / 1e6).toFixed(0)} M pairs/s`,
    )
    const theirs = await bench.peer.ask('mean_average_precision')
    bench.say(`mean average precision: ours ${ours}, NumPy ${theirs}`)
    if (!(Math.abs(ours - theirs) <= 1e-12))
      throw new Error(`the mean average precisions differ: ours ${ours}, NumPy ${theirs}`)
    return rows
  },
}

/** Items and queries by one hasher, whose centre is the items' mean. */
function codesOf(items: Split, queries: Split): [LabelledCodes, LabelledCodes] {
  const [a, b] = [toProblemData(items), toProblemData(queries)]
  const hasher = rotationHasher(a.x, BITS, 0)
  const labelled = (x: tf.Tensor2D, { labels }: Split): LabelledCodes => ({ codes: encode(hasher, x)!, labels })
  const both: [LabelledCodes, LabelledCodes] = [labelled(a.x, items), labelled(b.x, queries)]
  hasher.dispose()
  a.dispose()
  b.dispose()
  return both
}

/** Rows of low word, high word and label, [N, 3]. */
const wordsOf = ({ codes: { low, high }, labels }: LabelledCodes): tf.Tensor =>
  tf.tidy(() =>
    tf.stack(
      [low, high, labels].map((column) => tf.tensor1d(Int32Array.from(column), 'int32')),
      1,
    ),
  )
