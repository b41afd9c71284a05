// Every knob of the transport: default, bounds, unit, reason; and every limit that bounds what a peer can make us
// hold. Knows no code that uses them. PROTOCOL.md §5, §8, §12, §16.

import { assert } from '../base/assert.ts'
import { KiB, MiB, type Micros, millisecond, second } from '../base/units.ts'
import { packetsPerPhaseMax } from '../crypto/limits.ts'
import { pathsMax } from '../wire/limits.ts'
import type { ControllerFactory, SavedPath } from './congestion/controller.ts'
import { controllers } from './congestion/index.ts'

export interface Config {
  /** The largest datagram this host sends: 1200 to 9216. The portable driver stays within the MTU. §11-2 */
  readonly datagramBytesMax: number
  /** The carrier takes every such datagram whole and loses none: the size needs no search and never falls. §4.1-6 */
  readonly isLossless: boolean
  /** Search the datagram size without literals to ride beside: to look at a path, not to use it. §11-2 */
  readonly searchesIdle: boolean
  /** Silence after which a connection is given up: 1 s to 600 s. §12-3 */
  readonly idleTimeoutMicros: Micros
  /** The longest we stay silent ourselves. §12-4 */
  readonly keepAliveMicros: Micros
  /** What a handshake may take. §12-5 */
  readonly handshakeTimeoutMicros: Micros
  /** The window a peer starts with, over all its streams: at most 2^30. */
  readonly connectionWindowBytes: number
  /** What autotuning may make of it: 32 MiB carry 2.5 Gbit/s at 100 ms. §8-7 */
  readonly connectionWindowBytesMax: number
  readonly streamWindowBytes: number
  readonly streamWindowBytesMax: number
  /** The windows of all connections of an endpoint together: what its peers can have it hold. §8-12 */
  readonly receiveBytes: number
  /** Each has as much at least, which is a slab of the host's: less would never be handed on. */
  readonly receiveBytesLeast: number
  /** Streams the peer may have open besides the control stream: 1 to 256. §8-2 */
  readonly streamsMax: number
  /** Paths a connection may have: 1 to 4. §4.3 */
  readonly pathsMax: number
  /** Packets sealed under one key before an update: at most what crypto/limits.ts allows; less only in tests. */
  readonly packetsPerPhase: number
  /** An ordered stream that buffers more owes its owner a 'writable' event … */
  readonly orderedHighBytes: number
  /** … when it buffers less than this again. */
  readonly orderedLowBytes: number
  /** Repeats what is worth it before it is lost, on paths that lose. §9-11 */
  readonly repairs: boolean
  /** The driver sees the ECN field of what comes, and sets that of what goes. §10.1-1 */
  readonly ecn: boolean
  readonly createController: ControllerFactory
  /** What an earlier connection saw of the path to this peer. §10-13 */
  readonly savedPath?: SavedPath | undefined
}

export const defaultConfig: Config = {
  datagramBytesMax: 1472,
  isLossless: false,
  searchesIdle: false,
  idleTimeoutMicros: 30 * second,
  keepAliveMicros: 15 * second,
  handshakeTimeoutMicros: 10 * second,
  connectionWindowBytes: 3 * MiB,
  connectionWindowBytesMax: 32 * MiB,
  streamWindowBytes: 2 * MiB,
  streamWindowBytesMax: 16 * MiB,
  receiveBytes: 128 * MiB,
  receiveBytesLeast: 256 * KiB,
  streamsMax: 16,
  pathsMax: 4,
  packetsPerPhase: packetsPerPhaseMax,
  orderedHighBytes: 1 * MiB,
  orderedLowBytes: 256 * KiB,
  repairs: true,
  ecn: false,
  createController: controllers.bbr,
}

