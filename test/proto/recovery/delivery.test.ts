// What a rate sample is made of. §10-7

import { expect, test } from 'vitest'
import { millisecond } from '../../../src/base/units.ts'
import { Delivery } from '../../../src/proto/recovery/delivery.ts'

const rtt = 100 * millisecond

test('the rate is what was delivered since the piece left, over the longer of the two intervals (§10-7)', () => {
  const delivery = new Delivery()
  // ten pieces, one each 10 ms; their acknowledgements come in two bunches
  const sent = Array.from({ length: 10 }, (_, i) => {
    const sentMicros = i * 10 * millisecond
    return { sentMicros, stamp: delivery.stamp(sentMicros, i * 1000, 1000) }
  })
  delivery.onAcked(rtt, 1000, sent[0]!, rtt)
  const sample = delivery.onAcked(rtt + 90 * millisecond, 9000, sent[9]!, rtt)
  // all of it left within 90 ms and was delivered within 190: the acknowledgements are the slower
  expect(sample.bytesPerSecond).toBeCloseTo((10_000 * 1e6) / (190 * millisecond))
  expect(sample.priorDeliveredBytes).toBe(0)
  expect(sample.deliveredBytes).toBe(10_000)
  expect(sample.inFlightBytes).toBe(10_000)
})

test('an interval shorter than a round trip gives no rate (§10-7)', () => {
  const delivery = new Delivery()
  const stamp = delivery.stamp(0, 0, 1000)
  expect(delivery.onAcked(rtt - 1, 1000, { sentMicros: 0, stamp }, rtt).bytesPerSecond).toBe(0)
})

test('what left short of data says so, and what left after that was delivered does not (§10-7)', () => {
  const delivery = new Delivery()
  const first = delivery.stamp(0, 0, 1000)
  delivery.onAppLimited(1000)
  const second = delivery.stamp(10, 1000, 1000)
  expect(first.isAppLimited).toBe(false)
  expect(second.isAppLimited).toBe(true)
  delivery.onAcked(rtt, 1000, { sentMicros: 0, stamp: first }, rtt)
  expect(delivery.stamp(rtt, 1000, 1000).isAppLimited).toBe(true)
  delivery.onAcked(rtt + 10, 1000, { sentMicros: 10, stamp: second }, rtt)
  expect(delivery.stamp(rtt + 20, 0, 1000).isAppLimited).toBe(false)
})
