// A link as transfers use it: control messages by value, and rounds, each an op stream and a literal stream that belong
// together, routed to whoever plays them. Knows the order of bytes, not of messages. PROTOCOL.md §15.1, §15.5

import { must } from '../base/assert.ts'
import { Reader, toHex, varintSize, Writer } from '../base/bytes.ts'
import type { PfsError } from '../base/errors.ts'
import { type SuiteName, suiteById } from '../crypto/suites.ts'
import type { Link } from '../net/link.ts'
import type { LiteralOut, OutStream } from '../net/streams.ts'
import { type Violation, wireCodes } from '../wire/codes.ts'
import { encodeMessage, type Message } from '../wire/message.ts'
import { MessageReader } from '../wire/message_reader.ts'

/** Who plays the rounds of one transfer. Each call may hand over memory; taken() and slabTaken() give credit back. */
export interface RoundSink {
  ops(round: number, bytes: Uint8Array, isLast: boolean): void
  slab(round: number, offset: number, buffer: SharedArrayBuffer, lengthBytes: number): void
  endLiterals(round: number, lengthBytes: number): void
}

export interface ChannelOwner {
  onMessage(message: Message): Violation | undefined
  /** A round begins. undefined: its transfer is not open; 'out_of_turn': the peer may not begin it now. §15.5-3 */
  openRound(transfer: string, round: number): RoundSink | 'closed' | 'out_of_turn'
  /** False: the peer has been granted nothing that it could send literals of. */
  expectsLiterals?(): boolean
  onConfirmed(): void
  onDrain(stream: number): void
  onClosed(error: PfsError | undefined): void
}

export interface OutRound {
  readonly ops: OutStream
  readonly literals: LiteralOut
}

interface Route {
  readonly round: number
  readonly sink: RoundSink
  readonly opStream: number
  readonly literalStream: number
}

interface EarlySlab {
  readonly offset: number
  readonly buffer: SharedArrayBuffer
  readonly lengthBytes: number
  readonly isLast: boolean
}

const transferBytes = 16
/** Transfer id and two varints: what is gathered before a round's header must be whole. */
const headerBytesMax = transferBytes + 2 * 8

export class Channel {
  readonly link: Link
  readonly #owner: ChannelOwner
  readonly #messages = new MessageReader()
  readonly #headers = new Map<number, Uint8Array>()
  readonly #byOps = new Map<number, Route>()
  readonly #byLiterals = new Map<number, Route>()
  /** Slabs whose round has not said who they are: no more than the streams' windows. */
  readonly #early = new Map<number, EarlySlab[]>()
  /** The op stream of a round whose literal stream may not be opened yet. */
  #halfOpen: OutStream | undefined

  constructor(link: Link, owner: ChannelOwner) {
    this.link = link
    this.#owner = owner
    link.handlers = {
      onControl: bytes => this.#violated(this.#messages.read(bytes, message => owner.onMessage(message))),
      onOrdered: (stream, bytes, isLast) => this.#onOrdered(stream, bytes, isLast),
      onSlab: (stream, offset, buffer, lengthBytes, isLast) =>
        this.#onSlab(stream, { offset, buffer, lengthBytes, isLast }),
      expectsLiterals: () => owner.expectsLiterals?.() ?? true,
      onDrain: stream => owner.onDrain(stream),
      onConfirmed: () => owner.onConfirmed(),
      onReset: stream => this.#forget(stream),
      onStopped: () => {},
      onClosed: error => owner.onClosed(error),
    }
  }

  get wireBytes(): number {
    return this.link.stats.bytesSent + this.link.stats.bytesReceived
  }

  get suite(): SuiteName {
    return must(suiteById(this.link.stats.suite), 'the suite of a connection with keys').name
  }

  send(message: Message): void {
    this.link.sendControl(encodeMessage(message))
  }

  /** The two streams of a round of ours; undefined while the peer lets no more be open. */
  openRound(transfer: Uint8Array, round: number): OutRound | undefined {
    const ops = this.#halfOpen ?? this.link.openOrdered()
    const literals = ops && this.link.openLiteral()
    this.#halfOpen = literals ? undefined : ops
    if (!ops || !literals) return undefined
    const header = new Writer(new Uint8Array(transferBytes + varintSize(round) + varintSize(literals.stream)))
    header.bytes(transfer)
    header.varint(round)
    header.varint(literals.stream)
    ops.write(header.written())
    return { ops, literals }
  }

