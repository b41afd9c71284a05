// Where the bytes of a build land: the part file and its journal, and the blobs that COPY reads from. What cannot be
// had stays a hole, and holes are asked for again as literals. Knows no rounds and no peers. PROTOCOL.md §14.5, §15.6

import { must } from '../../base/assert.ts'
import { MiB } from '../../base/units.ts'
import type { Codecs } from '../../host/codec.ts'
import { files } from '../../host/files.ts'
import type { Hashes } from '../../host/hash.ts'
import type { CompressedOp, CopyOp } from '../../offset/ops.ts'
import type { BlobReader } from '../../pool/blob_reader.ts'
import type { Pool } from '../../pool/pool.ts'
import { CopiesBehind, copyBehindBytes } from './copies_behind.ts'
import type { Journal } from './journal.ts'
import type { Part } from './part.ts'
import { type CopiedRun, PoolCopy } from './pool_copy.ts'
import { Recheck } from './recheck.ts'
import type { Ground } from './round.ts'

export interface BuildSource {
  readonly alias: number
  readonly blob: Uint8Array
  readonly size: number
}

/** Runs remembered for a recheck. What is copied in more pieces than this the claimant's tree must show. */
const copiedRunsMax = 65_536
/** What is copied on this thread at once, and what is worth the way to another. */
const stepBytes = MiB

export class BuildGround implements Ground {
  readonly #part: Part
  readonly #journal: Journal
  readonly #codecs: Codecs
  readonly #hashes: Hashes
  readonly #readers = new Map<number, BlobReader | undefined>()
  readonly #copy: PoolCopy
  readonly #behind: CopiesBehind | undefined
  #copied: CopiedRun[] = []
  /** Bytes of the object that came from here, and that came over the wire. */
  reusedBytes: number
  literalBytes = 0

  /** @param wake there is something to do again. Without it everything is copied on this thread. */
  constructor(
    pool: Pool,
    codecs: Codecs,
    part: Part,
    journal: Journal,
    sources: readonly BuildSource[],
    wake?: () => void,
  ) {
    this.#part = part
    this.#journal = journal
    this.#codecs = codecs
    this.#hashes = pool.hashes
    this.#copy = new PoolCopy(part)
    this.#behind =
      wake && files().kind === 'native' ? new CopiesBehind(this.#copy, part.path, wake) : undefined
    for (const { alias, blob } of sources) this.#readers.set(alias, pool.openBlob(blob))
    this.reusedBytes = journal.held.total
  }

  write(bytes: Uint8Array, output: number): void {
    this.#part.write(bytes, output)
    this.#journal.add(output, output + bytes.length)
    this.literalBytes += bytes.length
  }

  get copyBytesMax(): number {
    return this.#behind ? copyBehindBytes : stepBytes
  }

  /** Copies of an earlier build still write into the part file: nobody else may. */
  get isBlocked(): boolean {
    return this.#behind?.isBlocked ?? false
  }

  /** Nothing may be concluded from what the part file lacks: it is being written. Throws what went wrong at it. */
  isCopying(): boolean {
    return this.#behind?.isUnderWay() ?? false
  }

  /** What it copies nobody has looked at: the blob id judges it, and `recheck` after a bad judgement. */
  copy({ source, offset, output, length }: CopyOp): boolean {
    const reader = this.#readers.get(source)
    if (!reader) return true
    const run = { reader, offset, output, length }
    const note = (copied: CopiedRun): void => this.#note(copied)
    if (this.#behind && length >= stepBytes) return this.#behind.begin(run, note)
    this.#copy.copy(run, note)
    return true
  }

  /** What is still being copied is nobody's any more. */
  abandon(): void {
    this.#behind?.abandon()
  }

  #note(run: CopiedRun): void {
    this.#journal.add(run.output, run.output + run.length)
    this.reusedBytes += run.length
    this.#remember(run)
  }

  /** undefined when nothing was copied since the last: then it is the peer's bytes that are wrong, or the disk's. */
  recheck(): Recheck | undefined {
    const copied = this.#copied
    this.#copied = []
    return copied.length > 0 ? new Recheck(this.#hashes, this.#part, copied) : undefined
  }

  zero(output: number, length: number): void {
    this.#part.zero(output, length)
    this.#journal.add(output, output + length)
    this.reusedBytes += length
  }

  decode(op: CompressedOp, stored: Uint8Array): Uint8Array | undefined {
    const codec = must(this.#codecs.byId(op.codec), 'a codec the player let through')
    return codec.decode(stored, op.length)
  }

  #remember(run: CopiedRun): void {
    const last = this.#copied.at(-1)
    const follows =
      last?.reader === run.reader &&
      last.offset + last.length === run.offset &&
      last.output + last.length === run.output
    if (last && follows) this.#copied[this.#copied.length - 1] = { ...last, length: last.length + run.length }
    else if (this.#copied.length < copiedRunsMax) this.#copied.push(run)
  }
}
