/**
 * The IDX format of MNIST (LeCun, Cortes and Burges 1998): two zero bytes, a type code, the number of dimensions, each
 * dimension as a 32-bit big-endian number, then the elements in row-major order. Only unsigned bytes (0x08) occur here.
 */

const UNSIGNED_BYTE = 0x08

/**
 * The elements of an IDX array of unsigned bytes, as a view on the content (no copy).
 * @param content the whole uncompressed file
 * @param shape the expected dimensions, e.g. [60000, 28, 28]
 * @param what named in errors, e.g. the file's name
 * @throws RangeError when magic number, dimensions or size are not the expected ones
 */
export function readIdx(content: Uint8Array, shape: readonly number[], what: string): Uint8Array {
  const header = 4 + 4 * shape.length
  const refuse = (part: string, expected: string, found: string): never => {
    throw new RangeError(`${what}: expected ${part} ${expected}, found ${found}`)
  }
  if (content.length < header) refuse('an IDX header of', `${header} bytes`, `${content.length} bytes in all`)
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const hex = (magic: number) => `0x${magic.toString(16).padStart(8, '0')}`
  const magic = (UNSIGNED_BYTE << 8) | shape.length
  if (view.getUint32(0) !== magic) refuse('magic number', hex(magic), hex(view.getUint32(0)))
  const found = shape.map((_, i) => view.getUint32(4 + 4 * i))
  if (found.some((size, i) => size !== shape[i])) refuse('dimensions', shape.join(' x '), found.join(' x '))
  const size = shape.reduce((product, n) => product * n, 1)
  if (content.length !== header + size) refuse('a size of', `${header + size} bytes`, `${content.length} bytes`)
  return content.subarray(header)
}
