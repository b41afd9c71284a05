// One socket's connections: routes datagrams to them, makes new ones from INITs, answers what belongs to none. Knows
// the clear part of packets; not what is sealed, and no socket. PROTOCOL.md §4, §5.

import { Agenda } from '../base/agenda.ts'
import { type Micros, never } from '../base/units.ts'
import type { KeyPair, Primitives } from '../crypto/primitives.ts'
import { chooseSuite } from '../crypto/suites.ts'
import {
  connectionIdBytes,
  destinationAt,
  type InitPacket,
  initWithin,
  isSealedFor,
  isSealedPacket,
  noSuiteVersion,
  parsePacket,
  protocolVersion,
  writeCookie,
  writeVersion,
} from '../wire/packet.ts'
import { type Address, isSameAddress } from './address.ts'
import { type Config, limits, sharedConfig } from './config.ts'
import { Connection } from './connection.ts'
import { Door, type Gate } from './door.ts'
import { HalfOpen } from './half_open.ts'
import { openInit, Responder } from './handshake/responder.ts'
import type { HandshakeContext } from './handshaking.ts'
import { Inits } from './inits.ts'
import type { ObserverFactory } from './observer.ts'
import type { Role } from './parts.ts'
import type { Payloads, Plane, Run } from './plane/plane.ts'
import { Ration } from './ration.ts'
import { ReceiveBudget } from './recv/budget.ts'

export type { Address } from './address.ts'

export interface EndpointOptions {
  readonly config: Config
  readonly primitives: Primitives
  /** Packet ciphers this host can do, in order of preference. */
  readonly suites: readonly number[]
  readonly staticKeys: KeyPair
  /** Entropy of the host; seeded in the simulator. */
  readonly random: (bytes: number) => Uint8Array
  readonly createPlane: (payloads: Payloads) => Plane
  readonly createPayloads: () => Payloads
  /** False for a pure initiator: INITs are dropped. */
  readonly accepts: boolean
  /** What carries us is for one connection: INITs of others are dropped. §4.1-2 */
  readonly isSingle?: boolean
  /** The largest datagram for this peer, where that is less than what the configuration says. */
  readonly datagramBytesMaxOf?: (address: Address) => number
  /** What a responder asks of peers that come with a ticket; without it their INITs are dropped. */
  readonly psk?: Uint8Array
  /** Who watches a connection from its first moment on. */
  readonly observe?: ObserverFactory | undefined
}

export interface ConnectOptions {
  /** The key the responder must prove: IK. Without it, XX. */
  readonly remoteStatic?: Uint8Array
  readonly psk?: Uint8Array
  /** The first bytes of the control stream: in the INIT (IK) or in FINISH (XX) where they fit, else behind. */
  readonly early?: Uint8Array
}

interface CameInit {
  readonly init: InitPacket
  readonly initBytes: Uint8Array
  readonly cookie: Uint8Array | undefined
  readonly datagramBytes: number
}

export interface StatelessAnswer {
  readonly address: Address
  readonly datagram: Uint8Array
}

export class Endpoint {
  /** Datagrams that belonged to nothing. */
  dropped = 0
  readonly #options: EndpointOptions
  readonly #byId = new Map<string, Connection>()
  readonly #inits = new Inits()
  readonly #halfOpen = new HalfOpen()
  readonly #door: Door
  #dirty: Connection[] = []
  readonly #isDirty = new Set<Connection>()
  #incoming: Connection[] = []
  // apart, and joined when asked for: V8 took to making the pairs in old memory, where each keeps what it holds for minutes
  readonly #answerAddresses: Address[] = []
  readonly #answerDatagrams: Uint8Array[] = []
  #nextId = 1
  #latest: Connection | undefined
  readonly #answers = new Ration(limits.statelessAnswersPerStretch, limits.statelessStretchMicros)
  readonly #fallbacks = new Ration(limits.fallbacksPerSecond)
  readonly #budget: ReceiveBudget
  readonly #agenda = new Agenda<Connection>()
  /** Their deadlines may have moved since the agenda was told. */
  readonly #moved = new Set<Connection>()

  constructor(options: EndpointOptions) {
    this.#options = options
    this.#budget = new ReceiveBudget(options.config.receiveBytes, options.config.receiveBytesLeast)
    this.#door = new Door(options.random, this.#halfOpen)
  }

  get connections(): number {
    return this.#byId.size
  }

  get halfOpenConnections(): number {
    return this.#halfOpen.count
  }

  connect(now: Micros, address: Address, options: ConnectOptions): Connection {
    const connection = this.#create(now, address, 'initiator', this.#context(address, options.psk))
    connection.startInitiator(options.remoteStatic, options.early)
    return connection
  }

