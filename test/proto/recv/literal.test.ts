// Which bytes of a literal stream are new. §8-4, §8-10.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../../../src/proto/config.ts'
import { EventQueue } from '../../../src/proto/events.ts'
import { LiteralRanges } from '../../../src/proto/recv/literal.ts'

test('each byte is told once, whatever comes twice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 50 })), { maxLength: 60 }),
      ranges => {
        const events = new EventQueue()
        const literal = new LiteralRanges()
        const come = new Set<number>()
        const told = new Set<number>()
        for (const [start, length] of ranges) {
          literal.insert(1, start, start + length, events)
          for (let i = start; i < start + length; i++) come.add(i)
          for (let event = events.shift(); event; event = events.shift()) {
            if (event.kind !== 'literal') throw new Error('only literal events')
            for (let i = event.start; i < event.end; i++) {
              expect(told.has(i)).toBe(false)
              told.add(i)
            }
          }
        }
        expect(told).toEqual(come)
      },
    ),
  )
})

test('neighbours become one event', () => {
  const events = new EventQueue()
  const literal = new LiteralRanges()
  for (let i = 0; i < 10; i++) literal.insert(1, i * 10, i * 10 + 10, events)
  expect([events.shift(), events.shift()]).toEqual([
    { kind: 'literal', stream: 1, start: 0, end: 100 },
    undefined,
  ])
})

test('so many ranges are noted and not one more, but what touches one always is (§8-10)', () => {
  const events = new EventQueue()
  const literal = new LiteralRanges()
  for (let i = 0; i < limits.literalRanges; i++)
    expect(literal.insert(1, 3 * i, 3 * i + 1, events)).toBe(true)
  expect(literal.insert(1, 3 * limits.literalRanges, 3 * limits.literalRanges + 1, events)).toBe(false)
  expect(literal.ranges).toBe(limits.literalRanges)
  expect(literal.insert(1, 1, 2, events)).toBe(true)
})
