// A link as a program holds it: streams each way, made and routed by number. Knows the link and the streams of the Web; no
// application. PROTOCOL.md §8, §15.12

import { PfsError } from '../../base/errors.ts'
import { formatPeerId } from '../../crypto/identity.ts'
import { limits } from '../../proto/config.ts'
import type { ConnectionStats } from '../../proto/stats.ts'
import { type WireCodeName, wireCodes } from '../../wire/codes.ts'
import type { Diagnosis } from '../diagnosis.ts'
import type { Link, LinkHandlers } from '../link.ts'
import { Arrivals } from './arrivals.ts'
import type { Connection, IncomingStream, OutgoingStream, Piece } from './faces.ts'
import { type HeldSlab, Incoming, type Taker } from './incoming.ts'
import { Outgoing } from './outgoing.ts'

/** Streams of a peer's that nobody has taken; one that begins more is closed with BUSY. */
const untakenStreamsMax = 1_024

/** No event says that the peer counts a stream as finished. */
const openRetryMillis = 5

type AnyIncoming = Incoming<Uint8Array> | Incoming<HeldSlab>

export class StreamConnection implements Connection {
  readonly peerId: string
  readonly closed: Promise<void>
  readonly #link: Link
  readonly #arrivals = new Arrivals<IncomingStream>(untakenStreamsMax)
  readonly #incoming = new Map<number, AnyIncoming>()
  readonly #outgoing = new Map<number, Outgoing>()
  /** By kind: the number of the last stream of ours. */
  readonly #lastOpened = { ordered: 0, literal: -1 }
  #settle!: (fault: PfsError | undefined) => void
  #end: { readonly fault: PfsError | undefined } | undefined
  /** We said close. */
  #isOursToEnd = false
  #isFinishing = false

  /** @param onReady a responder's peer is really there: what it sends may have effects. §5-6 */
  constructor(link: Link, onReady: () => void = () => {}) {
    this.#link = link
    this.peerId = formatPeerId(link.remoteStatic)
    this.closed = new Promise((resolve, reject) => {
      this.#settle = fault => (fault ? reject(fault) : resolve())
    })
    this.closed.catch(() => {})
    link.handlers = this.#handlers(onReady)
  }

  get remote(): { readonly host: string; readonly port: number } {
    const { host, port } = this.#link.address
    return { host, port }
  }

  get isOpen(): boolean {
    return this.#end === undefined && !this.#isOursToEnd && !this.#isFinishing
  }

  openOrdered(): Promise<OutgoingStream> {
    return this.#open('ordered')
  }

  openLiteral(): Promise<OutgoingStream> {
    return this.#open('literal')
  }

  stats(): ConnectionStats {
    const { stats } = this.#link
    return { ...stats, waitedMicros: { ...stats.waitedMicros }, dropped: { ...stats.dropped } }
  }

  diagnose(): Diagnosis {
    return this.#link.diagnosis
  }

  limitRate(bytesPerSecond: number | undefined): void {
    this.#link.limitRate(bytesPerSecond)
  }

  finish(): Promise<void> {
    this.#isFinishing = true
    return this.#link.finish()
  }

  close(code: WireCodeName = 'NONE', reason = ''): void {
    this.#isOursToEnd = true
    this.#link.close(wireCodes[code].code, reason)
  }

  [Symbol.asyncIterator](): AsyncIterator<IncomingStream> {
    return this.#arrivals.iterate()
  }

  async #open(kind: 'ordered' | 'literal'): Promise<OutgoingStream> {
    for (;;) {
      if (!this.isOpen) throw this.#end?.fault ?? new PfsError('PFS_CANCELLED', 'the connection has ended')
      const out = kind === 'ordered' ? this.#link.openOrdered() : this.#link.openLiteral()
      if (out) {
        this.#lastOpened[kind] = out.stream
        const outgoing = new Outgoing(out, kind, () => this.#outgoing.delete(out.stream))
        this.#outgoing.set(out.stream, outgoing)
        return outgoing
      }
      if (this.#lastOpened[kind] + 2 >= limits.streamNumbers) {
        throw new PfsError('PFS_LIMIT', `a connection has no more ${kind} streams`, {
          hint: 'Connect again: the numbers of its streams are used up.',
        })
      }
      await new Promise(resolve => setTimeout(resolve, openRetryMillis))
    }
  }

