// THE LOOP: one endpoint of the core, one socket, one timer. After every input the outputs are drained before the
// next one. It carries datagrams, moments and events between the core and the world, and understands none of them.
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
/** setTimeout takes no more than 2^31 - 1 ms. */
const timerMicrosMax: Micros = 3_600_000 * millisecond

export class Driver {
  readonly #endpoint: Endpoint
  readonly #clock: Clock
  readonly #link: (incoming: Connection) => void
  readonly #socket: Udp
  // undefined once it is closed
  #udp: Udp | undefined
  readonly #owners = new Map<Connection, Owner>()
  /** Their turn to send ended early: the budget was spent or the socket was full. */
  readonly #held = new Set<Connection>()
  // datagrams that may still be sent in this turn
  #sendsLeft = 0
  readonly #arrivals: Arrivals = {
    datagrams: (address, datagrams) => {
      this.#endpoint.handleDatagrams(this.now(), address, datagrams)
      if (this.#udp) this.#drain(this.#udp)
    },
    runs: (address, runs) => {
      this.#endpoint.handleRuns(this.now(), address, runs)
      if (this.#udp) this.#drain(this.#udp)
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
    this.#udp = udp
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
    if (this.#isScheduled || this.#isInTurn || this.#udp === undefined) return
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
    const udp = this.#udp
    this.#isScheduled = false
    if (!udp) return
    this.#isInTurn = true
    this.#sendsLeft = udp.turn.sendDatagrams
    // what owners asked for since the last turn is an input too
    this.#drain(udp)
    const isMoreIn = udp.receive(udp.turn.receiveDatagrams, this.#arrivals)
    this.#answerStrangers(udp)
    const due = this.#endpoint.pollTimeout()
    const now = this.now()
    if (due !== undefined && due <= now) {
      this.#endpoint.handleTimeout(now)
      this.#drain(udp)
    }
    this.#isInTurn = false
    this.#arm(isMoreIn || (this.#held.size > 0 && !udp.isCongested), udp)
  }

  #drain(udp: Udp): void {
    const endpoint = this.#endpoint
    for (let incoming = endpoint.pollIncoming(); incoming; incoming = endpoint.pollIncoming())
      this.#link(incoming)
    if (this.#held.size > 0 && this.#sendsLeft > 0) {
      const held = [...this.#held]
      this.#held.clear()
      for (const connection of held) this.#serve(connection, udp)
    }
    for (let dirty = endpoint.pollDirty(); dirty; dirty = endpoint.pollDirty()) this.#serve(dirty, udp)
  }

  // Once a turn: a flood of strangers must not cost a system call between any two of its packets.
  #answerStrangers(udp: Udp): void {
    const endpoint = this.#endpoint
    for (let answer = endpoint.pollStateless(); answer; answer = endpoint.pollStateless()) {
      // where the kernel takes no more, the connections come first
      if (!udp.isCongested) answerWith(udp.outbox(answer.address), answer.datagram)
    }
  }

  #serve(connection: Connection, udp: Udp): void {
    this.#transmit(connection, udp)
    const owner = this.#owners.get(connection)
    if (!owner) return
    while (owner.isReady) {
      const event = connection.pollEvent()
      if (!event) return
      if (event.kind === 'closed') this.#owners.delete(connection)
      owner.onEvent(event)
    }
  }

  #transmit(connection: Connection, udp: Udp): void {
    const outbox = udp.outbox(connection.address)
    while (this.#sendsLeft > 0 && !udp.isCongested) {
      const isMore = connection.pollTransmit(this.now(), outbox)
      this.#sendsLeft -= outbox.flush()
      if (!isMore) return
    }
    this.#held.add(connection)
  }

  #arm(isMore: boolean, udp: Udp): void {
    if (isMore) {
      this.wake()
      return
    }
    const due = this.#endpoint.pollTimeout()
    if (due === undefined) {
      this.#disarm()
      if (this.#isStopping) this.#end(udp)
      return
    }
    const now = this.now()
    // a full socket cannot do what is due: look again when a timer can tell, or when it drains
    const next = udp.isCongested ? Math.max(due, now + millisecond) : due
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

  #end(udp: Udp): void {
    this.#udp = undefined
    void udp.close().then(this.#resolveStopped)
  }
}

function answerWith(outbox: UdpOutbox, datagram: Uint8Array): void {
  outbox.push(datagram)
  outbox.flush()
}
