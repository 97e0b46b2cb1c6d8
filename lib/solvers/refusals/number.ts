/** What a number of a setting may be. Text, true or null are none, though a comparison would take them. */

export const isPositive = (value: unknown): boolean => inFloat32(value) > 0

export const isNonNegative = (value: unknown): boolean => inFloat32(value) >= 0

/** The value that the engine would compute with; NaN for what is no number there, or no finite one. */
function inFloat32(value: unknown): number {
  if (typeof value !== 'number') return Number.NaN
  const rounded = Math.fround(value)
  return Number.isFinite(rounded) ? rounded : Number.NaN
}
