/**
 * Binary codes of features: the signs of the features, centred, after a random rotation (Charikar 2002: the share of bits
 * in which two codes differ estimates the angle between two centred samples). Centre and rotation come from the training
 * rows and a seed alone.
 *
 * A rotation of d features gives at most d bits. Where more are asked for, further rotations of their own follow (super-bit
 * hashing, Ji et al. 2012), so that ten outputs of a classifier can be hashed to 64 bits like 784 pixels. The directions are
 * drawn one after another: a shorter code is the beginning of a longer one.
 */
import { tf } from '../engine/tensorflow'
import { keyedRandom } from '../random'

/** Codes of up to this many bits: two 32-bit words. */
export const MOST_BITS = 64

/** Rows projected at a time. */
const CHUNK_ROWS = 8192

/** Binary codes, packed: bit j of a row is bit j of `low` for j < 32, bit j - 32 of `high` for the others. */
export interface Codes {
  /** 1 to 64; the bits above are 0. */
  readonly bits: number
  /** [N] */
  readonly low: Uint32Array
  /** [N] */
  readonly high: Uint32Array
}

/** What turns features into codes; its owner calls `dispose`. */
export interface Hasher {
  /** Mean of the training rows, [d]. */
  readonly mean: tf.Tensor1D
  /** One direction per bit, [d, bits]. */
  readonly directions: tf.Tensor2D
  dispose(): void
}

/**
 * A hasher with its centre at the mean of the training rows.
 * @param train features, rows are samples, [N, d]
 * @throws RangeError for a number of bits that is not 1 to 64
 */
export function rotationHasher(train: tf.Tensor2D, bits: number, seed: number): Hasher {
  checkBits(bits)
  const d = train.shape[1]
  const directions = tf.tidy(() =>
    tf.transpose<tf.Tensor2D>(
      tf.tensor2d(
        randomDirections(d, bits, seed).map((v) => Array.from(v)),
        [bits, d],
      ),
    ),
  )
  // Once more for what the first mean leaves: features of a deep net can be large beside what tells them apart.
  const mean = tf.tidy(() => {
    const first = tf.mean<tf.Tensor1D>(train, 0)
    return tf.add<tf.Tensor1D>(first, meanAround(train, first))
  })
  return {
    mean,
    directions,
    dispose() {
      mean.dispose()
      directions.dispose()
    },
  }
}

/** Mean of x - centre in row chunks, [d]; called inside a tidy. */
function meanAround(x: tf.Tensor2D, centre: tf.Tensor1D): tf.Tensor1D {
  const [n, d] = x.shape
  let sum = tf.zeros<tf.Rank.R1>([d])
  for (let first = 0; first < n; first += CHUNK_ROWS) {
    const rows = Math.min(CHUNK_ROWS, n - first)
    sum = tf.tidy(() => tf.add(sum, tf.sum<tf.Tensor1D>(tf.sub(tf.slice2d(x, [first, 0], [rows, d]), centre), 0)))
  }
  return tf.div(sum, n)
}

/**
 * Codes of rows of features; a projection of exactly 0 gives the bit 0. Null when a feature is not a finite number: a sign
 * would hide it.
 * @param x [N, d]
 * @throws RangeError when x has another number of features than the hasher
 */
export function encode({ mean, directions }: Hasher, x: tf.Tensor2D): Codes | null {
  const [d, bits] = directions.shape
  const [n] = x.shape
  if (x.shape[1] !== d)
    throw new RangeError(`encode: expected features of shape [N, ${d}], got [${x.shape.join(', ')}]`)
  const low = new Uint32Array(n)
  const high = new Uint32Array(n)
  for (let first = 0; first < n; first += CHUNK_ROWS) {
    const rows = Math.min(CHUNK_ROWS, n - first)
    const projected = tf.tidy(() => tf.matMul(tf.sub(tf.slice2d(x, [first, 0], [rows, d]), mean), directions))
    const values = projected.dataSync<'float32'>()
    projected.dispose()
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < bits; j++) {
        const value = values[i * bits + j]!
        if (!Number.isFinite(value)) return null
        if (value <= 0) continue
        if (j < 32) low[first + i]! |= 1 << j
        else high[first + i]! |= 1 << (j - 32)
      }
  }
  return { bits, low, high }
}

/**
 * The first bits of longer codes.
 * @throws RangeError when the codes have fewer
 */
export function firstBits(codes: Codes, bits: number): Codes {
  checkBits(bits)
  if (bits > codes.bits) throw new RangeError(`firstBits: ${bits} bits asked for of codes of ${codes.bits} bits`)
  const [lowMask, highMask] = [mask(bits), mask(bits - 32)]
  return { bits, low: codes.low.map((word) => word & lowMask), high: codes.high.map((word) => word & highMask) }
}

/** The lowest bits of a word. */
const mask = (bits: number): number => (bits >= 32 ? 0xffffffff : bits <= 0 ? 0 : 2 ** bits - 1)

/** Directions of unit length: the first d orthogonal to each other, then the next d, and so on. */
function randomDirections(d: number, count: number, seed: number): Float64Array[] {
  const { uniform } = keyedRandom('binary codes', seed)
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const directions: Float64Array[] = []
  while (directions.length < count) {
    const v = Float64Array.from({ length: d }, gaussian)
    const before = directions.slice(Math.floor(directions.length / d) * d)
    // Twice: one pass of Gram-Schmidt leaves what cancellation has spoilt.
    for (const w of [...before, ...before]) {
      const share = product(v, w)
      for (let j = 0; j < d; j++) v[j]! -= share * w[j]!
    }
    const length = Math.sqrt(product(v, v))
    directions.push(v.map((value) => value / length))
  }
  return directions
}

const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, j) => sum + value * b[j]!, 0)

function checkBits(bits: number): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > MOST_BITS)
    throw new RangeError(`codes of ${bits} bits asked for; expected a whole number from 1 to ${MOST_BITS}`)
}
