// The scrub: reads every record, follows every index entry and every recipe, and reports what is not as it should
// be. Repairs nothing. `full` also hashes every chunk and every extent; without it bytes are checked by XXH64 only.

import { closeSync, openSync, statSync } from 'node:fs'
import { equal, toHex } from '../base/bytes.ts'
import type { SeedKeys } from '../cut/seed.ts'
import { BlobReader } from './blob_reader.ts'
import { isTreeExtent, isUnchanged, markOf } from './extent.ts'
import { extentPath } from './extent_files.ts'
import { listedDamageMax, scanReadBytes } from './limits.ts'
import { type RecordHeader, recordTypes } from './record.ts'
import { walkRecipe } from './reindex.ts'
import type { BlobRow, SegmentRow } from './rows.ts'
import { SegmentScanner } from './segment_scan.ts'
import { segmentPath } from './segment_writer.ts'
import type { Store } from './store.ts'

export interface DamagedPlace {
  readonly segment: number
  readonly start: number
  readonly end: number
  readonly why: string
}

export interface DamagedBlob {
  readonly blobId: Uint8Array
  readonly why: string
}

export interface VerifyReport {
  /** Nothing is damaged. Incomplete blobs and changed files are not damage: the pool knows of them. */
  readonly isClean: boolean
  readonly segments: number
  readonly records: number
  readonly bytes: number
  readonly blobs: number
  /** Blobs whose bytes are not all there, and are not said to be. */
  readonly incompleteBlobs: number
  /** External extents whose file has changed: they are forgotten at the next read. */
  readonly changedExtents: number
  readonly damagedCount: number
  /** The first `listedDamageMax` of them. */
  readonly damaged: readonly DamagedPlace[]
  readonly damagedBlobs: readonly DamagedBlob[]
  /** Index entries whose record is not there. */
  readonly danglingEntries: number
}

export class Verifier {
  readonly #store: Store
  readonly #keys: SeedKeys
  readonly #isFull: boolean
  readonly #damaged: DamagedPlace[] = []
  readonly #damagedBlobs: DamagedBlob[] = []
  #damagedCount = 0
  #segments = 0
  #records = 0
  #bytes = 0
  #blobs = 0
  #incompleteBlobs = 0
  #changedExtents = 0
  #indexedRecords = 0

  constructor(store: Store, keys: SeedKeys, isFull: boolean) {
    this.#store = store
    this.#keys = keys
    this.#isFull = isFull
  }

  run(): VerifyReport {
    const { index } = this.#store
    const scanner = new SegmentScanner(this.#store.hashes.xxh64)
    for (const { number, row } of [...index.segments()])
      if (!row.isDropped) this.#segment(scanner, number, row)
    const danglingEntries = this.#indexedRecords === index.chunkCount ? 0 : this.#countDangling()
    for (const { id, row } of index.blobs()) this.#blob(id, row)
    return {
      isClean: this.#damagedCount === 0 && danglingEntries === 0,
      segments: this.#segments,
      records: this.#records,
      bytes: this.#bytes,
      blobs: this.#blobs,
      incompleteBlobs: this.#incompleteBlobs,
      changedExtents: this.#changedExtents,
      damagedCount: this.#damagedCount,
      damaged: this.#damaged,
      damagedBlobs: this.#damagedBlobs,
      danglingEntries,
    }
  }

  #segment(scanner: SegmentScanner, number: number, row: SegmentRow): void {
    this.#segments++
    let fd: number
    try {
      fd = openSync(segmentPath(this.#store.segmentsDirectory, number), 'r')
    } catch {
      this.#store.index.refresh()
      const now = this.#store.index.segment(number)
      if (!now || now.isDropped) return // evicted by another process meanwhile
      this.#addDamage({ segment: number, start: 0, end: row.sizeBytes, why: 'the file is missing' })
      return
    }
    try {
      // behind the last commit another process may be writing; behind a seal nothing may be
      const to = row.isSealed ? Number.POSITIVE_INFINITY : row.sizeBytes
      const visit = (header: RecordHeader, payload: Uint8Array): void => this.#record(number, header, payload)
      const found = scanner.scan(fd, 0, visit, to)
      this.#records += found.records
      this.#bytes += found.size
      for (const damage of found.damage) this.#addDamage({ segment: number, ...damage })
      if (found.size < row.sizeBytes) {
        this.#addDamage({ segment: number, start: found.size, end: row.sizeBytes, why: 'truncated' })
      } else if (row.isSealed && !found.isSealed) {
        this.#addDamage({
          segment: number,
          start: found.validEnd,
          end: found.size,
          why: 'the seal is missing',
        })
      }
    } finally {
      closeSync(fd)
    }
  }

