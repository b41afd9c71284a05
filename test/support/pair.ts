// Two endpoints in one memory with a virtual clock: for unit tests of the core. A datagram takes `delayMicros`, unless
// `drop` says it is lost. Drains after every input, and asserts that the core never asks for a moment that has passed.

import { assert } from '../../src/base/assert.ts'
import { Writer } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import { type Micros, millisecond, never, second } from '../../src/base/units.ts'
import { type Address, isSameAddress } from '../../src/proto/address.ts'
import { type Config, defaultConfig } from '../../src/proto/config.ts'
import { controllers } from '../../src/proto/congestion/index.ts'
import type { Connection } from '../../src/proto/connection.ts'
import { type ConnectOptions, Endpoint, type EndpointOptions } from '../../src/proto/endpoint.ts'
import type { ConnectionEvent } from '../../src/proto/events.ts'
import type { ObserverFactory } from '../../src/proto/observer.ts'
import { PortablePlane } from '../../src/proto/plane/portable.ts'
import { encodeFrame, type Frame } from '../../src/wire/frame.ts'
import { fakeAead, fakePrimitives, PaintedPayloads } from './fakes.ts'

export type Side = 'initiator' | 'responder'

interface Flight {
  readonly at: Micros
  readonly from: Address
  readonly to: Side
  readonly datagram: Uint8Array
}

export interface PairOptions {
  readonly config?: Partial<Config>
  readonly initiatorConfig?: Partial<Config>
  readonly responderConfig?: Partial<Config>
  readonly delayMicros?: Micros
  /** True: this datagram never arrives. `count` numbers the datagrams of its sender from 0. */
  readonly drop?: (from: Side, count: number, datagram: Uint8Array, here: string, there: string) => boolean
  /** More time for one datagram: reordering. */
  readonly extraDelay?: (from: Side, count: number, datagram: Uint8Array) => Micros
  /** Datagrams that arrive at one moment are handled in batches of so many. */
  readonly batchDatagrams?: number
  readonly psk?: Uint8Array
  /** What the responder's socket says of itself. */
  readonly responderEndpoint?: Partial<EndpointOptions>
  readonly seed?: number
  /** Who watches the connections of both. */
  readonly observe?: ObserverFactory
  /** What the initiator offers and the responder accepts, each in its order; absent: what the fakes can. */
  readonly suites?: { readonly [side in Side]?: readonly number[] }
}

const nowhere: Address = { host: '', port: 0 }
const drainPassesMax = 10_000

export class Host {
  readonly side: Side
  readonly endpoint: Endpoint
  readonly staticKeys: { publicKey: Uint8Array; privateKey: Uint8Array }
  readonly events: ConnectionEvent[] = []
  readonly connections: Connection[] = []
  /** One for each connection: a test may seal with them what a well-behaved peer never would. */
  readonly planes: PortablePlane[] = []
  readonly sent: Uint8Array[] = []
  /** Where it is: a test may move it. What is sent to another address goes nowhere, and is noted here. */
  address: Address
  /** The initiator's further ones, by path. */
  readonly links: Address[] = []
  /** Somebody on the path: from here each datagram arrives first, and then from where its sender is. */
  racer: Address | undefined
  readonly astray: { readonly to: Address; readonly datagram: Uint8Array }[] = []
  sentCount = 0
  sentBytes = 0
  keepsSent = false
  /** What the owner does with an event, at once. */
  onEvent: ((event: ConnectionEvent, connection: Connection) => void) | undefined

  constructor(side: Side, config: Config, options: PairOptions) {
    this.side = side
    this.address = { host: side, port: 1 }
    const prng = new Prng((options.seed ?? 1) * 2 + (side === 'initiator' ? 0 : 1))
    const random = (bytes: number) => prng.fill(new Uint8Array(bytes))
    this.staticKeys = fakePrimitives.generateKeyPair(random(32))
    this.endpoint = new Endpoint({
      config,
      primitives: fakePrimitives,
      suites: options.suites?.[side] ?? fakeAead.suites,
      staticKeys: this.staticKeys,
      random,
      createPlane: payloads => {
        const plane = new PortablePlane(payloads, fakeAead)
        this.planes.push(plane)
        return plane
      },
      createPayloads: () => new PaintedPayloads(),
      accepts: side === 'responder',
      observe: options.observe,
      ...(options.psk && side === 'responder' ? { psk: options.psk } : {}),
      ...(side === 'responder' ? options.responderEndpoint : {}),
    })
  }

