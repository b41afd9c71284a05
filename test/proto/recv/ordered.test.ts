// Reassembly against a model: whatever order and overlap, each byte comes out once and in order. §8-4, §8-6.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../../../src/proto/config.ts'
import { Reassembly } from '../../../src/proto/recv/ordered.ts'

const painted = (start: number, end: number) =>
  Uint8Array.from({ length: end - start }, (_, i) => (start + i) % 251)

test('segments in any order and overlap come out in order, each byte once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(500), fc.nat(80)), { maxLength: 60 }), segments => {
      const reassembly = new Reassembly()
      const come = new Set<number>()
      let next = 0
      for (const [start, length] of segments) {
        expect(reassembly.insert(start, painted(start, start + length))).toBe(true)
        for (let i = start; i < start + length; i++) come.add(i)
        for (let bytes = reassembly.shift(); bytes; bytes = reassembly.shift()) {
          expect(bytes).toEqual(painted(next, next + bytes.length))
          next += bytes.length
        }
        let expected = 0
        while (come.has(expected)) expected++
        expect(next).toBe(expected)
        expect(reassembly.heldBytes).toBe([...come].filter(at => at >= next).length)
      }
    }),
  )
})

test('the first of two bytes at one offset stays', () => {
  const reassembly = new Reassembly()
  reassembly.insert(1, Uint8Array.of(1, 1))
  reassembly.insert(0, Uint8Array.of(2, 2, 2, 2))
  expect([reassembly.shift(), reassembly.shift(), reassembly.shift()].map(bytes => [...bytes!])).toEqual([
    [2],
    [1, 1],
    [2],
  ])
})

test('what it holds is a copy: the datagram may be used again', () => {
  const reassembly = new Reassembly()
  const datagram = Uint8Array.of(1, 2, 3)
  reassembly.insert(0, datagram)
  datagram.fill(9)
  expect(reassembly.shift()).toEqual(Uint8Array.of(1, 2, 3))
})

test('so many segments are held and not one more, except the one that is next (§8-10)', () => {
  const reassembly = new Reassembly()
  for (let i = 0; i < limits.orderedSegments; i++)
    expect(reassembly.insert(2 * i + 1, Uint8Array.of(1))).toBe(true)
  expect(reassembly.insert(2 * limits.orderedSegments + 1, Uint8Array.of(1))).toBe(false)
  expect(reassembly.segments).toBe(limits.orderedSegments)
  expect(reassembly.insert(0, Uint8Array.of(1))).toBe(true)
})
