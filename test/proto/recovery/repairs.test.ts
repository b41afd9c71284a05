// What goes twice before it is lost: which packets, when, how many, and within what budget. PROTOCOL.md §9-11, §9-12

import { describe, expect, test } from 'vitest'
import { Prng } from '../../../src/base/prng.ts'
import { KiB, MiB, type Micros, millisecond, never, second } from '../../../src/base/units.ts'
import { fixedWindow } from '../../../src/proto/congestion/fixed.ts'
import { Delivery } from '../../../src/proto/recovery/delivery.ts'
import { lastData, lastPackets, Repairs } from '../../../src/proto/recovery/repairs.ts'
import { Rtt } from '../../../src/proto/recovery/rtt.ts'
import { type FramesRecord, type Piece, Pieces } from '../../../src/proto/recovery/sent.ts'
import { Pair } from '../../support/pair.ts'
import { chain, moveLiteral } from '../../support/transfers.ts'

const rtt = new Rtt()
rtt.onSample(40 * millisecond, 0, true)

/** On a path that lost `lost` of `packets`, with a megabyte sent. */
function afterLosing(lost: number, packets: number, isOn = true): Repairs {
  const repairs = new Repairs(isOn)
  repairs.onSent(1_000_000)
  if (lost > 0) repairs.onLost(lost)
  repairs.onArrived(packets - lost)
  return repairs
}

describe('a packet with new control bytes (§9-11)', () => {
  test('goes again a quarter of a round trip later, once', () => {
    const repairs = afterLosing(10, 1000)
    repairs.onFresh(1000, 7, rtt)
    repairs.onFresh(2000, 9, rtt)
    expect(repairs.deadline).toBe(1000 + 10 * millisecond)
    expect(repairs.takeDue(999 + 10 * millisecond)).toBeUndefined()
    expect(repairs.takeDue(1000 + 10 * millisecond)).toBe(7)
    expect(repairs.takeDue(1000 + 10 * millisecond)).toBeUndefined()
    expect(repairs.takeDue(second)).toBe(9)
    expect(repairs.deadline).toBe(never)
  })

  test('does so only where more than 0.5 % were lost of late, and where it is wanted', () => {
    for (const [repairs, isRepeated] of [
      [afterLosing(5, 1000), false],
      [afterLosing(6, 1000), true],
      [afterLosing(6, 1000, false), false],
    ] as const) {
      repairs.onFresh(0, 7, rtt)
      expect(repairs.deadline !== never).toBe(isRepeated)
    }
  })

  test('and not before the round trip is known', () => {
    const repairs = afterLosing(10, 100)
    repairs.onFresh(0, 7, new Rtt())
    expect(repairs.deadline).toBe(never)
  })

  test('losses are forgotten, and those that were none do not count', () => {
    const repairs = afterLosing(10, 500)
    repairs.onSpurious(10)
    expect(repairs.lossShare).toBe(0)
    const once = afterLosing(1, 100)
    for (let i = 0; i < 3000; i++) once.onArrived(1)
    expect(once.lossShare).toBe(0)
    expect(once.mayRepeatTail).toBe(false)
  })
})

test('what goes twice stays within 1.5 % of what was sent, and three datagrams (§9-12)', () => {
  const repairs = afterLosing(10, 1000)
  const most = 0.015 * 1_000_000 + 3 * 1200
  let spent = 0
  while (repairs.spend(100, 1200)) spent += 100
  expect(spent).toBe(most)
  expect(repairs.redundantBytes).toBe(most)
  repairs.onSent(100_000)
  expect(repairs.spend(1500, 1200)).toBe(true)
  expect(repairs.spend(1, 1200)).toBe(false)
})

