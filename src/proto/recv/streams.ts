// All streams the peer sends on: which may exist, how far they may go, what has come of them. Violations are answers,
// never exceptions. Knows the plane's windows; not packets, frames' encoding or when a WINDOW leaves. PROTOCOL.md §8.

import type { Micros } from '../../base/units.ts'
import type { Violation, WireCodeName } from '../../wire/codes.ts'
import { type Config, limits } from '../config.ts'
import type { EventQueue } from '../events.ts'
import type { Plane } from '../plane/plane.ts'
import type { ReceiveShare } from './budget.ts'
import { LiteralRanges } from './literal.ts'
import { Reassembly } from './ordered.ts'
import { RecvStream } from './stream.ts'
import { ReceiveWindow } from './window.ts'

/** 'full': it cannot be held now; the packet must not be acknowledged, so that it comes again. §8-10 */
export type Taken = Violation | 'full' | undefined

export class RecvStreams {
  readonly window: ReceiveWindow
  /** Streams whose STREAM_WINDOW or STOP waits to be sent. */
  readonly windowsPending = new Set<number>()
  readonly stopsPending = new Set<number>()
  windowPending = false
  readonly #config: Config
  readonly #events: EventQueue
  readonly #plane: Plane
  readonly #streams = new Map<number, RecvStream>()
  // by parity: one past the highest number the peer has used
  readonly #next: [number, number] = [0, 1]
  // literal numbers up to here are known to the plane: their first packet finds a window
  #announced = 1
  #unfinished = 0
  #highestSum = 0
  #isTouched = false

  constructor(config: Config, events: EventQueue, plane: Plane, share: ReceiveShare) {
    this.#config = config
    this.#events = events
    this.#plane = plane
    const { connectionWindowBytes, connectionWindowBytesMax } = config
    this.window = new ReceiveWindow(connectionWindowBytes, connectionWindowBytesMax, share)
    this.#openOne(0)
    this.#announce()
  }

  get(number: number): RecvStream | undefined {
    return this.#streams.get(number)
  }

