// Every controller through the suite, and CUBIC against its own formula. PROTOCOL.md §10

import { describe, expect, test } from 'vitest'
import { millisecond, second } from '../../src/base/units.ts'
import type { Controller } from '../../src/proto/congestion/controller.ts'
import { Cubic, windowBytesMax } from '../../src/proto/congestion/cubic.ts'
import { fixedRate, fixedWindow } from '../../src/proto/congestion/fixed.ts'
import { type ControllerName, controllers } from '../../src/proto/congestion/index.ts'
import {
  acked,
  controllerSuite,
  datagramBytes,
  roundTrip,
  rttMicros,
  type Traits,
} from '../suites/controller.ts'

const traits: Readonly<Record<ControllerName, Traits>> = {
  bbr: { shrinksUnused: true },
  cubic: {},
  background: { staysCut: true },
}
for (const [name, create] of Object.entries(controllers))
  controllerSuite(name, create, traits[name as ControllerName])
controllerSuite('fixed window', fixedWindow(1_000_000))
controllerSuite('fixed rate', fixedRate(1_000_000))

const loss = (controller: Controller, now: number, isPersistent = false): void =>
  controller.onLost({ now, bytes: datagramBytes, losses: 1, sentMicros: now - 1, isPersistent })

// A window of `datagrams` after a cut: slow start up to it, then one loss.
function afterCut(datagrams: number): { controller: Cubic; now: number } {
  const controller = new Cubic(0, datagramBytes)
  let now = rttMicros
  while (controller.windowBytes < datagrams * datagramBytes) {
    const bytes = Math.min(datagramBytes, datagrams * datagramBytes - controller.windowBytes)
    controller.onAcked(acked(now++, { bytes }))
  }
  expect(controller.windowBytes).toBe(datagrams * datagramBytes)
  now += rttMicros
  loss(controller, now)
  return { controller, now: now + rttMicros + 1 }
}

