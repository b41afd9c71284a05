// A host in the ring: an Endpoint of the core, driven as net/driver drives it, with an application on top. What
// comes in waits for the wake-up of the same moment, so that a burst is handled as one batch. PROTOCOL.md §3.

import { assert } from '../../src/base/assert.ts'
import { type Micros, never } from '../../src/base/units.ts'
import { type Address, isSameAddress } from '../../src/proto/address.ts'
import type { Connection } from '../../src/proto/connection.ts'
import type { Endpoint } from '../../src/proto/endpoint.ts'
import type { Outbox } from '../../src/proto/plane/plane.ts'
import { App } from '../app.ts'
import { envelopeOf, homes, linkAddress, readdressed } from '../envelope.ts'
import { ecnOf, mark } from '../marks.ts'
import type { Node, Outlet } from '../node.ts'
import { paint } from '../painting.ts'
import { paintOf, type Role, type Script } from '../script.ts'

export interface HostOptions {
  readonly role: Role
  readonly endpoint: Endpoint
  readonly script: Script
  /** Initiator: the key it pins; undefined for first contact. */
  readonly remoteStatic: Uint8Array | undefined
  readonly psk: Uint8Array | undefined
  /** What the application's end may look like; 'none': that no connection comes to be. */
  readonly ends: readonly string[]
}

/** Passes of the drain loop for one input: more is a core that never falls silent. */
const drainPassesMax = 10_000

export class Host implements Node {
  readonly name: Role
  readonly endpoint: Endpoint
  readonly apps: App[] = []
  /** The host at the other end, for what only somebody who sees both can check. */
  peer: Host | undefined
  wakeAt: Micros = never
  /** Datagram bytes, by our own count: the core's counters are not believed. */
  sentBytes = 0
  sentDatagrams = 0
  receivedBytes = 0
  /** Of both, those before a packet under the handshake's keys proved that the peer is there (§5-7). */
  sentUnprovenBytes = 0
  receivedUnprovenBytes = 0
  readonly #options: HostOptions
  readonly #outbox: Outbox
  readonly #peerHome: Address
  // where what is pushed now goes
  #destination: Address
  // and by which of our links
  #path = 0
  /** By the host part of the address: what came from there, and what was sent there. */
  readonly hosts = new Map<string, { receivedBytes: number; sentBytes: number }>()
  readonly #byConnection = new Map<Connection, App>()
  #inbox: Uint8Array[] = []
  #next: Outlet | undefined

  constructor(options: HostOptions) {
    this.name = options.role
    this.endpoint = options.endpoint
    this.#options = options
    this.#peerHome = homes[options.role === 'initiator' ? 'responder' : 'initiator']
    this.#destination = this.#peerHome
    this.#outbox = { push: datagram => this.#send(datagram, this.#outbox.ecn), ecn: 0 }
    if (options.role === 'initiator') this.wakeAt = 0
  }

