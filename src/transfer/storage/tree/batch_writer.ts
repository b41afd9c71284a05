// Short files, each whole in memory, written by the hundred: with content, mode and time in one go. Bytes that lie in one
// memory are written out of it; until `flush` it is lent. Knows a manifest and a directory.

import { PfsError } from '../../../base/errors.ts'
import { MiB } from '../../../base/units.ts'
import { nanosOf } from '../../../cut/manifest/entry_time.ts'
import type { Image } from '../../../cut/manifest/image.ts'
import type { Confined } from '../../../host/confined.ts'
import { diskFault } from '../../../host/file.ts'
import type { Many } from '../../../host/many.ts'

const batchBytes = MiB
const batchFilesMax = 512

export class BatchWriter {
  readonly #image: Image
  readonly #staging: Confined
  readonly #many: Many
  /** For bytes that have no memory yet. */
  readonly #own = new Uint8Array(batchBytes)
  readonly #offsets = new Float64Array(batchFilesMax)
  readonly #lengths = new Float64Array(batchFilesMax)
  readonly #modes = new Uint32Array(batchFilesMax)
  #paths: Uint8Array[] = []
  #times: bigint[] = []
  /** Whose bytes wait. */
  #memory: ArrayBufferLike = this.#own.buffer
  #ownUsed = 0

  constructor(image: Image, staging: Confined, many: Many) {
    this.#image = image
    this.#staging = staging
    this.#many = many
  }

  /** Memory to put a file's content into, which is to be added next. */
  room(bytes: number): Uint8Array {
    if (this.#memory !== this.#own.buffer || this.#ownUsed + bytes > batchBytes) this.flush()
    this.#memory = this.#own.buffer
    this.#ownUsed += bytes
    return this.#own.subarray(this.#ownUsed - bytes, this.#ownUsed)
  }

  /** The whole content of a new file. */
  add(index: number, bytes: Uint8Array): void {
    if (this.#memory !== bytes.buffer) this.flush()
    this.#memory = bytes.buffer
    const { manifest } = this.#image
    const { mode, time } = manifest.entry(index)
    const at = this.#paths.length
    this.#offsets[at] = bytes.byteOffset
    this.#lengths[at] = bytes.length
    this.#modes[at] = mode & 0o777
    this.#paths.push(manifest.path(index))
    this.#times.push(nanosOf(time))
    if (this.#paths.length === batchFilesMax) this.flush()
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
    const failed = this.#many.write(this.#staging, batch, new Uint8Array(this.#memory))
    const [first] = failed
    const path = first && Buffer.from(batch.paths[first[0]] ?? []).toString()
    this.#paths = []
    this.#times = []
    if (!first) return
    const [, errno] = first
    // everything here is ours and new: a name that is taken is another of the tree's, as this file system sees it
    if (errno === 'EEXIST')
      throw new PfsError('PFS_WRITE', `${path} is another name of this tree, as this disk sees it`)
    throw diskFault(Object.assign(new Error(errno), { code: errno }), 'PFS_WRITE', path ?? '')
  }
}