  /** What the link tells us. */
  #handlers(onReady: () => void): LinkHandlers {
    return {
      onConfirmed: onReady,
      // the control stream is for the messages of pfs's own transfers: this peer takes us for one of those (§15.12-1)
      onControl: () => this.#link.close(wireCodes.MESSAGE_ERROR.code, 'another application listens here'),
      onOrdered: (stream, bytes, isLast) => {
        this.#ordered(stream)?.add(bytes.length > 0 ? bytes : undefined, isLast)
        if (isLast) this.#incoming.delete(stream)
      },
      onSlab: (stream, offset, buffer, lengthBytes, isLast) => {
        this.#literal(stream)?.add(lengthBytes > 0 ? { offset, buffer, lengthBytes } : undefined, isLast)
        if (isLast) this.#incoming.delete(stream)
      },
      onDrain: stream => this.#outgoing.get(stream)?.onDrain(),
      onReset: (stream, code) => {
        const incoming = stream % 2 === 0 ? this.#ordered(stream) : this.#literal(stream)
        incoming?.fail(new PfsError('PFS_CANCELLED', `the peer gave up stream ${stream} with code ${code}`))
        this.#incoming.delete(stream)
      },
      onStopped: (stream, code) => {
        const why = `the peer wants no more of stream ${stream}, code ${code}`
        this.#outgoing.get(stream)?.fail(new PfsError('PFS_CANCELLED', why))
      },
      onClosed: error => this.#onClosed(error),
    }
  }

  #onClosed(error: PfsError | undefined): void {
    const fault = this.#isOursToEnd ? undefined : error
    this.#end = { fault }
    const why = error ?? new PfsError('PFS_CANCELLED', 'the connection has ended')
    for (const incoming of this.#incoming.values()) incoming.fail(why)
    for (const outgoing of [...this.#outgoing.values()]) outgoing.fail(why)
    this.#incoming.clear()
    this.#arrivals.end(fault)
    this.#settle(fault)
  }

  // -- streams of the peer's

  #ordered(stream: number): Incoming<Uint8Array> | undefined {
    const known = this.#incoming.get(stream) as Incoming<Uint8Array> | undefined
    if (known) return known
    const incoming = new Incoming<Uint8Array>(this.#taker(stream), bytes => bytes)
    return this.#begin({ id: stream, kind: 'ordered', readable: incoming.stream }, incoming)
  }

  #literal(stream: number): Incoming<HeldSlab> | undefined {
    const known = this.#incoming.get(stream) as Incoming<HeldSlab> | undefined
    if (known) return known
    const incoming = new Incoming<HeldSlab>(this.#taker(stream), pieceOf)
    return this.#begin({ id: stream, kind: 'literal', pieces: incoming.stream }, incoming)
  }

  #begin<Kind extends AnyIncoming>(shown: IncomingStream, incoming: Kind): Kind | undefined {
    if (!this.#arrivals.offer(shown)) {
      this.#link.close(wireCodes.BUSY.code, 'more streams than anybody takes')
      return undefined
    }
    this.#incoming.set(shown.id, incoming)
    return incoming
  }

  #taker(stream: number): Taker {
    return {
      taken: item => {
        if (item instanceof Uint8Array) this.#link.consumedOrdered(stream, item.length)
        else this.#link.consumedSlab(stream, item.offset, item.lengthBytes, item.buffer)
      },
      stop: code => this.#link.stop(stream, code),
    }
  }
}

/** A copy: the slab goes back, and is filled again. */
const pieceOf = ({ offset, buffer, lengthBytes }: HeldSlab): Piece => ({
  offset,
  bytes: new Uint8Array(buffer, 0, lengthBytes).slice(),
})
