// Where the bytes of a build land: the part file and its journal, and the blobs that COPY reads from. What cannot be
// had stays a hole, and holes are asked for again as literals. Knows no rounds and no peers. PROTOCOL.md §14.5, §15.6

import { must } from '../../base/assert.ts'
import { MiB } from '../../base/units.ts'
import { entryLength } from '../../cut/recipe.ts'
import type { Codecs } from '../../host/codec.ts'
import type { CompressedOp, CopyOp } from '../../offset/ops.ts'
import type { BlobReader } from '../../pool/blob_reader.ts'
import type { Pool } from '../../pool/pool.ts'
import type { Journal } from './journal.ts'
import type { Ground } from './round.ts'
import type { PartFile } from './target.ts'

export interface BuildSource {
  readonly alias: number
  readonly blob: Uint8Array
  readonly size: number
}

export class BuildGround implements Ground {
  readonly #part: PartFile
  readonly #journal: Journal
  readonly #codecs: Codecs
  readonly #readers = new Map<number, BlobReader | undefined>()
  readonly #buffer = new Uint8Array(MiB)
  /** Bytes of the object that came from here, and that came over the wire. */
  reusedBytes: number
  literalBytes = 0

  constructor(pool: Pool, codecs: Codecs, part: PartFile, journal: Journal, sources: readonly BuildSource[]) {
    this.#part = part
    this.#journal = journal
    this.#codecs = codecs
    for (const { alias, blob } of sources) this.#readers.set(alias, pool.openBlob(blob))
    this.reusedBytes = journal.held.total
  }

  write(bytes: Uint8Array, output: number): void {
    this.#part.write(bytes, output)
    this.#journal.add(output, output + bytes.length)
    this.literalBytes += bytes.length
  }

  copy(op: CopyOp): void {
    const reader = this.#readers.get(op.source)
    let done = 0
    while (reader && done < op.length) {
      const wanted = this.#buffer.subarray(0, Math.min(this.#buffer.length, op.length - done))
      const count = reader.read(op.offset + done, wanted)
      if (count === 0) {
        done = endOfChunk(reader, op.offset + done) - op.offset
        continue
      }
      this.#part.write(wanted.subarray(0, count), op.output + done)
      this.#journal.add(op.output + done, op.output + done + count)
      this.reusedBytes += count
      done += count
    }
  }

  /** The part file is a hole wherever nothing was written: it reads as zeros already. */
  zero(output: number, length: number): void {
    this.#journal.add(output, output + length)
    this.reusedBytes += length
  }

  decode(op: CompressedOp, stored: Uint8Array): Uint8Array | undefined {
    const codec = must(this.#codecs.byId(op.codec), 'a codec the player let through')
    return codec.decode(stored, op.length)
  }
}

/** Where the chunk that cannot be read ends: a chunk is lost, not all that follows. No end without a recipe. */
function endOfChunk({ recipe }: BlobReader, offset: number): number {
  try {
    const index = recipe.indexAt(offset)
    return recipe.byteOffset(index) + entryLength(recipe.entry(index))
  } catch {
    return Number.MAX_SAFE_INTEGER
  }
}
