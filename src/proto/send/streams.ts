// All streams this side sends on: opens them, finds them, says whose turn it is, and turns acknowledged or lost pieces
// into what each stream must know. Knows the peer's limits; not packets, windows of congestion or time. PROTOCOL.md §8.

import { must } from '../../base/assert.ts'
import type { Parameters } from '../../wire/params.ts'
import { type Config, limits } from '../config.ts'
import type { EventQueue } from '../events.ts'
import type { FramesRecord, Piece } from '../recovery/sent.ts'
import { Credit } from './credit.ts'
import { LiteralSend } from './literal.ts'
import { OrderedSend } from './ordered.ts'
import type { Progress } from './progress.ts'

export type SendStream = OrderedSend | LiteralSend

export class SendStreams {
  readonly credit = new Credit()
  readonly #config: Config
  readonly #events: EventQueue
  readonly #streams = new Map<number, SendStream>()
  #streamWindowBytes = 0
  #streamsMax = 0
  // by parity: the next ordered and the next literal number
  readonly #next: [number, number] = [2, 1]

  constructor(config: Config, events: EventQueue) {
    this.#config = config
    this.#events = events
    this.#streams.set(0, new OrderedSend(0, 0))
  }

  /** The peer's parameters have come: streams may be opened and used, behind what the handshake carried. */
  onHandshake(parameters: Parameters, earlyBytes: number): void {
    this.#streamWindowBytes = parameters.streamWindowBytes
    this.#streamsMax = parameters.streamsMax
    this.credit.onLimit(parameters.connectionWindowBytes)
    for (const stream of this.#streams.values()) stream.progress.onLimit(parameters.streamWindowBytes)
    this.control.startAt(earlyBytes)
    this.credit.useEarly(earlyBytes)
  }

  get control(): OrderedSend {
    return this.ordered(0)
  }

  /** undefined when the peer lets no more be open at once, or the numbers are used up. §8-1, §8-2 */
  open(parity: 0 | 1): number | undefined {
    const number = this.#next[parity]
    if (this.#streams.size > this.#streamsMax || number >= limits.streamNumbers) return undefined
    this.#next[parity] = number + 2
    const Kind = parity === 0 ? OrderedSend : LiteralSend
    this.#streams.set(number, new Kind(number, this.#streamWindowBytes))
    return number
  }

  /** False for a number that we never opened: a peer that names it breaks a rule. */
  wasOpened(number: number): boolean {
    return number < this.#next[number % 2 === 0 ? 0 : 1]
  }

  /** False once it was given up or is done: what is written then goes nowhere. */
  isWritable(number: number): boolean {
    return this.#streams.get(number)?.progress.reset === 'none'
  }

  /** Bytes that ordered streams hold until they are acknowledged. */
  get bufferedBytes(): number {
    let sum = 0
    for (const stream of this.#streams.values()) if (stream.kind === 'ordered') sum += stream.bufferedBytes
    return sum
  }

  get(number: number): SendStream | undefined {
    return this.#streams.get(number)
  }

  ordered(number: number): OrderedSend {
    const stream = must(this.#streams.get(number), `stream ${number} is not open for sending`)
    if (stream.kind !== 'ordered') throw new Error(`pfs: internal error: stream ${number} is literal`)
    return stream
  }

  literal(number: number): LiteralSend {
    const stream = must(this.#streams.get(number), `stream ${number} is not open for sending`)
    if (stream.kind !== 'literal') throw new Error(`pfs: internal error: stream ${number} is ordered`)
    return stream
  }

  all(): IterableIterator<SendStream> {
    return this.#streams.values()
  }

  /** Everything that was written has been acknowledged. §12-2 */
  /** Bytes that could go now, if a path had room. */
  get backlogBytes(): number {
    let bytes = 0
    let fresh = 0
    for (const { progress } of this.#streams.values()) {
      fresh += progress.freshBytes
      bytes += progress.lostBytes
    }
    return bytes + Math.min(fresh, Math.max(0, this.credit.availableBytes))
  }

  get isQuiet(): boolean {
    for (const stream of this.#streams.values()) if (!stream.progress.isQuiet) return false
    return true
  }

  /** Data waits for nothing but a WINDOW or STREAM_WINDOW. §8-8 */
  get isBlocked(): boolean {
    for (const { progress } of this.#streams.values()) {
      if (progress.isBlocked || (progress.freshBytes > 0 && this.credit.availableBytes <= 0)) return true
    }
    return false
  }

  /** The ordered stream whose bytes go next, if any may: lost ones before new ones. */
  nextOrdered(): OrderedSend | undefined {
    let fresh: OrderedSend | undefined
    for (const stream of this.#streams.values()) {
      if (stream.kind !== 'ordered') continue
      const { progress } = stream
      if (progress.hasLost || (progress.end === 'pending' && progress.next === progress.written))
        return stream
      if (!fresh && progress.freshBytes > 0 && this.credit.availableBytes > 0) fresh = stream
    }
    return fresh
  }

  /** The literal stream whose bytes go next, if any may: one with lost ranges first (§9-8), else in turns. */
  nextLiteral(): LiteralSend | undefined {
    let fresh: LiteralSend | undefined
    for (const stream of this.#streams.values()) {
      if (stream.kind !== 'literal') continue
      if (stream.progress.hasLost) return stream
      if (!fresh && stream.progress.freshBytes > 0 && this.credit.availableBytes > 0) fresh = stream
    }
    return fresh
  }

  /** It had its turn. */
  rotate(stream: LiteralSend): void {
    if (this.#streams.size <= 2) return
    this.#streams.delete(stream.progress.stream)
    this.#streams.set(stream.progress.stream, stream)
  }

  onAcked(piece: Piece): void {
    if (piece.record) this.#onFramesAcked(piece.record)
    else this.#onLiteralAcked(piece)
  }

  #onLiteralAcked(piece: Piece): void {
    const stream = this.#streams.get(piece.stream)
    if (!stream?.progress.onAcked(piece.offset, piece.offset + piece.lengthBytes)) return
    this.#events.push({ kind: 'acked', stream: piece.stream, upTo: stream.progress.ackedUpTo })
    this.#forgetDone(stream.progress)
  }

  #onFramesAcked(record: FramesRecord): void {
    for (const range of record.ranges) {
      const stream = this.#streams.get(range.stream)
      if (stream?.kind !== 'ordered') continue
      const isWritable = stream.onAcked(range.start, range.end, this.#config.orderedLowBytes)
      if (range.isLast) stream.progress.end = 'acked'
      if (isWritable) this.#events.push({ kind: 'writable', stream: range.stream })
      this.#forgetDone(stream.progress)
    }
    for (const number of record.fins)
      this.#settle(number, progress => {
        if (progress.reset === 'none') progress.end = 'acked'
      })
    for (const number of record.resets)
      this.#settle(number, progress => {
        progress.reset = 'acked'
      })
  }

  /** Ranges become lost, ends and resets pending again. */
  onLost(piece: Piece): void {
    if (!piece.record) {
      this.#streams.get(piece.stream)?.progress.onLost(piece.offset, piece.offset + piece.lengthBytes)
      return
    }
    for (const range of piece.record.ranges) {
      const progress = this.#streams.get(range.stream)?.progress
      progress?.onLost(range.start, range.end)
      if (range.isLast && progress?.end === 'sent') progress.end = 'pending'
    }
    for (const number of piece.record.fins) {
      const progress = this.#streams.get(number)?.progress
      if (progress?.end === 'sent') progress.end = 'pending'
    }
    for (const number of piece.record.resets) {
      const progress = this.#streams.get(number)?.progress
      if (progress?.reset === 'sent') progress.reset = 'pending'
    }
  }

  #settle(number: number, change: (progress: Progress) => void): void {
    const stream = this.#streams.get(number)
    if (!stream) return
    change(stream.progress)
    this.#forgetDone(stream.progress)
  }

  #forgetDone(progress: Progress): void {
    if (progress.isDone && progress.stream !== 0) this.#streams.delete(progress.stream)
  }
}
