/** The few statistics that rules share, and numbers as they stand in a reason. */
import type { Spread } from '../claim'
import type { BySeed } from '../table'

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

export function spreadOf(values: readonly number[]): Spread {
  return { low: Math.min(...values), high: Math.max(...values), seeds: values.length }
}

/** The values that there are. */
export function present(values: BySeed): number[] {
  return [...values.values()].filter((v) => v !== null)
}

/** At most 4 significant digits: 0.2134, 97.15, 31,420; far from 1 with an exponent: 1.204e-7. */
export function digits(x: number): string {
  if (x !== 0 && (Math.abs(x) < 1e-4 || Math.abs(x) >= 1e7)) return x.toExponential(3)
  return x.toLocaleString('en-US', { maximumSignificantDigits: 4 })
}

/** '2.1 % (2.05 to 2.15 over 3 seeds)', or the value alone for one seed. */
export function withSpread(values: readonly number[], unit: string): string {
  const { low, high, seeds } = spreadOf(values)
  const range = seeds > 1 ? ` (${digits(low)} to ${digits(high)} over ${seeds} seeds)` : ''
  return `${digits(mean(values))}${unit === '' ? '' : ` ${unit}`}${range}`
}
