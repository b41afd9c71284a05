// Cuts against the rule read aloud, the vectors, and every way a stream can be handed over. §13.2

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { type CutLength, createCutter, cutThreshold, zeroCutLength } from '../../src/cut/chunker.ts'
import { type Chunking, chunking1 } from '../../src/cut/limits.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import vectors from '../vectors/cut.json' with { type: 'json' }
import { cutAll, makeInput, type Rule } from './inputs.ts'

const { gear } = deriveSeedKeys(openSeed())
const small: Chunking = { id: 200, minBytes: 64, targetBytes: 128, maxBytes: 512 }
const cutSmall = createCutter(gear, small)

/** §13.2-1 read aloud, a byte at a time with whole numbers. */
function slowCut(table: Uint32Array, chunking: Chunking, bytes: Uint8Array): number {
  let hash = 0
  for (let length = 1; length <= bytes.length; length++) {
    const at = length - 1
    if (at >= chunking.minBytes - 32) hash = (hash * 2 + table[bytes[at]!]!) % 2 ** 32
    if (length >= chunking.minBytes && hash < cutThreshold(chunking)) return length
    if (length === chunking.maxBytes) return length
  }
  return bytes.length
}

describe('vectors', () => {
  for (const v of vectors.cuts) {
    test(`${v.name}: ${v.why}`, () => {
      const cut = createCutter(deriveSeedKeys(fromHex(v.seed)!).gear, chunking1)
      expect(cutAll(cut, makeInput(v.input as Rule, v.bytes, v.inputSeed))).toEqual(v.cuts)
    })
  }
})

test('the fast loop cuts where the rule, read aloud, does (§13.2-1)', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 1500 }), (seed, length) => {
      const bytes = makeInput('splitmix', length, seed)
      expect(cutSmall(bytes, 0, length, true)).toBe(slowCut(gear, small, bytes))
    }),
    { numRuns: 2000 },
  )
})

test('a cut depends on nothing before the chunk (§13.2-2)', () => {
  const bytes = makeInput('splitmix', 40_000, 9)
  const lengths = cutAll(cutSmall, bytes)
  let at = 0
  for (const length of lengths) {
    const alone = bytes.slice(at, Math.min(bytes.length, at + small.maxBytes))
    expect(cutSmall(alone, 0, alone.length, true)).toBe(length)
    at += length
  }
  expect(at).toBe(bytes.length)
})

test('a stream handed over in pieces is cut as the whole is', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 40 }), (seed, pieces) => {
      const bytes = makeInput('splitmix', 12_000, seed)
      expect(cutPieces(cutSmall, bytes, pieces)).toEqual(cutAll(cutSmall, bytes))
    }),
    { numRuns: 200 },
  )
})

function cutPieces(cut: CutLength, bytes: Uint8Array, pieces: readonly number[]): number[] {
  const lengths: number[] = []
  let start = 0
  let end = 0
  for (const piece of [...pieces, bytes.length]) {
    end = Math.min(bytes.length, end + piece)
    while (start < end) {
      const length = cut(bytes, start, end, end === bytes.length)
      if (length === 0) break
      lengths.push(length)
      start += length
    }
  }
  return lengths
}

test('0 asks for more only while more could matter', () => {
  const zeros = makeInput('zero', small.maxBytes)
  expect(zeroCutLength(gear, small)).toBe(small.maxBytes)
  expect(cutSmall(zeros, 0, small.maxBytes - 1, false)).toBe(0)
  expect(cutSmall(zeros, 0, small.maxBytes, false)).toBe(small.maxBytes)
  expect(cutSmall(zeros, 0, small.maxBytes - 1, true)).toBe(small.maxBytes - 1)
  expect(cutSmall(zeros, 0, small.minBytes - 1, false)).toBe(0)
  expect(cutSmall(zeros, 0, small.minBytes - 1, true)).toBe(small.minBytes - 1)
  expect(cutSmall(zeros, 0, 0, true)).toBe(0)
})

test('a table whose zero word is at the threshold cuts zeros at max, and one below it at min', () => {
  const threshold = cutThreshold(chunking1)
  for (const [hash, expected] of [
    [threshold, chunking1.maxBytes],
    [threshold - 1, chunking1.minBytes],
    [0, chunking1.minBytes],
  ] as const) {
    const table = new Uint32Array(256)
    table[0] = -hash >>> 0
    expect(zeroCutLength(table, chunking1)).toBe(expected)
    const least = makeInput('zero', chunking1.minBytes)
    // the cut at exactly min needs no byte more
    const known = expected === chunking1.minBytes ? expected : 0
    expect(createCutter(table, chunking1)(least, 0, chunking1.minBytes, false)).toBe(known)
    expect(
      createCutter(table, chunking1)(makeInput('zero', chunking1.maxBytes), 0, chunking1.maxBytes, true),
    ).toBe(expected)
  }
})

test('32 bytes decide: a byte 33 before the end of the shortest chunk changes nothing, one 32 before does', () => {
  // the hash of 32 bytes is 0 but for the first of them, which only the top bit remembers
  const table = new Uint32Array(256)
  table[1] = 1
  const cut = createCutter(table, small)
  const at = (back: number): number => {
    const bytes = makeInput('zero', small.maxBytes)
    bytes[small.minBytes - back] = 1
    return cut(bytes, 0, bytes.length, true)
  }
  expect(at(33)).toBe(small.minBytes)
  expect(at(32)).toBe(small.minBytes + 1)
})

test('chance cuts near the target, and never outside min and max', () => {
  const lengths = cutAll(createCutter(gear, chunking1), makeInput('splitmix', 16 * 2 ** 20, 5)).slice(0, -1)
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  expect(mean).toBeGreaterThan(0.9 * chunking1.targetBytes)
  expect(mean).toBeLessThan(1.1 * chunking1.targetBytes)
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(chunking1.minBytes)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(chunking1.maxBytes)
})
