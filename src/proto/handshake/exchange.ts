// The handshake of one connection as it runs: which half, what goes out again and when, and what the end of it sets
// in motion. Joins initiator.ts or responder.ts with the parts. PROTOCOL.md §5.

import { unreachable } from '../../base/assert.ts'
import { type Micros, millisecond, never } from '../../base/units.ts'
import type { PatternName } from '../../crypto/noise_patterns.ts'
import {
  type CookiePacket,
  type FinishPacket,
  protocolVersion,
  type ReplyPacket,
  type VersionPacket,
} from '../../wire/packet.ts'
import { type Established, earlyBytesMax, type HandshakeContext } from '../handshaking.ts'
import { Keys } from '../keys.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { Parts } from '../parts.ts'
import { ecnFields } from '../path/ecn.ts'
import type { Outbox } from '../plane/plane.ts'
import type { Receiving } from '../receiving.ts'
import type { Transmit } from '../transmit.ts'
import { Initiator } from './initiator.ts'
import { Repeat } from './repeat.ts'
import { Responder } from './responder.ts'

/** What comes for a connection while its handshake runs, or late. */
export type HandshakePacket = ReplyPacket | FinishPacket | VersionPacket | CookiePacket

const noBytes = new Uint8Array(0)

export class Exchange {
  readonly #context: HandshakeContext
  readonly #parts: Parts
  readonly #life: Lifecycle
  readonly #receiving: Receiving
  readonly #transmit: Transmit
  readonly #repeat = new Repeat()
  #half: Initiator | Responder | undefined
  #remoteStatic: Uint8Array | undefined

  constructor(
    context: HandshakeContext,
    parts: Parts,
    life: Lifecycle,
    receiving: Receiving,
    transmit: Transmit,
  ) {
    this.#context = context
    this.#parts = parts
    this.#life = life
    this.#receiving = receiving
    this.#transmit = transmit
  }

  /** The peer's key, once it is proven. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic
  }

  /** When INIT or FINISH goes again. */
  get repeatDeadline(): Micros {
    return this.#repeat.deadline
  }

