// A file that grows: written in pieces and copied into, with room given just ahead of a run and the disk kept busy behind
// it. Sparse: what was never written reads as zeros and takes no room. Knows a descriptor, not its name.

import { closeSync } from 'node:fs'
import { Ahead } from '../../host/ahead.ts'
import { diskFault, readFully, writeFully } from '../../host/file.ts'
import { files } from '../../host/files.ts'
import { Writeback } from '../../host/writeback.ts'

export class GrowingFile {
  readonly fd: number
  readonly #shown: string
  readonly #ahead: Ahead
  readonly #writeback: Writeback
  #isOpen = true

  /** @param fd is closed with it · @param shown its name, for messages */
  constructor(fd: number, sizeBytes: number, shown: string) {
    this.fd = fd
    this.#shown = shown
    this.#ahead = new Ahead(fd, sizeBytes)
    this.#writeback = new Writeback(fd)
  }

  write(bytes: Uint8Array, position: number): void {
    this.#ahead.expect(position, position + bytes.length)
    writeFully(this.fd, bytes, position, this.#shown)
    this.#writeback.wrote(position, position + bytes.length)
  }

  /** What `runs` name, triples (descriptor, offset, length). Returns how much of it can be read. */
  copyRuns(runs: Float64Array, position: number): number {
    this.#ahead.expect(position, position + runsBytes(runs))
    const copied = this.#guarded(() => files().copyRuns(this.fd, position, runs))
    this.#writeback.wrote(position, position + copied)
    return copied
  }

  /** The same on another thread. It may end after `close`, and then still writes where it was told to. */
  async copyRunsBehind(runs: Float64Array, position: number): Promise<number> {
    this.#ahead.expect(position, position + runsBytes(runs))
    const copying = files().copyRunsAsync(this.fd, position, runs)
    try {
      const copied = await copying
      if (this.#isOpen) this.#writeback.wrote(position, position + copied)
      return copied
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', this.#shown)
    }
  }

  cloneRange(fd: number, offset: number, position: number, length: number): boolean {
    this.#ahead.release()
    return this.#guarded(() => files().cloneRange(fd, offset, this.fd, position, length))
  }

  read(target: Uint8Array, position: number): number {
    return readFully(this.fd, target, position)
  }

  /** No more is written: what room it has too much goes back. */
  end(): void {
    this.#ahead.release()
  }

  close(): void {
    this.#writeback.stop()
    if (this.#isOpen) {
      this.#ahead.release()
      closeSync(this.fd)
    }
    this.#isOpen = false
  }

  #guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', this.#shown)
    }
  }
}

/** Of triples (descriptor, offset, length). */
export function runsBytes(runs: Float64Array): number {
  let length = 0
  for (let i = 2; i < runs.length; i += 3) length += runs[i] ?? 0
  return length
}
