/** Section 6 of the student report, the memory that BCD needs: decided by notebook 06, which trains one deep network both ways. */
import { claimsOf } from '../entry'
import { higher, scaled } from '../rules/compare'
import { bySeed, select, type Table, type Where } from '../table'
import { deepBcd, deepSgd } from '../zeng-2019/shared'
import { paper } from './shared'

const gigabytes = (rows: Table, where: Where) => scaled(bySeed(select(rows, where), 'peak_tensor_bytes'), 1e-9)

export const memoryClaims = claimsOf(paper, '06-ten-layers', [
  {
    slug: 'text-memory',
    source: 'section 6, "require more memory than SGD"',
    claim: 'BCD needs more memory than SGD for the same network.',
    table: 'memory.csv',
    rule: higher({
      says: 'the most bytes that tensors held at once in training are more for proximal BCD than for SGD, paired by seed',
      columns: ['dataset', 'network', 'method', 'setting', 'seed', 'peak_tensor_bytes'],
      unit: 'GB',
      comparisons: (rows) => [
        { ours: 'proximal-bcd', theirs: 'sgd', own: gigabytes(rows, deepBcd), other: gigabytes(rows, deepSgd) },
      ],
    }),
  },
])
