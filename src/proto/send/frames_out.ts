// What one FRAMES packet will hold. What waits to be said is state, not stored packets: a lost packet makes its state
// pending again, and the next one says it as it is then. Knows frames and streams; no windows, keys or times.
// PROTOCOL.md §7, §9-8.

import { Writer } from '../../base/bytes.ts'
import { encodeFrame, type Frame, frameSize } from '../../wire/frame.ts'
import type { AnyAck } from '../../wire/frames/ack_ecn.ts'
import type { PathAck } from '../../wire/frames/path_ack.ts'
import { ping } from '../../wire/frames/ping.ts'
import * as streamFrame from '../../wire/frames/stream.ts'
import { datagramBytesMax } from '../../wire/limits.ts'
import type { AckSaid, FramesRecord, OrderedRange } from '../recovery/sent.ts'
import type { RecvStreams } from '../recv/streams.ts'
import type { SendStreams } from './streams.ts'

/** What a packet under construction is to hold besides what waits. */
export interface FramesWish {
  readonly spaceBytes: number
  readonly acks: readonly (AnyAck | PathAck)[]
  /** Only the ACK: the congestion window or the pacer is shut. */
  readonly isAckOnly: boolean
  /** PING when nothing else would elicit an ACK. */
  readonly isEliciting: boolean
}

export interface BuiltFrames {
  /** A view of the builder's scratch: sealed before the next build. */
  readonly frames: Uint8Array
  /** undefined when nothing in it counts in flight. */
  readonly record: FramesRecord | undefined
  readonly retransmittedBytes: number
  /** Of ordered streams, that never left before. */
  readonly freshBytes: number
}

// A STREAM frame with fewer bytes than this costs more than it moves, unless it is all there is.
const streamBytesLeast = 64

export class FramesOut {
  readonly #send: SendStreams
  readonly #recv: RecvStreams
  readonly #scratch = new Uint8Array(datagramBytesMax)
  /** A PING is owed: asked for by the owner, keep-alive or a probe. */
  pingPending = false

  constructor(send: SendStreams, recv: RecvStreams) {
    this.#send = send
    this.#recv = recv
  }

  /** Something waits that elicits an ACK. */
  get isPending(): boolean {
    return this.pingPending || this.#hasControl || this.#send.nextOrdered() !== undefined
  }

