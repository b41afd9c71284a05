// A link over one connection of the core: turns its events into calls, payload memory into slabs, consumption into
// credit. The work is the core's, the payload memory's and the loop's; this joins them. Knows no message and no file.

import { assert, must, unreachable } from '../base/assert.ts'
import type { PfsError } from '../base/errors.ts'
import type { PatternName } from '../crypto/noise_patterns.ts'
import { MemoryPayloads } from '../host/payloads.ts'
import type { Address } from '../proto/address.ts'
import type { Connection } from '../proto/connection.ts'
import type { ConnectionEvent } from '../proto/events.ts'
import type { ConnectionStats } from '../proto/stats.ts'
import { wireCodes } from '../wire/codes.ts'
import { Consumption } from './credit.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Driver, Owner } from './driver.ts'
import { closeFault } from './faults.ts'
import { Intake } from './intake.ts'
import type { Link, LinkHandlers } from './link.ts'
import { formatAddress } from './resolve.ts'
import { type LiteralOut, LiteralWriter, OrderedWriter, type OutStream, type StreamHost } from './streams.ts'

/** How the end that made the link (connect or listen) follows its first events. */
export interface LinkOrigin {
  onPeer(link: ConnectionLink, remoteStatic: Uint8Array, pattern: PatternName): void
  onEstablished(link: ConnectionLink): void
  /** The way to the peer by that path may be broken. */
  onUnanswered?(path: number): void
  /** Also for a link whose owner has been told; comes before the owner's onClosed. */
  onClosed(link: ConnectionLink, error: PfsError | undefined): void
}

export class ConnectionLink implements Link, Owner, StreamHost {
  readonly connection: Connection
  readonly payloads: MemoryPayloads
  readonly #driver: Driver
  readonly #origin: LinkOrigin
  readonly #orderedHighBytes: number
  #handlers: LinkHandlers | undefined
  #isPublic = false
  #isConfirmed = false
  /** Closed before it had an owner: nobody will take its events. */
  #isTurnedAway = false
  #end: { readonly error: PfsError | undefined } | undefined
  readonly #literals = new Map<number, LiteralWriter>()
  // what the owner has consumed of each incoming literal stream
  readonly #consumed = new Map<number, Consumption>()
  /** Incoming literal streams that we want no more of. */
  readonly #stopped = new Set<number>()
  readonly #intake = new Intake()
  readonly #finishing: { readonly resolve: () => void; readonly reject: (error: PfsError) => void }[] = []

  constructor(connection: Connection, driver: Driver, orderedHighBytes: number, origin: LinkOrigin) {
    const { payloads } = connection
    assert(payloads instanceof MemoryPayloads, 'the payloads that net gave the core')
    this.connection = connection
    this.payloads = payloads
    this.#driver = driver
    this.#orderedHighBytes = orderedHighBytes
    this.#origin = origin
  }

  get remoteStatic(): Uint8Array {
    return must(this.connection.remoteStatic, 'a link whose peer is proven')
  }

  get address(): Address {
    return this.connection.address
  }

  get stats(): Readonly<ConnectionStats> {
    return this.connection.stats
  }

  get diagnosis(): Diagnosis {
    return this.#driver.diagnose(this.connection)
  }

  get isConfirmed(): boolean {
    return this.#isConfirmed
  }

  get isOver(): boolean {
    return this.#end !== undefined
  }

  get isReady(): boolean {
    return !this.#isPublic || this.#isTurnedAway || this.#handlers !== undefined
  }

  get handlers(): LinkHandlers | undefined {
    return this.#handlers
  }

  set handlers(handlers: LinkHandlers | undefined) {
    this.#handlers = handlers
    if (handlers) this.#driver.resume(this.connection)
  }

  /** From now on the events are the owner's. */
  publish(): void {
    this.#isPublic = true
  }

  wake(): void {
    this.#driver.wake()
  }

  get unheardBytes(): number {
    return this.connection.orderedBufferedBytes(controlStream)
  }

  sendControl(bytes: Uint8Array): void {
    // after finish() nothing more is said; who still answers a peer's message by then need not know
    if (this.isOver || this.#finishing.length > 0) return
    this.connection.writeOrdered(controlStream, bytes)
    this.wake()
  }

  openOrdered(): OutStream | undefined {
    const stream = this.isOver ? undefined : this.connection.openOrdered()
    return stream === undefined ? undefined : new OrderedWriter(this, stream, this.#orderedHighBytes)
  }

  openLiteral(): LiteralOut | undefined {
    const stream = this.isOver ? undefined : this.connection.openLiteral()
    if (stream === undefined) return undefined
    const writer = new LiteralWriter(this, stream)
    this.#literals.set(stream, writer)
    return writer
  }

  consumedOrdered(stream: number, bytes: number): void {
    if (this.isOver) return
    this.connection.consumeOrdered(stream, bytes)
    this.wake()
  }

  consumedSlab(stream: number, offset: number, lengthBytes: number, buffer?: SharedArrayBuffer): void {
    if (buffer) this.payloads.recycle(buffer)
    const consumed = this.#consumed.get(stream)
    if (this.isOver || !consumed) return
    const before = consumed.upTo
    const isMore = consumed.consume(offset, lengthBytes)
    if (consumed.isDone) this.#consumed.delete(stream)
    if (!isMore) return
    const { upTo } = consumed
    this.#intake.consumed(upTo - before, () => {
      if (this.isOver) return
      this.connection.consumeLiteral(stream, upTo)
      this.wake()
    })
  }

