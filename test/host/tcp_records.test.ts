// Datagrams in a stream of bytes: however it is cut they come out as they went in; hostile lengths end it, and nothing it holds
// is more than what came.

import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { lengthBytes, RecordReader, recordsOf } from '../../src/host/tcp_records.ts'

const filled = (bytes: number, value = bytes & 255): Uint8Array => new Uint8Array(bytes).fill(value)

function allOf(reader: RecordReader): Uint8Array[] {
  const all: Uint8Array[] = []
  for (let one = reader.next(); one; one = reader.next()) all.push(one)
  return all
}

/** In pieces of 1 to `most` bytes. */
function feed(reader: RecordReader, bytes: Uint8Array, random: Prng, most: number): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.below(most))
    reader.push(bytes.slice(at, end))
    out.push(...allOf(reader))
    at = end
  }
  return out
}

test('a record is the length, big-endian, and the datagram', () => {
  expect([...recordsOf([filled(258, 7).subarray(0, 3), filled(1, 9)])]).toEqual([0, 3, 7, 7, 7, 0, 1, 9])
  expect([...recordsOf([filled(258, 7)]).subarray(0, 3)]).toEqual([1, 2, 7])
})

for (const most of [1, 2, 3, 100, 10_000, 100_000])
  test(`pieces of up to ${most} bytes give the same datagrams`, () => {
    const random = new Prng(most)
    const datagrams = Array.from({ length: 40 }, (_, i) =>
      filled(1 + random.below(i % 4 === 0 ? 9216 : 40), i),
    )
    const reader = new RecordReader()
    expect(feed(reader, recordsOf(datagrams), random, most)).toEqual(datagrams)
    expect(reader.bufferedBytes).toBe(0)
  })

describe('lengths (§4.1-1)', () => {
  const broken = (length: number): boolean => {
    const reader = new RecordReader()
    reader.push(new Uint8Array([length >> 8, length & 255]))
    expect(reader.next()).toBeUndefined()
    return reader.isBroken
  }
  test('1 and 9216 may be', () => {
    expect([broken(1), broken(9216)]).toEqual([false, false])
  })
  test('0 and 9217 may not, nor may the greatest', () => {
    expect([broken(0), broken(9217), broken(65_535)]).toEqual([true, true, true])
  })
  test('what came before a bad one is still taken; what comes after is not kept', () => {
    const reader = new RecordReader()
    reader.push(new Uint8Array([...recordsOf([filled(5), filled(6)]), 255, 255, ...filled(100)]))
    expect(allOf(reader)).toEqual([filled(5), filled(6)])
    expect(reader.isBroken).toBe(true)
    reader.push(recordsOf([filled(5)]))
    expect(reader.next()).toBeUndefined()
    expect(reader.bufferedBytes).toBe(0)
  })
})

for (let seed = 1; seed <= 200; seed++)
  test(`hostile bytes in hostile pieces: never a throw, never more than came (seed ${seed})`, () => {
    const random = new Prng(seed)
    const reader = new RecordReader()
    // lengths that may be are likelier than chance would have it, so that both ends of the bound are met
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) =>
      random.below(3) === 0 ? random.below(256) : i % 2 === 0 ? random.below(37) : random.below(256),
    )
    let came = 0
    let cut = 0
    for (let at = 0; at < bytes.length && !reader.isBroken; ) {
      const piece = bytes.slice(at, at + 1 + random.below(300))
      at += piece.length
      came += piece.length
      reader.push(piece)
      for (const datagram of allOf(reader)) {
        expect(datagram.length).toBeGreaterThan(0)
        expect(datagram.length).toBeLessThanOrEqual(9216)
        cut += lengthBytes + datagram.length
      }
      expect(reader.bufferedBytes).toBeLessThanOrEqual(lengthBytes + 9216)
      if (!reader.isBroken) expect(cut + reader.bufferedBytes).toBe(came)
    }
    expect(cut).toBeLessThanOrEqual(came)
  })