  get #hasControl(): boolean {
    const recv = this.#recv
    if (recv.windowPending || recv.windowsPending.size > 0 || recv.stopsPending.size > 0) return true
    for (const { kind, progress } of this.#send.all()) {
      if (progress.reset === 'pending' || (kind === 'literal' && progress.end === 'pending')) return true
    }
    return false
  }

  build(wish: FramesWish): BuiltFrames {
    const w = new Writer(this.#scratch.subarray(0, wish.spaceBytes))
    const said = new Said()
    for (const ack of wish.acks)
      if (put(w, ack)) said.acks.push({ path: ack.type === 0x0d ? ack.path : 0, largest: ack.largest })
    const sentBefore = this.#send.credit.usedBytes
    if (!wish.isAckOnly) {
      this.#writeWindows(w, said)
      this.#writeEnds(w, said)
      this.#writeOrdered(w, said)
    }
    if (!wish.isAckOnly && (this.pingPending || (wish.isEliciting && said.isEmpty)) && put(w, ping)) {
      this.pingPending = false
      said.isPing = true
    }
    const record = said.isEmpty ? undefined : said.record()
    const fresh = this.#send.credit.usedBytes - sentBefore
    return { frames: w.written(), record, retransmittedBytes: said.orderedBytes - fresh, freshBytes: fresh }
  }

  /** PING alone: is the path there. §4.3-2 */
  buildPing(): BuiltFrames {
    return this.buildProbe(1, 0)
  }

  /** PING and PADDING up to `spaceBytes`: a probe of the datagram size. §11-2 */
  buildProbe(spaceBytes: number, datagramBytes: number): BuiltFrames {
    const frames = this.#scratch.subarray(0, spaceBytes)
    frames.fill(0)
    frames[0] = ping.type
    return { frames, record: new Said().record(datagramBytes), retransmittedBytes: 0, freshBytes: 0 }
  }

  /** What a lost packet said of windows and stops waits again; streams' own state is theirs. */
  onLost(record: FramesRecord): void {
    if (record.window) this.#recv.windowPending = true
    for (const number of record.streamWindows) {
      const stream = this.#recv.get(number)
      if (stream && !stream.isFinished) this.#recv.windowsPending.add(number)
    }
    for (const number of record.stops) {
      const stream = this.#recv.get(number)
      if (stream && !stream.isFinished) this.#recv.stopsPending.add(number)
    }
  }

  #writeWindows(w: Writer, said: Said): void {
    const recv = this.#recv
    if (recv.windowPending && put(w, { type: 0x04, limit: recv.window.limit })) {
      recv.windowPending = false
      said.window = true
    }
    for (const stream of recv.windowsPending) {
      const limit = recv.get(stream)?.window.limit
      if (limit !== undefined && !put(w, { type: 0x05, stream, limit })) break
      recv.windowsPending.delete(stream)
      if (limit !== undefined) said.streamWindows.push(stream)
    }
    for (const stream of recv.stopsPending) {
      const stopped = recv.get(stream)
      if (stopped && !put(w, { type: 0x08, stream, code: stopped.stopCode })) break
      recv.stopsPending.delete(stream)
      if (stopped) said.stops.push(stream)
    }
  }

  #writeEnds(w: Writer, said: Said): void {
    for (const { kind, progress } of this.#send.all()) {
      const { stream } = progress
      if (progress.reset === 'pending') {
        if (!put(w, { type: 0x07, stream, code: progress.resetCode, length: progress.next })) return
        progress.reset = 'sent'
        said.resets.push(stream)
      } else if (kind === 'literal' && progress.end === 'pending') {
        if (!put(w, { type: 0x06, stream, length: progress.written })) return
        progress.end = 'sent'
        said.fins.push(stream)
      }
    }
  }

  // Lost before new, stream by stream, as many STREAM frames as there is room for.
  #writeOrdered(w: Writer, said: Said): void {
    for (let stream = this.#send.nextOrdered(); stream; stream = this.#send.nextOrdered()) {
      const { progress } = stream
      const start = progress.firstLost ?? progress.next
      const until =
        progress.firstLost === undefined
          ? start + Math.min(progress.freshBytes, this.#send.credit.availableBytes)
          : progress.endOfLost(start)
      const room = w.left - streamFrame.overheadBytes(progress.stream, start, w.left)
      if (room < 0 || (room < streamBytesLeast && room < until - start)) return
      const bytes = until > start ? stream.view(start, Math.min(until, start + room)) : none
      const end = start + bytes.length
      const isLast = progress.end !== 'none' && end === progress.written
      streamFrame.encode(w, { type: 0x03, stream: progress.stream, offset: start, fin: isLast, bytes })
      this.#send.credit.use(progress.onSent(start, end))
      if (isLast) progress.end = progress.end === 'acked' ? 'acked' : 'sent'
      said.addRange(progress.stream, start, end, isLast)
    }
  }
}

const none = new Uint8Array(0)

function put(w: Writer, frame: Frame): boolean {
  if (frameSize(frame) > w.left) return false
  encodeFrame(w, frame)
  return true
}

class Said {
  readonly #ranges: OrderedRange[] = []
  window = false
  isPing = false
  orderedBytes = 0
  readonly streamWindows: number[] = []
  readonly fins: number[] = []
  readonly resets: number[] = []
  readonly stops: number[] = []
  readonly acks: AckSaid[] = []

  get isEmpty(): boolean {
    if (this.window || this.isPing || this.#ranges.length > 0) return false
    return this.streamWindows.length + this.fins.length + this.resets.length + this.stops.length === 0
  }

  addRange(stream: number, start: number, end: number, isLast: boolean): void {
    this.orderedBytes += end - start
    const last = this.#ranges[this.#ranges.length - 1]
    if (last && last.stream === stream && last.end === start)
      this.#ranges[this.#ranges.length - 1] = { stream, start: last.start, end, isLast }
    else this.#ranges.push({ stream, start, end, isLast })
  }

  record(probeBytes = 0): FramesRecord {
    const { window, streamWindows, fins, resets, stops, acks } = this
    return { ranges: this.#ranges, window, streamWindows, fins, resets, stops, probeBytes, acks }
  }
}
