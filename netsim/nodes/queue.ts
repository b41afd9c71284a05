// A bottleneck: datagrams leave at a rate, wait in a queue bounded in bytes, and are dropped at its tail when it is
// full. The rate is of the link, so IP and UDP headers count; the bound is of datagrams, as routers' buffers are. Above a
// threshold it marks what can bear a mark (ECN), where it is told to.

import { type Micros, second } from '../../src/base/units.ts'
import { ecnFields } from '../../src/proto/path/ecn.ts'
import { ecnOf, mark } from '../marks.ts'
import type { Node, Outlet } from '../node.ts'
import { Timeline } from '../timeline.ts'

/** IPv4 and UDP headers. */
export const headerBytes = 28

export interface QueueOptions {
  readonly bitsPerSecond: number
  readonly bytesMax: number
  /** What the link carries with a datagram. Default: its headers. */
  readonly overheadBytes?: number
  /** With so much in the queue, what comes is marked; absent: never. */
  readonly markBytes?: number
}

export class Queue implements Node {
  readonly name: string
  readonly isDone = true
  readonly #microsPerByte: number
  readonly #bytesMax: number
  readonly #overheadBytes: number
  readonly #markBytes: number
  readonly #timeline = new Timeline()
  #queuedBytes = 0
  // when the link has sent all that is queued; a fraction of a microsecond matters at 1 Gbit/s
  #freeAt = 0
  dropped = 0
  passed = 0
  marked = 0
  /** The most that ever waited. */
  queuedBytesMost = 0

  constructor(options: QueueOptions) {
    const {
      bitsPerSecond,
      bytesMax,
      overheadBytes = headerBytes,
      markBytes = Number.POSITIVE_INFINITY,
    } = options
    this.name = `queue ${bitsPerSecond / 1e6} Mbit/s`
    this.#microsPerByte = (8 * second) / bitsPerSecond
    this.#bytesMax = bytesMax
    this.#overheadBytes = overheadBytes
    this.#markBytes = markBytes
  }

  get wakeAt(): Micros {
    return this.#timeline.nextAt
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  handleDatagram(now: Micros, datagram: Uint8Array): void {
    if (this.#queuedBytes + datagram.length > this.#bytesMax) {
      this.dropped++
      return
    }
    if (this.#queuedBytes > this.#markBytes && ecnOf(datagram) !== ecnFields.none) {
      mark(datagram, ecnFields.ce)
      this.marked++
    }
    this.#queuedBytes += datagram.length
    this.queuedBytesMost = Math.max(this.queuedBytesMost, this.#queuedBytes)
    this.#freeAt = Math.max(this.#freeAt, now) + (datagram.length + this.#overheadBytes) * this.#microsPerByte
    this.#timeline.insert(Math.ceil(this.#freeAt), datagram)
  }

  handleWake(now: Micros, next: Outlet): void {
    for (let datagram = this.#timeline.take(now); datagram; datagram = this.#timeline.take(now)) {
      this.#queuedBytes -= datagram.length
      this.passed++
      next.push(datagram)
    }
  }
}
