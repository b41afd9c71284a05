// A fuzzer over the transport's state machine: two endpoints, of which one changes what it seals, so that all of it opens.
// Nothing may throw, what is held for the peer stays below the windows, and in the end both connections are closed with a
// reason and silent.

import { createSimAead } from '../../netsim/sim_aead.ts'
import { simNoise } from '../../netsim/sim_noise.ts'
import { Prng } from '../../src/base/prng.ts'
import { RangeSet } from '../../src/base/ranges.ts'
import { KiB, type Micros, millisecond, never, second } from '../../src/base/units.ts'
import type { AeadFactory, PacketSealer } from '../../src/crypto/aead.ts'
import { type Config, defaultConfig } from '../../src/proto/config.ts'
import type { Connection } from '../../src/proto/connection.ts'
import { Endpoint } from '../../src/proto/endpoint.ts'
import type { ConnectionEvent } from '../../src/proto/events.ts'
import { PortablePlane } from '../../src/proto/plane/portable.ts'
import { packetTypes } from '../../src/wire/packet.ts'
import { type Fuzzer, insist, seedOf } from './fuzzer.ts'
import { mutated } from './mutate.ts'
import { seedsOf } from './seeds.ts'

const address = { host: 'peer', port: 1 }
const delayMicros = 10 * millisecond
const frameSeeds = seedsOf('frames')
const packetSeeds = seedsOf('packets')
/** Both have long said all they have to say; then the honest one closes. */
const closeMicros = 20 * second
const endMicros = 90 * second
const stepsMax = 20_000
const config: Config = {
  ...defaultConfig,
  idleTimeoutMicros: 5 * second,
  connectionWindowBytes: 32 * KiB,
  connectionWindowBytesMax: 64 * KiB,
  streamWindowBytes: 8 * KiB,
  streamWindowBytesMax: 32 * KiB,
  packetsPerPhase: 200,
}
const sentBytes = 40 * KiB

/** Seals what it is given, or something else of the same length. */
function lying(aead: AeadFactory, prng: Prng, rate: number): AeadFactory {
  const sealer = (suite: number, key: Uint8Array): PacketSealer => {
    const honest = aead.sealer(suite, key)
    return {
      seal(packet, headerBytes, plainBytes, nonce) {
        if (prng.chance(rate)) lie(prng, packet.subarray(headerBytes, headerBytes + plainBytes))
        honest.seal(packet, headerBytes, plainBytes, nonce)
      },
    }
  }
  return { ...aead, sealer }
}

function lie(prng: Prng, plain: Uint8Array): void {
  if (prng.chance(0.5)) {
    const other = mutated(prng, [plain])
    plain.set(other.subarray(0, plain.length))
    return
  }
  // frames of its own choosing, and padding behind them
  plain.fill(0)
  for (let at = 0, left = 1 + prng.below(4); left > 0 && at < plain.length; left--) {
    const frame = mutated(prng, frameSeeds).subarray(0, plain.length - at)
    plain.set(frame, at)
    at += frame.length
  }
}

class Party {
  readonly endpoint: Endpoint
  readonly inbox: { readonly at: Micros; readonly bytes: Uint8Array }[] = []
  readonly connections = new Set<Connection>()
  readonly ends: string[] = []
  peer!: Party
  #isTalking = false
  readonly #taken = new Map<number, RangeSet>()

  constructor(aead: AeadFactory, prng: Prng, accepts: boolean) {
    this.endpoint = new Endpoint({
      config,
      primitives: simNoise,
      suites: aead.suites,
      staticKeys: simNoise.generateKeyPair(prng.fill(new Uint8Array(32))),
      random: bytes => prng.fill(new Uint8Array(bytes)),
      createPlane: payloads => new PortablePlane(payloads, aead),
      createPayloads: () => ({ read: (_stream, _offset, target) => target.fill(1), write: () => {} }),
      accepts,
    })
  }

  connect(): void {
    this.#adopt(this.endpoint.connect(0, address, { early: new Uint8Array(100) }))
  }

