/**
 * TensorFlow's kernels in float64, which tfjs has no tensors for: values are known by the ids of the native binding, and
 * whoever makes one releases it. `scoped` does that for a computation's intermediate ones.
 */
import { tf } from './tensorflow'

/** TF_DOUBLE of TensorFlow's C API; tfjs-node's binding does not list it. */
export const TF_DOUBLE = 2
/** A value in the native binding. */
export type Id = number

interface Backend {
  createOutputTensor(metadata: { id: Id; shape: number[]; dtype: number }): tf.Tensor
  getInputTensorIds(tensors: readonly tf.Tensor[]): Id[]
  readonly binding: {
    readonly TF_ATTR_TYPE: number
    readonly TF_ATTR_BOOL: number
    readonly TF_FLOAT: number
    executeOp(name: string, attributes: readonly object[], inputs: readonly Id[], outputs: number): { id: Id }[]
    tensorDataSync(id: Id): Float32Array
    deleteTensor(id: Id): void
  }
}

const backend = () => tf.backend() as unknown as Backend
export const type = (name: string, value: number) => ({ name, type: backend().binding.TF_ATTR_TYPE, value })
export const flag = (name: string, value: boolean) => ({ name, type: backend().binding.TF_ATTR_BOOL, value })

/** Solves A z = b for a positive definite A by Cholesky; `keep` takes the intermediate ids. */
export function factorAndSolve(matrix: Id, b: Id, keep: (id: Id) => Id): Id {
  const lower = keep(run('Cholesky', [type('T', TF_DOUBLE)], matrix))
  const triangular = (adjoint: boolean, right: Id): Id =>
    run('MatrixTriangularSolve', [flag('lower', true), flag('adjoint', adjoint), type('T', TF_DOUBLE)], lower, right)
  return triangular(true, keep(triangular(false, b)))
}

/** Releases every id that was kept, whatever happens. */
export function scoped<T>(work: (keep: (id: Id) => Id) => T): T {
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

export const multiply = (a: Id, b: Id, transposeA: boolean, transposeB: boolean): Id =>
  run('MatMul', [flag('transpose_a', transposeA), flag('transpose_b', transposeB), type('T', TF_DOUBLE)], a, b)
export const add = (a: Id, b: Id): Id => run('AddV2', [type('T', TF_DOUBLE)], a, b)
export const subtract = (a: Id, b: Id): Id => run('Sub', [type('T', TF_DOUBLE)], a, b)
export const times = (a: Id, b: Id): Id => run('Mul', [type('T', TF_DOUBLE)], a, b)

/** Runs a kernel of one output. */
export function run(kernel: string, attributes: readonly object[], ...inputs: Id[]): Id {
  return backend().binding.executeOp(kernel, attributes, inputs, 1)[0]!.id
}

/** Runs a kernel of two outputs. */
export function runPair(kernel: string, attributes: readonly object[], ...inputs: Id[]): [Id, Id] {
  const [first, second] = backend().binding.executeOp(kernel, attributes, inputs, 2)
  return [first!.id, second!.id]
}

/** A float32 tensor in double precision. */
export function widen(tensor: tf.Tensor): Id {
  const [id] = backend().getInputTensorIds([tensor])
  return run('Cast', [type('SrcT', backend().binding.TF_FLOAT), type('DstT', TF_DOUBLE)], id!)
}

/** A tensor made for the occasion, in double precision. */
export function widenNew(make: () => tf.Tensor): Id {
  const tensor = tf.tidy(make)
  const id = widen(tensor)
  tensor.dispose()
  return id
}

/**
 * float64 values as a matrix of double precision, one row each. tfjs takes no float64: each value goes in as the sum of
 * two float32, which keeps about 48 bits.
 */
export function matrix(rows: readonly Float64Array[]): Id {
  return scoped((keep) => {
    const stack = (parts: Float32Array[]) => keep(widenNew(() => tf.stack(parts.map((part) => tf.tensor1d(part)))))
    const coarse = rows.map((row) => Float32Array.from(row))
    const fine = rows.map((row, k) => Float32Array.from(row, (value, i) => value - coarse[k]![i]!))
    return add(stack(coarse), stack(fine))
  })
}

/** [n] as an n x 1 matrix. */
export function column(values: Float64Array): Id {
  return scoped((keep) => {
    const one = keep(widenNew(() => tf.ones([1, 1])))
    return multiply(keep(matrix([values])), one, true, false)
  })
}

/** The values of a result, row by row, likewise as the sum of two float32. */
export function read(id: Id, size: number): Float64Array {
  return scoped((keep) => {
    const coarse = narrow(id, size)
    const fine = narrow(
      keep(
        subtract(id, keep(run('Cast', [type('SrcT', backend().binding.TF_FLOAT), type('DstT', TF_DOUBLE)], coarse.id))),
      ),
      size,
    )
    const values = Float64Array.from(coarse.values, (value, i) => value + fine.values[i]!)
    release(coarse.id, fine.id)
    return values
  })
}

/** A value as a float32 tensor of that shape. */
export function narrowTensor(id: Id, shape: number[]): tf.Tensor2D {
  const { TF_FLOAT } = backend().binding
  const narrowed = run('Cast', [type('SrcT', TF_DOUBLE), type('DstT', TF_FLOAT)], id)
  return backend().createOutputTensor({ id: narrowed, shape, dtype: TF_FLOAT }) as tf.Tensor2D
}

function narrow(id: Id, size: number): { id: Id; values: Float32Array } {
  const { binding } = backend()
  const narrowed = run('Cast', [type('SrcT', TF_DOUBLE), type('DstT', binding.TF_FLOAT)], id)
  const values = binding.tensorDataSync(narrowed)
  if (values.length !== size) throw new RangeError(`expected ${size} values, got ${values.length}`)
  return { id: narrowed, values }
}

/** Gives values back. */
export function release(...ids: Id[]): void {
  for (const id of new Set(ids)) backend().binding.deleteTensor(id)
}
