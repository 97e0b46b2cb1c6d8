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
      const product = multiply(wide, wide, true, false)
      release(wide)
      chunk.dispose()
      if (this.id === null && sign === 1) this.id = product
      else {
        const before = this.id ?? subtract(product, product)
        this.id = sign === 1 ? add(before, product) : subtract(before, product)
        release(before, product)
      }
    }
  }

  /** An independent Gram matrix with the same value; the caller owns it. */
  copy(): Gram64 {
    const other = new Gram64(this.n)
    if (this.id !== null) other.id = run('Identity', [type('T', TF_DOUBLE)], this.id)
    return other
  }

  /**
   * Solves (ridge I + scale G) Z = B by Cholesky.
   * @param b float32, [n, k]
   * @returns Z, float32, [n, k]; the caller owns it
   * @throws Error when the matrix is not positive definite in double precision
   */
  solve(ridge: number, scale: number, b: tf.Tensor2D): tf.Tensor2D {
    const { n } = this
    checkRightHandSides(n, b)
    return scoped((keep) => {
      const diagonal = keep(widenNew(() => tf.mul<tf.Tensor2D>(tf.eye(n), ridge)))
      const matrix =
        this.id === null ? diagonal : keep(add(keep(times(keep(widenNew(() => tf.scalar(scale))), this.id)), diagonal))
      return narrow(keep(factorAndSolve(matrix, keep(widen(b)), keep)), b.shape)
    })
  }

  dispose(): void {
    if (this.id !== null) release(this.id)
    this.id = null
  }
}

/**
 * Solves (I + scale A^T A) Z = B through the m x m matrix of the rows (Woodbury's identity): the cheaper way when A has
 * fewer rows than columns.
 * @param rows A, float32, [m, n], m >= 1
 * @param b float32, [n, k]
 * @returns Z, float32, [n, k]; the caller owns it
 */
export function solveByRows(rows: tf.Tensor2D, scale: number, b: tf.Tensor2D): tf.Tensor2D {
  const [m, n] = rows.shape
  checkRightHandSides(n, b)
  return scoped((keep) => {
    const [a, right] = [keep(widen(rows)), keep(widen(b))]
    const diagonal = keep(widenNew(() => tf.mul<tf.Tensor2D>(tf.eye(m), 1 / scale)))
    const matrix = keep(add(keep(multiply(a, a, false, true)), diagonal))
    const inner = keep(factorAndSolve(matrix, keep(multiply(a, right, false, false)), keep))
    return narrow(keep(subtract(right, keep(multiply(a, inner, true, false)))), b.shape)
  })
}

function checkRightHandSides(n: number, b: tf.Tensor2D): void {
  if (b.shape[0] !== n)
    throw new RangeError(`expected right-hand sides of shape [${n}, k], got [${b.shape.join(', ')}]`)
}

function factorAndSolve(matrix: Id, b: Id, keep: (id: Id) => Id): Id {
  const lower = keep(run('Cholesky', [type('T', TF_DOUBLE)], matrix))
  const triangular = (adjoint: boolean, right: Id): Id =>
    run('MatrixTriangularSolve', [flag('lower', true), flag('adjoint', adjoint), type('T', TF_DOUBLE)], lower, right)
  return triangular(true, keep(triangular(false, b)))
}

/** Releases every id that was kept, whatever happens. */
function scoped<T>(work: (keep: (id: Id) => Id) => T): T {
  const held: Id[] = []
  try {
    return work((id) => {
      held.push(id)
      return id
    })
  } finally {
    release(...held)
  }
}

const multiply = (a: Id, b: Id, transposeA: boolean, transposeB: boolean): Id =>
  run('MatMul', [flag('transpose_a', transposeA), flag('transpose_b', transposeB), type('T', TF_DOUBLE)], a, b)
const add = (a: Id, b: Id): Id => run('AddV2', [type('T', TF_DOUBLE)], a, b)
const subtract = (a: Id, b: Id): Id => run('Sub', [type('T', TF_DOUBLE)], a, b)
const times = (a: Id, b: Id): Id => run('Mul', [type('T', TF_DOUBLE)], a, b)

function run(kernel: string, attributes: readonly object[], ...inputs: Id[]): Id {
  return backend().binding.executeOp(kernel, attributes, inputs, 1)[0]!.id
}

function widen(tensor: tf.Tensor): Id {
  const [id] = backend().getInputTensorIds([tensor])
  return run('Cast', [type('SrcT', backend().binding.TF_FLOAT), type('DstT', TF_DOUBLE)], id!)
}

/** A tensor made for the occasion, in double precision. */
function widenNew(make: () => tf.Tensor): Id {
  const tensor = tf.tidy(make)
  const id = widen(tensor)
  tensor.dispose()
  return id
}

function narrow(id: Id, shape: readonly number[]): tf.Tensor2D {
  const { TF_FLOAT } = backend().binding
  const narrowed = run('Cast', [type('SrcT', TF_DOUBLE), type('DstT', TF_FLOAT)], id)
  return backend().createOutputTensor({ id: narrowed, shape, dtype: TF_FLOAT }) as tf.Tensor2D
}

function release(...ids: Id[]): void {
  for (const id of new Set(ids)) backend().binding.deleteTensor(id)
}
