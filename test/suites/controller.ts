// What every congestion controller must keep, whatever it is told. PROTOCOL.md §10

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { millisecond } from '../../src/base/units.ts'
import type { AckedBytes, Controller, ControllerFactory } from '../../src/proto/congestion/controller.ts'

export const datagramBytes = 1200
export const rttMicros = 100 * millisecond

/** An acknowledgement of one datagram sent a round trip ago, by a sender that used its window. */
export function acked(now: number, changes: Partial<AckedBytes> = {}): AckedBytes {
  return {
    now,
    bytes: datagramBytes,
    sentMicros: now - rttMicros,
    latestRttMicros: rttMicros,
    smoothedRttMicros: rttMicros,
    minimumRttMicros: rttMicros,
    inFlightBytes: 2 ** 30,
    isWindowLimited: true,
    rate: {
      bytesPerSecond: 0,
      isAppLimited: false,
      deliveredBytes: 0,
      priorDeliveredBytes: 0,
      inFlightBytes: 0,
    },
    ...changes,
  }
}

/** A round trip in which the whole window is acknowledged, datagram by datagram. Returns when it ends. */
export function roundTrip(controller: Controller, now: number, changes: Partial<AckedBytes> = {}): number {
  const acks = Math.floor(controller.windowBytes / datagramBytes)
  for (let i = 0; i < acks; i++) controller.onAcked(acked(now + (i * rttMicros) / acks, changes))
  return now + rttMicros
}

/** What a controller does otherwise than most, and may. */
export interface Traits {
  /** Its window follows the path also while nobody uses it; it still never grows then. */
  readonly shrinksUnused?: boolean
  /** One that yields does not take back what a spurious loss cost. */
  readonly staysCut?: boolean
}

export function controllerSuite(name: string, create: ControllerFactory, traits: Traits = {}): void {
  test(`${name}: begins with at least two datagrams`, () => {
    expect(create(0, datagramBytes).windowBytes).toBeGreaterThanOrEqual(2 * datagramBytes)
  })

  test(`${name}: keeps two datagrams through a hundred round trips of loss`, () => {
    const controller = create(0, datagramBytes)
    for (let i = 1; i <= 100; i++) {
      const now = i * rttMicros
      controller.onLost({
        now,
        bytes: datagramBytes,
        losses: 1,
        sentMicros: now - 1,
        isPersistent: i % 10 === 0,
      })
      expect(controller.windowBytes).toBeGreaterThanOrEqual(2 * datagramBytes)
    }
  })

  test(`${name}: a window that is not used does not grow (§10-5)`, () => {
    const controller = create(0, datagramBytes)
    const before = controller.windowBytes
    let now = rttMicros
    for (let i = 0; i < 20; i++) now = roundTrip(controller, now, { isWindowLimited: false })
    expect(controller.windowBytes).toBe(before)
  })

  test(`${name}: losses of one round trip cut once (§10-4)`, () => {
    const controller = create(0, datagramBytes)
    const now = 4 * roundTrip(controller, rttMicros)
    controller.onLost({ now, bytes: datagramBytes, losses: 1, sentMicros: now - 1000, isPersistent: false })
    const once = controller.windowBytes
    for (let i = 1; i <= 50; i++) {
      controller.onLost({
        now: now + i,
        bytes: 9 * datagramBytes,
        losses: 1,
        sentMicros: now - i,
        isPersistent: false,
      })
    }
    expect(controller.windowBytes).toBe(once)
  })

  test(`${name}: marks never raise the window, and those of one round trip cut once (§10.1-5)`, () => {
    const controller = create(0, datagramBytes)
    const now = 4 * roundTrip(controller, rttMicros)
    const before = controller.windowBytes
    controller.onMarked({ now, bytes: datagramBytes, sentMicros: now - 1000 })
    const once = controller.windowBytes
    expect(once).toBeLessThanOrEqual(before)
    for (let i = 1; i <= 50; i++)
      controller.onMarked({ now: now + i, bytes: 9 * datagramBytes, sentMicros: now - i })
    expect(controller.windowBytes).toBe(once)
    for (let i = 1; i <= 100; i++) {
      controller.onMarked({ now: now + i * rttMicros, bytes: 1e15, sentMicros: now + i * rttMicros - 1 })
      expect(controller.windowBytes).toBeGreaterThanOrEqual(2 * datagramBytes)
    }
  })

  test(`${name}: a spurious loss never lowers the window, told once or often`, () => {
    const controller = create(0, datagramBytes)
    const now = 4 * roundTrip(controller, rttMicros)
    const before = controller.windowBytes
    controller.onLost({ now, bytes: datagramBytes, losses: 1, sentMicros: now - 1000, isPersistent: false })
    const cut = controller.windowBytes
    controller.onSpuriousLoss(now + 10)
    const after = controller.windowBytes
    expect(after).toBe(traits.staysCut ? cut : before)
    for (let i = 0; i < 10; i++) controller.onSpuriousLoss(now + 20 + i)
    expect(controller.windowBytes).toBe(after)
  })

  test(`${name}: any sequence of events leaves a whole, finite window of two datagrams or more`, () => {
    const property = fc.property(fc.integer(), seed => randomWalk(create, traits, new Prng(seed), plausible))
    fc.assert(property, { numRuns: 150 })
  })

  test(`${name}: absurd numbers leave a whole, finite window of two datagrams or more`, () => {
    const property = fc.property(fc.integer(), seed => randomWalk(create, traits, new Prng(seed), absurd))
    fc.assert(property, { numRuns: 150 })
  })
}

