// One connection as a qlog trace: what the core tells its observer becomes records of the main schema 0.3 with QUIC's
// events, a train where those have a packet. qvis opens it. Says nothing twice: metrics only what has changed. Writes no
// file, and no key, payload or name: sizes and times alone. draft-ietf-quic-qlog-main-schema-02, -quic-events-01.

import { toHex } from '../../base/bytes.ts'
import type { Micros } from '../../base/units.ts'
import { suiteById } from '../../crypto/suites.ts'
import type { CloseReason } from '../../proto/events.ts'
import type { Observed, Observer } from '../../proto/observer.ts'
import type { EcnState } from '../../proto/path/ecn.ts'
import { type DropReason, dataOverheadBytes, type Train } from '../../proto/plane/plane.ts'
import type { Recovery } from '../../proto/recovery/recovery.ts'
import { type FramesRecord, type Piece, pieceBytes } from '../../proto/recovery/sent.ts'
import type { AnyAck } from '../../wire/frames/ack_ecn.ts'
import { ackFrame, framesOf, millis, type QlogFrame, streamFrame } from './frames.ts'
import { headerRecord } from './header.ts'

/** Who keeps the records. */
export interface Sink {
  append(record: object): void
  /** The peer is no replay and no flood of INITs: from now on the trace is worth a file. */
  keep(): void
  end(): void
}

type Data = Readonly<Record<string, unknown>>

interface Received {
  readonly at: Micros
  readonly packetNumber: number
  readonly bytes: number
  readonly frames: QlogFrame[]
}

export class Trace implements Observer {
  readonly #sink: Sink
  readonly #startedMicros: Micros
  readonly #isClient: boolean
  // FRAMES that came: its record waits for the ACK in it
  #received: Received | undefined
  #metrics: Record<string, number> = {}
  #datagramBytes = 0
  #congestion = ''
  #ecn: EcnState = 'off'
  #phase = 0

