/** Smaller images: the DLAM paper (section 4.1.1) has MNIST with 196 features, 14 x 14, and does not say how it was made smaller. */
import { PIXELS, type Split } from './load'

const SIDE = 28
const HALF = SIDE / 2

/**
 * Every image at half its height and width: each pixel the mean of a 2 x 2 square, rounded to a byte (halves up). 196 pixels per image;
 * the labels are the split's own, not a copy.
 * @throws RangeError for images that are not 28 x 28
 */
export function meanPooled({ images, labels }: Split): Split {
  if (images.length !== labels.length * PIXELS)
    throw new RangeError(
      `meanPooled: expected ${labels.length} images of ${SIDE} x ${SIDE} pixels, found ${images.length} pixels`,
    )
  const pooled = new Uint8Array(images.length / 4)
  for (let i = 0; i < pooled.length; i++) {
    const image = Math.floor(i / (HALF * HALF))
    const [row, column] = [Math.floor(i / HALF) % HALF, i % HALF]
    const at = image * PIXELS + 2 * row * SIDE + 2 * column
    pooled[i] = (images[at]! + images[at + 1]! + images[at + SIDE]! + images[at + SIDE + 1]! + 2) >> 2
  }
  return { images: pooled, labels }
}

/** The first n rows, as the paper's 55,000 of MNIST's 60,000 are; sharing the split's memory. @throws RangeError unless 1 <= n <= N */
export function firstRows({ images, labels }: Split, n: number): Split {
  if (!Number.isInteger(n) || n < 1 || n > labels.length)
    throw new RangeError(`firstRows: ${n} rows asked for; expected a whole number from 1 to ${labels.length}`)
  const pixels = images.length / labels.length
  return { images: images.subarray(0, n * pixels), labels: labels.subarray(0, n) }
}
