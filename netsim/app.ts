// The application on one connection: follows its script, feeds the ledger, and finishes. The responder says farewell
// when it has read everything; the initiator finishes when that has come. Knows the connection's face, no packets.

import { assert, unreachable } from '../src/base/assert.ts'
import { KiB, type Micros, millisecond, never, second } from '../src/base/units.ts'
import type { Connection } from '../src/proto/connection.ts'
import type { CloseReason, ConnectionEvent } from '../src/proto/events.ts'
import { wireCodeName } from '../src/wire/codes.ts'
import type { Ledger } from './ledger.ts'
import { paint } from './painting.ts'
import { Reading, tickMicros } from './reading.ts'
import { farewellBytes, lengthsOf, paintOf, type Role, type Script } from './script.ts'
import type { SimPayloads } from './sim_payloads.ts'

const sampleMicros = 100 * millisecond
/** From this much on an application writes no more to an ordered stream until some is acknowledged. */
const orderedBufferBytes = 256 * KiB
/** Ordered messages have varying sizes: the first ones of a cycle are tiny, the last larger than a datagram. */
const messageBytes = [1, 7, 100, 1199, 3000, 20_000]
/** What one ordered stream may have buffered: the last message went over the mark. */
export const orderedBufferBytesMax = orderedBufferBytes + 20_000

interface Outgoing {
  readonly kind: 'literal' | 'ordered'
  readonly index: number
  readonly lengthBytes: number
  stream: number | undefined
  writtenBytes: number
  messages: number
  hasEnded: boolean
}

/** Whether the peer's application has been told of every byte of our stream below `upTo`. */
export type PeerHolds = (stream: number, upTo: number) => boolean

export class App {
  readonly role: Role
  readonly connection: Connection
  readonly payloads: SimPayloads
  /** When it wants to act again. */
  wakeAt: Micros = never
  isConfirmed = false
  closeReason: CloseReason | undefined
  establishedAt: Micros = never
  closedAt: Micros = never
  /** When everything expected had been delivered. */
  receivedAt: Micros = never
  /** When bytes last arrived, and the longest time none did since the first. */
  deliveredAt: Micros = never
  stallMicrosMost: Micros = 0
  /** What had been delivered by when, about every 100 ms: for rates without the start-up. */
  readonly progress: { readonly at: Micros; readonly bytes: number }[] = []
  /** Paths that carried at once, at most. */
  pathsMost = 0
  readonly #script: Script
  readonly #outgoing: Outgoing[]
  #mayWrite: boolean
  #answerAt: Micros = never
  #saidFarewell = false
  #hasFinished = false

  readonly #peerHolds: PeerHolds
  readonly #reading: Reading

