/**
 * The matrix products of a piece of work, and their time alone: what is above it is the price of everything else.
 * They are not listed by hand: the engine's calls are watched while the work runs once, and replayed with the same shapes.
 */
import { tf } from 'blockwise/dist/engine/tensorflow'

/** [m, k] by [k, n], stored as `left` and `right` say. */
interface Product {
  readonly kernel: string
  readonly attributes: readonly object[]
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly label: string
  readonly gflop: number
  count: number
}

type Execute = (kernel: string, attributes: readonly object[], inputs: readonly tf.Tensor[]) => tf.Tensor

interface Backend {
  executeSingleOutput: Execute
}

const backend = () => tf.backend() as unknown as Backend

/**
 * Runs `work` once and lists its products. Products with a vector (the power iteration's) and dot products are left
 * out, so that the list's time is rather too short than too long.
 */
export function recordProducts(work: () => void): Product[] {
  const found = new Map<string, Product>()
  const watched = backend()
  const execute = watched.executeSingleOutput
  watched.executeSingleOutput = (kernel, attributes, inputs) => {
    if (kernel.includes('MatMul')) note(found, kernel, attributes, inputs)
    return execute.call(watched, kernel, attributes, inputs)
  }
  try {
    work()
  } finally {
    Reflect.deleteProperty(watched, 'executeSingleOutput') // the class's own method shows again
  }
  return [...found.values()].toSorted((a, b) => b.count * b.gflop - a.count * a.gflop)
}

function note(
  found: Map<string, Product>,
  kernel: string,
  attributes: readonly object[],
  [left, right]: readonly tf.Tensor[],
): void {
  const [transposeLeft, transposeRight] = transposes(attributes)
  const [a, b] = [left!.shape.slice(-2), right!.shape.slice(-2)]
  const [m, k] = transposeLeft ? [a[1]!, a[0]!] : [a[0]!, a[1]!]
  const n = transposeRight ? b[0]! : b[1]!
  if (m === 1 || n === 1) return
  const label = `[${a.join(', ')}]${transposeLeft ? 'ᵀ' : ''} [${b.join(', ')}]${transposeRight ? 'ᵀ' : ''}`
  const known = found.get(label)
  if (known) known.count++
  else
    found.set(label, {
      ...{ kernel, attributes, label, left: left!.shape, right: right!.shape },
      gflop: (2 * m * k * n) / 1e9,
      count: 1,
    })
}

/** Whether the left and the right operand are transposed, from the attributes of MatMul or BatchMatMul. */
function transposes(attributes: readonly object[]): [boolean, boolean] {
  const named = attributes as readonly { name: string; value: unknown }[]
  const isSet = (...names: string[]) => named.some(({ name, value }) => names.includes(name) && value === true)
  return [isSet('transpose_a', 'adj_x'), isSet('transpose_b', 'adj_y')]
}

/** The list as work of its own, on random operands; `dispose` frees them. */
export function replay(products: readonly Product[]): { run: () => void; dispose: () => void } {
  const operands = products.map(({ left, right }) => [tf.randomNormal([...left]), tf.randomNormal([...right])] as const)
  return {
    run() {
      products.forEach(({ kernel, attributes, count }, i) => {
        for (let c = 0; c < count; c++) backend().executeSingleOutput(kernel, attributes, operands[i]!).dispose()
      })
    },
    dispose: () => tf.dispose(operands.flat()),
  }
}

/** The list for the reader: one line per shape, and the total. */
export function describeProducts(products: readonly Product[]): string[] {
  const total = products.reduce((sum, { count, gflop }) => sum + count * gflop, 0)
  const lines = products.map(
    ({ count, label, gflop }) => `${String(count).padStart(6)} x ${label}  ${(count * gflop).toFixed(2)} GFLOP`,
  )
  return [...lines, `${total.toFixed(1)} GFLOP in ${products.reduce((sum, { count }) => sum + count, 0)} products`]
}
