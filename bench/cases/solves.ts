/** The linear algebra that tfjs lacks (lib/engine/linear-algebra.ts), symmetric positive (semi)definite, n = 784. */
import { invertSpd, solveMinimumNorm, solveSpd, solveSpdWide } from 'blockwise/dist/engine/linear-algebra'
import { tf } from 'blockwise/dist/engine/tensorflow'
import { type Case, finished, NINE_TENTHS, numpy } from '../case'
import { compare, local, type Row } from '../compare'

const N = 784
const WIDE = 60_000
/** Pixels of MNIST that are ever set. */
const RANK = 717

interface Work {
  readonly what: string
  readonly work: () => tf.Tensor2D
  readonly opponent: { readonly case: string; readonly parameters: object }
}

export const solves: Case = {
  title: `symmetric positive definite solves: n = ${N}`,
  async run(bench) {
    const [few, wide] = [tf.randomNormal<tf.Rank.R2>([N, N]), tf.randomNormal<tf.Rank.R2>([N, WIDE])]
    const [a, singular] = [gramMatrix(N), gramMatrix(RANK)]
    const ridged = tf.add<tf.Tensor2D>(a, tf.mul(tf.eye(N), 0.5))
    const inRange = tf.matMul<tf.Tensor2D>(singular, few)
    const works: readonly Work[] = [
      {
        what: `solveSpd, ${N} right-hand sides`,
        work: () => solveSpd(ridged, few),
        opponent: { case: 'solve', parameters: { n: N, k: N } },
      },
      {
        what: `solveSpdWide, ${WIDE} right-hand sides`,
        work: () => solveSpdWide(ridged, wide),
        opponent: { case: 'solve', parameters: { n: N, k: WIDE } },
      },
      { what: 'invertSpd', work: () => invertSpd(ridged), opponent: { case: 'invert', parameters: { n: N } } },
      {
        what: `solveMinimumNorm, rank ${RANK}, ${N} right-hand sides`,
        work: () => solveMinimumNorm(singular, inRange),
        opponent: { case: 'minimum-norm', parameters: { n: N, rank: RANK, k: N } },
      },
    ]
    const rows: Row[] = []
    for (const { what, work, opponent } of works) {
      const ours = local(what, () => tf.tidy(() => finished(work())))
      const peer = await numpy(bench, opponent.case, opponent.parameters, NINE_TENTHS)
      rows.push(...(await compare(what, ours, [peer], bench.rounds, (s) => `${(1 / s).toFixed(1)} /s`)))
    }
    tf.dispose([few, wide, a, singular, ridged, inRange])
    return rows
  },
}

/** X^T X / n for 2 n samples of which only the first `rank` features are ever set, [n, n]. */
function gramMatrix(rank: number): tf.Tensor2D {
  return tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R2>([2 * N, rank])
    const padded = tf.pad(x, [
      [0, 0],
      [0, N - rank],
    ])
    return tf.div<tf.Tensor2D>(tf.matMul(padded, padded, true, false), N)
  })
}
