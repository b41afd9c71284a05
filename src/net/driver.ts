// THE LOOP: one endpoint of the core, one timer, and one socket, or one for each path of an initiator (§4.3). After every
// input the outputs are drained before the next one. It carries datagrams, moments and events between the core and the
// world, and understands none of them.
//
// A turn runs from setImmediate, that is right after libuv has read the socket: first what owners asked for, then what
// has arrived, then what is due. It never spins: a deadline nearer than a timer can tell is the only thing it polls for.

import { type Micros, millisecond } from '../base/units.ts'
import type { Clock } from '../host/clock.ts'
import type { Arrivals, Udp, UdpOutbox } from '../host/udp.ts'
import type { Connection } from '../proto/connection.ts'
import type { Endpoint } from '../proto/endpoint.ts'
import type { ConnectionEvent } from '../proto/events.ts'
import { type Diagnosis, diagnose } from './diagnosis.ts'

/** Who gets the events of one connection. */
export interface Owner {
  /** False: events wait in the core until resume(). Windows bound what can gather there. */
  readonly isReady: boolean
  onEvent(event: ConnectionEvent): void
}

/**
 * A timer fires up to a millisecond late. What is due sooner than this is waited for by turning again at once; what
 * is due later can bear a late timer, because the pacer lets 2 ms of its rate go in one burst (§10-3).
 */
const spinMicros: Micros = 200
/** What is due sooner than this is worth a fine timer, where the socket has one … */
const alarmMicrosMax: Micros = 10 * millisecond
/** … and none is finer than what a wake-up costs. */
const alarmMicrosMin: Micros = 10
/** A full socket says when it drains, and what is due besides sending can bear to be so late. */
const congestedLookMicros: Micros = 20 * millisecond
/** setTimeout takes no more than 2^31 - 1 ms. */
const timerMicrosMax: Micros = 3_600_000 * millisecond

