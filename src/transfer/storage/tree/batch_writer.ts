// Short files, each whole in memory, written by the hundred: with content, mode and time in one go. The bytes are copied in
// here, so that whoever brought them may use their memory again. Knows a manifest and a directory.

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
  readonly #buffer = new Uint8Array(batchBytes)
  readonly #offsets = new Float64Array(batchFilesMax)
  readonly #lengths = new Float64Array(batchFilesMax)
  readonly #modes = new Uint32Array(batchFilesMax)
  #indexes: number[] = []
  #paths: Uint8Array[] = []
  #times: bigint[] = []
  #used = 0

  constructor(image: Image, staging: Confined, many: Many, onFailed: OnFailed) {
    this.#image = image
    this.#staging = staging
    this.#many = many
    this.#onFailed = onFailed
  }

  /** The whole content of a new file. Returns whether it gets its own mode: one that we could not open again comes later. */
  add(index: number, bytes: Uint8Array): boolean {
    if (this.#used + bytes.length > batchBytes || this.#paths.length === batchFilesMax) this.flush()
    const { manifest } = this.#image
    const { mode, time } = manifest.entry(index)
    const at = this.#paths.length
    this.#buffer.set(bytes, this.#used)
    this.#offsets[at] = this.#used
    this.#lengths[at] = bytes.length
    this.#modes[at] = (mode & 0o777) | ownersModes
    this.#indexes.push(index)
    this.#paths.push(manifest.path(index))
    this.#times.push(nanosOf(time))
    this.#used += bytes.length
    return (mode & ownersModes) === ownersModes
  }

  flush(): void {
    const count = this.#paths.length
    if (count === 0) return
    const batch = {
      paths: this.#paths,
      offsets: this.#offsets.subarray(0, count),
      lengths: this.#lengths.subarray(0, count),
      modes: this.#modes.subarray(0, count),
      mtimesNanos: this.#times,
    }
    const failed = this.#many.write(this.#staging, batch, this.#buffer.subarray(0, this.#used))
    const indexes = this.#indexes
    this.#indexes = []
    this.#paths = []
    this.#times = []
    this.#used = 0
    for (const [i, errno] of failed) {
      const at = this.#offsets[i]!
      this.#onFailed(indexes[i]!, this.#buffer.subarray(at, at + this.#lengths[i]!), errno)
    }
  }
}
