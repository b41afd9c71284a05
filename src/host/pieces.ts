// One literal stream on its way out: the pieces of memory its owner wrote, left where they are until they are
// acknowledged and then given back. Knows offsets and bytes; not what is sent when. PROTOCOL.md §8-9.

import { must } from '../base/assert.ts'

interface Piece {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
  readonly onReleased: (() => void) | undefined
}

/** Released pieces are cut off once there are so many, and they are half of all. */
const releasedPiecesMin = 64

export class OutgoingPieces {
  // in order of offset, without gaps; those before #first are released
  #pieces: Piece[] = []
  #first = 0
  // where the last read was: reads walk forward but for retransmissions
  #cursor = 0
  #lengthBytes = 0

  get lengthBytes(): number {
    return this.#lengthBytes
  }

  /** Bytes written and not yet released. */
  get unreleasedBytes(): number {
    const oldest = this.#pieces[this.#first]
    return oldest ? this.#lengthBytes - oldest.start : 0
  }

  append(bytes: Uint8Array, onReleased?: () => void): void {
    const start = this.#lengthBytes
    this.#lengthBytes = start + bytes.length
    if (bytes.length > 0) this.#pieces.push({ start, end: this.#lengthBytes, bytes, onReleased })
    else onReleased?.()
  }

  read(offset: number, target: Uint8Array): void {
    let at = this.#seek(offset)
    let done = 0
    while (done < target.length) {
      const piece = must(this.#pieces[at], 'payload that is written and not released')
      const from = offset + done - piece.start
      const count = Math.min(piece.end - piece.start - from, target.length - done)
      target.set(piece.bytes.subarray(from, from + count), done)
      done += count
      if (done < target.length) at++
    }
    this.#cursor = at
  }

  /** The same bytes as views of the pieces, appended to `target`. */
  views(offset: number, lengthBytes: number, target: Uint8Array[]): void {
    let at = this.#seek(offset)
    let done = 0
    while (done < lengthBytes) {
      const piece = must(this.#pieces[at], 'payload that is written and not released')
      const from = offset + done - piece.start
      const count = Math.min(piece.end - piece.start - from, lengthBytes - done)
      target.push(piece.bytes.subarray(from, from + count))
      done += count
      if (done < lengthBytes) at++
    }
    this.#cursor = at
  }

  release(upTo: number): void {
    const pieces = this.#pieces
    for (let piece = pieces[this.#first]; piece && piece.end <= upTo; piece = pieces[this.#first]) {
      this.#first++
      piece.onReleased?.()
    }
    if (this.#first < releasedPiecesMin || this.#first * 2 < pieces.length) return
    this.#pieces = pieces.slice(this.#first)
    this.#cursor = Math.max(0, this.#cursor - this.#first)
    this.#first = 0
  }

  /** The piece that holds `offset`: at the cursor or just behind it, else by bisection. */
  #seek(offset: number): number {
    const pieces = this.#pieces
    let at = this.#cursor
    const near = pieces[at]
    if (near && near.start <= offset) {
      if (offset < near.end) return at
      const next = pieces[at + 1]
      if (next && offset < next.end) return at + 1
    }
    let low = this.#first
    let high = pieces.length
    while (low < high) {
      at = (low + high) >> 1
      if (must(pieces[at], 'a piece').end <= offset) low = at + 1
      else high = at
    }
    return low
  }
}