  /** The first, which most tests have alone. */
  get connection(): Connection {
    const connection = this.connections[0]
    assert(connection !== undefined, `${this.side} has no connection`)
    return connection
  }

  get payloads(): PaintedPayloads {
    return this.connection.payloads as PaintedPayloads
  }

  of<K extends ConnectionEvent['kind']>(kind: K): Extract<ConnectionEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<ConnectionEvent, { kind: K }> => event.kind === kind)
  }
}

export class Pair {
  now: Micros = 1000
  readonly initiator: Host
  readonly responder: Host
  readonly #options: PairOptions
  readonly #delay: Micros
  #flights: Flight[] = []
  #head = 0
  // far above what a side sends by itself in a test
  #forgedNumber = 1_000_000

  constructor(options: PairOptions = {}) {
    this.#options = options
    this.#delay = options.delayMicros ?? 10 * millisecond
    const config = { ...defaultConfig, createController: controllers.cubic, ...options.config }
    this.initiator = new Host('initiator', { ...config, ...options.initiatorConfig }, options)
    this.responder = new Host('responder', { ...config, ...options.responderConfig }, options)
  }

  connect(options: ConnectOptions = {}): Connection {
    const connection = this.initiator.endpoint.connect(this.now, this.responder.address, options)
    this.initiator.connections.push(connection)
    this.drain()
    return connection
  }

  /** IK to the responder's own key, and on until both sides are confirmed. */
  open(options: ConnectOptions = {}): this {
    this.connect({ remoteStatic: this.responder.staticKeys.publicKey, ...options })
    this.runUntil(() => this.responder.of('confirmed').length > 0)
    return this
  }

  /** Frames under the true keys of `from`, made by hand: what a rogue peer could send. */
  forge(from: Side, ...frames: Frame[]): void {
    const w = new Writer(new Uint8Array(9000))
    for (const frame of frames) encodeFrame(w, frame)
    this.forgeRaw(from, w.written())
  }