  #adopt(connection: Connection): void {
    this.connections.add(connection)
  }

  wakeAt(): Micros {
    return Math.min(this.inbox[0]?.at ?? never, this.endpoint.pollTimeout() ?? never)
  }

  turn(now: Micros): void {
    const due: Uint8Array[] = []
    while ((this.inbox[0]?.at ?? never) <= now) due.push(this.inbox.shift()!.bytes)
    if (due.length > 0) this.endpoint.handleDatagrams(now, address, due)
    if ((this.endpoint.pollTimeout() ?? never) <= now) this.endpoint.handleTimeout(now)
    this.drain(now)
  }

  drain(now: Micros): void {
    const outbox = { push: (bytes: Uint8Array) => this.#send(now, bytes) }
    for (let passes = 0; ; passes++) {
      insist(passes < 10_000, 'a core that never falls silent')
      for (let one = this.endpoint.pollIncoming(); one; one = this.endpoint.pollIncoming()) this.#adopt(one)
      const connection = this.endpoint.pollDirty()
      if (!connection) break
      for (let event = connection.pollEvent(); event; event = connection.pollEvent())
        this.#onEvent(connection, event)
      while (connection.pollTransmit(now, outbox))
        insist(passes++ < 10_000, 'a connection that never falls silent')
      this.#check(connection)
    }
    for (let one = this.endpoint.pollStateless(); one; one = this.endpoint.pollStateless())
      this.#send(now, one.datagram)
  }

  #send(now: Micros, bytes: Uint8Array): void {
    this.peer.inbox.push({ at: now + delayMicros, bytes: bytes.slice() })
  }

  #check(connection: Connection): void {
    const most = config.connectionWindowBytesMax + 2 * sentBytes
    insist(connection.bufferedBytes <= most, `§8-6: ${connection.bufferedBytes} bytes are held`)
    insist(connection.piecesInFlight <= 4096, 'pieces in flight without end')
    insist(this.endpoint.connections <= 300, '§5-10: connections without end')
  }

  #onEvent(connection: Connection, event: ConnectionEvent): void {
    switch (event.kind) {
      case 'peer':
        if (connection.role === 'responder') connection.acceptPeer()
        return
      case 'established':
        if (connection.role === 'initiator') this.#talk(connection)
        return
      case 'confirmed':
        return this.#talk(connection)
      case 'ordered':
        if (!connection.isClosed) connection.consumeOrdered(event.stream, event.bytes.length)
        return
      case 'closed':
        this.ends.push('code' in event.reason ? `${event.reason.by} ${event.reason.code}` : event.reason.by)
        return
      case 'literal':
        return this.#take(connection, event.stream, event.start, event.end)
    }
  }

  #take(connection: Connection, stream: number, start: number, end: number): void {
    const taken = this.#taken.get(stream) ?? new RangeSet()
    this.#taken.set(stream, taken)
    insist(taken.add(start, end) === end - start, '§8-4: a byte delivered twice')
    insist(end - taken.endOfRun(0) <= config.streamWindowBytesMax, '§8-3: a byte past the window')
    const upTo = taken.endOfRun(0)
    if (upTo > 0 && !connection.isClosed) connection.consumeLiteral(stream, upTo)
  }

  #talk(connection: Connection): void {
    if (this.#isTalking || connection.isClosed) return
    this.#isTalking = true
    connection.writeOrdered(0, new Uint8Array(3000))
    const ordered = connection.openOrdered()
    if (ordered !== undefined) connection.writeOrdered(ordered, new Uint8Array(10_000), true)
    const literal = connection.openLiteral()
    if (literal !== undefined) connection.extendLiteral(literal, sentBytes, true)
  }

  close(now: Micros): void {
    for (const connection of this.connections) if (!connection.isClosed) connection.close(0)
    this.drain(now)
  }
}

/** Beside the two, somebody without keys who sees their ids: INITs, cookies and whatever else is in clear. */
function interfere(prng: Prng, now: Micros, parties: readonly Party[]): void {
  const party = parties[prng.below(parties.length)]
  if (!party) return
  const bytes = mutated(prng, packetSeeds)
  const [known] = party.connections
  if (known && prng.chance(0.5)) {
    bytes.set(known.localId.subarray(0, Math.max(0, bytes.length - 1)), Math.min(1, bytes.length))
    if (bytes.length > 0 && prng.chance(0.5)) bytes[0] = packetTypes.cookie
  }
  party.inbox.push({ at: now + delayMicros, bytes })
}

/** Of one conversation, how each connection of the honest side ended. */
export function converse(input: Uint8Array): readonly string[] {
  const prng = new Prng(seedOf(input))
  const aead = createSimAead()
  const liarBegins = prng.chance(0.5)
  const liar = lying(aead, prng, [0.02, 0.1, 0.5, 1][prng.below(4)] ?? 1)
  const initiator = new Party(liarBegins ? liar : aead, new Prng(prng.u32()), false)
  const responder = new Party(liarBegins ? aead : liar, new Prng(prng.u32()), true)
  initiator.peer = responder
  responder.peer = initiator
  const honest = liarBegins ? responder : initiator
  initiator.connect()
  initiator.drain(0)
  let hasClosed = false
  const isWatched = prng.chance(0.3)
  for (let steps = 0; steps < stepsMax; steps++) {
    const now = Math.min(initiator.wakeAt(), responder.wakeAt(), hasClosed ? never : closeMicros)
    if (now >= endMicros) break
    if (now >= closeMicros && !hasClosed) {
      hasClosed = true
      honest.close(now)
    }
    if (isWatched && !hasClosed && prng.chance(0.2)) interfere(prng, now, [initiator, responder])
    for (const party of [initiator, responder]) if (party.wakeAt() <= now) party.turn(now)
  }
  for (const connection of honest.connections)
    insist(connection.isClosed, `${connection.state.kind} after its end`)
  insist(honest.wakeAt() >= endMicros, 'a timer that survives its connection')
  return honest.ends
}

/** Inputs are seeds of whole conversations, of some hundred changed packets each. */
export const connectionFuzzer: Fuzzer = {
  name: 'connections',
  share: 0.02,
  run: input => void converse(input),
}
