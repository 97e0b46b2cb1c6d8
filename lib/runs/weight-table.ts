/** Rows of a table of images: the weights that lead from the image into some units of the first layer, pixel by pixel. */
import type { Run } from './experiment'
import type { Row } from './tables'

/** Digits of a weight in the table: a picture shows fewer. */
const DIGITS = 5

/** One row per unit, counted from 0, and pixel of a square image, in the order in which the image's pixels are stored. */
export function pixelWeightRows({ key, use }: Run, units: readonly number[]): Promise<Row[]> {
  const { dataset, method, setting, seed } = key
  return use(({ kernels }) => {
    const first = kernels[0]![0]!
    const [rows, pixels] = first.shape
    const side = Math.sqrt(pixels)
    if (!Number.isInteger(side)) throw new RangeError(`pixelWeightRows: ${pixels} inputs are not a square image`)
    const values = first.dataSync()
    return units.flatMap((unit) => {
      if (!(unit >= 0 && unit < rows)) throw new RangeError(`pixelWeightRows: unit ${unit} of a layer of ${rows}`)
      return Array.from({ length: pixels }, (_, i) => ({
        ...{ dataset, method, setting, seed, unit, pixel_row: Math.floor(i / side), pixel_column: i % side },
        weight: Number(values[unit * pixels + i]!.toPrecision(DIGITS)),
      }))
    })
  })
}
