/**
 * Normal equations in double precision, for problems whose Gram matrix is too ill-conditioned for float32: kernels of
 * TensorFlow that run in float64, which tfjs has no tensors for. Only float32 tensors go in and come out; what is
 * between is a `Gram64`, which its owner disposes.
 */
import { tf } from './tensorflow'

/** TF_DOUBLE of TensorFlow's C API; tfjs-node's binding does not list it. */
const TF_DOUBLE = 2
/** Rows turned into double precision at a time. */
const CHUNK_ROWS = 8192

type Id = number

interface Backend {
  getInputTensorIds(tensors: readonly tf.Tensor[]): Id[]
  createOutputTensor(metadata: { id: Id; shape: readonly number[]; dtype: number }): tf.Tensor
  readonly binding: {
    readonly TF_ATTR_TYPE: number
    readonly TF_ATTR_BOOL: number
    readonly TF_FLOAT: number
    executeOp(name: string, attributes: readonly object[], inputs: readonly Id[], outputs: number): { id: Id }[]
    deleteTensor(id: Id): void
  }
}

const backend = () => tf.backend() as unknown as Backend
const type = (name: string, value: number) => ({ name, type: backend().binding.TF_ATTR_TYPE, value })
const flag = (name: string, value: boolean) => ({ name, type: backend().binding.TF_ATTR_BOOL, value })

/** The sum of a^T a over rows a, [n, n], in double precision. */
export class Gram64 {
  private id: Id | null = null

  /** @param n number of columns of the rows to come */
  constructor(readonly n: number) {}

  /**
   * Adds the rows' products, or takes them away: exactly undone up to rounding in the sixteenth digit.
   * @param rows float32, [m, n]
   */
  add(rows: tf.Tensor2D, sign: 1 | -1 = 1): void {
    if (rows.shape[1] !== this.n || rows.dtype !== 'float32')
      throw new RangeError(
        `Gram64: expected float32 rows of ${this.n} columns, got ${rows.dtype} [${rows.shape.join(', ')}]`,
      )
    for (let first = 0; first < rows.shape[0]; first += CHUNK_ROWS) {
      const chunk = tf.slice2d(rows, [first, 0], [Math.min(CHUNK_ROWS, rows.shape[0] - first), -1])
      const wide = widen(chunk)
      const product = run(
        'MatMul',
        [flag('transpose_a', true), flag('transpose_b', false), type('T', TF_DOUBLE)],
        wide,
        wide,
      )
      release(wide)
      chunk.dispose()
      if (this.id === null && sign === 1) this.id = product
      else {
        const before = this.id ?? run('Sub', [type('T', TF_DOUBLE)], product, product)
        this.id = run(sign === 1 ? 'AddV2' : 'Sub', [type('T', TF_DOUBLE)], before, product)
        release(before, product)
      }
    }
  }

  /**
   * Solves (ridge I + scale G) Z = B by Cholesky.
   * @param b float32, [n, k]
   * @returns Z, float32, [n, k]; the caller owns it
   * @throws Error when the matrix is not positive definite in double precision
   */
  solve(ridge: number, scale: number, b: tf.Tensor2D): tf.Tensor2D {
    const { n } = this
    if (b.shape[0] !== n)
      throw new RangeError(`Gram64.solve: expected right-hand sides of shape [${n}, k], got [${b.shape.join(', ')}]`)
    const held: Id[] = []
    const keep = (id: Id): Id => {
      held.push(id)
      return id
    }
    try {
      const identity = tf.eye(n)
      const ridges = tf.mul(identity, ridge)
      const factor = tf.scalar(scale)
      const diagonal = keep(widen(ridges))
      const scaled = this.id === null ? null : keep(run('Mul', [type('T', TF_DOUBLE)], keep(widen(factor)), this.id))
      tf.dispose([identity, ridges, factor])
      const matrix = scaled === null ? diagonal : keep(run('AddV2', [type('T', TF_DOUBLE)], scaled, diagonal))
      const lower = keep(run('Cholesky', [type('T', TF_DOUBLE)], matrix))
      const triangular = (adjoint: boolean, right: Id): Id =>
        keep(
          run(
            'MatrixTriangularSolve',
            [flag('lower', true), flag('adjoint', adjoint), type('T', TF_DOUBLE)],
            lower,
            right,
          ),
        )
      const solution = triangular(true, triangular(false, keep(widen(b))))
      const { TF_FLOAT } = backend().binding
      const narrow = run('Cast', [type('SrcT', TF_DOUBLE), type('DstT', TF_FLOAT)], solution)
      return backend().createOutputTensor({ id: narrow, shape: b.shape, dtype: TF_FLOAT }) as tf.Tensor2D
    } finally {
      release(...held)
    }
  }

  dispose(): void {
    if (this.id !== null) release(this.id)
    this.id = null
  }
}

function run(kernel: string, attributes: readonly object[], ...inputs: Id[]): Id {
  return backend().binding.executeOp(kernel, attributes, inputs, 1)[0]!.id
}

function widen(tensor: tf.Tensor): Id {
  const [id] = backend().getInputTensorIds([tensor])
  return run('Cast', [type('SrcT', backend().binding.TF_FLOAT), type('DstT', TF_DOUBLE)], id!)
}

function release(...ids: Id[]): void {
  for (const id of new Set(ids)) backend().binding.deleteTensor(id)
}