/** Our own configuration: out of bounds is our bug. */
export function checkConfig(config: Config): void {
  const within = (value: number, low: number, high: number, name: string) =>
    assert(Number.isInteger(value) && value >= low && value <= high, `${name} out of bounds`)
  within(config.datagramBytesMax, 1200, 9216, 'datagramBytesMax')
  within(config.idleTimeoutMicros, second, 600 * second, 'idleTimeoutMicros')
  within(config.keepAliveMicros, millisecond, 600 * second, 'keepAliveMicros')
  within(
    config.connectionWindowBytes,
    windowBytesMin,
    config.connectionWindowBytesMax,
    'connectionWindowBytes',
  )
  within(config.connectionWindowBytesMax, 0, 2 ** 30, 'connectionWindowBytesMax')
  within(config.streamWindowBytes, windowBytesMin, config.streamWindowBytesMax, 'streamWindowBytes')
  within(config.streamWindowBytesMax, 0, 2 ** 30, 'streamWindowBytesMax')
  within(config.receiveBytesLeast, windowBytesMin, config.receiveBytes, 'receiveBytesLeast')
  within(config.streamsMax, 1, 256, 'streamsMax')
  within(config.pathsMax, 1, pathsMax, 'pathsMax')
  within(config.packetsPerPhase, 1, packetsPerPhaseMax, 'packetsPerPhase')
  within(config.orderedLowBytes, 0, config.orderedHighBytes, 'orderedLowBytes')
}

/** What a connection begins with when it may have `shareBytes` of an endpoint's. */
export function sharedConfig(config: Config, shareBytes: number): Config {
  if (config.connectionWindowBytes <= shareBytes) return config
  const streamWindowBytes = Math.min(config.streamWindowBytes, shareBytes)
  return { ...config, connectionWindowBytes: shareBytes, streamWindowBytes }
}

/** Less would not hold what a peer may send before it knows our windows: the frames of its handshake. §5-5 */
const windowBytesMin = 4 * KiB

/** What a peer can make an endpoint or a connection hold or do, and why so much. */
export const limits = {
  /** The protocol's own. §5-10 */
  halfOpenConnections: 256,
  /** Of those, so many before a cookie is asked for: forged addresses can hold these, some 5 MB, and no more. §5-16 */
  halfOpenUnproven: 64,
  /** Some 0.4 ms of X25519 each: forged addresses take 4 % of a core before a cookie is asked for. §5-16 */
  unprovenInitsPerSecond: 100,
  /** The same for one network that showed a cookie: a tenth of a core, and room for a whole office behind one address. §5-21 */
  provenInitsPerSecond: 256,
  halfOpenOfNetwork: 128,
  /** Networks whose share of the second is remembered, the latest. */
  networksRemembered: 256,
  /** An answer to those whose IK we cannot open costs two X25519; all strangers share these. §5-2 */
  fallbacksPerSecond: 10,
  /**
   * VERSION and COOKIE answers in a hundredth of a second, 20,000 in a second: each costs the way through the kernel, some
   * 7 µs. Who asks in vain among 50,000 asks again twenty times, and each time has two chances in five. §5-17
   */
  statelessAnswersPerStretch: 200,
  statelessStretchMicros: 10 * millisecond,
  /** VERSION and COOKIE answers waiting for the driver, one turn's; further ones are not made. §4-5, §5-17 */
  statelessAnswers: 256,
  /** Bytes sent for each byte received before the address is proven. §5-7 */
  amplificationFactor: 3,
  /** Addresses under proof, and challenges of the peer's that wait for their answer. §4.2-4, §7.12-2 */
  pathCandidates: 4,
  pathAnswers: 4,
  /** Out-of-order pieces held of one ordered stream; a packet that needs more is not acknowledged and comes again. */
  orderedSegments: 4096,
  /** Separate ranges noted of one literal stream, with the same answer: 16 MiB of window, every second packet lost. */
  literalRanges: 8192,
  /** Lost trains remembered, to notice that an acknowledgement was only late. */
  lostPieces: 256,
  /** Probe time-outs double until here. §9-6 */
  probeTimeoutMicros: 10 * second,
  /** Stream numbers end here. §8-1 */
  streamNumbers: 65_536,
  /** Offsets of literal streams end here: 48 bits on the wire. §4-7 */
  literalOffset: 2 ** 48,
} as const
