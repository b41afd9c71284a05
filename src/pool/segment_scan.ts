// The forward scan of one segment: every whole record, in order, out of bytes nobody vouches for. After damage it
// looks for the next header. Everything in a pool can be found again by this alone. Knows no index.

import { fstatSync } from 'node:fs'
import { equal } from '../base/bytes.ts'
import { readFully } from '../host/file.ts'
import { gatherBytes, recordBytesMax } from './limits.ts'
import {
  type Checksum,
  decodeHeader,
  headerBytes,
  looksLikeRecord,
  type RecordFailure,
  type RecordHeader,
  recordBytes,
  recordTypes,
} from './record.ts'

export interface Damage {
  readonly start: number
  /** One past the last byte that belongs to no whole record. */
  readonly end: number
  readonly why: RecordFailure
}

export interface ScanResult {
  readonly records: number
  readonly damage: readonly Damage[]
  /** One past the last whole record. Behind it: nothing, or damage that in an unsealed segment is a torn tail. */
  readonly validEnd: number
  readonly size: number
  /** Its last whole record is a seal. */
  readonly isSealed: boolean
}

/** Payload is a view that lives until the visit returns. */
export type Visit = (header: RecordHeader, payload: Uint8Array) => void

export class SegmentScanner {
  readonly #checksum: Checksum
  // one record of the greatest size always fits behind any position of the first read's bytes
  readonly #window = new Uint8Array(gatherBytes + recordBytes(recordBytesMax))
  #windowStart = 0
  #windowEnd = 0
  #fd = -1
  #size = 0

  constructor(checksum: Checksum) {
    this.#checksum = checksum
  }

  /** Visits the whole records of [from, to); both are where a record starts, `to` by default the file's end. */
  scan(fd: number, from: number, visit: Visit, to = Number.POSITIVE_INFINITY): ScanResult {
    this.#fd = fd
    this.#size = Math.min(to, fstatSync(fd).size)
    this.#windowStart = 0
    this.#windowEnd = 0
    const damage: Damage[] = []
    let records = 0
    let at = from
    let validEnd = from
    let isSealed = false
    while (at < this.#size) {
      const found = this.#recordAt(at)
      if (typeof found === 'string') {
        const end = this.#nextHeader(at + 8)
        damage.push({ start: at, end, why: found })
        at = end
      } else if (!found.isWhole) {
        const end = at + recordBytes(found.header.storedLength)
        damage.push({ start: at, end, why: 'payload checksum' })
        at = end
      } else {
        visit(found.header, found.payload)
        records++
        at += recordBytes(found.header.storedLength)
        validEnd = at
        isSealed = found.header.type === recordTypes.seal
      }
    }
    return { records, damage, validEnd, size: this.#size, isSealed }
  }

  #recordAt(at: number): { header: RecordHeader; payload: Uint8Array; isWhole: boolean } | RecordFailure {
    if (!this.#load(at, headerBytes)) return 'truncated'
    const header = decodeHeader(this.#window, at - this.#windowStart, at, this.#checksum)
    if (typeof header === 'string') return header
    const windowStart = this.#windowStart
    if (!this.#load(at, recordBytes(header.storedLength))) return 'truncated'
    const start = at - this.#windowStart
    // when the payload made the window move, the header's views look at other bytes now
    const hasMoved = windowStart !== this.#windowStart
    const again = hasMoved ? decodeHeader(this.#window, start, at, this.#checksum) : header
    if (typeof again === 'string') return again
    const payload = this.#window.subarray(start + headerBytes, start + headerBytes + header.storedLength)
    return { header: again, payload, isWhole: equal(this.#checksum(payload), again.payloadSum) }
  }

  /** The next offset at or behind `from` where a true header lies, or the end of the file. */
  #nextHeader(from: number): number {
    for (let at = from; at < this.#size; at += 8) {
      if (!this.#load(at, headerBytes)) return this.#size
      const inWindow = at - this.#windowStart
      if (!looksLikeRecord(this.#window, inWindow)) continue
      if (typeof decodeHeader(this.#window, inWindow, at, this.#checksum) !== 'string') return at
    }
    return this.#size
  }

  /** Brings [at, at + count) into the window. false: the file ends before. */
  #load(at: number, count: number): boolean {
    if (at >= this.#windowStart && at + count <= this.#windowEnd) return true
    if (at + count > this.#size) return false
    const read = readFully(this.#fd, this.#window, at)
    this.#windowStart = at
    this.#windowEnd = at + read
    return read >= count
  }
}