  #record(segment: number, header: RecordHeader, payload: Uint8Array): void {
    if (header.type !== recordTypes.chunk && header.type !== recordTypes.part) return
    const location = this.#store.index.chunk(header.id)
    if (location?.segment === segment && location.offset === header.offset) this.#indexedRecords++
    if (!this.#isFull || equal(this.#store.hashes.chunkId(payload), header.id)) return
    const end = header.offset + header.storedLength
    this.#addDamage({ segment, start: header.offset, end, why: 'the bytes are not those of the id' })
  }

  #addDamage(place: DamagedPlace): void {
    this.#damagedCount++
    if (this.#damaged.length < listedDamageMax) this.#damaged.push(place)
  }

  // Entries that no scan met: another process may have added them meanwhile, so each is looked at itself.
  #countDangling(): number {
    const scratch = new Uint8Array(scanReadBytes)
    let count = 0
    for (const { location } of this.#store.index.chunks()) {
      if (!this.#store.hasRecord(location, scratch)) count++
    }
    return count
  }

  #blob(id: Uint8Array, row: BlobRow): void {
    this.#blobs++
    const walk = walkRecipe(this.#store, this.#keys, id, row)
    if (walk.verdict === 'wrong') return this.#addBlob(id, 'its recipe is that of another blob')
    if (walk.verdict === 'lost') return this.#addBlob(id, 'a part of its recipe is lost')
    if (row.extent) return this.#extent(id, row)
    if (!row.isComplete) this.#incompleteBlobs++
    else if (walk.missingChunks > 0) this.#addBlob(id, `${walk.missingChunks} of its chunks are missing`)
  }

  #extent(id: Uint8Array, row: BlobRow): void {
    if (!row.extent) return
    if (isTreeExtent(row.extent)) {
      // its files are the user's, one by one: what was changed is no damage
      if (this.#isFull && !this.#isReadable(id, row)) this.#changedExtents++
      return
    }
    const path = extentPath(this.#store.extentsDirectory, row.extent)
    try {
      if (!isUnchanged(row.extent.mark, markOf(statSync(path, { bigint: true })))) this.#changedExtents++
      else if (this.#isFull && !this.#isReadable(id, row))
        this.#addBlob(id, `${path} does not hold its bytes`)
    } catch {
      this.#changedExtents++
    }
  }

  #isReadable(id: Uint8Array, row: BlobRow): boolean {
    const reader = new BlobReader(this.#store, id, row, false)
    const target = new Uint8Array(scanReadBytes)
    for (let at = 0; at < row.sizeBytes; ) {
      const count = reader.read(at, target)
      if (count === 0) return false
      at += count
    }
    return true
  }

  #addBlob(blobId: Uint8Array, why: string): void {
    this.#damagedCount++
    if (this.#damagedBlobs.length < listedDamageMax) this.#damagedBlobs.push({ blobId: blobId.slice(), why })
  }
}

/** One line for a person. */
export function describeDamage(report: VerifyReport): string[] {
  return [
    ...report.damaged.map(
      ({ segment, start, end, why }) =>
        `segment ${segment.toString(16).padStart(8, '0')}, bytes ${start} to ${end}: ${why}`,
    ),
    ...report.damagedBlobs.map(({ blobId, why }) => `blob ${toHex(blobId)}: ${why}`),
    ...(report.danglingEntries > 0 ? [`${report.danglingEntries} index entries without a record`] : []),
  ]
}
