// What all connections of an endpoint may have promised together. PROTOCOL.md §8-12.

import { expect, test } from 'vitest'
import { Prng } from '../../../src/base/prng.ts'
import { KiB, MiB, millisecond } from '../../../src/base/units.ts'
import { ReceiveBudget, ReceiveShare } from '../../../src/proto/recv/budget.ts'
import { ReceiveWindow } from '../../../src/proto/recv/window.ts'
import { Pair } from '../../support/pair.ts'

const total = 1000
const least = 50

test('one alone has all of it, of many each an equal part, and none less than the least (§8-12)', () => {
  const budget = new ReceiveBudget(total, least)
  const shares = Array.from({ length: 40 }, () => new ReceiveShare(budget))
  expect(shares[0]!.mostBytes).toBe(Number.POSITIVE_INFINITY)
  const seen: number[] = []
  for (const share of shares) {
    share.enter(0)
    share.enter(0)
    seen.push(share.mostBytes)
  }
  expect([seen[0], seen[3], seen[19], seen[39]]).toEqual([1000, 250, 50, 50])
  for (const share of shares) {
    share.leave()
    share.leave()
  }
  expect([budget.sharers, budget.promisedBytes]).toEqual([0, 0])
})

test('what is promised stays below the total and the least of each, whoever comes, reads and goes (§8-12)', () => {
  const prng = new Prng(1)
  const budget = new ReceiveBudget(total, least)
  const windows: ReceiveWindow[] = []
  let now = 0
  for (let step = 0; step < 20_000; step++) {
    now += prng.below(10)
    const dice = prng.below(20)
    if (dice === 0 && windows.length < 60) {
      const first = Math.min(200, budget.firstBytes(0))
      const window = new ReceiveWindow(first, 800, new ReceiveShare(budget))
      window.enterShare()
      windows.push(window)
    } else if (dice === 1 && windows.length > 0) {
      windows.splice(prng.below(windows.length), 1)[0]!.leaveShare()
    } else if (windows.length > 0) {
      const window = windows[prng.below(windows.length)]!
      const { limit } = window
      window.onData(now)
      window.consumed += prng.below(window.limit - window.consumed + 1)
      window.raise(now, 100, false)
      expect(window.limit).toBeGreaterThanOrEqual(limit)
      // whoever has taken everything may go on
      if (window.consumed === limit) expect(window.limit).toBeGreaterThanOrEqual(limit + least)
    }
    const left = windows.reduce((sum, { limit, consumed }) => sum + limit - consumed, 0)
    expect(left).toBeLessThanOrEqual(total + windows.length * least)
  }
})

test('a window that others left room for again grows as ever', () => {
  const budget = new ReceiveBudget(total, least)
  const other = new ReceiveShare(budget)
  other.enter(0)
  const window = new ReceiveWindow(100, 800, new ReceiveShare(budget))
  window.enterShare()
  let now = 0
  const read = (): number => {
    for (let i = 0; i < 20; i++) {
      window.onData(now)
      window.consumed = window.limit
      now += 100 // a round trip: shorter stretches say nothing of the reader
      window.raise(now, 100, false)
    }
    return window.limit - window.consumed
  }
  expect(read()).toBe(500)
  other.leave()
  expect(read()).toBe(800)
})

test('a connection begins with its share, tells the peer so, and both go on (§8-12)', () => {
  const config = { receiveBytes: 256 * KiB, receiveBytesLeast: 16 * KiB }
  const pair = new Pair({ responderConfig: config })
  const remoteStatic = pair.responder.staticKeys.publicKey
  pair.responder.onEvent = (event, connection) => {
    if (event.kind === 'ordered') connection.consumeOrdered(event.stream, event.bytes.length)
  }
  for (let i = 0; i < 24; i++) {
    pair.connect({ remoteStatic })
    pair.run(50 * millisecond)
  }
  const got = new Map<number, number>()
  pair.responder.onEvent = (event, connection) => {
    if (event.kind !== 'ordered') return
    got.set(connection.id, (got.get(connection.id) ?? 0) + event.bytes.length)
    connection.consumeOrdered(event.stream, event.bytes.length)
  }
  const sent = MiB / 8
  for (const connection of pair.initiator.connections) connection.writeOrdered(0, new Uint8Array(sent))
  pair.runUntil(() => got.size === 24 && [...got.values()].every(bytes => bytes === sent))
  expect(pair.responder.connections.map(each => each.state.kind)).toEqual(Array(24).fill('open'))
})