export class Driver {
  readonly #endpoint: Endpoint
  readonly #clock: Clock
  readonly #link: (incoming: Connection) => void
  // by path; what has none of its own goes by the first. Empty once they are closed
  readonly #udps: Udp[]
  // what a diagnosis looks at, also after the end
  #socket: Udp
  readonly #owners = new Map<Connection, Owner>()
  /** Their turn to send ended early: the budget was spent … */
  readonly #held = new Set<Connection>()
  /** … or a socket was full, which says when it is not. */
  readonly #stuck = new Set<Connection>()
  // datagrams that may still be sent in this turn
  #sendsLeft = 0
  readonly #arrivals: Arrivals = {
    datagrams: (address, datagrams) => {
      this.#endpoint.handleDatagrams(this.now(), address, datagrams)
      this.#drain()
    },
    gate: () => this.#endpoint.gate(this.now()),
    turnedAway: (datagrams, answered) => this.#endpoint.handleTurnedAway(datagrams, answered),
    runs: (address, runs) => {
      this.#endpoint.handleRuns(this.now(), address, runs)
      this.#drain()
    },
    lost: address => {
      this.#endpoint.handleCarrierLost(address)
      this.#drain()
    },
  }
  #isScheduled = false
  #isInTurn = false
  #timer: NodeJS.Timeout | undefined
  #timerAt: Micros = 0
  #alarmAt: Micros = 0
  #isStopping = false
  #resolveStopped: () => void = () => {}
  readonly #stopped = new Promise<void>(resolve => {
    this.#resolveStopped = resolve
  })

  /** @param link gives a connection that a peer began its owner, by adopt() */
  constructor(endpoint: Endpoint, udp: Udp, clock: Clock, link: (incoming: Connection) => void) {
    this.#endpoint = endpoint
    this.#socket = udp
    this.#udps = [udp]
    this.#clock = clock
    this.#link = link
  }

  now(): Micros {
    return this.#clock.now()
  }

  adopt(connection: Connection, owner: Owner): void {
    this.#owners.set(connection, owner)
    this.wake()
  }

  /** The owner called a mutator, or the socket has something or room: a turn will follow. */
  wake(): void {
    if (this.#isScheduled || this.#isInTurn || this.#udps.length === 0) return
    this.#isScheduled = true
    setImmediate(this.#turn)
  }

  /** The owner has become ready for the events that wait. */
  resume(connection: Connection): void {
    this.#held.add(connection)
    this.wake()
  }

  /** While the socket is there, and after it as it was at the end. */
  diagnose(connection: Connection): Diagnosis {
    return diagnose(connection.stats, this.#socket)
  }

  /** What goes by this path goes by that socket from now on: a further link, or ours has lost its address. */
  useSocket(path: number, udp: Udp): void {
    if (this.#udps.length === 0) return void udp.close()
    const former = this.#udps[path]
    this.#udps[path] = udp
    if (path === 0) {
      this.#socket = udp
      this.#alarmAt = 0
    }
    if (former) void former.close()
    this.wake()
  }

  /** Ends every connection, also those that have not proven who they are. */
  closeAll(code: number): void {
    for (const connection of this.#owners.keys()) connection.close(code)
    this.wake()
  }

  /** Closes the socket once the core has nothing left to say or to wait for: after the last CLOSE and its repeats. */
  stop(): Promise<void> {
    this.#isStopping = true
    this.wake()
    return this.#stopped
  }

  readonly #turn = (): void => {
    const [first] = this.#udps
    this.#isScheduled = false
    if (!first) return
    this.#isInTurn = true
    this.#sendsLeft = first.turn.sendDatagrams
    for (const connection of this.#stuck) this.#held.add(connection)
    this.#stuck.clear()
    // what owners asked for since the last turn is an input too
    this.#drain()
    let isMoreIn = false
    for (const udp of this.#udps)
      isMoreIn = udp.receive(udp.turn.receiveDatagrams, this.#arrivals) || isMoreIn
    this.#answerStrangers()
    const due = this.#endpoint.pollTimeout()
    const now = this.now()
    if (due !== undefined && due <= now) {
      this.#endpoint.handleTimeout(now)
      this.#drain()
    }
    this.#isInTurn = false
    this.#arm(isMoreIn || this.#held.size > 0, first)
  }

  #drain(): void {
    const endpoint = this.#endpoint
    for (let incoming = endpoint.pollIncoming(); incoming; incoming = endpoint.pollIncoming())
      this.#link(incoming)
    if (this.#held.size > 0 && this.#sendsLeft > 0) {
      const held = [...this.#held]
      this.#held.clear()
      for (const connection of held) this.#serve(connection)
    }
    for (let dirty = endpoint.pollDirty(); dirty; dirty = endpoint.pollDirty()) this.#serve(dirty)
  }

  // Once a turn: a flood of strangers must not cost a system call between any two of its packets.
  #answerStrangers(): void {
    const endpoint = this.#endpoint
    for (let answer = endpoint.pollStateless(); answer; answer = endpoint.pollStateless()) {
      // where the kernel takes no more, the connections come first
      if (!this.#socket.isCongested) answerWith(this.#socket.outbox(answer.address, true), answer.datagram)
    }
  }

  #serve(connection: Connection): void {
    this.#transmit(connection)
    const owner = this.#owners.get(connection)
    if (!owner) return
    while (owner.isReady) {
      const event = connection.pollEvent()
      if (!event) return
      if (event.kind === 'closed') this.#owners.delete(connection)
      owner.onEvent(event)
    }
  }

  #transmit(connection: Connection): void {
    for (const { id } of connection.paths) this.#transmitBy(id, connection)
  }

  #transmitBy(path: number, connection: Connection): void {
    const udp = this.#udps[path] ?? this.#socket
    while (this.#sendsLeft > 0 && !udp.isCongested) {
      const destination = connection.destination(path)
      // nobody knows yet where the peer is on it
      if (!destination) return
      const outbox = udp.outbox(destination)
      const isMore = connection.pollTransmit(this.now(), outbox, path)
      this.#sendsLeft -= outbox.flush()
      if (!isMore) return
    }
    if (udp.isCongested) this.#stuck.add(connection)
    else this.#held.add(connection)
  }

  #arm(isMore: boolean, udp: Udp): void {
    if (isMore) {
      this.wake()
      return
    }
    const due = this.#endpoint.pollTimeout()
    if (due === undefined) {
      this.#disarm()
      if (this.#isStopping) this.#end()
      return
    }
    const now = this.now()
    // a full socket cannot do what is due: a TCP peer that does not read may keep it so for long
    const isCongested = this.#udps.some(each => each.isCongested)
    const next = isCongested ? Math.max(due, now + congestedLookMicros) : due
    if (udp.setAlarm && next - now < alarmMicrosMax) {
      if (this.#alarmAt > now && this.#alarmAt <= next) return
      this.#alarmAt = next
      udp.setAlarm(Math.max(next - now, alarmMicrosMin))
      return
    }
    if (next - now < spinMicros) {
      this.wake()
      return
    }
    // an earlier timer finds nothing due and arms the next: cheaper than a new timer every turn
    if (this.#timer !== undefined && this.#timerAt <= next) return
    this.#disarm()
    const waitMicros = Math.min(next - now, timerMicrosMax)
    this.#timerAt = now + waitMicros
    this.#timer = setTimeout(this.#onTimer, Math.ceil(waitMicros / millisecond))
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined
    this.wake()
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #end(): void {
    const closing = this.#udps.splice(0).map(udp => udp.close())
    void Promise.all(closing).then(() => this.#resolveStopped())
  }
}

function answerWith(outbox: UdpOutbox, datagram: Uint8Array): void {
  outbox.ecn = 0 // §10.1-1
  outbox.push(datagram)
  outbox.flush()
}
