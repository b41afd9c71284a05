// Entries of a manifest named by index, as runs: { Gap (i), Count (i) } …. PROTOCOL.md §15.3-11

import { Reader, varintSize, Writer } from '../../base/bytes.ts'
import type { Range } from '../../base/ranges.ts'

/**
 * @param ranges ascending and apart
 * @param bytesMax what does not fit is left out: the first runs are told
 */
export function encodeRuns(ranges: Iterable<Range>, bytesMax: number): Uint8Array {
  const w = new Writer(new Uint8Array(bytesMax))
  let at = 0
  for (const { start, end } of ranges) {
    if (varintSize(start - at) + varintSize(end - start) > w.left) break
    w.varint(start - at)
    w.varint(end - start)
    at = end
  }
  return w.written().slice()
}

/** undefined: they break a rule of §15.3-11. */
export function decodeRuns(bytes: Uint8Array, entryCount: number): Range[] | undefined {
  const r = new Reader(bytes)
  const ranges: Range[] = []
  let at = 0
  while (r.left > 0) {
    const start = at + r.varint()
    const end = start + r.varint()
    const isApart = start > at || ranges.length === 0
    if (r.failed || !isApart || end <= start || end > entryCount) return undefined
    ranges.push({ start, end })
    at = end
  }
  return ranges
}
