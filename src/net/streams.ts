// The two kinds of stream as a writer sees them: write, be told to wait, go on, end. Knows the connection and the
// payload memory; no packets. PROTOCOL.md §8.

import { assert } from '../base/assert.ts'
import { MiB } from '../base/units.ts'
import type { MemoryPayloads } from '../host/payloads.ts'
import type { Connection } from '../proto/connection.ts'

/** Literal bytes held for one stream at which write() asks to wait: a window of 1 Gbit/s at 64 ms. */
export const literalHighBytes = 8 * MiB
/** Below this the writer hears onDrain. */
export const literalLowBytes = 4 * MiB

/** What the streams of a link share. */
export interface StreamHost {
  readonly connection: Connection
  readonly payloads: MemoryPayloads
  readonly isOver: boolean
  /** Something was written: the loop must run. */
  wake(): void
}

export interface OutStream {
  readonly stream: number
  /** The link keeps the bytes: do not change them. false: wait for onDrain; these were taken all the same. */
  write(bytes: Uint8Array): boolean
  end(): void
  /** Gives the stream up; the reader hears the code. */
  reset(code: number): void
}

export interface LiteralOut {
  readonly stream: number
  readonly lengthBytes: number
  /**
   * The bytes must not change until onReleased: acknowledged, or no longer wanted. false: wait for onDrain; these
   * were taken all the same.
   */
  write(bytes: Uint8Array, onReleased?: () => void): boolean
  end(): void
  reset(code: number): void
}

export class OrderedWriter implements OutStream {
  readonly stream: number
  readonly #host: StreamHost
  readonly #highBytes: number
  #isEnded = false

  constructor(host: StreamHost, stream: number, highBytes: number) {
    this.#host = host
    this.stream = stream
    this.#highBytes = highBytes
  }

  write(bytes: Uint8Array): boolean {
    assert(!this.#isEnded, 'nothing is written after the end')
    const { connection, isOver } = this.#host
    if (isOver) return true
    connection.writeOrdered(this.stream, bytes)
    this.#host.wake()
    return connection.orderedBufferedBytes(this.stream) <= this.#highBytes
  }

  end(): void {
    if (this.#isEnded || this.#host.isOver) return
    this.#isEnded = true
    this.#host.connection.writeOrdered(this.stream, new Uint8Array(0), true)
    this.#host.wake()
  }

  reset(code: number): void {
    if (this.#host.isOver) return
    this.#isEnded = true
    this.#host.connection.reset(this.stream, code)
    this.#host.wake()
  }
}

export class LiteralWriter implements LiteralOut {
  readonly stream: number
  readonly #host: StreamHost
  #lengthBytes = 0
  #isEnded = false
  #isGivenUp = false
  #isWaiting = false

  constructor(host: StreamHost, stream: number) {
    this.#host = host
    this.stream = stream
  }

  get lengthBytes(): number {
    return this.#lengthBytes
  }

  write(bytes: Uint8Array, onReleased?: () => void): boolean {
    assert(!this.#isEnded, 'nothing is written after the end')
    if (this.#host.isOver || this.#isGivenUp) {
      onReleased?.()
      return true
    }
    const { connection, payloads } = this.#host
    this.#lengthBytes = payloads.append(this.stream, bytes, onReleased)
    connection.extendLiteral(this.stream, this.#lengthBytes, false)
    this.#host.wake()
    this.#isWaiting ||= payloads.unreleasedBytes(this.stream) > literalHighBytes
    return !this.#isWaiting
  }

  end(): void {
    if (this.#isEnded || this.#isGivenUp || this.#host.isOver) return
    this.#isEnded = true
    const { connection, payloads } = this.#host
    connection.extendLiteral(this.stream, this.#lengthBytes, true)
    if (payloads.unreleasedBytes(this.stream) === 0) payloads.forgetSent(this.stream)
    this.#host.wake()
  }

  reset(code: number): void {
    if (this.#isGivenUp || this.#host.isOver) return
    this.#host.connection.reset(this.stream, code)
    this.giveUp()
    this.#host.wake()
  }

  /** The stream was given up by either side: its memory goes back, what is still written goes nowhere. */
  giveUp(): void {
    this.#isGivenUp = true
    this.#host.payloads.forgetSent(this.stream)
  }

  /** The peer has all below `upTo`. True when a writer that waits should go on. */
  onAcked(upTo: number): boolean {
    const { payloads } = this.#host
    payloads.release(this.stream, upTo)
    if (this.isDone(upTo)) payloads.forgetSent(this.stream)
    if (!this.#isWaiting || payloads.unreleasedBytes(this.stream) > literalLowBytes) return false
    this.#isWaiting = false
    return true
  }

  isDone(ackedUpTo: number): boolean {
    return this.#isGivenUp || (this.#isEnded && ackedUpTo === this.#lengthBytes)
  }
}
