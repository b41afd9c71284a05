// Gives a file room on the disk just ahead of writes that follow one another: a third less work for the system than to
// find room page by page (native/test/file_bench.cc). Only once a run is long, only where nothing is yet, and what the
// run does not reach is given back: what was never written takes no room. Knows no content.

import { MiB } from '../base/units.ts'
import { files } from './files.ts'

/** What a run must have written before it is believed, and what it is given at once; 64 MiB gained no more. */
const aheadBytes = 16 * MiB

export class Ahead {
  readonly #fd: number
  readonly #sizeBytes: number
  #isUseful = true
  /** The run: where it began, the end of what it wrote, and how far there is room for it. */
  #start = -1
  #high = -1
  #room = -1

  constructor(fd: number, sizeBytes: number) {
    this.#fd = fd
    this.#sizeBytes = sizeBytes
  }

  /** [start, end) is about to be written. Slabs come a little out of order: a late one is of the run too. */
  expect(start: number, end: number): void {
    if (!this.#isUseful) return
    if (start < this.#start || start > this.#room) {
      this.release()
      this.#start = start
      this.#high = start
      this.#room = start
    }
    if (end > this.#room) {
      const from = this.#room
      this.#room = end
      if (end - this.#start >= aheadBytes) this.#room = Math.max(end, this.#extend(from))
    }
    this.#high = Math.max(this.#high, end)
  }

  /** The run is over: nothing was written behind its end, so nothing but room is lost there. */
  release(): void {
    if (this.#room <= this.#high) return
    try {
      files().punchHole(this.#fd, this.#high, this.#room - this.#high)
    } catch {
      // it keeps the room: a waste, no fault
    }
    this.#room = this.#high
  }

  /** Returns how far there is room now. */
  #extend(from: number): number {
    const end = Math.min(from + aheadBytes, this.#sizeBytes)
    try {
      // what lies there already is another's, and must not be given back with the rest
      const data = files().nextData(this.#fd, from, end)
      const to = data?.start ?? end
      if (to <= from) return from
      this.#isUseful = files().allocate(this.#fd, from, to - from)
      return this.#isUseful ? to : from
    } catch {
      this.#isUseful = false // a full disk: the writes will say so, if they do not fit after all
      return from
    }
  }
}
