// The loop alone, with a core, a socket and a clock of the test's own: order, budgets, timers, and rest.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Arrivals, Udp } from '../../src/host/udp.ts'
import { Driver } from '../../src/net/driver.ts'
import type { Address } from '../../src/proto/address.ts'
import type { Connection } from '../../src/proto/connection.ts'
import type { Endpoint } from '../../src/proto/endpoint.ts'
import type { ConnectionEvent } from '../../src/proto/events.ts'
import type { Outbox } from '../../src/proto/plane/plane.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const peer: Address = { host: '10.0.0.1', port: 1 }

/** A connection that has so many datagrams to send, in trains, and these events to tell. */
class FakeConnection {
  readonly address = peer
  readonly paths = [{ id: 0 }]
  readonly events: ConnectionEvent[] = []
  closedWith: number | undefined
  datagrams = 0
  train = 1

  destination(): Address {
    return peer
  }

  pollTransmit(_now: number, outbox: Outbox): boolean {
    const count = Math.min(this.train, this.datagrams)
    this.datagrams -= count
    for (let i = 0; i < count; i++) outbox.push(new Uint8Array(1))
    return count > 0
  }

  pollEvent(): ConnectionEvent | undefined {
    return this.events.shift()
  }

  close(code: number): void {
    this.closedWith = code
  }
}

const receiveDatagramsPerTurn = 256
const sendDatagramsPerTurn = 64

class World {
  micros = 0
  readonly log: string[] = []
  readonly arrivals: number[] = []
  isCongested = false
  isClosed = false
  sent = 0
  due: number | undefined
  readonly dirty: FakeConnection[] = []
  readonly incoming: FakeConnection[] = []
  /** What a batch makes the core do. */
  onBatch: () => void = () => {}
  readonly driver: Driver

  constructor() {
    this.driver = new Driver(this.#endpoint(), this.#udp(), { now: () => this.micros }, incoming => {
      this.adopt(incoming as unknown as FakeConnection)
    })
  }

  adopt(connection: FakeConnection, isReady = () => true): void {
    this.driver.adopt(connection as unknown as Connection, {
      get isReady() {
        return isReady()
      },
      onEvent: event => void this.log.push(event.kind),
    })
  }

  /** Lets every immediate that is due run, but no timer. One that a timer starts is faked a millisecond later. */
  turn(): void {
    vi.advanceTimersByTime(0)
  }

  #endpoint(): Endpoint {
    return {
      handleDatagrams: (_now: number, _address: Address, datagrams: readonly Uint8Array[]) => {
        this.log.push(`in ${datagrams.length}`)
        this.onBatch()
      },
      handleTimeout: () => {
        this.log.push('timeout')
        this.due = undefined
      },
      pollIncoming: () => this.incoming.shift(),
      pollDirty: () => this.dirty.shift(),
      pollStateless: () => undefined,
      pollTimeout: () => this.due,
    } as unknown as Endpoint
  }

  #udp(): Udp {
    const world = this
    let pushed = 0
    return {
      get isCongested() {
        return world.isCongested
      },
      turn: { receiveDatagrams: receiveDatagramsPerTurn, sendDatagrams: sendDatagramsPerTurn },
      receive: (datagramsMax: number, arrivals: Arrivals) => {
        for (let taken = 0; world.arrivals.length > 0 && taken < datagramsMax; ) {
          const count = world.arrivals.shift() ?? 0
          taken += count
          arrivals.datagrams(peer, new Array<Uint8Array>(count).fill(new Uint8Array(1)))
        }
        return world.arrivals.length > 0
      },
      outbox: () => ({
        push: () => void pushed++,
        flush: () => {
          const count = pushed
          pushed = 0
          if (count > 0) world.log.push(`out ${count}`)
          world.sent += count
          return count
        },
      }),
      close: () => {
        world.isClosed = true
        return Promise.resolve()
      },
    } as unknown as Udp
  }
}

test('outputs are drained after every input, before the next', () => {
  const world = new World()
  const connection = new FakeConnection()
  world.adopt(connection)
  world.onBatch = () => {
    connection.datagrams = 2
    connection.events.push({ kind: 'confirmed' })
    world.dirty.push(connection)
  }
  world.arrivals.push(10, 20)
  world.turn()
  expect(world.log).toEqual(['in 10', 'out 1', 'out 1', 'confirmed', 'in 20', 'out 1', 'out 1', 'confirmed'])
})

