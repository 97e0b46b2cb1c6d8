/**
 * How much memory a method's tensors take in training: the most bytes that were held at once, temporaries included, beyond what was
 * held before it began (the data). Counted by TensorFlow.js tensor by tensor, so it is the same on every machine; what kernels take
 * inside is not in it.
 */
import { tf } from '../engine/tensorflow'
import type { Weights } from '../network/weights'
import { keyedRandom } from '../random'
import type { Problem, Solver } from '../solvers/solver'

/** The file that a stored measurement depends on, with all it imports. */
export const peakMemorySource = __filename

interface Bytes {
  numBytes: number
}

/** Peak bytes of `steps` iterations from `start`, the start of the solver's state included. Two show every state that a step meets. */
export function peakTensorBytes<S>(solver: Solver<S>, problem: Problem, start: Weights, steps = 2): number {
  const { state: counter } = tf.engine() as unknown as { state: Bytes }
  const before = counter.numBytes
  let [held, peak] = [before, before]
  // The engine keeps its count in a plain field: every tensor made or disposed passes here.
  Object.defineProperty(counter, 'numBytes', {
    configurable: true,
    enumerable: true,
    get: () => held,
    set: (bytes: number) => {
      held = bytes
      peak = Math.max(peak, bytes)
    },
  })
  try {
    const state = solver.init(problem, start)
    for (let t = 1; t <= steps; t++) for (const _ of solver.step(state, problem, t, keyedRandom('memory', t))) void _
    solver.dispose(state)
  } finally {
    Object.defineProperty(counter, 'numBytes', { configurable: true, enumerable: true, writable: true, value: held })
  }
  return peak - before
}
