// A bottleneck: datagrams leave at a rate, wait in a queue bounded in bytes, and are dropped at its tail when it is
// full. The rate is of the link, so IP and UDP headers count; the bound is of datagrams, as routers' buffers are.

import { type Micros, second } from '../../src/base/units.ts'
import type { Node, Outlet } from '../node.ts'
import { Timeline } from '../timeline.ts'

/** IPv4 and UDP headers. */
export const headerBytes = 28

export interface QueueOptions {
  readonly bitsPerSecond: number
  readonly bytesMax: number
  /** What the link carries with a datagram. Default: its headers. */
  readonly overheadBytes?: number
}

export class Queue implements Node {
  readonly name: string
  readonly isDone = true
  readonly #microsPerByte: number
  readonly #bytesMax: number
  readonly #overheadBytes: number
  readonly #timeline = new Timeline()
  #queuedBytes = 0
  // when the link has sent all that is queued; a fraction of a microsecond matters at 1 Gbit/s
  #freeAt = 0
  dropped = 0
  passed = 0

  constructor({ bitsPerSecond, bytesMax, overheadBytes = headerBytes }: QueueOptions) {
    this.name = `queue ${bitsPerSecond / 1e6} Mbit/s`
    this.#microsPerByte = (8 * second) / bitsPerSecond
    this.#bytesMax = bytesMax
    this.#overheadBytes = overheadBytes
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
    this.#queuedBytes += datagram.length
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
