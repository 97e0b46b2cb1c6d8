/** A network's weights and a rule's histories as resource variables, which the rule's kernel updates in place. */
import { executeInPlace } from '../../engine/kernels'
import { tf } from '../../engine/tensorflow'
import { createVariable, destroyVariable, readVariable, type Variable, zerosVariable } from '../../engine/variable'
import { disposeWeights, type Weights } from '../../network/weights'
import type { CommonSettings, Rule } from './rule'

export interface Parameter {
  readonly value: Variable
  readonly histories: readonly Variable[]
}

export interface Parameters {
  /** Laid out as `Weights`. */
  readonly kernels: readonly (readonly Parameter[])[]
  readonly biases: readonly (Parameter | null)[]
  /** What `weightsOf` gave out, until the next update. */
  read: Weights | null
}

/** Values copied from `start`, histories of zeros. */
export function createParameters(start: Weights, histories: number): Parameters {
  const parameter = (value: tf.Tensor): Parameter => ({
    value: createVariable(value),
    histories: Array.from({ length: histories }, () => zerosVariable(value.shape)),
  })
  return {
    kernels: start.kernels.map((row) => row.map(parameter)),
    biases: start.biases.map((b) => b && parameter(b)),
    read: null,
  }
}

export const allOf = ({ kernels, biases }: Parameters): Parameter[] => [
  ...kernels.flat(),
  ...biases.filter((b) => b !== null),
]

/** The values now, owned by the caller or its tidy. One that lives on during an update makes that copy its variable first. */
export function readWeights({ kernels, biases }: Parameters): Weights {
  return {
    kernels: kernels.map((row) => row.map(({ value }) => readVariable<tf.Tensor2D>(value))),
    biases: biases.map((b) => b && readVariable<tf.Tensor1D>(b.value)),
  }
}

/** The values now, lent until `forget`. */
export function weightsOf(parameters: Parameters): Weights {
  if (!parameters.read) {
    parameters.read = readWeights(parameters)
    for (const w of [...parameters.read.kernels.flat(), ...parameters.read.biases]) if (w) tf.keep(w)
  }
  return parameters.read
}

/** To be called before an update. */
export function forget(parameters: Parameters): void {
  if (parameters.read) disposeWeights(parameters.read)
  parameters.read = null
}

/** The scalars of a rule's kernel as tensors, on either side of the gradient. */
export interface ScalarInputs {
  readonly before: readonly tf.Scalar[]
  readonly after: readonly tf.Scalar[]
}

/** Moves a parameter along its gradient g, which stays the caller's. */
export function applyRule<S extends CommonSettings>(
  rule: Rule<S>,
  { value, histories }: Parameter,
  g: tf.Tensor,
  { before, after }: ScalarInputs,
): void {
  const remembered = histories.map(({ handle }) => handle)
  executeInPlace(rule.kernel, rule.attributes(), [value.handle, ...remembered, ...before, g, ...after])
}

export function disposeParameters(parameters: Parameters): void {
  forget(parameters)
  for (const { value, histories } of allOf(parameters))
    for (const variable of [value, ...histories]) destroyVariable(variable)
}
