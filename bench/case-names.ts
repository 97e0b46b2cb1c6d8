/** In the order in which they run; apart from case-process.ts so that the parent need not load the engine. */
export const CASE_NAMES = ['matmul', 'elementwise', 'solves', 'tikhonov', 'proximal', 'dlam', 'sgd', 'memory'] as const

export type CaseName = (typeof CASE_NAMES)[number]
