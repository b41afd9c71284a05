// Counters of one connection, for people: the core writes them and never reads them.

import type { Micros } from '../base/units.ts'
import type { EcnState } from './path/ecn.ts'
import type { Paths } from './path/paths.ts'
import type { DropReason } from './plane/plane.ts'

/** What held the sender back when it last had nothing to send. */
export type Limiter = 'none' | 'window' | 'credit' | 'pacer' | 'application' | 'amplification'

/** Counters since the connection began, and the last values of what rises and falls. */
export interface ConnectionStats {
  /** Number of the packet cipher (crypto/suites.ts); 0 until there are keys. */
  suite: number
  packetsSent: number
  packetsReceived: number
  /** Datagram bytes, handshake included. */
  bytesSent: number
  bytesReceived: number
  packetsLost: number
  /** Packets declared lost whose acknowledgement came after all. */
  packetsSpurious: number
  /** Stream bytes sent again. */
  bytesRetransmitted: number
  /** Of those, datagram bytes of what went again before it was lost. §9-11 */
  bytesRepeated: number
  acksSent: number
  /** Times the peer was found at another address. */
  addressChanges: number
  acksReceived: number
  probeTimeouts: number
  keyUpdates: number
  keyPhase: number
  datagramBytes: number
  /** What both sides would send, if the path let it. */
  datagramBytesMax: number
  /** Whether what we send is marked, and the marks come to something. §10.1 */
  ecn: EcnState
  /** Packets of ours that the path marked (CE), as the peer says; and of the peer's, as we saw. */
  marksReported: number
  marksSeen: number
  rttMicros: Micros
  rttMicrosMin: Micros
  /** The most that the path was seen to deliver of late; 0: nobody measured. */
  deliveryBytesPerSecond: number
  /** Paths that carry; windowBytes and bytesInFlight are their sums, the round trip that of the quickest. */
  paths: number
  windowBytes: number
  bytesInFlight: number
  limiter: Limiter
  /** How long each has held the sender back, in all. */
  readonly waitedMicros: Record<Limiter, Micros>
  readonly dropped: Record<DropReason | 'address' | 'closed' | 'early', number>
}

export function createStats(): ConnectionStats {
  return {
    suite: 0,
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    packetsLost: 0,
    packetsSpurious: 0,
    bytesRetransmitted: 0,
    bytesRepeated: 0,
    acksSent: 0,
    addressChanges: 0,
    acksReceived: 0,
    probeTimeouts: 0,
    keyUpdates: 0,
    keyPhase: 0,
    datagramBytes: 0,
    datagramBytesMax: 0,
    ecn: 'off',
    marksReported: 0,
    marksSeen: 0,
    rttMicros: 0,
    rttMicrosMin: 0,
    deliveryBytesPerSecond: 0,
    paths: 1,
    windowBytes: 0,
    bytesInFlight: 0,
    limiter: 'none',
    waitedMicros: { none: 0, window: 0, credit: 0, pacer: 0, application: 0, amplification: 0 },
    dropped: { malformed: 0, forged: 0, replayed: 0, old_key: 0, address: 0, closed: 0, early: 0 },
  }
}

/** With what others keep the count of. */
export function updated(stats: ConnectionStats, paths: Paths, keyPhase: number): ConnectionStats {
  const { recovery } = paths.carrier
  // marks are set on the first path alone. §4.3-7
  const { ecn } = paths.first.recovery
  stats.ecn = ecn.state
  stats.marksReported = ecn.ce
  stats.marksSeen = paths.first.seen.marks.ce
  stats.rttMicros = recovery.rtt.smoothed
  stats.rttMicrosMin = recovery.rtt.minimum
  stats.deliveryBytesPerSecond = paths.first.recovery.controller.deliveryBytesPerSecond
  stats.windowBytes = 0
  stats.bytesInFlight = 0
  stats.paths = 0
  stats.bytesRepeated = 0
  for (const path of paths.all) {
    stats.bytesRepeated += path.recovery.repairs.redundantBytes
    if (!path.carries) continue
    stats.paths++
    stats.windowBytes += path.windowBytes
    stats.bytesInFlight += path.bytesInFlight
  }
  stats.datagramBytes = recovery.mtu.datagramBytes
  stats.datagramBytesMax = recovery.mtu.ceilingBytes
  stats.keyPhase = keyPhase
  stats.keyUpdates = keyPhase
  return stats
}