  /** The connection that counts: ours, or the one whose peer proved to be there. */
  get app(): App | undefined {
    if (this.#options.role === 'initiator') return this.apps[0]
    return this.apps.find(app => app.isConfirmed) ?? this.apps.at(-1)
  }

  get outcome(): string {
    const app = this.app
    if (!app || (this.#options.role === 'responder' && !app.isConfirmed && !app.isClosed)) return 'none'
    return app.outcome
  }

  get isDone(): boolean {
    return this.#options.ends.includes(this.outcome) && (this.wakeAt === never || this.outcome === 'open')
  }

  toString(): string {
    const ledger = this.app?.ledger
    const left = ledger
      ? `${ledger.deliveredBytes} bytes delivered, ${ledger.bufferedBytes} not consumed`
      : 'no app'
    return `${this.name} (${this.outcome}, ${left})`
  }

  handleDatagram(now: Micros, datagram: Uint8Array): void {
    const envelope = envelopeOf(datagram)
    if (envelope && !this.#isOurs(envelope.to)) return
    this.receivedBytes += datagram.length
    if (envelope) this.#countsOf(envelope.from).receivedBytes += datagram.length
    if (!this.app?.isConfirmed) this.receivedUnprovenBytes += datagram.length
    this.#inbox.push(datagram)
    this.wakeAt = now
  }

  handleWake(now: Micros, next: Outlet): void {
    this.#next = next
    if (this.#options.role === 'initiator' && this.apps.length === 0) this.#connect(now)
    if (this.#inbox.length > 0) {
      const came = this.#inbox
      this.#inbox = []
      this.#hand(now, came)
    }
    if ((this.endpoint.pollTimeout() ?? never) <= now) this.endpoint.handleTimeout(now)
    this.#drain(now)
    for (const app of this.apps) if (app.wakeAt <= now) app.act(now)
    this.#drain(now)
    this.#schedule(now)
  }

  // Each path of the initiator's leaves by a link of its own.
  #homeOf(path: number): Address {
    return this.name === 'initiator' ? linkAddress(path) : homes.responder
  }

  #isOurs(address: Address): boolean {
    const links = this.#options.script.links ?? 1
    for (let link = 0; link < links; link++) if (isSameAddress(address, this.#homeOf(link))) return true
    return false
  }

  // Neighbours from one address that came with one ECN field are one batch, as a socket hands them over.
  #hand(now: Micros, came: readonly Uint8Array[]): void {
    for (let start = 0, at = 1; at <= came.length; at++) {
      const from = this.#senderOf(came[start]!)
      const ecn = ecnOf(came[start]!)
      const next = came[at]
      if (next && ecnOf(next) === ecn && isSameAddress(this.#senderOf(next), from)) continue
      this.endpoint.handleDatagrams(now, from, came.slice(start, at), ecn)
      start = at
    }
  }

  #senderOf(datagram: Uint8Array): Address {
    return envelopeOf(datagram)?.from ?? this.#peerHome
  }

  #countsOf({ host }: Address): { receivedBytes: number; sentBytes: number } {
    let counts = this.hosts.get(host)
    if (!counts) {
      counts = { receivedBytes: 0, sentBytes: 0 }
      this.hosts.set(host, counts)
    }
    return counts
  }

  #connect(now: Micros): void {
    const { script, remoteStatic, psk } = this.#options
    let early: Uint8Array | undefined
    if (script.earlyBytes) {
      early = new Uint8Array(script.earlyBytes)
      paint(paintOf('initiator', 0), 0, early)
    }
    this.#adopt(
      this.endpoint.connect(now, this.#peerHome, {
        ...(remoteStatic ? { remoteStatic } : {}),
        ...(psk ? { psk } : {}),
        ...(early ? { early } : {}),
      }),
    )
  }

  #adopt(connection: Connection): void {
    const peerHolds = (stream: number, upTo: number): boolean =>
      this.peer?.app?.ledger.holds(stream, upTo) === true
    const app = new App(this.#options.role, this.#options.script, connection, peerHolds)
    this.apps.push(app)
    this.#byConnection.set(connection, app)
  }

  // After every input, all outputs until nothing is left: the whole bargain between core and world.
  #drain(now: Micros): void {
    for (let passes = 0; ; passes++) {
      assert(passes < drainPassesMax, 'a core that never falls silent')
      for (let c = this.endpoint.pollIncoming(); c; c = this.endpoint.pollIncoming()) this.#adopt(c)
      const connection = this.endpoint.pollDirty()
      if (!connection) break
      this.#drainConnection(now, connection)
    }
    for (let answer = this.endpoint.pollStateless(); answer; answer = this.endpoint.pollStateless()) {
      this.#destination = answer.address
      this.#send(answer.datagram)
    }
  }

  #drainConnection(now: Micros, connection: Connection): void {
    const app = this.#byConnection.get(connection)
    for (let passes = 0; ; passes++) {
      assert(passes < drainPassesMax, 'a connection that never falls silent')
      let isQuiet = true
      for (let event = connection.pollEvent(); event; event = connection.pollEvent()) {
        app?.handleEvent(now, event)
        isQuiet = false
      }
      if (app && !isQuiet) app.act(now)
      for (const { id } of connection.paths) {
        const destination = connection.destination(id)
        if (!destination) continue
        this.#destination = destination
        this.#path = id
        if (connection.pollTransmit(now, this.#outbox, id)) isQuiet = false
      }
      if (isQuiet) return
    }
  }

  #schedule(now: Micros): void {
    const timeout = this.endpoint.pollTimeout() ?? never
    assert(timeout >= now, `pollTimeout says ${timeout} after a drain at ${now}`)
    this.wakeAt = timeout
    for (const app of this.apps) if (app.wakeAt < this.wakeAt) this.wakeAt = app.wakeAt
  }

  #send(datagram: Uint8Array, ecn = 0): void {
    if (ecn !== 0) mark(datagram, ecn)
    this.sentBytes += datagram.length
    this.sentDatagrams++
    if (!this.app?.isConfirmed) this.sentUnprovenBytes += datagram.length
    this.#countsOf(this.#destination).sentBytes += datagram.length
    this.#next!.push(readdressed(datagram, { from: this.#homeOf(this.#path), to: this.#destination }))
  }
}