type Draw = (prng: Prng, usual: number) => number

const plausible: Draw = (prng, usual) => prng.unit() * 2 * usual
const extremes = [0, -1, 1e-9, 1e15, 2 ** 53, -(2 ** 53), Number.POSITIVE_INFINITY, Number.NaN]
const absurd: Draw = (prng, usual) =>
  prng.chance(0.7) ? plausible(prng, usual) : (extremes[prng.below(extremes.length)] ?? 0)

// The model: time goes on, sizes change, and between any two events the rules that hold for all are checked.
function randomWalk(create: ControllerFactory, traits: Traits, prng: Prng, draw: Draw): void {
  let size = datagramBytes
  let now = 0
  let cutMicros = Number.NEGATIVE_INFINITY
  const controller = create(now, size)
  for (let i = 0; i < 300; i++) {
    now += prng.below(50 * millisecond)
    const before = controller.windowBytes
    const kind = prng.below(10)
    if (kind < 5) {
      const event = randomAck(prng, draw, now)
      controller.onAcked(event)
      if (!event.isWindowLimited && traits.shrinksUnused)
        expect(controller.windowBytes).toBeLessThanOrEqual(before)
      else if (!event.isWindowLimited) expect(controller.windowBytes).toBe(before)
    } else if (kind < 7) {
      const sentMicros = now - Math.abs(draw(prng, rttMicros))
      const isPersistent = prng.chance(0.1)
      controller.onLost({ now, bytes: draw(prng, size), losses: prng.below(4), sentMicros, isPersistent })
      expect(controller.windowBytes).toBeLessThanOrEqual(before)
      if (sentMicros <= cutMicros && !isPersistent) expect(controller.windowBytes).toBe(before)
      if (controller.windowBytes < before) cutMicros = now
    } else if (kind < 8) {
      controller.onSpuriousLoss(now)
      // the cut may have been undone: what came before it may cut again
      cutMicros = Number.NEGATIVE_INFINITY
    } else if (kind < 9) {
      controller.onSent(now, draw(prng, size))
    } else {
      size = [1200, 1452, 9000][prng.below(3)] ?? 1200
      controller.onDatagramSize(size)
    }
    expect(Number.isSafeInteger(controller.windowBytes)).toBe(true)
    expect(controller.windowBytes).toBeGreaterThanOrEqual(2 * size)
  }
}

function randomAck(prng: Prng, draw: Draw, now: number): AckedBytes {
  return acked(now, {
    bytes: draw(prng, 20 * datagramBytes),
    sentMicros: now - draw(prng, rttMicros),
    latestRttMicros: draw(prng, rttMicros),
    smoothedRttMicros: draw(prng, rttMicros),
    minimumRttMicros: draw(prng, rttMicros),
    inFlightBytes: draw(prng, 40 * datagramBytes),
    isWindowLimited: prng.chance(0.7),
  })
}
