// What goes next: probes, then lost ranges before new ones and control before data, within the congestion window, the
// pacer, the peer's windows and the amplification rule. Decides; builds and seals nothing. PROTOCOL.md §9-8, §10.

import { type Micros, never } from '../../base/units.ts'
import type { Parts } from '../parts.ts'
import type { Path } from '../path/path.ts'
import { dataOverheadBytes, framesOverheadBytes } from '../plane/plane.ts'
import type { Recovery } from '../recovery/recovery.ts'
import type { Limiter } from '../stats.ts'
import type { LiteralSend } from './literal.ts'
import { trainPacketsMax } from './pacer.ts'

export type Plan =
  | { readonly kind: 'frames'; readonly isAckOnly: boolean; readonly spaceBytes: number }
  | {
      readonly kind: 'train'
      readonly stream: LiteralSend
      readonly start: number
      readonly end: number
      readonly packets: number
      readonly payloadBytes: number
    }
  | { readonly kind: 'probe'; readonly datagramBytes: number }
  /** Is the path there: PING alone. §4.3-2 */
  | { readonly kind: 'ping' }
  /** Nothing may go before `until`, or before something comes when that is never. */
  | { readonly kind: 'wait'; readonly limiter: Limiter; readonly until: Micros }

// An ACK alone, with room for some ranges: what a sender needs left to be worth a packet before validation.
const spaceBytesLeast = 64

/** The address has not proven itself and was sent as much as it may be: only what comes opens it again. §5-7 */
export function isAmplified({ amplification }: Parts): boolean {
  return amplification.roomBytes < spaceBytesLeast + framesOverheadBytes
}

/** What goes next by this path. @param packetsLeft what the key phase leaves */
export function planNext(now: Micros, parts: Parts, path: Path, packetsLeft: number): Plan {
  if (!path.carries) return planProof(now, path, packetsLeft)
  const { framesOut, send, paths, amplification, config } = parts
  const { recovery } = path
  const datagramBytes = recovery.mtu.datagramBytes
  const spaceBytes = Math.min(datagramBytes, amplification.roomBytes) - framesOverheadBytes
  if (spaceBytes < spaceBytesLeast) return { kind: 'wait', limiter: 'amplification', until: never }
  if (packetsLeft <= 0) return { kind: 'wait', limiter: 'window', until: never }

  const isProbe = recovery.probes > 0
  if (isProbe) findProbe(parts, recovery)
  const hasFrames = framesOut.isPending
  const literal = hasFrames ? undefined : send.nextLiteral()
  const ackNow: Plan | undefined = paths.answeredBy(path).some(({ seen }) => seen.shouldAckNow(now))
    ? { kind: 'frames', isAckOnly: true, spaceBytes }
    : undefined
  const mtuProbe = (): Plan | undefined => (isProbe ? undefined : planMtuProbe(now, parts, recovery))
  if (!hasFrames && !literal) {
    const other = ackNow ?? (config.searchesIdle ? mtuProbe() : undefined)
    return other ?? { kind: 'wait', limiter: send.isBlocked ? 'credit' : 'application', until: never }
  }

  if (!isProbe && isLate(parts, path)) return ackNow ?? { kind: 'wait', limiter: 'none', until: never }

  const payloadBytes = datagramBytes - dataOverheadBytes
  const bytes = literal ? sendableBytes(literal, send.credit.availableBytes) : 0
  const wanted = literal ? Math.ceil(bytes / payloadBytes) : 1
  let packets = Math.min(wanted, packetsLeft, trainPacketsMax)
  if (isProbe) {
    packets = Math.min(packets, recovery.probes)
  } else {
    if (recovery.roomBytes < datagramBytes) return ackNow ?? { kind: 'wait', limiter: 'window', until: never }
    const paced = recovery.pacer.trainPackets(now, datagramBytes, wanted)
    if (paced === 0) {
      const until = recovery.pacer.nextTrainMicros(now, datagramBytes, wanted)
      return ackNow ?? { kind: 'wait', limiter: 'pacer', until }
    }
    packets = Math.min(packets, paced, Math.floor(recovery.roomBytes / datagramBytes))
  }
  if (!literal) return { kind: 'frames', isAckOnly: false, spaceBytes }
  if (ackNow) return ackNow

  const probe = mtuProbe()
  if (probe) return probe

  packets = Math.min(packets, Math.floor(amplification.roomBytes / datagramBytes))
  if (packets < 1) return { kind: 'wait', limiter: 'amplification', until: never }
  const start = literal.progress.firstLost ?? literal.progress.next
  const end = start + Math.min(bytes, packets * payloadBytes)
  return { kind: 'train', stream: literal, start, end, packets, payloadBytes }
}

function planProof(now: Micros, path: Path, packetsLeft: number): Plan {
  if (now >= path.pingDeadline && packetsLeft > 0) return { kind: 'ping' }
  return { kind: 'wait', limiter: 'none', until: never }
}

// What there is would arrive sooner if it waited for a quicker path than if it went by this one. §4.3
function isLate({ paths, send }: Parts, path: Path): boolean {
  if (paths.all.length === 1) return false
  const { rtt } = path.recovery
  return paths.all.some(other => {
    if (other === path || !other.carries || other.recovery.rtt.smoothed >= rtt.smoothed) return false
    return arrivalMicros(other.recovery, send.backlogBytes) < rtt.smoothed / 2
  })
}

// How long so many bytes more would be under way: behind those in flight, at a window a round trip.
function arrivalMicros({ rtt, controller, bytesInFlight }: Recovery, bytes: number): Micros {
  const ahead = Math.max(0, bytesInFlight + bytes - controller.windowBytes)
  return rtt.smoothed / 2 + (ahead * rtt.smoothed) / controller.windowBytes
}

// A larger size is tried once the peer has answered, where there is room for all of it. §11-2
function planMtuProbe(now: Micros, { amplification }: Parts, recovery: Recovery): Plan | undefined {
  const datagramBytes = recovery.largestAcked < 0 ? undefined : recovery.mtu.nextProbe(now)
  if (datagramBytes === undefined) return undefined
  const hasRoom = datagramBytes <= recovery.roomBytes && datagramBytes <= amplification.roomBytes
  return hasRoom ? { kind: 'probe', datagramBytes } : undefined
}

// What a probe carries: new data first, else the oldest that is unacknowledged, else PING. §9-6
function findProbe({ framesOut, send }: Parts, recovery: Recovery): void {
  if (framesOut.isPending || send.nextLiteral()) return
  recovery.requeueOldest()
  if (!framesOut.isPending && !send.nextLiteral()) framesOut.pingPending = true
}

// From where it goes on, how many bytes may follow in one run.
function sendableBytes({ progress }: LiteralSend, creditBytes: number): number {
  const lost = progress.firstLost
  if (lost !== undefined) return progress.endOfLost(lost) - lost
  return Math.min(progress.freshBytes, creditBytes)
}