describe('cubic', () => {
  test('begins with ten datagrams (§10-2)', () => {
    expect(new Cubic(0, 1452).windowBytes).toBe(14_520)
  })

  test('doubles each round trip of slow start', () => {
    const controller = new Cubic(0, datagramBytes)
    roundTrip(controller, rttMicros)
    expect(controller.windowBytes).toBe(20 * datagramBytes)
    roundTrip(controller, 2 * rttMicros)
    expect(controller.windowBytes).toBe(40 * datagramBytes)
    expect(controller.isSlowStart).toBe(true)
  })

  test('a loss leaves 0.7 of the window and ends slow start', () => {
    const { controller } = afterCut(1000)
    expect(controller.windowBytes).toBe(700 * datagramBytes)
    expect(controller.isSlowStart).toBe(false)
  })

  test('the acknowledgement of what was sent before the cut grows nothing', () => {
    const { controller, now } = afterCut(1000)
    const cutAt = now - rttMicros - 1
    controller.onAcked(acked(now, { sentMicros: cutAt }))
    expect(controller.windowBytes).toBe(700 * datagramBytes)
    controller.onAcked(acked(now + 1, { sentMicros: cutAt + 1 }))
    controller.onAcked(acked(now + rttMicros, { sentMicros: cutAt + 2 }))
    expect(controller.windowBytes).toBeGreaterThan(700 * datagramBytes)
  })

  test('after a cut the window follows W_cubic(t) to within a datagram', () => {
    const { controller, now } = afterCut(2000)
    const flat = Math.cbrt((2000 * 0.3) / 0.4)
    for (let at = now; at < now + 2 * flat * second; ) {
      at = roundTrip(controller, at)
      const seconds = (at - now) / second
      const expected = 0.4 * (seconds - flat) ** 3 + 2000
      expect(Math.abs(controller.windowBytes / datagramBytes - expected), `at ${seconds} s`).toBeLessThan(1)
    }
    expect(controller.windowBytes).toBeGreaterThan(2400 * datagramBytes)
  })

  test('the same curve is followed when one ACK covers a quarter of the window', () => {
    const { controller, now } = afterCut(2000)
    const flat = Math.cbrt((2000 * 0.3) / 0.4)
    for (let at = now; at < now + flat * second; at += rttMicros / 4) {
      controller.onAcked(acked(at, { bytes: controller.windowBytes / 4 }))
    }
    expect(Math.abs(controller.windowBytes / datagramBytes - 2000)).toBeLessThan(1)
  })

  test('a small window grows by 0.53 a round trip up to where it was cut, then by one (Reno-friendly)', () => {
    const { controller, now } = afterCut(20)
    const datagrams = (): number => controller.windowBytes / datagramBytes
    let at = now
    for (let i = 0; i < 10; i++) at = roundTrip(controller, at)
    expect(datagrams()).toBeGreaterThan(14 + 10 * 0.49)
    expect(datagrams()).toBeLessThan(14 + 10 * 0.53)
    while (datagrams() < 20.5) at = roundTrip(controller, at)
    const before = datagrams()
    for (let i = 0; i < 10; i++) at = roundTrip(controller, at)
    expect(datagrams() - before).toBeGreaterThan(9)
    expect(datagrams() - before).toBeLessThan(10.01)
  })

  test('time in which the window is not used does not move the curve', () => {
    const used = afterCut(1000)
    const idle = afterCut(1000)
    let now = used.now
    for (let i = 0; i < 20; i++) {
      roundTrip(used.controller, now)
      now = roundTrip(idle.controller, now)
    }
    idle.controller.onAcked(acked(now, { isWindowLimited: false }))
    used.controller.onAcked(acked(now))
    idle.controller.onAcked(acked(now + 60 * second))
    const drift = idle.controller.windowBytes - used.controller.windowBytes
    expect(Math.abs(drift)).toBeLessThan(datagramBytes)
  })

  test('nor does time in which nothing is in flight', () => {
    const { controller, now } = afterCut(1000)
    let at = now
    for (let i = 0; i < 20; i++) at = roundTrip(controller, at)
    controller.onAcked(acked(at, { inFlightBytes: datagramBytes }))
    const before = controller.windowBytes
    controller.onSent(at + 60 * second, datagramBytes)
    controller.onAcked(acked(at + 60 * second + rttMicros))
    expect(controller.windowBytes - before).toBeLessThan(datagramBytes)
  })

  test('a second cut below the first remembers less than it had (fast convergence)', () => {
    const { controller, now } = afterCut(1000)
    loss(controller, now + 1)
    expect(controller.windowBytes).toBe(490 * datagramBytes)
    // the curve is now flat at 0.85 × 700, not at 700
    const flat = Math.cbrt((595 - 490) / 0.4)
    let at = now + rttMicros + 2
    while (at < now + flat * second) at = roundTrip(controller, at)
    expect(Math.abs(controller.windowBytes / datagramBytes - 595)).toBeLessThan(4)
  })

  test('a spurious loss gives back window, slow start and curve', () => {
    const slow = new Cubic(0, datagramBytes)
    roundTrip(slow, rttMicros)
    loss(slow, 3 * rttMicros)
    slow.onSpuriousLoss(3 * rttMicros + 5)
    expect(slow.isSlowStart).toBe(true)
    expect(slow.windowBytes).toBe(20 * datagramBytes)

    const { controller, now } = afterCut(1000)
    const twin = afterCut(1000)
    let at = now
    for (let i = 0; i < 10; i++) {
      roundTrip(twin.controller, at)
      at = roundTrip(controller, at)
    }
    // the curve stood still while the cut was in force
    loss(controller, at)
    controller.onSpuriousLoss(at + 50 * millisecond)
    controller.onAcked(acked(at + 50 * millisecond + 10))
    twin.controller.onAcked(acked(at + 10))
    expect(controller.windowBytes).toBe(twin.controller.windowBytes)
  })

  test('news of a spurious loss undoes the last cut within two round trips, not later', () => {
    const early = afterCut(1000)
    const cutAt = early.now - rttMicros - 1
    early.controller.onSpuriousLoss(cutAt + 2 * rttMicros)
    expect(early.controller.windowBytes).toBe(1000 * datagramBytes)
    const late = afterCut(1000)
    late.controller.onSpuriousLoss(cutAt + 2 * rttMicros + 1)
    expect(late.controller.windowBytes).toBe(700 * datagramBytes)
  })

  test('persistent congestion leaves two datagrams and slow start up to what the loss left', () => {
    const { controller, now } = afterCut(1000)
    loss(controller, now, true)
    expect(controller.windowBytes).toBe(2 * datagramBytes)
    expect(controller.isSlowStart).toBe(true)
    controller.onSpuriousLoss(now + 1)
    expect(controller.windowBytes).toBe(2 * datagramBytes)
    let at = now + rttMicros + 1
    for (let i = 0; i < 12; i++) at = roundTrip(controller, at)
    expect(controller.isSlowStart).toBe(false)
    expect(controller.windowBytes).toBeGreaterThanOrEqual(490 * datagramBytes)
    // and begins a new curve there, not the one that led into the trouble
    for (let i = 0; i < 20; i++) at = roundTrip(controller, at)
    expect(controller.windowBytes).toBeLessThan(515 * datagramBytes)
  })

  test('however long ago the cut was, no ACK makes the window grow by more than half of what it acknowledges', () => {
    const { controller, now } = afterCut(10)
    for (let i = 0; i < 200; i++) {
      const before = controller.windowBytes
      controller.onAcked(acked(now + i * 10 * second))
      expect(controller.windowBytes - before).toBeLessThanOrEqual(datagramBytes / 2 + 1)
    }
  })

  test('the window stops at its maximum', () => {
    const controller = new Cubic(0, datagramBytes)
    for (let i = 0; i < 40; i++)
      controller.onAcked(acked(i * rttMicros + rttMicros, { bytes: 2 ** i * 1000 }))
    expect(controller.windowBytes).toBe(windowBytesMax)
  })
})

