// Chunks written as records of a segment, many in one call and one pass: by the addon, where it is there. The layout is
// the pool's own (src/pool/record.ts), which has the portable twin. native/bind_cut_record.cc

import { native } from './addon.ts'

/**
 * Writes a record of `type` for each row of a recipe to `target`, from `at` on, where there is room for them. `chunks` are
 * their bytes, one behind another; `offset` is where in the segment the first goes. Returns where in `target` they end.
 */
export type PutRecords = (
  type: number,
  rows: Uint8Array,
  chunks: Uint8Array,
  offset: number,
  target: Uint8Array,
  at: number,
) => number

/** @param loaded what the addon gives, for tests of one twin */
export function nativePutRecords(loaded: unknown = native().addon): PutRecords | undefined {
  const isOne = typeof loaded === 'object' && loaded !== null && 'recordPut' in loaded
  return isOne ? (loaded as { recordPut: PutRecords }).recordPut : undefined
}
