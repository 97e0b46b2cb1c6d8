/**
 * Keyed randomness: a generator is made from a key such as (seed, iteration), so nothing has to be stored for a resumed
 * run to draw what the uninterrupted one would have drawn. sfc32 (Doty-Humphrey's PractRand) seeded by FNV-1a hashes.
 */

export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number
  /** A uniformly random permutation of 0 .. n-1 (Fisher-Yates). */
  permutation(n: number): Int32Array
}

/** The generator of a key; equal keys give equal sequences, ('1', 1) and (1, '1') do not collide with ('11'). */
export function keyedRandom(...key: readonly (number | string)[]): Random {
  const text = JSON.stringify(key)
  let [a, b, c, counter] = [fnv1a(text, 1), fnv1a(text, 2), fnv1a(text, 3), 1]
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 15; i++) next() // mixes the key into the whole state
  const uniform = () => next() / 4294967296
  return {
    uniform,
    permutation(n) {
      const p = Int32Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1))
        const held = p[i]!
        p[i] = p[j]!
        p[j] = held
      }
      return p
    },
  }
}

/** 32-bit FNV-1a of a text, varied by a salt. */
function fnv1a(text: string, salt: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1)) | 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