// One flow with a fixed round trip and one datagram in `period` lost, as RFC 9438 §5.1 has it: the mean window in
// datagrams over many cycles.
function meanWindow(period: number, roundTrips: number): number {
  const controller = new Cubic(0, datagramBytes)
  let now = rttMicros
  let sent = 0
  let sum = 0
  for (let i = 0; i < roundTrips; i++, now += rttMicros) {
    const packets = Math.floor(controller.windowBytes / datagramBytes)
    if (i >= roundTrips / 4) sum += packets
    for (let packet = 0; packet < packets; packet++) {
      const at = now + (packet * rttMicros) / packets
      const sentMicros = at - rttMicros
      if (++sent % period === 0) {
        controller.onLost({ now: at, bytes: datagramBytes, losses: 1, sentMicros, isPersistent: false })
      } else controller.onAcked(acked(at, { sentMicros }))
    }
  }
  return sum / (roundTrips - Math.ceil(roundTrips / 4))
}

describe('cubic in the steady state', () => {
  test('carries what Reno does with 1 % loss at 100 ms: sqrt(3 / 2p)', () => {
    const theory = Math.sqrt(3 / (2 * 0.01))
    const measured = meanWindow(100, 20_000)
    expect(measured / theory).toBeGreaterThan(0.8)
    expect(measured / theory).toBeLessThan(1.2)
  })

  test('carries what its own formula says where the loss is rare: (C (3 + beta) / 4 (1 - beta))^1/4 (RTT / p)^3/4', () => {
    const theory = ((0.4 * 3.7) / (4 * 0.3)) ** 0.25 * (0.1 ** 3 / 0.00001 ** 3) ** 0.25
    const measured = meanWindow(100_000, 8_000)
    expect(measured / theory).toBeGreaterThan(0.8)
    expect(measured / theory).toBeLessThan(1.2)
  })
})

describe('hystart', () => {
  const rise = (controller: Cubic, rounds: number, from: number, rtt: (round: number) => number): number => {
    let now = from
    for (let i = 0; i < rounds; i++) now = roundTrip(controller, now + 1, { latestRttMicros: rtt(i) })
    return now
  }

  test('a round trip that rose by an eighth ends slow start after five cautious rounds, without a loss', () => {
    const controller = new Cubic(0, datagramBytes)
    const now = rise(controller, 3, rttMicros, () => rttMicros)
    rise(controller, 7, now, () => rttMicros + 12.5 * millisecond)
    expect(controller.isSlowStart).toBe(false)
    // five rounds at a quarter of the growth, and no cut
    expect(controller.windowBytes).toBeGreaterThan(80 * 1.2 ** 5 * datagramBytes)
    expect(controller.windowBytes).toBeLessThan(80 * 1.3 ** 7 * datagramBytes)
  })

  test('a rise that is just too small does not', () => {
    const controller = new Cubic(0, datagramBytes)
    const now = rise(controller, 3, rttMicros, () => rttMicros)
    rise(controller, 5, now, () => rttMicros + 12.49 * millisecond)
    expect(controller.isSlowStart).toBe(true)
    expect(controller.windowBytes).toBe(2 ** 8 * 10 * datagramBytes)
  })

  test('the least rise that counts is 4 ms, the most that is asked for 16 ms', () => {
    const isCautiousAt = (base: number, risen: number): boolean => {
      const controller = new Cubic(0, datagramBytes)
      const now = rise(controller, 3, rttMicros, () => base)
      rise(controller, 7, now, () => risen)
      return !controller.isSlowStart
    }
    expect(isCautiousAt(10 * millisecond, 13.99 * millisecond)).toBe(false)
    expect(isCautiousAt(10 * millisecond, 14 * millisecond)).toBe(true)
    expect(isCautiousAt(500 * millisecond, 515.99 * millisecond)).toBe(false)
    expect(isCautiousAt(500 * millisecond, 516 * millisecond)).toBe(true)
  })

  test('fewer than eight samples of a round say nothing', () => {
    const controller = new Cubic(0, datagramBytes)
    const now = rise(controller, 1, rttMicros, () => rttMicros)
    for (let i = 0; i < 7; i++)
      controller.onAcked(acked(now + i + 1, { sentMicros: now, latestRttMicros: 2 * rttMicros }))
    for (let i = 7; i < 20; i++) controller.onAcked(acked(now + i + 1, { sentMicros: now }))
    expect(controller.windowBytes).toBe(40 * datagramBytes)
  })

  test('still watches after a loss that proved spurious', () => {
    const controller = new Cubic(0, datagramBytes)
    const now = rise(controller, 3, rttMicros, () => rttMicros)
    loss(controller, now)
    controller.onSpuriousLoss(now)
    rise(controller, 7, now, () => rttMicros + 12.5 * millisecond)
    expect(controller.isSlowStart).toBe(false)
  })

  test('a rise that goes away was noise: growth is full again', () => {
    const controller = new Cubic(0, datagramBytes)
    let now = rise(controller, 3, rttMicros, () => rttMicros)
    now = rise(controller, 2, now, () => rttMicros + 20 * millisecond)
    now = rise(controller, 2, now, () => rttMicros)
    const before = controller.windowBytes
    rise(controller, 1, now, () => rttMicros)
    expect(Math.abs(controller.windowBytes - 2 * before)).toBeLessThan(datagramBytes)
  })
})

