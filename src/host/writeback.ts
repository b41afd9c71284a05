// Keeps the disk busy behind a file that is being written, so that the sync at its end finds little left to wait for:
// 4 GiB wait for seconds otherwise. Promises nothing; one request at a time is under way, on another thread.

import { MiB } from '../base/units.ts'
import { files } from './files.ts'

/**
 * Written bytes that make a request. Long enough to be written in one go, short enough that the last of it, which the
 * sync waits for, is nothing: 8 to 64 MiB measured the same.
 */
const stepBytes = 16 * MiB

export class Writeback {
  readonly #fd: number
  #from = Number.POSITIVE_INFINITY
  #to = 0
  #bytes = 0
  #isUnderWay = false
  #isStopped = false

  constructor(fd: number) {
    this.#fd = fd
  }

  /** [start, end) is new. */
  wrote(start: number, end: number): void {
    this.#from = Math.min(this.#from, start)
    this.#to = Math.max(this.#to, end)
    this.#bytes += end - start
    if (this.#bytes >= stepBytes) this.#request()
  }

  /** The descriptor is about to be closed. */
  stop(): void {
    this.#isStopped = true
  }

  #request(): void {
    if (this.#isUnderWay || this.#isStopped) return
    this.#isUnderWay = true
    const from = this.#from
    const length = this.#to - from
    this.#from = Number.POSITIVE_INFINITY
    this.#to = 0
    this.#bytes = 0
    void files()
      .startWriteback(this.#fd, from, length)
      .then(() => {
        this.#isUnderWay = false
        if (this.#bytes >= stepBytes) this.#request()
      })
  }
}