  /** Bytes that came early and wait here. */
  get bufferedBytes(): number {
    let sum = 0
    for (const { body } of this.#streams.values()) if (body instanceof Reassembly) sum += body.heldBytes
    return sum
  }

  onOrdered(now: Micros, number: number, offset: number, bytes: Uint8Array, isLast: boolean): Taken {
    const end = offset + bytes.length
    const stream = this.#use(now, number, end)
    if (!(stream instanceof RecvStream)) return stream
    if (isLast) {
      if (number === 0) return broken('STREAM_ERROR', 'the control stream does not end')
      if (!stream.end(end)) return broken('FINAL_SIZE_ERROR', 'two final lengths')
    }
    const body = stream.body as Reassembly
    if (stream.isFinished && stream.isStopped) return undefined
    const before = body.next
    if (!body.insert(offset, bytes)) return 'full'
    for (let next = body.shift(); next; next = body.shift()) {
      const isEnd = body.next === stream.finalLength
      if (!stream.isStopped)
        this.#events.push({ kind: 'ordered', stream: number, bytes: next, isLast: isEnd })
    }
    if (body.next === stream.finalLength && !stream.isFinished) {
      // the end came alone, behind bytes that were handed on already
      if (body.next === before && !stream.isStopped)
        this.#events.push({ kind: 'ordered', stream: number, bytes: bytes.slice(0, 0), isLast: true })
      this.#finish(stream)
    }
    if (stream.isStopped) this.#discard(stream)
    return undefined
  }

  /** [offset, offset + length) of a literal stream was placed by the plane. */
  onLiteral(now: Micros, number: number, offset: number, lengthBytes: number): Taken {
    if (number % 2 === 0) return broken('STREAM_ERROR', 'DATA of an ordered stream')
    const end = offset + lengthBytes
    const stream = this.#use(now, number, end)
    if (!(stream instanceof RecvStream)) return stream
    if (stream.isStopped) {
      this.#discard(stream)
      return undefined
    }
    const body = stream.body as LiteralRanges
    if (!body.insert(number, offset, end, this.#events)) return 'full'
    this.#checkLiteralEnd(stream)
    return undefined
  }

  /** DATA that the plane did not place: past a limit, or of a stream that has no window. */
  onOutside(number: number, offset: number, lengthBytes: number): Taken {
    if (number % 2 === 0) return broken('STREAM_ERROR', 'DATA of an ordered stream')
    if (offset + lengthBytes > limits.literalOffset) return broken('FRAME_ERROR', 'offsets end at 2^48') // §4-7
    const stream = this.#find(number)
    if (!(stream instanceof RecvStream)) return stream
    return offset + lengthBytes > stream.window.limit
      ? broken('WINDOW_ERROR', 'past the window of the stream')
      : 'full'
  }

  onFin(now: Micros, number: number, length: number): Taken {
    if (number % 2 === 0) return broken('STREAM_ERROR', 'FIN of an ordered stream') // §8-11
    const stream = this.#find(number)
    if (!(stream instanceof RecvStream)) return stream
    if (length > limits.literalOffset || !stream.end(length))
      return broken('FINAL_SIZE_ERROR', 'two final lengths')
    stream.window.onData(now)
    this.#checkLiteralEnd(stream)
    return undefined
  }

  onReset(now: Micros, number: number, code: number, length: number): Taken {
    if (number === 0) return broken('STREAM_ERROR', 'the control stream does not end')
    const stream = this.#find(number)
    if (!(stream instanceof RecvStream)) return stream
    if (stream.isFinished) return undefined
    const used = this.#use(now, number, length)
    if (!(used instanceof RecvStream)) return used
    if (!stream.cutShort(length)) return broken('FINAL_SIZE_ERROR', 'a byte past the end')
    if (!stream.isStopped) this.#events.push({ kind: 'reset', stream: number, code })
    this.#finish(stream)
    this.#consume(stream, stream.highest)
    this.#forget(stream)
    return undefined
  }

  /** The owner took what was below `upTo`. */
  consumeLiteral(number: number, upTo: number): void {
    const stream = this.#streams.get(number)
    if (!stream || stream.isStopped) return
    this.#consume(stream, Math.min(upTo, stream.highest))
    this.#plane.setReceiveWindow(number, stream.window.consumed, stream.window.limit)
    this.#forgetTaken(stream)
  }

  consumeOrdered(number: number, bytes: number): void {
    const stream = this.#streams.get(number)
    if (!stream || stream.isStopped) return
    this.#consume(stream, Math.min(stream.window.consumed + bytes, (stream.body as Reassembly).next))
    this.#forgetTaken(stream)
  }

  stop(number: number, code: number): void {
    const stream = this.#streams.get(number)
    if (!stream || stream.isStopped) return
    stream.stop = 'pending'
    stream.stopCode = code
    if (!stream.isFinished) this.stopsPending.add(number)
    if (stream.body instanceof Reassembly) stream.body.clear()
    this.#discard(stream)
    this.#forgetTaken(stream)
  }

  /** Looks at the windows of what the owner took from; the raised ones wait to be sent. */
  raiseWindows(now: Micros, minimumRttMicros: Micros, isMeasured: boolean): void {
    if (!this.#isTouched) return
    this.#isTouched = false
    if (this.window.raise(now, minimumRttMicros, isMeasured)) this.windowPending = true
    for (const stream of this.#streams.values()) {
      if (!stream.isTouched) continue
      stream.isTouched = false
      // what may go to its end needs no more
      const { finalLength } = stream
      if (finalLength !== undefined && stream.window.limit >= finalLength) continue
      // what comes early of an ordered stream is held in pieces of the peer's choice: it must earn its window
      const isLiteral = stream.number % 2 === 1
      if (!stream.window.raise(now, minimumRttMicros, isMeasured && isLiteral)) continue
      this.windowsPending.add(stream.number)
      if (isLiteral) this.#plane.setReceiveWindow(stream.number, stream.window.consumed, stream.window.limit)
    }
  }

  // Finds or opens the stream and moves its highest offset; undefined when it is past, and nothing counts any more.
  #use(now: Micros, number: number, end: number): RecvStream | Violation | undefined {
    const stream = this.#find(number)
    if (!(stream instanceof RecvStream)) return stream
    if (stream.finalLength !== undefined && end > stream.finalLength)
      return broken('FINAL_SIZE_ERROR', 'a byte past the end')
    if (end > stream.window.limit) return broken('WINDOW_ERROR', 'past the window of the stream')
    if (end > stream.highest) {
      this.#highestSum += end - stream.highest
      stream.highest = end
      if (this.#highestSum > this.window.limit)
        return broken('WINDOW_ERROR', 'past the window of the connection')
    }
    stream.window.onData(now)
    this.window.onData(now)
    return stream
  }

  /** Numbers of a kind come in order: a number opens those below it. §8-1 */
  #find(number: number): RecvStream | Violation | undefined {
    const known = this.#streams.get(number)
    if (known) return known
    if (number >= limits.streamNumbers) return broken('STREAM_ERROR', 'no such stream number')
    const parity = number % 2 === 0 ? 0 : 1
    if (number < this.#next[parity]) return undefined
    const opened = (number - this.#next[parity]) / 2 + 1
    if (this.#unfinished + opened > this.#config.streamsMax)
      return broken('STREAM_ERROR', 'more streams than may be open') // §8-2
    for (let next = this.#next[parity]; next <= number; next += 2) this.#openOne(next)
    return this.#streams.get(number)
  }

  #openOne(number: number): void {
    const { streamWindowBytes, streamWindowBytesMax } = this.#config
    this.#streams.set(
      number,
      new RecvStream(number, new ReceiveWindow(streamWindowBytes, streamWindowBytesMax)),
    )
    this.#next[number % 2 === 0 ? 0 : 1] = number + 2
    if (number !== 0) this.#unfinished++
  }

  // Data of a stream may be the first that is heard of it: the plane knows all numbers the peer may use next.
  #announce(): void {
    const upTo = this.#next[1] + 2 * (this.#config.streamsMax - this.#unfinished)
    for (; this.#announced < Math.min(upTo, limits.streamNumbers); this.#announced += 2)
      this.#plane.setReceiveWindow(this.#announced, 0, this.#config.streamWindowBytes)
  }

  #checkLiteralEnd(stream: RecvStream): void {
    const { finalLength, body } = stream
    if (finalLength === undefined || stream.isFinished || !(body instanceof LiteralRanges)) return
    if (stream.isStopped ? stream.highest < finalLength : !body.isComplete(finalLength)) return
    this.#finish(stream)
    if (!stream.isStopped)
      this.#events.push({ kind: 'literal_end', stream: stream.number, lengthBytes: finalLength })
    this.#forgetTaken(stream)
  }

  #finish(stream: RecvStream): void {
    if (stream.isFinished) return
    stream.isFinished = true
    this.#unfinished--
    this.stopsPending.delete(stream.number)
    this.#announce()
    this.#forgetTaken(stream)
  }

  // A stopped stream is read to nowhere.
  #discard(stream: RecvStream): void {
    this.#consume(stream, stream.highest)
    this.#checkLiteralEnd(stream)
    this.#forgetTaken(stream)
  }

  #consume(stream: RecvStream, upTo: number): void {
    const { window } = stream
    if (upTo <= window.consumed) return
    this.window.consumed += upTo - window.consumed
    window.consumed = upTo
    stream.isTouched = true
    this.#isTouched = true
  }

  #forgetTaken(stream: RecvStream): void {
    if (stream.isFinished && stream.window.consumed === stream.finalLength) this.#forget(stream)
  }

  #forget(stream: RecvStream): void {
    this.#streams.delete(stream.number)
    this.windowsPending.delete(stream.number)
    this.stopsPending.delete(stream.number)
    if (stream.number % 2 === 1) this.#plane.forgetStream(stream.number)
  }
}

function broken(code: WireCodeName, reason: string): Violation {
  return { code, frameType: 0, reason }
}
