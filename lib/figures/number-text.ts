/**
 * Numbers as plain text, for cells, labels, legends and captions. Very small and very large ones are written '6.8e-5': a caption has
 * no raised digits, and a cell little room.
 */

/** Written out from here ... */
const smallest = 1e-4
/** ... to below here. */
const largest = 1e6

const isPlain = (value: number): boolean => value === 0 || (Math.abs(value) >= smallest && Math.abs(value) < largest)

const exponent = (text: string): string => text.replace('e+', 'e')

const grouped = (value: number, least: number, most: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: least, maximumFractionDigits: most })

const decimalsOf = (value: number, digits: number): number =>
  Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))))

/** To significant digits, zeros kept: 0.17 at 3 -> '0.170'; 55000 at 2 -> '55,000'; 0.0000681 at 2 -> '6.8e-5'. */
export function numberText(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits))
  if (rounded === 0) return '0'
  if (!isPlain(rounded)) return exponent(rounded.toExponential(digits - 1))
  const decimals = decimalsOf(rounded, digits)
  return grouped(rounded, decimals, decimals)
}

/** A writer for numbers that stand side by side: as many digits after the point as the largest of them needs for its own. */
export function alignedText(values: readonly number[], digits: number): (value: number) => string {
  const largest = Math.max(...values.map(Math.abs))
  if (largest === 0 || !isPlain(largest)) return (value) => numberText(value, digits)
  const decimals = decimalsOf(largest, digits)
  // Rounded first: -0.001 at two decimals is 0.00, not -0.00.
  return (value) => grouped(Number(value.toFixed(decimals)) + 0, decimals, decimals)
}

/** With every digit: 55000 -> '55,000', 1e-7 -> '1e-7'. Different numbers have different texts. */
export function exactText(value: number): string {
  return isPlain(value) ? grouped(value, 0, 20) : exponent(value.toExponential())
}

/** A value and its standard error, to two digits of the error: '0.984 ± 0.012', '(6.80 ± 0.21)e-5'. */
export function uncertainText(value: number, error: number): string {
  // An error that is only rounding has no digits to round the value to.
  if (error <= 1e-6 * Math.abs(value)) return `${numberText(value, 6)} ± ${numberText(error, 1)}`
  const size = Math.max(Math.abs(value), error)
  const power = isPlain(size) ? 0 : Math.floor(Math.log10(size))
  const unit = 10 ** power
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(error / unit)))
  const both = [value, error].map((x) => grouped(x / unit, decimals, decimals)).join(' ± ')
  return power === 0 ? both : `(${both})e${power}`
}
