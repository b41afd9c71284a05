// A batch of small files as columns: judged once for both twins, and one file of it. Knows no file system.

import type { ManyReads, ManyWrites } from './many.ts'

/** Most files of one call. */
export const manyMax = 1024

type Columns = Pick<ManyReads, 'paths' | 'offsets' | 'lengths'>

/** A column that is short, or a place outside the buffer, is our own slip. */
export function mustFit(batch: Columns, buffer: Uint8Array): void {
  const { paths, offsets, lengths } = batch
  if (paths.length > manyMax) throw new RangeError(`at most ${manyMax} files, got ${paths.length}`)
  if (offsets.length !== paths.length || lengths.length !== paths.length)
    throw new RangeError('an offset and a length for each file')
  for (let i = 0; i < paths.length; i++) {
    const offset = offsets[i] ?? Number.NaN
    const length = lengths[i] ?? Number.NaN
    if (Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0)
      if (offset + length <= buffer.length) continue
    throw new RangeError(`file ${i} is outside the buffer of ${buffer.length} bytes: ${offset}, ${length}`)
  }
}

export function mustHaveAttributes(batch: ManyWrites): void {
  if (batch.modes.length === batch.paths.length && batch.mtimesNanos.length === batch.paths.length) return
  throw new RangeError('a mode and a time for each file')
}

/** Where file `i` is in the buffer. */
export function placeOf(batch: Columns, i: number, buffer: Uint8Array): Uint8Array {
  const offset = batch.offsets[i] ?? 0
  return buffer.subarray(offset, offset + (batch.lengths[i] ?? 0))
}