  forgeRaw(from: Side, frames: Uint8Array): void {
    const to = from === 'initiator' ? 'responder' : 'initiator'
    const outbox = { push: (datagram: Uint8Array) => this.inject(to, datagram) }
    this[from].planes[0]!.sealFrames(this.#forgedNumber++, frames, outbox)
  }

  /** DATA by hand. */
  forgeData(from: Side, stream: number, offset: number, lengthBytes: number): void {
    const to = from === 'initiator' ? 'responder' : 'initiator'
    const train = { firstPacket: this.#forgedNumber++, packets: 1, stream, offset, lengthBytes }
    const outbox = { push: (datagram: Uint8Array) => this.inject(to, datagram) }
    this[from].planes[0]!.sealTrain({ ...train, payloadBytes: lengthBytes }, outbox)
  }

  /** Bytes straight to one side, as from the other's address. */
  inject(to: Side, ...datagrams: Uint8Array[]): void {
    this.injectFrom(this[to === 'initiator' ? 'responder' : 'initiator'].address, to, ...datagrams)
  }

  injectFrom(from: Address, to: Side, ...datagrams: Uint8Array[]): void {
    this[to].endpoint.handleDatagrams(this.now, from, datagrams)
    this.drain()
  }

  drain(): void {
    this.#drainHost(this.initiator)
    this.#drainHost(this.responder)
  }

  #drainHost(host: Host): void {
    let destination = this.#other(host).address
    let from = host.address
    const outbox = { push: (datagram: Uint8Array) => this.#send(host, from, destination, datagram) }
    for (let passes = 0; ; passes++) {
      assert(passes < drainPassesMax, 'a core that never falls silent')
      const { endpoint } = host
      for (let c = endpoint.pollIncoming(); c; c = endpoint.pollIncoming()) host.connections.push(c)
      const connection = endpoint.pollDirty()
      if (!connection) break
      for (const { id } of connection.paths) {
        from = host.links[id - 1] ?? host.address
        do destination = connection.destination(id) ?? nowhere
        while (destination !== nowhere && connection.pollTransmit(this.now, outbox, id))
      }
      for (let event = connection.pollEvent(); event; event = connection.pollEvent()) {
        host.onEvent?.(event, connection)
        if (!host.onEvent) host.events.push(event)
        else if (event.kind !== 'literal' && event.kind !== 'acked') host.events.push(event)
      }
    }
    for (let answer = host.endpoint.pollStateless(); answer; answer = host.endpoint.pollStateless())
      this.#send(host, host.address, answer.address, answer.datagram)
    const timeout = host.endpoint.pollTimeout() ?? never
    assert(timeout > this.now, `${host.side}: pollTimeout ${timeout} after a drain at ${this.now}`)
  }

  #other(host: Host): Host {
    return host.side === 'initiator' ? this.responder : this.initiator
  }

  #send(host: Host, from: Address, destination: Address, datagram: Uint8Array): void {
    const count = host.sentCount++
    host.sentBytes += datagram.length
    if (host.keepsSent) host.sent.push(datagram.slice())
    if (this.#options.drop?.(host.side, count, datagram, from.host, destination.host)) return
    const other = this.#other(host)
    if (![other.address, ...other.links].some(address => isSameAddress(address, destination))) {
      host.astray.push({ to: destination, datagram: datagram.slice() })
      return
    }
    const extra = this.#options.extraDelay?.(host.side, count, datagram) ?? 0
    const to = this.#other(host).side
    const at = this.now + this.#delay + extra
    if (host.racer) this.#fly({ at, from: host.racer, to, datagram: datagram.slice() })
    this.#fly({ at, from, to, datagram })
  }

  #fly(flight: Flight): void {
    let index = this.#flights.length
    while (index > this.#head && this.#flights[index - 1]!.at > flight.at) index--
    if (index === this.#flights.length) this.#flights.push(flight)
    else this.#flights.splice(index, 0, flight)
  }

  /** To the next thing that happens: an arrival, or a timer. False when nothing ever will. */
  step(): boolean {
    const flight = this.#flights[this.#head]
    const timeout = Math.min(
      this.initiator.endpoint.pollTimeout() ?? never,
      this.responder.endpoint.pollTimeout() ?? never,
    )
    const next = Math.min(flight?.at ?? never, timeout)
    if (next === never) return false
    this.now = Math.max(this.now, next)
    const most = Math.min(this.#flights.length, this.#head + (this.#options.batchDatagrams ?? 1e9))
    let end = this.#head
    while (end < most && this.#flights[end]!.at <= this.now) end++
    for (const side of ['initiator', 'responder'] as const) {
      const due = this.#flights.slice(this.#head, end).filter(flight => flight.to === side)
      // what came from one address in a row is one batch
      for (let start = 0, at = 1; at <= due.length; at++) {
        if (at < due.length && due[at]!.from === due[start]!.from) continue
        const batch = due.slice(start, at).map(flight => flight.datagram)
        this[side].endpoint.handleDatagrams(this.now, due[start]!.from, batch)
        start = at
      }
    }
    this.#head = end
    if (this.#head > 4096) {
      this.#flights = this.#flights.slice(this.#head)
      this.#head = 0
    }
    for (const side of ['initiator', 'responder'] as const) {
      if ((this[side].endpoint.pollTimeout() ?? never) <= this.now)
        this[side].endpoint.handleTimeout(this.now)
    }
    this.drain()
    return true
  }

  runUntil(isDone: () => boolean, limitMicros: Micros = 600 * second): void {
    this.drain()
    const end = this.now + limitMicros
    while (!isDone()) {
      assert(this.now <= end, `not done after ${limitMicros} virtual microseconds`)
      assert(this.step(), 'nothing will ever happen, and it is not done')
    }
  }

  /** Everything that happens in so much time. */
  run(micros: Micros): void {
    const end = this.now + micros
    this.drain()
    while (this.#nextMicros <= end) this.step()
    this.now = end
  }

  get #nextMicros(): Micros {
    return Math.min(
      this.#flights[this.#head]?.at ?? never,
      this.initiator.endpoint.pollTimeout() ?? never,
      this.responder.endpoint.pollTimeout() ?? never,
    )
  }
}
