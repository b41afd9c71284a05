// What qlog says of the frames in a packet, in QUIC's words for what ours mean: ACK, and the stream bytes. Made from the
// core's records, which keep no bytes. draft-ietf-quic-qlog-quic-events.

import type { FramesRecord } from '../../proto/recovery/sent.ts'
import type { AnyAck } from '../../wire/frames/ack_ecn.ts'

export type QlogFrame = { readonly frame_type: string } & Readonly<Record<string, unknown>>

export const millis = (micros: number): number => Math.round(micros) / 1000

export function ackFrame(ack: AnyAck): QlogFrame {
  const acked: [number, number][] = []
  for (let i = ack.ranges.length - 2; i >= 0; i -= 2) acked.push([ack.ranges[i]!, ack.ranges[i + 1]! - 1])
  const counts = ack.type === 0x0a ? { ect0: ack.ect0, ect1: ack.ect1, ce: ack.ce } : {}
  return { frame_type: 'ack', ack_delay: millis(ack.delayMicros), acked_ranges: acked, ...counts }
}

export function streamFrame(stream: number, offset: number, length: number, fin = false): QlogFrame {
  return { frame_type: 'stream', stream_id: stream, offset, length, ...(fin ? { fin } : {}) }
}

export function framesOf(ack: AnyAck | undefined, record: FramesRecord | undefined): QlogFrame[] {
  const frames: QlogFrame[] = []
  if (ack) frames.push(ackFrame(ack))
  if (!record) return frames
  for (const { stream, start, end, isLast } of record.ranges)
    frames.push(streamFrame(stream, start, end - start, isLast))
  if (record.window) frames.push({ frame_type: 'max_data' })
  for (const stream of record.streamWindows) frames.push({ frame_type: 'max_stream_data', stream_id: stream })
  for (const stream of record.resets) frames.push({ frame_type: 'reset_stream', stream_id: stream })
  for (const stream of record.stops) frames.push({ frame_type: 'stop_sending', stream_id: stream })
  for (const stream of record.fins) frames.push({ frame_type: 'fin', stream_id: stream })
  if (record.probeBytes > 0) frames.push({ frame_type: 'ping' }, { frame_type: 'padding' })
  return frames
}