  /** A batch from one address, with one ECN field. Neighbours of one connection reach it as one batch. */
  handleDatagrams(now: Micros, address: Address, datagrams: readonly Uint8Array[], ecn = 0): void {
    let start = 0
    while (start < datagrams.length) {
      const first = datagrams[start]!
      if (!isSealedPacket(first)) {
        this.#handleClear(now, address, first)
        start++
        continue
      }
      let end = start + 1
      while (end < datagrams.length && isSameRun(first, datagrams[end]!)) end++
      const connection = this.#find(first)
      const run = end - start === datagrams.length ? datagrams : datagrams.slice(start, end)
      if (connection?.mayComeFrom(address)) connection.handleDatagrams(now, address, run, ecn)
      else this.dropped += run.length // §4-2, §4-10
      start = end
    }
  }

  /** What one address sent, from a driver that has the kernel join datagrams; the memory is only lent. */
  handleRuns(now: Micros, address: Address, runs: readonly Run[]): void {
    let start = 0
    while (start < runs.length) {
      const first = runs[start]!
      if (first.bytes.length <= first.segmentBytes && this.#turnAway(now, address, first.bytes)) {
        start++
        continue
      }
      const connection = isSealedPacket(first.bytes) ? this.#find(first.bytes) : undefined
      if (!connection?.mayComeFrom(address)) {
        this.handleDatagrams(now, address, datagramsOf(first), first.ecn)
        start++
        continue
      }
      let end = start + 1
      while (
        end < runs.length &&
        runs[end]!.ecn === first.ecn &&
        isSealedFor(runs[end]!.bytes, connection.localId)
      )
        end++
      const own = end - start === runs.length ? runs : runs.slice(start, end)
      const foreign = connection.handleRuns(now, address, own, first.ecn ?? 0)
      if (foreign.length > 0) this.handleDatagrams(now, address, foreign.splice(0), first.ecn)
      start = end
    }
  }

  /** Connections that peers began, each once. */
  pollIncoming(): Connection | undefined {
    return this.#incoming.shift()
  }

  /** Connections that must be drained, each once for all that happened to it. */
  pollDirty(): Connection | undefined {
    const connection = this.#dirty.shift()
    if (connection) this.#isDirty.delete(connection)
    return connection
  }

  /** Answers that belong to no connection. */
  pollStateless(): StatelessAnswer | undefined {
    const address = this.#answerAddresses.shift()
    const datagram = this.#answerDatagrams.shift()
    return address && datagram && { address, datagram }
  }

  /** What carried datagrams from and to this address is gone. §4.1-3 */
  handleCarrierLost(address: Address): void {
    for (const connection of [...this.#byId.values()])
      if (isSameAddress(connection.address, address)) connection.handleCarrierLost()
  }

  pollTimeout(): Micros | undefined {
    for (const connection of this.#moved) this.#agenda.set(connection, connection.pollTimeout() ?? never)
    this.#moved.clear()
    const { earliest } = this.#agenda
    return earliest === never ? undefined : earliest
  }

  handleTimeout(now: Micros): void {
    this.pollTimeout()
    for (let due = this.#agenda.shift(now); due; due = this.#agenda.shift(now)) {
      this.#moved.add(due)
      due.handleTimeout(now)
    }
  }

  // Most runs belong to the connection of the run before.
  #find(datagram: Uint8Array): Connection | undefined {
    const last = this.#latest
    if (last && isSealedFor(datagram, last.localId)) return last
    this.#latest = this.#byId.get(keyOf(datagram, destinationAt))
    return this.#latest
  }

  #handleClear(now: Micros, address: Address, datagram: Uint8Array): void {
    if (this.#turnAway(now, address, datagram)) return
    const packet = parsePacket(datagram)
    if (packet === undefined) {
      this.dropped++
      return
    }
    switch (packet.kind) {
      case 'init':
        return this.#handleInit(now, address, {
          init: packet,
          initBytes: datagram,
          cookie: undefined,
          datagramBytes: datagram.length,
        })
      case 'cookied':
        return this.#handleInit(now, address, { ...packet, datagramBytes: datagram.length })
      case 'foreign':
        return this.#sayVersion(now, address, packet.source, protocolVersion, datagram.length)
      case 'frames':
      case 'data':
        this.dropped++
        return
      case 'reply':
      case 'finish':
      case 'version':
      case 'cookie': {
        const connection = this.#byId.get(keyOf(packet.destination, 0))
        if (!connection || !isSameAddress(connection.address, address)) this.dropped++
        else connection.handleHandshake(now, packet, datagram.length)
      }
    }
  }

