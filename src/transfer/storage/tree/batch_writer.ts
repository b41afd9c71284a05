// Short files, each whole in memory, written by the hundred: with content, mode and time in one go. Bytes that lie in one
// memory are written out of it; until `flush` it is lent. Knows a manifest and a directory.

import { MiB } from '../../../base/units.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import type { Image } from '../../../cut/manifest/image.ts'
import type { Confined } from '../../../host/confined.ts'
import type { Many } from '../../../host/many.ts'

const batchBytes = MiB
const batchFilesMax = 512
/** What is built is read to be verified, and written to again where it is wrong. */
export const ownersModes = 0o600

/** A file that could not be made, and what the system said; its bytes are lent for the call. */
export type OnFailed = (index: number, bytes: Uint8Array, errno: string) => void

export class BatchWriter {
  readonly #image: Image
  readonly #staging: Confined
  readonly #many: Many
  readonly #onFailed: OnFailed
  /** For bytes that have no memory yet. */
  readonly #own = new Uint8Array(batchBytes)
  readonly #offsets = new Float64Array(batchFilesMax)
  readonly #lengths = new Float64Array(batchFilesMax)
  readonly #modes = new Uint32Array(batchFilesMax)
  #indexes: number[] = []
  #paths: Uint8Array[] = []
  #times: bigint[] = []
  /** Whose bytes wait. */
  #memory: ArrayBufferLike = this.#own.buffer
  #ownUsed = 0

  constructor(image: Image, staging: Confined, many: Many, onFailed: OnFailed) {
    this.#image = image
    this.#staging = staging
    this.#many = many
    this.#onFailed = onFailed
  }

  /** Memory to put a file's content into, which is to be added next. */
  room(bytes: number): Uint8Array {
    if (this.#memory !== this.#own.buffer || this.#ownUsed + bytes > batchBytes) this.flush()
    this.#memory = this.#own.buffer
    this.#ownUsed += bytes
    return this.#own.subarray(this.#ownUsed - bytes, this.#ownUsed)
  }

  /** The whole content of a new file. Returns whether it gets its own mode: one that we could not open again comes later. */
  add(index: number, bytes: Uint8Array): boolean {
    if (this.#memory !== bytes.buffer) this.flush()
    this.#memory = bytes.buffer
    const { manifest } = this.#image
    const { mode, time } = manifest.entry(index)
    const at = this.#paths.length
    this.#offsets[at] = bytes.byteOffset
    this.#lengths[at] = bytes.length
    this.#modes[at] = (mode & 0o777) | ownersModes
    this.#indexes.push(index)
    this.#paths.push(manifest.path(index))
    this.#times.push(nanosOf(time))
    if (this.#paths.length === batchFilesMax) this.flush()
    return (mode & ownersModes) === ownersModes
  }

  flush(): void {
    const count = this.#paths.length
    this.#ownUsed = 0
    if (count === 0) return
    const batch = {
      paths: this.#paths,
      offsets: this.#offsets.subarray(0, count),
      lengths: this.#lengths.subarray(0, count),
      modes: this.#modes.subarray(0, count),
      mtimesNanos: this.#times,
    }
    const source = new Uint8Array(this.#memory)
    const failed = this.#many.write(this.#staging, batch, source)
    const indexes = this.#indexes
    this.#indexes = []
    this.#paths = []
    this.#times = []
    for (const [i, errno] of failed) {
      const at = this.#offsets[i]!
      this.#onFailed(indexes[i]!, source.subarray(at, at + this.#lengths[i]!), errno)
    }
  }
}
