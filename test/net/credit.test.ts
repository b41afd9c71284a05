// What the window rises over: slabs consumed whole, and the slab in the making as far as it is filled.

import { expect, test } from 'vitest'
import { slabBytes } from '../../src/host/slabs.ts'
import { Consumption } from '../../src/net/credit.ts'

test('the slab being filled counts as far as it has no gap (§8-7)', () => {
  const consumption = new Consumption()
  expect(consumption.receive(0, 1000)).toBe(true)
  expect(consumption.receive(2000, 3000)).toBe(false)
  expect(consumption.upTo).toBe(1000)
  expect(consumption.receive(1000, 2000)).toBe(true)
  expect(consumption.upTo).toBe(3000)
})

test('a full slab counts no further until it is consumed, nor does what lies behind it (§8-6)', () => {
  const consumption = new Consumption()
  consumption.receive(0, slabBytes - 1)
  expect(consumption.upTo).toBe(slabBytes - 1)
  expect(consumption.receive(slabBytes - 1, slabBytes + 500)).toBe(false)
  expect(consumption.upTo).toBe(slabBytes - 1)
  expect(consumption.consume(0, slabBytes)).toBe(true)
  expect(consumption.upTo).toBe(slabBytes + 500)
})

test('slabs may be consumed in any order; the window waits for the first', () => {
  const consumption = new Consumption()
  consumption.receive(0, 3 * slabBytes)
  expect(consumption.consume(slabBytes, slabBytes)).toBe(false)
  expect(consumption.consume(2 * slabBytes, slabBytes)).toBe(false)
  expect(consumption.upTo).toBe(0)
  expect(consumption.consume(0, slabBytes)).toBe(true)
  expect(consumption.upTo).toBe(3 * slabBytes)
})

test('it is done when all is consumed, and not when all has come', () => {
  const consumption = new Consumption()
  consumption.receive(0, 100)
  consumption.setEnd(100)
  expect(consumption.isDone).toBe(false)
  consumption.consume(0, 100)
  expect(consumption.isDone).toBe(true)
  const empty = new Consumption()
  empty.setEnd(0)
  expect(empty.isDone).toBe(true)
})