  constructor(role: Role, script: Script, connection: Connection, peerHolds: PeerHolds) {
    this.role = role
    this.connection = connection
    this.payloads = connection.payloads as SimPayloads
    this.#script = script
    this.#peerHolds = peerHolds
    this.#reading = new Reading(script.reads ?? { kind: 'at_once' }, this.payloads.ledger, connection)
    this.#mayWrite = role === 'initiator'
    const farewell = role === 'responder' ? farewellBytes : 0
    this.#outgoing = [...lengthsOf(script, role)].map(([stream, lengthBytes]) => ({
      kind: stream % 2 === 0 ? 'ordered' : 'literal',
      index: stream,
      lengthBytes: stream === 0 ? lengthBytes - farewell : lengthBytes,
      stream: stream === 0 ? 0 : undefined,
      writtenBytes: stream === 0 ? (script.earlyBytes ?? 0) : 0,
      messages: 0,
      hasEnded: false,
    }))
  }

  get ledger(): Ledger {
    return this.payloads.ledger
  }

  get isClosed(): boolean {
    return this.closeReason !== undefined
  }

  /** Ordered streams it writes, the control stream among them. */
  get orderedStreams(): number {
    return 1 + (this.#script.orderedStreams?.length ?? 0)
  }

  /** 'local:NONE', 'peer:REFUSED', 'idle' … or 'open'. */
  get outcome(): string {
    const reason = this.closeReason
    if (!reason) return 'open'
    return 'code' in reason ? `${reason.by}:${wireCodeName(reason.code)}` : reason.by
  }

  handleEvent(now: Micros, event: ConnectionEvent): void {
    assert(!this.isClosed, `${event.kind} after closed`)
    switch (event.kind) {
      case 'peer':
        if (this.role === 'responder') this.#answerAt = now + (this.#script.answersAfterMicros ?? 0)
        return
      case 'established':
        this.establishedAt = now
        if (this.role === 'initiator')
          for (let link = 1; link < (this.#script.links ?? 1); link++) this.connection.openPath(now, 1472)
        return
      case 'confirmed':
        this.isConfirmed = true
        return
      case 'ordered':
        this.ledger.onOrdered(event.stream, event.bytes, event.isLast)
        this.#onDelivered(now)
        return
      case 'literal':
        this.ledger.onLiteral(event.stream, event.start, event.end)
        this.#onDelivered(now)
        return
      case 'literal_end':
        this.ledger.onLiteralEnd(event.stream, event.lengthBytes)
        return
      case 'acked':
        this.payloads.onAcked(event.stream, event.upTo)
        assert(
          this.#peerHolds(event.stream, event.upTo),
          `${event.upTo} bytes of stream ${event.stream} are acknowledged, and not all of them are there`,
        )
        return
      case 'writable':
      case 'unanswered':
        return
      case 'reset':
      case 'stopped':
        assert(false, `nobody resets, yet stream ${event.stream} was ${event.kind}`)
        return
      case 'closed':
        this.closeReason = event.reason
        this.closedAt = now
        return
      default:
        unreachable(event)
    }
  }

  /** Does what the script says may be done now. Called after events and at wakeAt. */
  act(now: Micros): void {
    this.wakeAt = never
    this.pathsMost = Math.max(this.pathsMost, this.connection.stats.paths)
    if (this.#answerAt !== never) this.#answerPeer(now)
    this.#wakeBy(this.#reading.consume(now, this.establishedAt, this.isClosed))
    if (this.isClosed || !this.#isReady()) return
    for (const outgoing of this.#outgoing) this.#write(now, outgoing)
    if (this.role === 'responder') this.#sayFarewell()
    else if (!this.#hasFinished && this.#hasWrittenAll() && this.ledger.hasConsumedEverything) {
      this.#hasFinished = true
      this.connection.finish()
    }
  }

  #onDelivered(now: Micros): void {
    if (this.deliveredAt !== never)
      this.stallMicrosMost = Math.max(this.stallMicrosMost, now - this.deliveredAt)
    this.deliveredAt = now
    const last = this.progress.at(-1)
    if (!last || now - last.at >= sampleMicros)
      this.progress.push({ at: now, bytes: this.ledger.deliveredBytes })
    if (this.ledger.hasEverything) this.receivedAt = now
  }

  #answerPeer(now: Micros): void {
    if (now < this.#answerAt) {
      this.#wakeBy(this.#answerAt)
      return
    }
    this.#answerAt = never
    if (this.isClosed) return
    if (this.#script.answersPeer === 'refuses') {
      this.connection.refusePeer()
    } else {
      this.connection.acceptPeer()
      this.#mayWrite = true
    }
  }

  // §5-6: a responder's effects wait for proof that this is no replay
  #isReady(): boolean {
    if (this.establishedAt === never || !this.#mayWrite) return false
    return this.role === 'initiator' || this.isConfirmed || this.#script.writesEarly === true
  }

  #write(now: Micros, outgoing: Outgoing): void {
    if (outgoing.hasEnded) return
    if (outgoing.stream === undefined) {
      outgoing.stream =
        outgoing.kind === 'literal' ? this.connection.openLiteral() : this.connection.openOrdered()
      if (outgoing.stream === undefined) {
        this.#wakeBy(now + tickMicros)
        return
      }
      assert(outgoing.stream === outgoing.index, `stream ${outgoing.stream} opened for ${outgoing.index}`)
    }
    if (outgoing.kind === 'literal') this.#writeLiteral(now, outgoing, outgoing.stream)
    else this.#writeOrdered(outgoing, outgoing.stream)
  }

  #writeLiteral(now: Micros, outgoing: Outgoing, stream: number): void {
    const rate = this.#script.producesPerSecond
    const elapsed = (now - this.establishedAt) / second
    const upTo = rate === undefined ? outgoing.lengthBytes : Math.floor(rate * elapsed)
    outgoing.writtenBytes = Math.min(outgoing.lengthBytes, upTo)
    const isLast = outgoing.writtenBytes === outgoing.lengthBytes
    outgoing.hasEnded = isLast
    this.payloads.onProduced(stream, outgoing.writtenBytes)
    this.connection.extendLiteral(stream, outgoing.writtenBytes, isLast)
    if (!isLast) this.#wakeBy(now + tickMicros)
  }

  #writeOrdered(outgoing: Outgoing, stream: number): void {
    while (this.connection.orderedBufferedBytes(stream) < orderedBufferBytes) {
      const left = outgoing.lengthBytes - outgoing.writtenBytes
      const bytes = Math.min(left, messageBytes[outgoing.messages++ % messageBytes.length]!)
      outgoing.hasEnded = bytes === left
      // a stream of no bytes still has an end to write
      if (bytes > 0 || stream !== 0) this.#writeMessage(outgoing, stream, bytes)
      if (outgoing.hasEnded) return
    }
  }

  #writeMessage(outgoing: Outgoing, stream: number, length: number): void {
    const bytes = new Uint8Array(length)
    paint(paintOf(this.role, stream), outgoing.writtenBytes, bytes)
    outgoing.writtenBytes += length
    this.connection.writeOrdered(
      stream,
      bytes,
      stream !== 0 && outgoing.writtenBytes === outgoing.lengthBytes,
    )
  }

  #hasWrittenAll(): boolean {
    return this.#outgoing.every(({ hasEnded }) => hasEnded)
  }

  #sayFarewell(): void {
    if (this.#saidFarewell || !this.ledger.hasConsumedEverything || !this.#hasWrittenAll()) return
    this.#saidFarewell = true
    this.#writeMessage(this.#outgoing[0]!, 0, farewellBytes)
  }

  #wakeBy(at: Micros): void {
    if (at < this.wakeAt) this.wakeAt = at
  }
}
