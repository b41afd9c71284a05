// The token bucket and the size of trains. PROTOCOL.md §10-3

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { millisecond, second } from '../../src/base/units.ts'
import { Pacer, pacingRate, trainBytesMax, trainPacketsMax } from '../../src/proto/send/pacer.ts'

const mbit = 125_000
const datagramBytes = 1200

// Empties the bucket, so that only the rate speaks.
function emptied(bytesPerSecond: number, size = datagramBytes): Pacer {
  const pacer = new Pacer(0, bytesPerSecond, size)
  pacer.onSent(0, pacer.budgetBytes(0))
  return pacer
}

test('the rate is 1.25 windows a round trip, 2 in slow start (§10-3)', () => {
  expect(pacingRate(1_000_000, 100 * millisecond, false)).toBe(12_500_000)
  expect(pacingRate(1_000_000, 100 * millisecond, true)).toBe(20_000_000)
  expect(Number.isFinite(pacingRate(2 ** 30, 0, true))).toBe(true)
})

describe('the bucket', () => {
  test('begins with ten datagrams, or 2 ms of the rate when that is more (§10-3)', () => {
    expect(new Pacer(0, mbit, datagramBytes).budgetBytes(0)).toBe(12_000)
    expect(new Pacer(0, 6_000_000, datagramBytes).budgetBytes(0)).toBe(12_000)
    expect(new Pacer(0, 6_000_500, datagramBytes).budgetBytes(0)).toBe(12_001)
  })

  test('never holds more than a burst, however long it waits', () => {
    const pacer = emptied(mbit)
    expect(pacer.budgetBytes(3600 * second)).toBe(12_000)
  })

  test('says the first moment at which bytes may go, not one microsecond early', () => {
    const pacer = emptied(mbit)
    const at = pacer.nextSendMicros(0, datagramBytes)
    expect(at).toBe(9600)
    expect(pacer.budgetBytes(at - 1)).toBeLessThan(datagramBytes)
    expect(pacer.budgetBytes(at)).toBeGreaterThanOrEqual(datagramBytes)
    expect(pacer.nextSendMicros(at, datagramBytes)).toBe(at)
  })

  test('what did not ask is a debt, of a burst at most', () => {
    const pacer = emptied(mbit)
    pacer.onSent(0, datagramBytes)
    expect(pacer.budgetBytes(0)).toBe(0)
    expect(pacer.nextSendMicros(0, datagramBytes)).toBe(2 * 9600)
    pacer.onSent(0, 1e12)
    expect(pacer.nextSendMicros(0, datagramBytes)).toBe(11 * 9600)
  })

  test('more than a burst goes when the bucket is full, instead of never', () => {
    const pacer = emptied(mbit)
    expect(pacer.nextSendMicros(0, 1e9)).toBe(96_000)
  })

  test('a new rate counts from now on', () => {
    const pacer = emptied(mbit)
    pacer.setRate(9600, 10 * mbit, datagramBytes)
    expect(pacer.budgetBytes(9600)).toBeCloseTo(1200, 6)
    expect(pacer.budgetBytes(9600 + 960)).toBeCloseTo(2400, 6)
  })

  test('absurd rates still make a pacer that lets a datagram out within a second or so', () => {
    for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const pacer = emptied(rate)
      const at = pacer.nextSendMicros(0, datagramBytes)
      expect(at).toBeGreaterThan(0)
      expect(at).toBeLessThanOrEqual(second)
    }
  })

  test('a clock that steps back earns nothing twice', () => {
    const pacer = emptied(mbit)
    const budget = pacer.budgetBytes(5000)
    pacer.budgetBytes(1000)
    expect(pacer.budgetBytes(5000)).toBe(budget)
  })

  test('an hour at an awkward rate, asked at awkward moments, drifts by less than a byte', () => {
    const rate = 1_234_567.891
    const pacer = emptied(rate)
    const prng = new Prng(7)
    let now = 0
    let sent = 0
    while (now < 3600 * second) {
      now += 1 + prng.below(4000)
      const budget = pacer.budgetBytes(now)
      // never near full: a full bucket rightly loses what it earns
      const bytes = budget > 6000 ? budget : Math.floor(prng.unit() * budget)
      pacer.onSent(now, bytes)
      sent += bytes
    }
    expect(Math.abs(sent + pacer.budgetBytes(now) - (rate * now) / second)).toBeLessThan(1)
  })
})

describe('trains', () => {
  test('wait for two packets at a low rate, and for a millisecond of a higher one', () => {
    for (const [rate, packets] of [
      [mbit, 2],
      [2_400_000, 2],
      [4_800_000, 4],
      [50 * mbit, 5],
      [100 * mbit, 10],
      [500 * mbit, 52],
    ] as const) {
      const pacer = emptied(rate)
      expect(pacer.trainPackets(0, datagramBytes)).toBe(0)
      const at = pacer.nextTrainMicros(0, datagramBytes)
      expect(pacer.trainPackets(at - 1, datagramBytes), `${rate} early`).toBe(0)
      expect(pacer.trainPackets(at, datagramBytes), `${rate}`).toBe(packets)
    }
  })

  test('end at 64 packets and at 65,000 bytes', () => {
    const pacer = new Pacer(0, 1e9, datagramBytes)
    expect(pacer.trainPackets(0, 100)).toBe(trainPacketsMax)
    expect(pacer.trainPackets(0, 1000)).toBe(64)
    expect(pacer.trainPackets(0, 1015)).toBe(64)
    expect(pacer.trainPackets(0, 1016)).toBe(63)
    expect(pacer.trainPackets(0, 9000) * 9000).toBeLessThanOrEqual(trainBytesMax)
  })

  test('the last bytes of a stream need not wait for a quantum they cannot fill', () => {
    const pacer = emptied(100 * mbit)
    const at = pacer.nextTrainMicros(0, datagramBytes, 1)
    expect(at).toBe(96)
    expect(pacer.trainPackets(at, datagramBytes, 1)).toBe(1)
    expect(pacer.trainPackets(at, datagramBytes, 0)).toBe(0)
    expect(pacer.trainPackets(at, datagramBytes, 2)).toBe(0)
  })

  test('a size larger than the rate was set for still goes', () => {
    const pacer = emptied(mbit, 1200)
    const at = pacer.nextTrainMicros(0, 9000)
    expect(pacer.trainPackets(at, 9000)).toBe(1)
  })

  test('any rate and size: nextTrainMicros names a moment at which a train goes, and the rate is kept', () => {
    const rates = fc.double({ min: 1000, max: 1.25e9, noNaN: true })
    const property = fc.property(rates, fc.integer({ min: 100, max: 9216 }), (rate, size) => {
      const pacer = emptied(rate, size)
      let now = 1e12
      pacer.onSent(now, pacer.budgetBytes(now))
      const start = now
      let sent = 0
      for (let i = 0; i < 200; i++) {
        const at = pacer.nextTrainMicros(now, size)
        expect(at).toBeGreaterThanOrEqual(now)
        now = at
        const packets = pacer.trainPackets(now, size)
        expect(packets).toBeGreaterThan(0)
        if (size <= trainBytesMax / 2) expect(packets).toBeGreaterThanOrEqual(2)
        pacer.onSent(now, packets * size)
        sent += packets * size
      }
      const allowed = (Math.max(rate, size) * (now - start)) / second
      expect(sent).toBeLessThanOrEqual(allowed + 1)
      expect(sent).toBeGreaterThan(allowed - pacer.burstBytes)
    })
    fc.assert(property)
  })
})