describe('fixed', () => {
  test('a window stands through loss', () => {
    const controller = fixedWindow(50_000)(0, datagramBytes)
    loss(controller, 5, true)
    controller.onAcked(acked(rttMicros))
    expect(controller.windowBytes).toBe(50_000)
  })

  test('a rate becomes the window that carries it twice, and a queue of its own does not feed it (§10-11)', () => {
    const controller = fixedRate(1_000_000)(0, datagramBytes)
    expect(controller.windowBytes).toBe(10 * datagramBytes)
    expect(controller.pacingBytesPerSecond).toBe(1_000_000)
    controller.onAcked(acked(rttMicros))
    expect(controller.windowBytes).toBe(200_000)
    controller.onAcked(acked(rttMicros, { smoothedRttMicros: 900 * millisecond }))
    expect(controller.windowBytes).toBe(400_000)
  })

  test('a rate is what arrives: what is lost goes on top, up to a quarter (§10-11)', () => {
    const controller = fixedRate(1_000_000)(0, datagramBytes)
    for (let i = 0; i < 10_000; i++) {
      controller.onAcked(acked(i * 1000))
      if (i % 9 === 0) loss(controller, i * 1000)
    }
    expect(controller.pacingBytesPerSecond).toBeCloseTo(1_000_000 / 0.9, -5)
    for (let i = 0; i < 10_000; i++) loss(controller, i)
    expect(controller.pacingBytesPerSecond).toBe(1_250_000)
  })
})

describe('background', () => {
  test('grows while it adds less than 60 ms, stands there, and goes back beyond (§10-12)', () => {
    const controller = controllers.background(0, datagramBytes)
    let now = roundTrip(controller, rttMicros)
    const grown = controller.windowBytes
    expect(grown).toBeGreaterThan(10 * datagramBytes)
    // the round trip without its queue is known; three quarters of the target end slow start
    now = roundTrip(controller, now, { latestRttMicros: rttMicros + 50 * millisecond })
    now = roundTrip(controller, now, { latestRttMicros: rttMicros + 60 * millisecond })
    const standing = controller.windowBytes
    now = roundTrip(controller, now, { latestRttMicros: rttMicros + 60 * millisecond })
    expect(Math.abs(controller.windowBytes - standing)).toBeLessThan(datagramBytes)
    const before = controller.windowBytes
    for (let i = 0; i < 5; i++)
      now = roundTrip(controller, now, { latestRttMicros: rttMicros + 200 * millisecond })
    expect(controller.windowBytes).toBeLessThan(before - 3 * datagramBytes)
  })

  test('halves at a loss, once a round trip, and does not ask for it back (§10-12)', () => {
    const controller = controllers.background(0, datagramBytes)
    const now = 3 * roundTrip(controller, rttMicros)
    const before = controller.windowBytes
    loss(controller, now)
    loss(controller, now)
    controller.onSpuriousLoss(now)
    expect(controller.windowBytes).toBe(Math.floor(before / 2))
  })
})
