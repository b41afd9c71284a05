// What both sides of the handshake share: the result, the payloads, early frames. Knows Noise and the packets that
// carry it; no timers and no retransmission, which are the connection's. PROTOCOL.md §5.

import { Writer } from '../base/bytes.ts'
import type { Secrets } from '../crypto/noise.ts'
import type { PatternName } from '../crypto/noise_patterns.ts'
import type { KeyPair, Primitives } from '../crypto/primitives.ts'
import type { Suite } from '../crypto/suites.ts'
import type { Violation } from '../wire/codes.ts'
import * as streamFrame from '../wire/frames/stream.ts'
import { datagramBytesMax } from '../wire/limits.ts'
import { initBytesMax, initHeaderBytes, packetTagBytes } from '../wire/packet.ts'
import { defaultParameters, type Parameters } from '../wire/params.ts'
import type { Config } from './config.ts'

export interface HandshakeContext {
  readonly config: Config
  readonly primitives: Primitives
  readonly suites: readonly number[]
  readonly staticKeys: KeyPair
  readonly random: (bytes: number) => Uint8Array
  readonly psk: Uint8Array | undefined
}

/** Keys for both directions, and everything the peer said on the way to them. */
export interface Established {
  readonly kind: 'established'
  readonly pattern: PatternName
  readonly secrets: Secrets
  readonly suite: Suite
  readonly remoteStatic: Uint8Array
  /** The connection id the peer chose. */
  readonly peerId: Uint8Array
  readonly parameters: Parameters
  /** The frames of the peer's last handshake payload. */
  readonly frames: Uint8Array
  /** Control-stream bytes of ours that arrived with the handshake. */
  readonly earlyBytes: number
  /** The peer's parameters break a rule: the first packet we seal is CLOSE. §5-11 */
  readonly violation: Violation | undefined
}

export function ownParameters(config: Config): Parameters {
  return {
    // what we can take, which is anything; what our own way out carries is the ceiling of what we send (§11-2)
    datagramBytesMax,
    idleTimeoutMillis: Math.floor(config.idleTimeoutMicros / 1000),
    connectionWindowBytes: config.connectionWindowBytes,
    streamWindowBytes: config.streamWindowBytes,
    streamsMax: config.streamsMax,
    ecn: config.ecn ? 1 : 0,
    pathsMax: config.pathsMax,
  }
}

// Keys, tags and parameters of the longest message that carries early bytes: IK's first, 32 + 48 + 16, parameters at
// their longest, and the STREAM frame's own header.
const earlyOverheadBytes = initHeaderBytes + 32 + 32 + 2 * packetTagBytes + 48 + 8

/** Control-stream bytes that fit into an INIT or FINISH beside everything else. §4-9, §4-11 */
export function earlyBytesMax(suiteCount: number): number {
  return initBytesMax - earlyOverheadBytes - suiteCount
}

/** Frames of a Noise payload: the first bytes of the control stream. §5-5 */
export function earlyFrames(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes
  const frame = { type: streamFrame.type, stream: 0, offset: 0, fin: false, bytes } as const
  const w = new Writer(new Uint8Array(streamFrame.size(frame)))
  streamFrame.encode(w, frame)
  return w.written()
}

/** Parameters that could not be read: those every peer has. */
export const unreadParameters = defaultParameters
