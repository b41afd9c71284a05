// THE TABLE of frames, and the way from bytes to frames: by type, never by guess. PROTOCOL.md §7.
//
// To add a frame: a file in frames/, a row here and in §7, vectors. The switch in the connection then refuses to
// compile until it handles it. Knows no connection: what a frame means, and whether it fits, is decided above.

import { Reader, type Writer } from '../base/bytes.ts'
import type { Violation } from './codes.ts'
import * as ack from './frames/ack.ts'
import * as ackEcn from './frames/ack_ecn.ts'
import * as close from './frames/close.ts'
import * as fin from './frames/fin.ts'
import * as padding from './frames/padding.ts'
import * as pathAck from './frames/path_ack.ts'
import * as pathChallenge from './frames/path_challenge.ts'
import * as pathResponse from './frames/path_response.ts'
import * as ping from './frames/ping.ts'
import * as reset from './frames/reset.ts'
import * as stop from './frames/stop.ts'
import * as stream from './frames/stream.ts'
import * as streamWindow from './frames/stream_window.ts'
import * as window from './frames/window.ts'

export type Frame =
  | padding.Padding
  | ping.Ping
  | ack.Ack
  | stream.Stream
  | window.Window
  | streamWindow.StreamWindow
  | fin.Fin
  | reset.Reset
  | stop.Stop
  | close.Close
  | ackEcn.AckEcn
  | pathChallenge.PathChallenge
  | pathResponse.PathResponse
  | pathAck.PathAck

export type FrameType = Frame['type']

interface Codec<F> {
  readonly type: number
  size(frame: F): number
  encode(w: Writer, frame: F): void
  decode(r: Reader): F
}

interface FrameRow<F> {
  readonly name: string
  /** A packet with such a frame must be acknowledged. */
  readonly isEliciting: boolean
  /** A packet with such a frame counts against the congestion window. */
  readonly isInFlight: boolean
  /** May stand in the payload of a handshake message (§5-5). */
  readonly isInHandshake: boolean
  readonly codec: Codec<F>
}

type Table = { readonly [T in FrameType]: FrameRow<Extract<Frame, { readonly type: T }>> }

function row<F>(
  name: string,
  codec: Codec<F>,
  is: { readonly eliciting: boolean; readonly inFlight: boolean; readonly inHandshake: boolean },
): FrameRow<F> {
  return {
    name,
    isEliciting: is.eliciting,
    isInFlight: is.inFlight,
    isInHandshake: is.inHandshake,
    codec,
  }
}

const silent = { eliciting: false, inFlight: false, inHandshake: false }
const usual = { eliciting: true, inFlight: true, inHandshake: false }
const early = { eliciting: true, inFlight: true, inHandshake: true }

/** By type. A missing row does not compile. */
export const frameTable: Table = {
  [padding.type]: row('PADDING', padding, { eliciting: false, inFlight: true, inHandshake: true }),
  [ping.type]: row('PING', ping, early),
  [ack.type]: row('ACK', ack, silent),
  [stream.type]: row('STREAM', stream, early),
  [window.type]: row('WINDOW', window, usual),
  [streamWindow.type]: row('STREAM_WINDOW', streamWindow, usual),
  [fin.type]: row('FIN', fin, usual),
  [reset.type]: row('RESET', reset, usual),
  [stop.type]: row('STOP', stop, usual),
  [close.type]: row('CLOSE', close, silent),
  [ackEcn.type]: row('ACK_ECN', ackEcn, silent),
  // whether they arrive is told by the answer: what goes to an unproven address must not look like a loss of the path
  [pathChallenge.type]: row('PATH_CHALLENGE', pathChallenge, silent),
  [pathResponse.type]: row('PATH_RESPONSE', pathResponse, silent),
  [pathAck.type]: row('PATH_ACK', pathAck, silent),
}

// The same functions in an array: the look-up of the hot path.
const decoders: readonly (((r: Reader) => Frame) | undefined)[] = Array.from(
  { length: Math.max(...Object.keys(frameTable).map(Number)) + 1 },
  (_, type) => frameTable[type as FrameType]?.codec.decode,
)

/** What a row says, for a frame of any kind. */
export function frameRow(frame: Frame): FrameRow<Frame> {
  return frameTable[frame.type] as FrameRow<Frame>
}

export function frameSize(frame: Frame): number {
  return frameRow(frame).codec.size(frame)
}

export function encodeFrame(w: Writer, frame: Frame): void {
  frameRow(frame).codec.encode(w, frame)
}

/** Takes one frame; a violation it returns ends the packet. Views in the frame last as long as the packet's memory. */
export type FrameHandler = (frame: Frame) => Violation | undefined

/**
 * Hands every frame of an opened FRAMES packet to `handle`, in order, as it is decoded: those before a malformed one
 * have been handled when the violation comes back. Never throws by itself.
 */
export function decodeFrames(frames: Uint8Array, handle: FrameHandler): Violation | undefined {
  if (frames.length === 0) return violation(0, 'a packet with no frame') // §7-2
  const r = new Reader(frames)
  while (r.left > 0) {
    const type = r.u8()
    const decode = decoders[type]
    if (decode === undefined) return violation(type, 'unknown frame type') // §7-1
    const frame = decode(r)
    if (r.failed) return violation(type, 'malformed frame')
    const broken = handle(frame)
    if (broken) return broken
  }
  return undefined
}

/** The same for the tail of a handshake payload: it may be empty, and few frames may stand there (§5-5). */
export function decodeHandshakeFrames(frames: Uint8Array, handle: FrameHandler): Violation | undefined {
  if (frames.length === 0) return undefined
  return decodeFrames(frames, frame => {
    const isControl = frame.type !== stream.type || frame.stream === 0
    if (!frameRow(frame).isInHandshake || !isControl) {
      return violation(frame.type, 'a frame that may not stand in a handshake')
    }
    return handle(frame)
  })
}

function violation(frameType: number, reason: string): Violation {
  return { code: 'FRAME_ERROR', frameType, reason }
}
