// Makes the index anew from the segments. As a repair it also checks every chunk against its id, copies the whole
// records of damaged segments into a new one and removes the damaged, and says what was lost. The caller holds the
// exclusive lock; other processes may go on appending to segments of their own, which are only read.

import { closeSync, openSync, rmSync } from 'node:fs'
import { equal, toHex } from '../base/bytes.ts'
import type { SeedKeys } from '../cut/seed.ts'
import { listedDamageMax } from './limits.ts'
import { type RecordHeader, recordTypes } from './record.ts'
import { ownership, sealAfter } from './recover.ts'
import { Reindexer } from './reindex.ts'
import { type ScanResult, SegmentScanner } from './segment_scan.ts'
import { listSegments, segmentPath } from './segment_writer.ts'
import type { Store } from './store.ts'
import type { DamagedPlace } from './verify.ts'

export interface RepairReport {
  readonly segments: number
  readonly records: number
  /** Places that held no whole record, or one whose bytes are not those of its id. */
  readonly damagedCount: number
  readonly damaged: readonly DamagedPlace[]
  /** Blobs that were complete as far as the old index knew, and are not now. */
  readonly lostBlobs: readonly Uint8Array[]
  /** Files in segments/ that belong to another pool; left alone. */
  readonly foreignSegments: readonly number[]
}

export class Rebuilder {
  readonly #store: Store
  readonly #reindexer: Reindexer
  readonly #scanner: SegmentScanner
  readonly #isRepair: boolean
  readonly #damaged: DamagedPlace[] = []
  readonly #foreign: number[] = []
  /** As the old index knew. */
  readonly #sealed = new Set<number>()
  #damagedCount = 0
  #segments = 0
  #records = 0

  constructor(store: Store, keys: SeedKeys, isRepair: boolean) {
    this.#store = store
    this.#reindexer = new Reindexer(store, keys)
    this.#scanner = new SegmentScanner(store.hashes.xxh64)
    this.#isRepair = isRepair
  }

  run(): RepairReport {
    const store = this.#store
    store.sealSegment()
    const before = completeBlobs(store)
    for (const { number, row } of store.index.segments()) if (row.isSealed) this.#sealed.add(number)
    store.index.transaction(() => {
      store.index.setState('rebuilding')
      store.index.clearDerived()
    })
    for (const number of listSegments(store.segmentsDirectory)) this.#segment(number)
    // the copies of what was whole in damaged segments
    store.sealSegment()
    const refused = this.#reindexer.settle()
    for (const id of refused)
      this.#count({ segment: 0, start: 0, end: 0, why: `blob ${toHex(id)} has another's recipe` })
    store.index.transaction(() => store.index.setState('ready'))
    const after = completeBlobs(store)
    return {
      segments: this.#segments,
      records: this.#records,
      damagedCount: this.#damagedCount,
      damaged: this.#damaged,
      lostBlobs: [...before].filter(key => !after.has(key)).map(key => Buffer.from(key, 'hex')),
      foreignSegments: this.#foreign,
    }
  }

  #segment(number: number): void {
    const store = this.#store
    const owner = ownership(store, number)
    if (owner === 'foreign') {
      this.#foreign.push(number)
      return
    }
    const fd = openSync(segmentPath(store.segmentsDirectory, number), 'r+')
    try {
      this.#segments++
      const seen = this.#look(fd, number)
      const wasSealed = seen.isSealed || this.#sealed.has(number)
      const isLive = owner === 'live' && !wasSealed
      // what is broken at the end of an unsealed segment is a torn tail
      const places = [...seen.damage.filter(({ end }) => wasSealed || end < seen.size), ...seen.wrong]
      for (const { start, end, why } of places) this.#count({ segment: number, start, end, why })
      if (this.#isRepair && !isLive && places.length > 0) this.#salvage(fd, number)
      else this.#enter(fd, number, !isLive && !seen.isSealed)
    } finally {
      closeSync(fd)
    }
  }

  /** What is wrong with a segment; a repair also compares bytes and ids. */
  #look(fd: number, number: number): ScanResult & { wrong: { start: number; end: number; why: string }[] } {
    const wrong: { start: number; end: number; why: string }[] = []
    if (!this.#isRepair) return { ...this.#scanner.scan(fd, 0, () => {}), wrong }
    const result = this.#scanner.scan(fd, 0, (header, payload) => {
      if (this.#isTrue(header, payload)) return
      const end = header.offset + header.storedLength
      wrong.push({ start: header.offset, end, why: `the bytes are not those of the id in segment ${number}` })
    })
    return { ...result, wrong }
  }

  #isTrue(header: RecordHeader, payload: Uint8Array): boolean {
    if (header.type !== recordTypes.chunk && header.type !== recordTypes.part) return true
    return equal(this.#store.hashes.chunkId(payload), header.id)
  }

  #enter(fd: number, number: number, isTorn: boolean): void {
    const found = this.#reindexer.scan(this.#scanner, fd, number, 0)
    this.#records += found.records
    if (isTorn && found.records === 0) {
      rmSync(segmentPath(this.#store.segmentsDirectory, number), { force: true }) // nothing is left of it
      return
    }
    const sizeBytes = isTorn ? sealAfter(this.#store, fd, found.validEnd, found.records) : found.validEnd
    this.#store.index.transaction(() =>
      this.#store.index.putSegment(number, {
        sizeBytes,
        isSealed: isTorn || found.isSealed,
        isDropped: false,
        lastUsedMillis: Date.now(),
        chunkCount: found.chunkCount,
        chunkBytes: found.chunkBytes,
      }),
    )
  }

  /** Copies what is whole into the segment in progress, commits it, and removes the damaged file. */
  #salvage(fd: number, number: number): void {
    const store = this.#store
    this.#scanner.scan(fd, 0, (header, payload) => {
      this.#records++
      if (header.type === recordTypes.seal || header.type === recordTypes.head) return
      if (header.type === recordTypes.chunk || header.type === recordTypes.part) {
        if (this.#isTrue(header, payload) && !store.locate(header.id)) {
          store.putContent(header.type, header.id, payload)
        }
      } else {
        const { segment } = store.append(header.type, header.id, payload)
        this.#reindexer.note(header, payload, segment)
      }
    })
    store.commit()
    rmSync(segmentPath(store.segmentsDirectory, number), { force: true })
  }

  #count(place: DamagedPlace): void {
    this.#damagedCount++
    if (this.#damaged.length < listedDamageMax) this.#damaged.push(place)
  }
}

function completeBlobs(store: Store): Set<string> {
  const ids = new Set<string>()
  for (const { id, row } of store.index.blobs()) if (row.isComplete) ids.add(toHex(id))
  return ids
}
