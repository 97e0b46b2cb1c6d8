/**
 * TensorFlow resource variables of type float32: memory that kernels update in place. A tensor of tfjs is immutable, so
 * an optimiser written with tensors allocates every weight anew in every step; a variable keeps its place.
 */
import { execute, executeInPlace, flag, float32, once, shape, text } from './kernels'
import { tf } from './tensorflow'

/** Owned by whoever created it; to be destroyed exactly once. */
export interface Variable {
  /** The resource handle, first input of the kernels that update in place. */
  readonly handle: tf.Tensor
  readonly shape: readonly number[]
}

/**
 * The name that makes VarHandleOp create an anonymous variable (ResourceHandle::ANONYMOUS_NAME in TensorFlow's
 * resource_handle.h): no two collide, and the operation is cached once instead of once per name.
 */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347'

const dtype = once(() => [float32('dtype')])
const deepCopy = once(() => [float32('T')])
const destruction = once(() => [flag('ignore_lookup_error', false)])

/** A variable that starts as a copy of `initial`, which stays the caller's. */
export function createVariable(initial: tf.Tensor): Variable {
  // Assignment shares the buffer, and a tensor's buffer may even be a JavaScript array of the caller: copy it first.
  const copy = execute('DeepCopy', deepCopy(), [initial])
  const created = adopt(copy)
  copy.dispose()
  return created
}

/** A variable of zeros. */
export function zerosVariable(dimensions: readonly number[]): Variable {
  const zeros = tf.zeros([...dimensions])
  const created = createVariable(zeros)
  zeros.dispose()
  return created
}

function adopt(initial: tf.Tensor): Variable {
  const attributes = [text('container', ''), text('shared_name', ANONYMOUS), ...dtype(), shape('shape', initial.shape)]
  const variable = { handle: tf.keep(execute('VarHandleOp', attributes, [])), shape: initial.shape }
  assignVariable(variable, initial)
  return variable
}

/**
 * The value now; the caller owns the tensor. It shares the variable's memory until the variable changes: an update
 * while it lives first copies the variable (the tensor keeps the old value), so dispose it before updating.
 */
export function readVariable<T extends tf.Tensor = tf.Tensor>(variable: Variable): T {
  return execute<T>('ReadVariableOp', dtype(), [variable.handle])
}

/** Replaces the value. The variable shares the memory of `value` until one of them goes or the variable is updated. */
export function assignVariable(variable: Variable, value: tf.Tensor): void {
  executeInPlace('AssignVariableOp', dtype(), [variable.handle, value])
}

/** Frees the memory. Disposing the handle alone would do so only for an anonymous variable of recent TensorFlow. */
export function destroyVariable(variable: Variable): void {
  executeInPlace('DestroyResourceOp', destruction(), [variable.handle])
  variable.handle.dispose()
}
