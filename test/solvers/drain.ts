import type { Report } from 'blockwise/dist/solvers/solver'

/** Runs a step to its end; `atYield` is called at each of its yields. */
export function drain(step: Generator<string, Report>, atYield: (block: string) => void = () => {}): Report {
  for (;;) {
    const next = step.next()
    if (next.done) return next.value
    atYield(next.value)
  }
}