test('a connection with much to send gets its budget a turn, and the socket is read between', () => {
  const world = new World()
  const connection = new FakeConnection()
  world.adopt(connection)
  connection.train = 16
  connection.datagrams = 10 * sendDatagramsPerTurn
  world.dirty.push(connection)
  vi.advanceTimersToNextTimer()
  expect(world.sent).toBe(sendDatagramsPerTurn)
  world.arrivals.push(1)
  vi.advanceTimersToNextTimer()
  expect(world.sent).toBe(2 * sendDatagramsPerTurn)
  expect(world.log).toContain('in 1')
  vi.runAllTimers()
  expect(world.sent).toBe(10 * sendDatagramsPerTurn)
})

test('a flood of arrivals is taken in turns too', () => {
  const world = new World()
  world.arrivals.push(...new Array<number>(10).fill(64))
  world.driver.wake()
  vi.advanceTimersToNextTimer()
  expect(world.log).toHaveLength(receiveDatagramsPerTurn / 64)
  vi.runAllTimers()
  expect(world.log).toHaveLength(10)
})

test('a full socket gets nothing until it drains, and events still flow', () => {
  const world = new World()
  const connection = new FakeConnection()
  world.adopt(connection)
  connection.datagrams = 3
  connection.events.push({ kind: 'confirmed' })
  world.isCongested = true
  world.dirty.push(connection)
  vi.runAllTimers()
  expect(world.log).toEqual(['confirmed'])
  expect(vi.getTimerCount()).toBe(0)
  world.isCongested = false
  world.driver.wake()
  vi.runAllTimers()
  expect(world.sent).toBe(3)
})

test('a full socket is not spun upon, even when something is due', () => {
  const world = new World()
  const connection = new FakeConnection()
  world.adopt(connection)
  connection.datagrams = 1
  world.isCongested = true
  world.due = 100
  world.dirty.push(connection)
  world.turn()
  expect(vi.getTimerCount()).toBe(1)
  world.turn()
  expect(world.log).toEqual([])
  vi.advanceTimersByTime(1 + 1)
  expect(vi.getTimerCount()).toBe(1)
})

test('with nothing to do it rests: no timer, no turn', () => {
  const world = new World()
  world.driver.wake()
  world.turn()
  expect(vi.getTimerCount()).toBe(0)
})

test('a deadline gets one timer, and no turn before it', () => {
  const world = new World()
  world.due = 5_300
  world.driver.wake()
  world.turn()
  expect(vi.getTimerCount()).toBe(1)
  world.driver.wake()
  world.turn()
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(5)
  expect(world.log).toEqual([])
  world.micros = 6_000
  vi.advanceTimersByTime(1 + 1)
  expect(world.log).toEqual(['timeout'])
  expect(vi.getTimerCount()).toBe(0)
})

test('an earlier deadline replaces the timer', () => {
  const world = new World()
  world.due = 500_000
  world.driver.wake()
  world.turn()
  world.due = 3_000
  world.driver.wake()
  world.turn()
  expect(vi.getTimerCount()).toBe(1)
  world.micros = 3_000
  vi.advanceTimersByTime(3 + 1)
  expect(world.log).toEqual(['timeout'])
})

test('a deadline nearer than a timer can tell is met by turning again', () => {
  const world = new World()
  world.due = 150
  world.driver.wake()
  vi.advanceTimersToNextTimer()
  expect(world.log).toEqual([])
  world.micros = 150
  vi.advanceTimersToNextTimer()
  expect(world.log).toEqual(['timeout'])
})

test('events wait for an owner that is not ready, and come when it is', () => {
  const world = new World()
  const connection = new FakeConnection()
  let isReady = false
  world.adopt(connection, () => isReady)
  connection.events.push({ kind: 'confirmed' })
  world.dirty.push(connection)
  vi.runAllTimers()
  expect(world.log).toEqual([])
  isReady = true
  world.driver.resume(connection as unknown as Connection)
  vi.runAllTimers()
  expect(world.log).toEqual(['confirmed'])
})

test('a connection that a peer began gets its owner before its first event', () => {
  const world = new World()
  const connection = new FakeConnection()
  connection.events.push({ kind: 'confirmed' })
  world.incoming.push(connection)
  world.dirty.push(connection)
  world.driver.wake()
  vi.runAllTimers()
  expect(world.log).toEqual(['confirmed'])
})

test('stop closes the socket once the core waits for nothing more', async () => {
  const world = new World()
  const connection = new FakeConnection()
  world.adopt(connection)
  world.due = 2_000
  world.driver.closeAll(7)
  expect(connection.closedWith).toBe(7)
  const stopped = world.driver.stop()
  world.turn()
  expect(world.isClosed).toBe(false)
  world.micros = 2_000
  vi.runAllTimers()
  await stopped
  expect(world.isClosed).toBe(true)
  world.driver.wake()
  expect(vi.getTimerCount()).toBe(0)
})
