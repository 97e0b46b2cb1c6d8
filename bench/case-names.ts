/**
 * The cases in the order in which they run, each with the library of its peer (bench/peer_LIBRARY.py); apart from case-process.ts so
 * that the parent need not load the engine.
 */
export const PEERS = {
  matmul: 'numpy',
  elementwise: 'numpy',
  solves: 'numpy',
  tikhonov: 'numpy',
  proximal: 'torch',
  dlam: 'torch',
  sgd: 'numpy',
  retrieval: 'numpy',
  memory: 'numpy',
} as const

export type CaseName = keyof typeof PEERS
export type Library = (typeof PEERS)[CaseName]

export const CASE_NAMES = Object.keys(PEERS) as CaseName[]
