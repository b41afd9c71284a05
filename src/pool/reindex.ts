// Puts what a scan of segments finds into the index: content at once, blobs, pins and extents when all segments are
// through, because a blob's chunks may lie in a segment that comes later. Used by recovery and by rebuild. Knows no
// locks: the caller holds them.

import { equal, Reader, toHex } from '../base/bytes.ts'
import { chunking1 } from '../cut/limits.ts'
import { entryId, entryLength } from '../cut/recipe.ts'
import type { SeedKeys } from '../cut/seed.ts'
import { type BlobType, blobId, blobType, TreeBuilder } from '../cut/tree.ts'
import { decodeExtent, type Extent } from './extent.ts'
import { RecipeLost, RecipeReader } from './recipe_reader.ts'
import { type RecordHeader, recordTypes } from './record.ts'
import { type BlobRecord, type BlobRow, decodeBlobRecord, decodePin } from './rows.ts'
import type { ScanResult, SegmentScanner } from './segment_scan.ts'
import type { Store } from './store.ts'

interface FoundBlob {
  readonly id: Uint8Array
  readonly record: BlobRecord
  readonly segments: number[]
}

export class Reindexer {
  readonly #store: Store
  readonly #keys: SeedKeys
  readonly #blobs = new Map<string, FoundBlob>()
  readonly #pins = new Map<string, { isPinned: boolean; atMillis: number; segment: number }>()
  readonly #extents = new Map<string, { extent: Extent; segment: number }>()

  constructor(store: Store, keys: SeedKeys) {
    this.#store = store
    this.#keys = keys
  }

  /** Enters the records of [from, to) in one transaction. The segment's row is the caller's. */
  scan(
    scanner: SegmentScanner,
    fd: number,
    number: number,
    from: number,
    to = Number.POSITIVE_INFINITY,
  ): ScanResult & ContentCount {
    let chunkCount = 0
    let chunkBytes = 0
    const { index } = this.#store
    const result = index.transaction(() => {
      const visit = (header: RecordHeader, payload: Uint8Array): void => {
        if (header.type === recordTypes.chunk || header.type === recordTypes.part) {
          if (header.type === recordTypes.chunk) {
            chunkCount++
            chunkBytes += header.rawLength
          }
          const location = { segment: number, offset: header.offset, length: header.storedLength }
          if (!index.chunk(header.id)) index.putChunk(header.id, location)
        } else this.note(header, payload, number)
      }
      return scanner.scan(fd, from, visit, to)
    })
    return { ...result, chunkCount, chunkBytes }
  }

  /** Keeps a catalogue record, which lies in `segment`, for `settle`. */
  note(header: RecordHeader, payload: Uint8Array, segment: number): void {
    const key = toHex(header.id)
    if (header.type === recordTypes.blob) {
      const record = decodeBlobRecord(payload)
      if (record) this.#blobs.set(key, { id: header.id.slice(), record, segments: [segment] })
    } else if (header.type === recordTypes.pin) {
      const pin = decodePin(payload)
      const known = this.#pins.get(key)
      if (pin && !(known && known.atMillis > pin.atMillis)) this.#pins.set(key, { ...pin, segment })
    } else if (header.type === recordTypes.extent) {
      const extent = decodeExtent(new Reader(payload))
      if (extent) this.#extents.set(key, { extent, segment })
    }
  }

  /**
   * Enters the blobs that were noted. One whose recipe went with an evicted segment is left out; one whose recipe
   * gives another id is also returned.
   */
  settle(): Uint8Array[] {
    const { index } = this.#store
    const refused: Uint8Array[] = []
    for (const [key, found] of this.#blobs) {
      const walk = walkRecipe(this.#store, this.#keys, found.id, found.record)
      if (walk.verdict === 'wrong') refused.push(found.id)
      if (walk.verdict !== 'good') continue
      const row = this.#rowOf(key, found, walk)
      index.transaction(() => index.putBlob(found.id, row))
    }
    index.transaction(() => this.#applyLoose())
    return refused
  }

  #rowOf(key: string, found: FoundBlob, walk: RecipeWalk): BlobRow {
    const segments = new Set([...walk.segments, ...found.segments])
    const pin = this.#pins.get(key)
    const known = this.#store.index.blob(found.id)
    const isPinned = pin?.isPinned ?? known?.isPinned ?? false
    if (pin?.isPinned) segments.add(pin.segment)
    const extent = this.#extents.get(key)
    if (extent) segments.add(extent.segment)
    return {
      ...found.record,
      isPinned,
      isComplete: walk.missingChunks === 0 || extent !== undefined,
      lastUsedMillis: Date.now(),
      segments: [...segments].sort((a, b) => a - b),
      extent: extent?.extent ?? known?.extent,
    }
  }

  /** Pins and extents of blobs whose own record was indexed before. */
  #applyLoose(): void {
    const { index } = this.#store
    for (const [key, { isPinned, segment }] of this.#pins) {
      const id = Buffer.from(key, 'hex')
      const row = this.#blobs.has(key) ? undefined : index.blob(id)
      if (row) index.putBlob(id, { ...row, isPinned, segments: withSegment(row.segments, segment) })
    }
    for (const [key, { extent, segment }] of this.#extents) {
      const id = Buffer.from(key, 'hex')
      const row = this.#blobs.has(key) ? undefined : index.blob(id)
      const segments = row ? withSegment(row.segments, segment) : []
      if (row) index.putBlob(id, { ...row, extent, isComplete: true, segments })
    }
  }
}

export interface ContentCount {
  readonly chunkCount: number
  readonly chunkBytes: number
}

export interface RecipeWalk {
  /** 'lost': a part is gone or rotten · 'wrong': it is the recipe of another blob. */
  readonly verdict: 'good' | 'lost' | 'wrong'
  /** Chunks that no segment has, as far as the index knows. */
  readonly missingChunks: number
  readonly segments: ReadonlySet<number>
}

/** Goes through a blob's recipe: is it the recipe of that blob, and where do its chunks lie? Reads no chunk. */
export function walkRecipe(store: Store, keys: SeedKeys, id: Uint8Array, record: BlobRecord): RecipeWalk {
  const segments = new Set<number>()
  let missingChunks = 0
  const type = typeOf(record.type)
  if (!type || record.chunkingId !== chunking1.id) return { verdict: 'wrong', missingChunks, segments }
  const tree = new TreeBuilder(store.hashes, keys)
  try {
    const recipe = new RecipeReader(store, record)
    for (let i = 0; i < recipe.chunkCount; i++) {
      const row = recipe.entry(i)
      tree.add(entryLength(row), entryId(row))
      const location = store.locate(entryId(row))
      if (location) segments.add(location.segment)
      else missingChunks++
    }
  } catch (error) {
    if (error instanceof RecipeLost) return { verdict: 'lost', missingChunks, segments }
    throw error
  }
  for (const part of record.parts) {
    const location = store.locate(part.id)
    if (location) segments.add(location.segment)
  }
  const isRight = equal(blobId(store.hashes, keys, type, record.chunkingId, tree.finish()), id)
  return { verdict: isRight ? 'good' : 'wrong', missingChunks, segments }
}

const typeOf = (number: number): BlobType | undefined => Object.values(blobType).find(type => type === number)

const withSegment = (segments: readonly number[], segment: number): number[] =>
  [...new Set([...segments, segment])].sort((a, b) => a - b)
