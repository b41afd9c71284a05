// Datagrams in a stream of bytes, each behind its length. Takes the bytes in whatever pieces they come, and cuts only when it
// is asked: what waits costs its own bytes, however small the datagrams are. Knows no socket. PROTOCOL.md §4.1

import { datagramBytesLimit } from './interface_mtu.ts'

/** Before each datagram, big-endian. */
export const lengthBytes = 2
/** Pieces held apart; a peer that sends single bytes would have each of them cost an object. */
const piecesMax = 16

export class RecordReader {
  /** Bytes that have come and were not cut off yet. */
  bufferedBytes = 0
  /** A length that cannot be: nothing that follows means anything. §4.1-1 */
  isBroken = false
  #pieces: Uint8Array[] = []
  // of the first piece, what is cut off already
  #from = 0

  /** The piece is ours from now on. */
  push(piece: Uint8Array): void {
    if (this.isBroken || piece.length === 0) return
    this.#pieces.push(piece)
    this.bufferedBytes += piece.length
    if (this.#pieces.length > piecesMax) this.#pieces = [this.#take(this.bufferedBytes)]
  }

  /** The next datagram, once all of it is there. */
  next(): Uint8Array | undefined {
    if (this.bufferedBytes < lengthBytes) return undefined
    const length = (this.#at(0) << 8) | this.#at(1)
    if (length < 1 || length > datagramBytesLimit) {
      this.clear()
      this.isBroken = true
      return undefined
    }
    const wholeBytes = lengthBytes + length
    if (this.bufferedBytes < wholeBytes) return undefined
    const datagram = this.#take(wholeBytes).subarray(lengthBytes)
    this.bufferedBytes -= wholeBytes
    return datagram
  }

  clear(): void {
    this.#pieces = []
    this.#from = 0
    this.bufferedBytes = 0
  }

  #at(index: number): number {
    const [first, second] = this.#pieces
    const place = this.#from + index
    if (first === undefined) return 0
    return (place < first.length ? first[place] : second?.[place - first.length]) ?? 0
  }

  /** A view where they lie together, else a copy. */
  #take(bytes: number): Uint8Array {
    const first = this.#pieces[0]
    if (first && first.length - this.#from >= bytes) {
      const view = first.subarray(this.#from, this.#from + bytes)
      this.#skip(bytes)
      return view
    }
    const copy = new Uint8Array(bytes)
    for (let filled = 0; filled < bytes; ) {
      const piece = this.#pieces[0]?.subarray(this.#from) ?? copy.subarray(0, 0)
      const part = piece.subarray(0, bytes - filled)
      copy.set(part, filled)
      filled += part.length
      this.#skip(part.length)
    }
    return copy
  }

  #skip(bytes: number): void {
    this.#from += bytes
    if (this.#from < (this.#pieces[0]?.length ?? 0)) return
    this.#pieces.shift()
    this.#from = 0
  }
}

/** One piece of memory for one write. Each datagram has 1 to 9216 bytes. */
export function recordsOf(datagrams: readonly Uint8Array[]): Uint8Array {
  let bytes = datagrams.length * lengthBytes
  for (const { length } of datagrams) bytes += length
  const records = new Uint8Array(bytes)
  let at = 0
  for (const datagram of datagrams) {
    records[at] = datagram.length >> 8
    records[at + 1] = datagram.length & 255
    records.set(datagram, at + lengthBytes)
    at += lengthBytes + datagram.length
  }
  return records
}
