/**
 * TensorFlow's own kernels by name, past tfjs's wrappers: what tfjs lacks (in-place updates, ReluGrad), and less overhead
 * per call (9 against 25 microseconds) where a step is made of many small calls. Shapes and types are not checked here.
 * Attribute lists are made once and reused: `const attributes = once(() => [float32('T'), flag('transpose_a', true)])`.
 */
import { tf } from './tensorflow'

interface Binding {
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_STRING: number
  readonly TF_ATTR_SHAPE: number
  readonly TF_FLOAT: number
  readonly TF_INT32: number
}

interface Backend {
  executeSingleOutput(kernel: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[]): tf.Tensor
  executeMultipleOutputs(
    kernel: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[]
  readonly binding: Binding
}

const backend = () => tf.backend() as unknown as Backend

/** One attribute of a TensorFlow operation, in the binding's terms. */
export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: boolean | number | string | readonly number[]
}

export const float32 = (name: string): Attribute => {
  const { TF_ATTR_TYPE, TF_FLOAT } = backend().binding
  return { name, type: TF_ATTR_TYPE, value: TF_FLOAT }
}
export const int32 = (name: string): Attribute => {
  const { TF_ATTR_TYPE, TF_INT32 } = backend().binding
  return { name, type: TF_ATTR_TYPE, value: TF_INT32 }
}
export const flag = (name: string, value: boolean): Attribute => ({
  name,
  type: backend().binding.TF_ATTR_BOOL,
  value,
})
export const text = (name: string, value: string): Attribute => ({
  name,
  type: backend().binding.TF_ATTR_STRING,
  value,
})
export const shape = (name: string, value: readonly number[]): Attribute => ({
  name,
  type: backend().binding.TF_ATTR_SHAPE,
  value,
})

/** A value made at its first use, after the engine is up, and kept. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Runs a kernel that has one output. The caller (or its tidy) owns the result. */
export function execute<T extends tf.Tensor = tf.Tensor>(
  kernel: string,
  attributes: readonly Attribute[],
  inputs: readonly tf.Tensor[],
): T {
  return backend().executeSingleOutput(kernel, attributes, inputs) as T
}

/** Runs a kernel that has several outputs, likewise. */
export function executeMultiple(
  kernel: string,
  attributes: readonly Attribute[],
  inputs: readonly tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  return backend().executeMultipleOutputs(kernel, attributes, inputs, outputs)
}

/** Runs a kernel that has no output: an assignment, an in-place update. */
export function executeInPlace(kernel: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[]): void {
  backend().executeMultipleOutputs(kernel, attributes, inputs, 0)
}