  limitRate(bytesPerSecond: number | undefined): void {
    this.#intake.limit(bytesPerSecond)
    if (this.isOver) return
    this.connection.limitRate(this.#driver.now(), bytesPerSecond ?? Number.POSITIVE_INFINITY)
    this.wake()
  }

  stop(stream: number, code: number): void {
    if (this.isOver) return
    if (stream % 2 === 1) {
      this.#stopped.add(stream)
      this.#consumed.delete(stream)
      this.payloads.discard(stream)
    }
    this.connection.stop(stream, code)
    this.wake()
  }

  accept(): void {
    if (this.isOver) return
    this.connection.acceptPeer()
    this.wake()
  }

  refuse(): void {
    if (this.isOver) return
    this.#turnAway()
    this.connection.refusePeer()
    this.wake()
  }

  close(code: number, reason = ''): void {
    if (this.isOver) return
    this.#turnAway()
    this.connection.close(code, reason)
    this.wake()
  }

  #turnAway(): void {
    this.#isTurnedAway = this.#isPublic && this.#handlers === undefined
  }

  finish(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end) {
        if (this.#end.error) reject(this.#end.error)
        else resolve()
        return
      }
      this.#finishing.push({ resolve, reject })
      this.connection.finish()
      this.wake()
    })
  }

  onEvent(event: ConnectionEvent): void {
    if (this.#isTurnedAway && event.kind !== 'closed') return
    switch (event.kind) {
      case 'peer':
        return this.#origin.onPeer(this, event.remoteStatic, event.pattern)
      case 'established':
        return this.#origin.onEstablished(this)
      case 'confirmed':
        this.#isConfirmed = true
        return this.#handlers?.onConfirmed()
      case 'ordered':
        return this.#onOrdered(event.stream, event.bytes, event.isLast)
      case 'literal':
        if (this.#handlers?.expectsLiterals?.() === false) {
          return this.close(wireCodes.MESSAGE_ERROR.code, 'literal bytes out of turn') // §15.3-4
        }
        return this.#onLiteral(event.stream, event.start, event.end)
      case 'literal_end':
        if (this.#stopped.has(event.stream)) return
        return this.payloads.onEnded(event.stream, event.lengthBytes, this.#onSlab)
      case 'acked':
        return this.#onAcked(event.stream, event.upTo)
      case 'writable':
        return this.#handlers?.onDrain(event.stream)
      case 'reset':
        this.payloads.forgetReceived(event.stream)
        this.#consumed.delete(event.stream)
        return this.#handlers?.onReset(event.stream, event.code)
      case 'stopped':
        this.#literals.get(event.stream)?.giveUp()
        this.#literals.delete(event.stream)
        return this.#handlers?.onStopped(event.stream, event.code)
      case 'unanswered':
        return this.#origin.onUnanswered?.(event.path)
      case 'closed':
        return this.#onClosed(closeFault(event.reason, formatAddress(this.address)))
      default:
        return unreachable(event)
    }
  }

  #onOrdered(stream: number, bytes: Uint8Array, isLast: boolean): void {
    if (stream !== controlStream) {
      this.#handlers?.onOrdered(stream, bytes, isLast)
      return
    }
    this.#handlers?.onControl(bytes)
    this.connection.consumeOrdered(controlStream, bytes.length)
  }

  #onLiteral(stream: number, start: number, end: number): void {
    // it was on its way to us when we stopped the stream
    if (this.#stopped.has(stream)) return
    const consumed = this.#consumptionOf(stream)
    if (consumed.receive(start, end)) this.connection.consumeLiteral(stream, consumed.upTo)
    this.payloads.onFilled(stream, start, end, this.#onSlab)
  }

  #consumptionOf(stream: number): Consumption {
    let consumed = this.#consumed.get(stream)
    if (!consumed) {
      consumed = new Consumption()
      this.#consumed.set(stream, consumed)
    }
    return consumed
  }

  readonly #onSlab = (
    stream: number,
    offset: number,
    buffer: SharedArrayBuffer,
    length: number,
    isLast: boolean,
  ) => {
    const consumed = this.#consumptionOf(stream)
    if (isLast) consumed.setEnd(offset + length)
    if (consumed.isDone) this.#consumed.delete(stream)
    const handlers = must(this.#handlers, 'literal bytes come after the owner is there')
    handlers.onSlab(stream, offset, buffer, length, isLast)
  }

  #onAcked(stream: number, upTo: number): void {
    const writer = this.#literals.get(stream)
    if (!writer) return
    const mayGoOn = writer.onAcked(upTo)
    if (writer.isDone(upTo)) this.#literals.delete(stream)
    else if (mayGoOn) this.#handlers?.onDrain(stream)
  }

  #onClosed(error: PfsError | undefined): void {
    assert(!this.isOver, 'closed once')
    this.#end = { error }
    this.#intake.stop()
    this.payloads.close()
    this.#literals.clear()
    this.#consumed.clear()
    this.#origin.onClosed(this, error)
    for (const { resolve, reject } of this.#finishing.splice(0)) {
      if (error) reject(error)
      else resolve()
    }
    this.#handlers?.onClosed(error)
  }
}

const controlStream = 0
