// When literals are packed: while the network has enough to do, and where a second of it saves more than that carries. §14.6

import { expect, test } from 'vitest'
import { MiB } from '../../../src/base/units.ts'
import { PackPace } from '../../../src/transfer/storage/pack_pace.ts'
import { silent } from '../conversation.ts'

const megabyte = 1e6

/** A pace that has seen a megabyte packed to so much in 10 ms, over a network of so many bytes a second. */
function paceOf(packedBytes: number, deliveryBytesPerSecond: number, inFlightBytes = 0): PackPace {
  let millis = 0
  const pace = new PackPace(() => millis)
  pace.onNetwork({ ...silent, deliveryBytesPerSecond, inFlightBytes })
  const literalBytes = pace.measure(megabyte, () => {
    millis += 10
    return { literalBytes: packedBytes }
  })
  expect(literalBytes).toEqual({ literalBytes: packedBytes })
  return pace
}

test('before anything is known it is done', () => {
  expect(new PackPace().isDue(0)).toBe(true)
  expect(paceOf(megabyte / 2, 0).isDue(0)).toBe(true)
})

test('it is done where it saves more in a second than the network carries', () => {
  // 50 MB/s saved
  expect(paceOf(megabyte / 2, 49 * megabyte).isDue(0)).toBe(true)
  expect(paceOf(megabyte / 2, 51 * megabyte).isDue(0)).toBe(false)
  expect(paceOf(megabyte, 1).isDue(0), 'what does not pack at all').toBe(false)
})

test('it is done while the network has enough to do, beside what is in flight', () => {
  const pace = paceOf(megabyte / 2, 1000 * megabyte, MiB)
  expect(pace.isDue(3.5 * MiB)).toBe(true)
  expect(pace.isDue(3.5 * MiB - 1)).toBe(false)
})

test('one of sixteen is tried in any case, and what it tells counts more than what came before', () => {
  const pace = paceOf(megabyte, 40 * megabyte)
  const due = Array.from({ length: 32 }, () => pace.isDue(0))
  expect(due.flatMap((is, i) => (is ? [i] : []))).toEqual([15, 31])
  pace.measure(megabyte, () => ({ literalBytes: 0 }))
  expect(pace.isDue(0)).toBe(true)
})