  opsTaken(route: { readonly sink: RoundSink; readonly round: number }, bytes: number): void {
    for (const [stream, { sink, round }] of this.#byOps) {
      if (sink === route.sink && round === route.round) return this.link.consumedOrdered(stream, bytes)
    }
  }

  slabTaken(
    route: { readonly sink: RoundSink; readonly round: number },
    offset: number,
    lengthBytes: number,
    buffer: SharedArrayBuffer,
  ): void {
    for (const [stream, { sink, round }] of this.#byLiterals) {
      if (sink !== route.sink || round !== route.round) continue
      return this.link.consumedSlab(stream, offset, lengthBytes, buffer)
    }
  }

  close(code: keyof typeof wireCodes, reason: string): void {
    this.link.close(wireCodes[code].code, reason)
  }

  #violated(violation: Violation | undefined): void {
    if (violation) this.close(violation.code, violation.reason) // §15.1-1
  }

  #outOfTurn(reason: string): void {
    this.#violated({ code: 'MESSAGE_ERROR', frameType: 0, reason })
  }

  #onOrdered(stream: number, bytes: Uint8Array, isLast: boolean): void {
    const route = this.#byOps.get(stream)
    if (route) return route.sink.ops(route.round, bytes, isLast)
    const held = this.#headers.get(stream)
    const seen = held ? joined(held, bytes) : bytes
    const header = new Reader(seen)
    const transfer = header.bytes(transferBytes)
    const round = header.varint()
    const literalStream = header.varint()
    if (header.failed) {
      if (isLast || seen.length >= headerBytesMax) return this.#outOfTurn('a round without a header')
      this.#headers.set(stream, seen)
      return
    }
    this.#headers.delete(stream)
    this.link.consumedOrdered(stream, header.position)
    this.#begin({ stream, transfer: toHex(transfer), round, literalStream }, header.rest(), isLast)
  }

  #begin(
    header: {
      readonly stream: number
      readonly transfer: string
      readonly round: number
      readonly literalStream: number
    },
    rest: Uint8Array,
    isLast: boolean,
  ): void {
    const { stream, transfer, round, literalStream } = header
    const sink = this.#byLiterals.has(literalStream) ? 'out_of_turn' : this.#owner.openRound(transfer, round)
    if (sink === 'out_of_turn') return this.#outOfTurn('a round out of turn') // §15.5-3
    if (sink === 'closed') {
      // we refused it, and the peer has not heard yet: what comes is dropped unread (§15.4-1)
      this.link.stop(stream, wireCodes.REFUSED.code)
      this.link.stop(literalStream, wireCodes.REFUSED.code)
      this.#early.delete(literalStream)
      return
    }
    const route: Route = { round, sink, opStream: stream, literalStream }
    this.#byOps.set(stream, route)
    this.#byLiterals.set(literalStream, route)
    if (rest.length > 0 || isLast) sink.ops(round, rest, isLast)
    const early = this.#early.get(literalStream)
    this.#early.delete(literalStream)
    for (const slab of early ?? []) this.#onSlab(literalStream, slab)
  }

  #onSlab(stream: number, slab: EarlySlab): void {
    const route = this.#byLiterals.get(stream)
    if (!route) {
      const early = this.#early.get(stream)
      if (early) early.push(slab)
      else this.#early.set(stream, [slab])
      return
    }
    const { offset, buffer, lengthBytes, isLast } = slab
    if (lengthBytes > 0) route.sink.slab(route.round, offset, buffer, lengthBytes)
    else this.link.consumedSlab(stream, offset, 0, buffer)
    if (isLast) route.sink.endLiterals(route.round, offset + lengthBytes)
  }

  /** The streams of a round that is over. */
  endRounds(sink: RoundSink): void {
    for (const [stream, route] of this.#byOps) if (route.sink === sink) this.#byOps.delete(stream)
    for (const [stream, route] of this.#byLiterals) if (route.sink === sink) this.#byLiterals.delete(stream)
  }

  #forget(stream: number): void {
    this.#headers.delete(stream)
    this.#early.delete(stream)
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}