  /** While under load: what whoever receives may turn away by itself, as #turnAway does. It tells what became of it. §5-16 */
  gate(now: Micros): Gate | undefined {
    if (!this.#options.accepts || !this.#door.isUnderLoad(now)) return undefined
    const answersLeft = this.#answers.leftAt(now)
    return { cookieKeys: this.#door.cookieKeys(now), known: this.#inits.places, answersLeft }
  }

  handleTurnedAway(datagrams: number, answered: number): void {
    this.#answers.spend(answered)
    this.dropped += datagrams - answered
  }

  // The way of a flood, and short for that reason: nothing is parsed of what lacks a good cookie under load, nor copied.
  #turnAway(now: Micros, address: Address, datagram: Uint8Array): boolean {
    const init = initWithin(datagram)
    if (!init || !this.#options.accepts || this.#inits.mayKnow(init.source)) return false
    if (!this.#door.turnsAway(now, address, init.cookie)) return false
    this.#sayCookie(now, address, init.source, datagram.length)
    return true
  }

  // `initBytes` is the INIT itself, `datagramBytes` all that came. §5-20
  #handleInit(now: Micros, address: Address, came: CameInit): void {
    const { init, initBytes, cookie, datagramBytes } = came
    if (!this.#options.accepts) {
      this.dropped++
      return
    }
    const known = this.#inits.find(address, init.source, initBytes)
    if (known) return known.handleInitAgain(now, datagramBytes)
    if (this.#options.isSingle && this.#byId.size > 0) {
      this.dropped++ // §4.1-2
      return
    }
    const context = this.#context(address, this.#options.psk)
    if (chooseSuite(context.suites, [...init.suites]) === undefined)
      return this.#sayVersion(now, address, init.source, noSuiteVersion, datagramBytes)
    const verdict = this.#door.judge(now, address, cookie)
    if (verdict.kind === 'cookie') return this.#sayCookie(now, address, init.source, datagramBytes)
    const opened =
      verdict.kind === 'enter' ? openInit(context, init, () => this.#fallbacks.take(now)) : undefined
    if (verdict.kind !== 'enter' || !opened) {
      this.dropped++ // §5-2, §5-10
      return
    }
    const connection = this.#create(now, address, 'responder', context)
    this.#halfOpen.add(connection, verdict.network)
    connection.startResponder(now, new Responder(context, connection.localId, init, opened), datagramBytes)
    connection.onForgotten = this.#inits.add(address, init.source, initBytes, connection)
    this.#incoming.push(connection)
  }

  #sayVersion(
    now: Micros,
    address: Address,
    destination: Uint8Array,
    version: number,
    initBytes: number,
  ): void {
    this.#answer(now, address, () => writeVersion({ destination, versions: [version] }, initBytes)) // §4-5
  }

  #sayCookie(now: Micros, address: Address, destination: Uint8Array, initBytes: number): void {
    this.#answer(now, address, () =>
      writeCookie({ destination, cookie: this.#door.cookieFor(now, address) }, initBytes),
    )
  }

  #answer(now: Micros, address: Address, write: () => Uint8Array | undefined): void {
    const datagram = this.#mayAnswer(now) && this.#answers.take(now) ? write() : undefined
    if (!datagram) {
      this.dropped++
      return
    }
    this.#answerAddresses.push(address)
    this.#answerDatagrams.push(datagram)
  }

  #mayAnswer(now: Micros): boolean {
    const hasRoom = this.#answerDatagrams.length < limits.statelessAnswers
    return this.#options.accepts && hasRoom && this.#answers.has(now)
  }

  #create(now: Micros, address: Address, role: Role, context: HandshakeContext): Connection {
    const payloads = this.#options.createPayloads()
    let localId = this.#options.random(connectionIdBytes) // §4-1
    while (this.#byId.has(keyOf(localId, 0))) localId = this.#options.random(connectionIdBytes)
    const connection = new Connection(now, {
      id: this.#nextId++,
      localId,
      address,
      role,
      context,
      payloads,
      plane: this.#options.createPlane(payloads),
      observer: this.#options.observe?.(now, { role, localId, address }),
      budget: this.#budget,
      onDirty: this.#onDirty,
      onMoved: moved => this.#moved.add(moved),
    })
    this.#byId.set(keyOf(localId, 0), connection)
    return connection
  }

  #context(address: Address, psk: Uint8Array | undefined): HandshakeContext {
    const { config: whole, primitives, suites, staticKeys, random, datagramBytesMaxOf } = this.#options
    const shared = sharedConfig(whole, this.#budget.firstBytes(this.#halfOpen.count))
    const most = Math.min(shared.datagramBytesMax, datagramBytesMaxOf?.(address) ?? shared.datagramBytesMax)
    const config = most === shared.datagramBytesMax ? shared : { ...shared, datagramBytesMax: most }
    return { config, primitives, suites, staticKeys, random, psk }
  }

  readonly #onDirty = (connection: Connection): void => {
    this.#moved.add(connection)
    this.#halfOpen.look(connection)
    if (connection.isClosed) {
      this.#byId.delete(keyOf(connection.localId, 0))
      if (this.#latest === connection) this.#latest = undefined
      connection.onForgotten?.()
    }
    if (this.#isDirty.has(connection)) return
    this.#isDirty.add(connection)
    this.#dirty.push(connection)
  }
}

function isSameRun(first: Uint8Array, other: Uint8Array): boolean {
  if (!isSealedPacket(other)) return false
  for (let i = destinationAt; i < destinationAt + connectionIdBytes; i++)
    if (first[i] !== other[i]) return false
  return true
}

/** Copies: the core keeps what it is handed. */
function datagramsOf({ bytes, segmentBytes }: Run): Uint8Array[] {
  const datagrams: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += segmentBytes) datagrams.push(bytes.slice(at, at + segmentBytes))
  return datagrams
}

function keyOf(bytes: Uint8Array, at: number): string {
  return latin1(bytes, at, at + connectionIdBytes)
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end))
}
