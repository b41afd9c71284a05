// What one side has got from the other, stream by stream: every byte must come once, be the right one, and lie
// inside what was allowed. The judge of "no byte lost, duplicated or delivered twice" (PROTOCOL.md §8-4).

import { assert, must } from '../src/base/assert.ts'
import { RangeSet } from '../src/base/ranges.ts'
import { isPainted } from './painting.ts'
import { lengthsOf, paintOf, type Role, type Script } from './script.ts'

interface Incoming {
  readonly lengthBytes: number
  /** Literal bytes that lie in the payloads. */
  readonly stored: RangeSet
  /** Literal bytes the core has told us of. */
  readonly delivered: RangeSet
  /** Ordered: bytes delivered. */
  arrivedBytes: number
  consumedBytes: number
  hasEnded: boolean
}

export class Ledger {
  readonly #writer: Role
  readonly #streams = new Map<number, Incoming>()
  /** All bytes delivered so far. */
  deliveredBytes = 0
  /** Delivered and not yet consumed, the most there ever was. */
  bufferedBytesMost = 0
  #bufferedBytes = 0
  #leftBytes = 0

  constructor(writer: Role, script: Script) {
    this.#writer = writer
    for (const [stream, lengthBytes] of lengthsOf(script, writer)) {
      const noted = { stored: new RangeSet(), delivered: new RangeSet() }
      this.#streams.set(stream, {
        lengthBytes,
        ...noted,
        arrivedBytes: 0,
        consumedBytes: 0,
        hasEnded: stream === 0,
      })
      this.#leftBytes += lengthBytes
    }
  }

  get streams(): ReadonlyMap<number, Readonly<Incoming>> {
    return this.#streams
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  get hasEverything(): boolean {
    if (this.#leftBytes > 0) return false
    for (const incoming of this.#streams.values()) if (!incoming.hasEnded) return false
    return true
  }

  get hasConsumedEverything(): boolean {
    return this.hasEverything && this.#bufferedBytes === 0
  }

  /** The plane stores literal bytes; they may come again, but only the same ones (§8-9). */
  onStored(stream: number, offset: number, bytes: Uint8Array): void {
    const incoming = this.#of(stream)
    const end = offset + bytes.length
    assert(
      end <= incoming.lengthBytes,
      `stream ${stream} holds ${incoming.lengthBytes} bytes; stored to ${end}`,
    )
    assert(
      isPainted(paintOf(this.#writer, stream), offset, bytes),
      `wrong bytes at ${offset} of stream ${stream}`,
    )
    this.#bufferedBytes += incoming.stored.add(offset, end)
    if (this.#bufferedBytes > this.bufferedBytesMost) this.bufferedBytesMost = this.#bufferedBytes
  }

  onLiteral(stream: number, start: number, end: number): void {
    const incoming = this.#of(stream)
    assert(start < end, `empty literal event of stream ${stream}`)
    assert(
      incoming.stored.contains(start, end),
      `${start} to ${end} of stream ${stream} announced, not stored`,
    )
    const fresh = incoming.delivered.add(start, end)
    assert(fresh === end - start, `${start} to ${end} of stream ${stream} delivered twice`)
    this.#onDelivered(fresh)
  }

  onLiteralEnd(stream: number, lengthBytes: number): void {
    const incoming = this.#of(stream)
    assert(!incoming.hasEnded, `stream ${stream} ended twice`)
    assert(lengthBytes === incoming.lengthBytes, `stream ${stream} ended at ${lengthBytes}`)
    assert(incoming.delivered.contains(0, lengthBytes), `stream ${stream} ended with bytes missing`)
    incoming.hasEnded = true
  }

  onOrdered(stream: number, bytes: Uint8Array, isLast: boolean): void {
    const incoming = this.#of(stream)
    assert(stream === 0 || !incoming.hasEnded, `bytes behind the end of stream ${stream}`)
    const at = incoming.arrivedBytes
    assert(at + bytes.length <= incoming.lengthBytes, `stream ${stream} brings more than was written`)
    assert(isPainted(paintOf(this.#writer, stream), at, bytes), `wrong bytes at ${at} of stream ${stream}`)
    incoming.arrivedBytes += bytes.length
    assert(!isLast || incoming.arrivedBytes === incoming.lengthBytes, `stream ${stream} ended early`)
    incoming.hasEnded ||= isLast
    this.#bufferedBytes += bytes.length
    if (this.#bufferedBytes > this.bufferedBytesMost) this.bufferedBytesMost = this.#bufferedBytes
    this.#onDelivered(bytes.length)
  }

  /** Bytes of `stream` that may be consumed now: the run behind what was consumed. */
  readyBytes(stream: number): number {
    const incoming = this.#of(stream)
    const to = stream % 2 === 0 ? incoming.arrivedBytes : incoming.delivered.endOfRun(incoming.consumedBytes)
    return to - incoming.consumedBytes
  }

  /** Returns one past the last byte consumed. */
  consume(stream: number, bytes: number): number {
    const incoming = this.#of(stream)
    incoming.consumedBytes += bytes
    this.#bufferedBytes -= bytes
    return incoming.consumedBytes
  }

  /** What the writer is told is acknowledged must be here: it forgets those bytes. */
  holds(stream: number, upTo: number): boolean {
    return this.#streams.get(stream)?.stored.contains(0, upTo) === true
  }

  #of(stream: number): Incoming {
    return must(this.#streams.get(stream), `stream ${stream} was never written`)
  }

  #onDelivered(bytes: number): void {
    this.deliveredBytes += bytes
    this.#leftBytes -= bytes
  }
}