  constructor(now: Micros, connection: Observed, sink: Sink, epochMillis: number) {
    this.#sink = sink
    this.#startedMicros = now
    this.#isClient = connection.role === 'initiator'
    sink.append(headerRecord(connection, epochMillis))
    const { host, port } = connection.address
    this.#say(now, 'connectivity:connection_started', {
      ip_version: host.includes(':') ? 'v6' : 'v4',
      src_ip: host.includes(':') ? '::' : '0.0.0.0', // which of ours, the system chooses
      dst_ip: host,
      dst_port: port,
      protocol: 'PFS',
      src_cid: toHex(connection.localId),
    })
    if (this.#isClient) sink.keep()
  }

  onEstablished(now: Micros, remoteId: Uint8Array, suite: number): void {
    this.#say(now, 'connectivity:connection_state_updated', {
      new: 'handshake_completed',
      dst_cid: toHex(remoteId),
      suite: suiteById(suite)?.name ?? suite,
    })
  }

  onConfirmed(now: Micros): void {
    this.#sink.keep()
    this.#say(now, 'connectivity:connection_state_updated', { new: 'handshake_confirmed' })
  }

  onHandshakeSent(now: Micros, bytes: number): void {
    this.#sayPackets(now, 'sent', { packet_type: 'handshake' }, 1, bytes)
  }

  onTrainSent(now: Micros, { firstPacket, packets, stream, offset, lengthBytes }: Train): void {
    const frames = [streamFrame(stream, offset, lengthBytes)]
    this.#sayPackets(now, 'sent', oneRtt(firstPacket), packets, dataBytes(lengthBytes, packets), frames)
  }

  onFramesSent(
    now: Micros,
    packetNumber: number,
    bytes: number,
    ack: AnyAck | undefined,
    record: FramesRecord | undefined,
  ): void {
    this.#sayPackets(now, 'sent', oneRtt(packetNumber), 1, bytes, framesOf(ack, record))
  }

  onDataReceived(
    now: Micros,
    firstPacket: number,
    packets: number,
    stream: number,
    offset: number,
    lengthBytes: number,
  ): void {
    const frames = [streamFrame(stream, offset, lengthBytes)]
    this.#sayPackets(now, 'received', oneRtt(firstPacket), packets, dataBytes(lengthBytes, packets), frames)
  }

  onFramesReceived(now: Micros, packetNumber: number, bytes: number): void {
    this.#flush()
    this.#received = { at: now, packetNumber, bytes, frames: [] }
  }

  onAckReceived(_now: Micros, ack: AnyAck): void {
    this.#received?.frames.push(ackFrame(ack))
  }

  onDropped(now: Micros, reason: DropReason): void {
    const triggers = {
      malformed: 'header_parse_error',
      forged: 'payload_decrypt_error',
      replayed: 'duplicate',
    }
    const trigger = reason === 'old_key' ? 'key_unavailable' : triggers[reason]
    this.#say(now, 'transport:packet_dropped', { trigger })
  }

  onAcked(now: Micros, pieces: readonly Piece[]): void {
    this.#say(now, 'transport:packets_acked', {
      packet_number_space: 'application_data',
      packet_numbers: pieces.map(piece => piece.firstPacket),
      ranges: pieces.map(({ firstPacket, packets }) => [firstPacket, firstPacket + packets - 1]),
    })
  }

  onLost(now: Micros, pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      this.#say(now, 'recovery:packet_lost', {
        header: oneRtt(piece.firstPacket),
        packets: piece.packets,
        bytes: pieceBytes(piece),
        is_mtu_probe_packet: (piece.record?.probeBytes ?? 0) > 0,
      })
    }
  }

  onMetrics(now: Micros, { rtt, controller, pacer, mtu, ecn, bytesInFlight }: Recovery): void {
    const metrics: Record<string, number> = {
      congestion_window: controller.windowBytes,
      bytes_in_flight: bytesInFlight,
      pacing_rate: Math.round(8 * pacer.bytesPerSecond),
    }
    if (rtt.hasSample) {
      metrics.min_rtt = millis(rtt.minimum)
      metrics.smoothed_rtt = millis(rtt.smoothed)
      metrics.latest_rtt = millis(rtt.latest)
      metrics.rtt_variance = millis(rtt.variance)
    }
    const changed = Object.entries(metrics).filter(([name, value]) => this.#metrics[name] !== value)
    this.#metrics = metrics
    if (changed.length > 0) this.#say(now, 'recovery:metrics_updated', Object.fromEntries(changed))
    this.#onCongestion(now, controller.isSlowStart ? 'slow_start' : 'congestion_avoidance')
    this.#onEcn(now, ecn.state)
    this.#onMtu(now, mtu.datagramBytes)
  }

  onKeyPhase(now: Micros, phase: number, isPeerFirst: boolean): void {
    if (phase === this.#phase) return
    this.#phase = phase
    for (const side of ['client', 'server'])
      this.#say(now, 'security:key_updated', {
        key_type: `${side}_1rtt_secret`,
        generation: phase,
        trigger: isPeerFirst ? 'remote_update' : 'local_update',
      })
  }

  onClosed(now: Micros, reason: CloseReason): void {
    const code = 'code' in reason ? { application_code: reason.code, reason: reason.text } : {}
    this.#say(now, 'connectivity:connection_closed', {
      owner: reason.by === 'peer' ? 'remote' : 'local',
      ...code,
      trigger: closeTrigger(reason),
    })
  }

  onGone(now: Micros): void {
    this.#say(now, 'connectivity:connection_state_updated', { new: 'closed' })
    this.#sink.end()
  }

  #onMtu(now: Micros, datagramBytes: number): void {
    const old = this.#datagramBytes
    if (datagramBytes === old) return
    this.#datagramBytes = datagramBytes
    this.#say(now, 'connectivity:mtu_updated', { ...(old > 0 ? { old } : {}), new: datagramBytes })
  }

  #onEcn(now: Micros, state: EcnState): void {
    const old = this.#ecn
    if (state === old) return
    this.#ecn = state
    this.#say(now, 'recovery:ecn_state_updated', { ...(old === 'off' ? {} : { old }), new: state })
  }

  #onCongestion(now: Micros, state: string): void {
    if (state === this.#congestion) return
    const old = this.#congestion
    this.#congestion = state
    this.#say(now, 'recovery:congestion_state_updated', { ...(old ? { old } : {}), new: state })
  }

  #sayPackets(
    now: Micros,
    way: 'sent' | 'received',
    header: Data,
    packets: number,
    bytes: number,
    frames: readonly QlogFrame[] = [],
  ): void {
    this.#say(now, `transport:packet_${way}`, {
      header,
      ...(frames.length > 0 ? { frames } : {}),
      raw: { length: bytes },
      packets,
    })
  }

  #flush(): void {
    const received = this.#received
    if (!received) return
    this.#received = undefined
    const { at, packetNumber, bytes, frames } = received
    this.#sayPackets(at, 'received', oneRtt(packetNumber), 1, bytes, frames)
  }

  #say(now: Micros, name: string, data: Data): void {
    this.#flush()
    this.#sink.append({ time: millis(now - this.#startedMicros), name, data })
  }
}

const oneRtt = (packetNumber: number): Data => ({ packet_type: '1RTT', packet_number: packetNumber })

const dataBytes = (lengthBytes: number, packets: number): number => lengthBytes + packets * dataOverheadBytes

function closeTrigger(reason: CloseReason): string {
  switch (reason.by) {
    case 'idle':
      return 'idle_timeout'
    case 'handshake_timeout':
      return 'handshake_timeout'
    case 'version':
      return 'version_mismatch'
    case 'key_changed':
    case 'carrier':
      return 'error'
    default:
      return reason.code === 0 ? 'clean' : 'application'
  }
}
