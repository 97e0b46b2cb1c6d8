/** Shapes of what a solver is given; and its values, by data.ts. */
import type { tf } from '../../engine/tensorflow'
import { layer, weightedInputs, width } from '../../network/architecture'
import type { Weights } from '../../network/weights'
import type { Problem } from '../solver'
import { checkData } from './data'

/** @throws RangeError that names the tensor, its shape and the shape that the architecture asks for; and as `checkData` does */
export function checkShapes(solver: string, problem: Problem, start: Weights): void {
  const { architecture, x, y } = problem
  const depth = architecture.layers.length
  const expectShape = (name: string, tensor: tf.Tensor | null | undefined, expected: readonly (number | string)[]) => {
    const got = tensor ? `[${tensor.shape.join(', ')}]` : 'none'
    if (tensor?.shape.length !== expected.length || expected.some((d, i) => d !== 'N' && d !== tensor.shape[i]))
      throw new RangeError(`${solver}: expected ${name} of shape [${expected.join(', ')}], got ${got}`)
  }
  expectShape('x', x, ['N', architecture.features])
  expectShape('y', y, [x.shape[0], width(architecture, depth)])
  if (x.shape[0] === 0)
    throw new RangeError(`${solver}: expected at least one sample, got x of shape [${x.shape.join(', ')}]`)
  for (let n = 1; n <= depth; n++) {
    const [links, kernels, bias] = [weightedInputs(architecture, n), start.kernels[n - 1] ?? [], start.biases[n - 1]]
    const d = width(architecture, n)
    if (kernels.length !== links.length)
      throw new RangeError(`${solver}: expected ${links.length} kernels for layer ${n}, got ${kernels.length}`)
    for (const [k, { from }] of links.entries())
      expectShape(`kernel ${k} of layer ${n}`, kernels[k], [d, width(architecture, from)])
    if (layer(architecture, n).bias) expectShape(`the bias of layer ${n}`, bias, [d])
    else if (bias)
      throw new RangeError(`${solver}: layer ${n} has no bias, got one of shape [${bias.shape.join(', ')}]`)
  }
  checkData(solver, problem)
}