  startInitiator(localId: Uint8Array, pinned: Uint8Array | undefined, early: Uint8Array | undefined): void {
    const { suites, config } = this.#context
    const fits = early !== undefined && early.length <= earlyBytesMax(suites.length)
    const initiator = new Initiator(this.#context, localId, pinned, fits ? early : noBytes)
    if (early && !fits) this.#parts.send.control.write(early, false, config.orderedHighBytes)
    this.#half = initiator
    this.#repeat.start(initiator.packet)
  }

  startResponder(now: Micros, responder: Responder): void {
    this.#half = responder
    this.#repeat.start(responder.reply)
    const established = responder.established
    if (established) this.#establish(now, established)
  }

  /** §5-8 */
  onInitAgain(): void {
    if (!this.#parts.isConfirmed && this.#life.state.kind !== 'draining') this.#repeat.again()
  }

  handle(now: Micros, packet: HandshakePacket): void {
    switch (packet.kind) {
      case 'reply':
        return this.#onReply(now, packet)
      case 'finish':
        return this.#onFinish(now, packet)
      case 'version':
        return this.#onVersion(now, packet)
      case 'cookie':
        return this.#onCookie(packet)
      default:
        return unreachable(packet)
    }
  }

  #onReply(now: Micros, packet: ReplyPacket): void {
    const initiator = this.#half
    if (this.#life.state.kind !== 'handshaking' || !(initiator instanceof Initiator)) return
    const outcome = initiator.onReply(packet)
    if (outcome === undefined) {
      this.#parts.stats.dropped.forged++ // §5-13
      return
    }
    if (outcome.kind === 'key_changed') {
      this.#tellPeer(outcome.remoteStatic, outcome.pattern)
      this.#life.end(now, { by: 'key_changed' }) // §5-4
      initiator.wipe()
      return
    }
    this.#measure(now)
    this.#repeat.stop()
    if (initiator.packet.length > 0) this.#repeat.start(initiator.packet)
    initiator.wipe()
    this.#establish(now, outcome)
    // so that the responder hears at once that its REPLY came
    this.#parts.framesOut.pingPending = true
  }

  #onFinish(now: Micros, packet: FinishPacket): void {
    const responder = this.#half
    if (!this.#life.isLive || !(responder instanceof Responder)) return
    if (this.#life.state.kind === 'handshaking') {
      const established = responder.onFinish(packet.noise)
      if (established === undefined) {
        this.#parts.stats.dropped.forged++
        return
      }
      this.#measure(now)
      this.#repeat.stop()
      this.#establish(now, established)
    }
    // the answer that FINISH waits for, and again should it have been lost
    this.#parts.framesOut.pingPending = true
  }

  /** §4-6 */
  #onVersion(now: Micros, packet: VersionPacket): void {
    const isOpen = this.#life.state.kind === 'handshaking' && this.#half instanceof Initiator
    if (!isOpen || packet.versions.includes(protocolVersion)) return
    this.#life.end(now, { by: 'version', versions: packet.versions })
    this.#half?.wipe()
  }

  /** §5-19 */
  #onCookie(packet: CookiePacket): void {
    const initiator = this.#half
    if (this.#life.state.kind !== 'handshaking' || !(initiator instanceof Initiator)) return
    const isFirst = !initiator.hasCookie
    initiator.onCookie(packet.cookie)
    if (isFirst) this.#repeat.start(initiator.packet)
    else this.#repeat.replace(initiator.packet)
  }

  /** A packet opened under the handshake's keys: it needs no repetition. §5-9 */
  onHeard(now: Micros): void {
    this.#measure(now)
    this.#repeat.stop()
  }

  onTimeout(now: Micros): void {
    this.#repeat.onTimeout(now)
  }

  wipe(): void {
    this.#repeat.stop()
    this.#half?.wipe()
    this.#half = undefined
  }

  /** True when a handshake packet went out. */
  poll(now: Micros, outbox: Outbox): boolean {
    const packet = this.#repeat.due
    const { paths, amplification, role } = this.#parts
    if (packet === undefined || packet.length > amplification.roomBytes) return false
    this.#repeat.onSent(now, role === 'initiator' ? paths.first.recovery.handshakeWait : never)
    this.#transmit.countHandshake(now, packet.length)
    outbox.ecn = ecnFields.none // §10.1-1
    outbox.push(packet.slice())
    return true
  }

  #measure(now: Micros): void {
    const rtt = this.#repeat.rttMicros(now)
    if (rtt !== undefined) this.#parts.paths.first.recovery.onHandshakeRtt(now, rtt)
  }

  #establish(now: Micros, established: Established): void {
    const parts = this.#parts
    const { config, primitives } = this.#context
    const { suite, secrets, parameters, remoteStatic, pattern } = established
    const { recovery } = parts.paths.first
    parts.plane.setDestination(established.peerId)
    parts.stats.suite = suite.id
    parts.keys = new Keys(primitives, suite, parts.plane, secrets, config.packetsPerPhase, parts.paths.all)
    parts.paths.max = Math.min(config.pathsMax, parameters.pathsMax)
    parts.plane.usePaths(parts.paths.max)
    parts.send.onHandshake(parameters, established.earlyBytes)
    parts.idle.onHeard(now)
    parts.idle.onPeerTimeout(parameters.idleTimeoutMillis * millisecond)
    parts.peerDatagramBytesMax = parameters.datagramBytesMax
    recovery.setCeiling(Math.min(config.datagramBytesMax, parameters.datagramBytesMax))
    if (config.ecn && parameters.ecn === 1) {
      recovery.ecn.start(recovery.nextNumber)
      parts.paths.first.seen.reportsMarks = true // §7.11-1
    }
    this.#life.open()
    parts.observer?.onEstablished(now, established.peerId, suite.id)
    this.#tellPeer(remoteStatic, pattern)
    const { datagramBytes } = recovery.mtu
    parts.events.push({ kind: 'established', suite: suite.id, datagramBytes })
    // FINISH holds what only the owner of a fresh key could make
    if (parts.role === 'responder' && pattern.startsWith('XX')) parts.confirm(now)
    const violation = established.violation ?? this.#receiving.handleHandshakeFrames(now, established.frames)
    if (violation) this.#life.violated(now, violation)
  }

  #tellPeer(remoteStatic: Uint8Array, pattern: PatternName): void {
    this.#remoteStatic = remoteStatic
    this.#parts.events.push({ kind: 'peer', remoteStatic, pattern })
  }
}