describe('the tail (§9-11)', () => {
  test('goes again once, a quarter of a round trip after the last packet, unless something follows', () => {
    const repairs = afterLosing(1, 1000)
    expect(repairs.mayRepeatTail).toBe(true)
    repairs.onAllSent(5000, 4000, 1, 9999, rtt)
    expect(repairs.deadline).toBe(4000 + 10 * millisecond)
    repairs.onSent(1200)
    expect(repairs.deadline).toBe(never)
    repairs.onAllSent(7000, 6000, 1, 12_000, rtt)
    expect(repairs.takeTail(6000 + 10 * millisecond - 1, 100)).toBe(0)
    expect(repairs.takeTail(6000 + 10 * millisecond, 100)).toBe(3)
    repairs.onAllSent(second, 6000, 1, 12_000, rtt)
    expect(repairs.deadline).toBe(never)
    repairs.onAllSent(second, 6000, 3, 12_000, rtt)
    expect(repairs.deadline).toBe(second + millisecond)
  })

  test('is at most three packets, and at most a twentieth of those in flight, rounded up', () => {
    for (const [inFlight, packets] of [
      [1, 1],
      [20, 1],
      [21, 2],
      [40, 2],
      [41, 3],
      [1000, 3],
    ] as const) {
      const repairs = afterLosing(1, 100)
      repairs.onAllSent(0, 0, 1, 1, rtt)
      expect(repairs.takeTail(second, inFlight)).toBe(packets)
    }
  })

  test('is the end of the newest DATA, cut out of its train', () => {
    const inFlight = new Pieces()
    const stamp = new Delivery().stamp(0, 0, 0)
    const piece = (firstPacket: number, packets: number, offset: number, record?: FramesRecord): Piece => ({
      firstPacket,
      packets,
      sentMicros: 0,
      datagramBytes: 1200,
      lastDatagramBytes: 500,
      stream: record ? -1 : 1,
      offset,
      payloadBytes: 1162,
      lengthBytes: (packets - 1) * 1162 + 462,
      record,
      stamp,
      followsAck: false,
    })
    expect(lastData(inFlight)).toBeUndefined()
    inFlight.push(piece(0, 10, 0))
    inFlight.push(piece(10, 2, 50_000))
    inFlight.push(piece(12, 1, 0, {} as FramesRecord))
    expect(lastData(inFlight)?.firstPacket).toBe(10)
    const ranges = (packets: number) =>
      lastPackets(inFlight, packets).map(({ firstPacket, packets: of, offset, lengthBytes }) => [
        firstPacket,
        of,
        offset,
        lengthBytes,
      ])
    expect(ranges(1)).toEqual([[11, 1, 51_162, 462]])
    expect(ranges(3)).toEqual([
      [10, 2, 50_000, 1624],
      [9, 1, 9 * 1162, 462],
    ])
    expect(inFlight.count).toBe(3)
  })
})

describe('over a path that loses one in twenty', () => {
  /** Control messages beside a bulk stream: how long each took to arrive. */
  function delays(repairs: boolean) {
    const prng = new Prng(7)
    let isLossy = false
    const pair = new Pair({
      delayMicros: 20 * millisecond,
      config: { repairs, createController: fixedWindow(100_000) },
      drop: () => isLossy && prng.chance(0.05),
    }).open()
    isLossy = true
    const wrote: Micros[] = []
    const took: Micros[] = []
    let got = 0
    chain(pair, 'responder', (event, connection) => {
      if (event.kind !== 'ordered') return
      got += event.bytes.length
      connection.consumeOrdered(event.stream, event.bytes.length)
      while ((took.length + 1) * 100 <= got) took.push(pair.now - wrote[took.length]!)
    })
    chain(pair, 'initiator', event => {
      if (event.kind !== 'acked' || pair.now < (wrote.at(-1) ?? 0) + 30 * millisecond) return
      wrote.push(pair.now)
      pair.initiator.connection.writeOrdered(0, new Uint8Array(100))
    })
    moveLiteral(pair, 20 * MiB)
    pair.run(second)
    expect(took.length).toBe(wrote.length)
    return { took, stats: pair.initiator.connection.stats }
  }

  test('control messages hardly ever wait for a loss to be found', () => {
    const [without, by] = [delays(false), delays(true)]
    // more than a way, a quarter of a round trip until the repeat, and another until the window has room for it
    const late = (took: readonly Micros[]): number => took.filter(micros => micros > 50 * millisecond).length
    expect(without.took.length).toBeGreaterThan(100)
    expect(late(without.took) / without.took.length).toBeGreaterThan(0.03)
    expect(late(by.took) / by.took.length).toBeLessThan(late(without.took) / without.took.length / 3)
    expect(without.stats.bytesRepeated).toBe(0)
    expect(by.stats.bytesRepeated).toBeGreaterThan(0)
    expect(by.stats.bytesRepeated).toBeLessThan(0.015 * by.stats.bytesSent + 3 * 1472)
  })

  test('a lost last packet is not waited for by the probe time-out', () => {
    const run = (repairs: boolean) => {
      let data = 0
      const pair = new Pair({
        config: { repairs, datagramBytesMax: 1200 },
        // one early, so that the path is known to lose, and the very last: 89 packets, and one that went again
        drop: (from, _, datagram) =>
          from === 'initiator' && datagram[0] === 0x42 && (++data === 10 || data === 90),
      }).open()
      moveLiteral(pair, 100 * KiB)
      return { now: pair.now, stats: pair.initiator.connection.stats }
    }
    const [without, by] = [run(false), run(true)]
    expect(without.stats.probeTimeouts).toBeGreaterThan(0)
    expect(by.stats.probeTimeouts).toBe(0)
    expect(by.now).toBeLessThan(without.now)
  })
})

test('on a path that loses nothing nothing goes twice', () => {
  const pair = new Pair().open()
  moveLiteral(pair, 1 * MiB)
  expect(pair.initiator.connection.stats).toMatchObject({ bytesRepeated: 0, bytesRetransmitted: 0 })
})
