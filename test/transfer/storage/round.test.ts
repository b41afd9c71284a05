// A round goes in bounded steps, holds a bounded number of ops, and ends only when both its streams have.

import { describe, expect, test } from 'vitest'
import { concat } from '../../../src/base/bytes.ts'
import { KiB, MiB } from '../../../src/base/units.ts'
import { OpDecoder } from '../../../src/offset/decode.ts'
import { encodeOps } from '../../../src/offset/encode.ts'
import type { CopyOp, Op } from '../../../src/offset/ops.ts'
import { Player } from '../../../src/offset/play.ts'
import { joinedHoles } from '../../../src/transfer/storage/holes.ts'
import { Round } from '../../../src/transfer/storage/round.ts'

const objectBytes = 2 ** 40

function make(grantBytes = objectBytes) {
  const log = { copies: [] as CopyOp[], zeros: 0, written: 0, opsTaken: 0, slabs: 0 }
  const sources = new Map([[1, objectBytes]])
  const round = new Round(
    new OpDecoder(),
    new Player({ objectBytes, grantBytes, sources, codecs: [0] }),
    {
      write: bytes => (log.written += bytes.length),
      copyBytesMax: MiB,
      copy: op => log.copies.push(op) > 0,
      zero: (_, length) => (log.zeros += length),
      decode: () => undefined,
    },
    { ops: bytes => (log.opsTaken += bytes), slab: () => log.slabs++ },
  )
  return { round, log }
}

/** Steps it as the storage thread does, until it says that nothing is to do. */
function settle(round: Round, budget = 4 * MiB): string | number {
  for (let steps = 1; ; steps++) {
    const more = round.step(budget)
    if (typeof more === 'string') return more
    if (!more) return steps
  }
}

const encode = (ops: readonly Op[]): Uint8Array => concat(...encodeOps(ops))
const zero: Op = { kind: 'zero', output: 0, length: 100 }
const literal = (at: number, length = 1): Op => ({ kind: 'literal', output: at, literal: at, length })
const slabOf = (offset: number, length: number) => ({ offset, length, buffer: new SharedArrayBuffer(length) })

describe('a round', () => {
  test('is complete when its ops are played and its literals placed, and not before', () => {
    const { round, log } = make()
    round.addOps(encode([zero, { ...literal(0, 50), output: 100 } as Op]), true)
    expect(settle(round)).toBe(1)
    expect(round.isComplete).toBe(false)
    round.addSlab(slabOf(0, 50))
    expect(settle(round)).toBe(1)
    expect(round.isComplete).toBe(false)
    round.endLiterals(50)
    expect(settle(round)).toBe(1)
    expect(round.isComplete).toBe(true)
    expect(log).toMatchObject({ zeros: 100, written: 50, slabs: 1 })
  })
  test('of nothing is complete when both streams have ended', () => {
    const { round } = make()
    round.addOps(new Uint8Array(0), true)
    round.endLiterals(0)
    expect(settle(round)).toBe(1)
    expect(round.isComplete).toBe(true)
  })
  test('copies at most 1 MiB at once, and its budget and one such step more in one turn', () => {
    const { round, log } = make()
    round.addOps(encode([{ kind: 'copy', source: 1, offset: 7, output: 0, length: 10 * MiB + 1 }]), true)
    expect(round.step(4 * MiB)).toBe(true)
    expect(log.copies.length).toBe(4)
    expect(Math.max(...log.copies.map(({ length }) => length))).toBe(MiB)
    settle(round)
    expect(log.copies.length).toBe(11)
    expect(log.copies.at(-1)).toMatchObject({ offset: 7 + 10 * MiB, output: 10 * MiB, length: 1 })
  })
  test('gives credit for op bytes as it decodes them, and stops where too many ops wait for literals', () => {
    const { round, log } = make()
    const ops = Array.from({ length: 40_000 }, (_, i) => literal(i))
    const bytes = encode(ops)
    for (let at = 0; at < bytes.length; at += KiB) round.addOps(bytes.subarray(at, at + KiB), false)
    settle(round)
    expect(log.opsTaken).toBeLessThan(bytes.length / 2)
    expect(log.opsTaken).toBeGreaterThan(0)
  })
  test('goes on by itself once literals that were there already have gone to their places', () => {
    const { round, log } = make()
    const count = 40_000
    const ops = Array.from({ length: count }, (_, i) => literal(i))
    round.addSlab(slabOf(0, count))
    round.endLiterals(count)
    round.addOps(encode(ops), true)
    settle(round)
    expect(log.written).toBe(count)
    expect(round.isComplete).toBe(true)
  })
  test('plays ops of its own side first', () => {
    const { round, log } = make()
    round.addLocal([{ kind: 'copy', source: 1, offset: 0, output: 0, length: 5 }])
    round.addOps(new Uint8Array(0), true)
    round.endLiterals(0)
    settle(round)
    expect(log.copies).toEqual([{ kind: 'copy', source: 1, offset: 0, output: 0, length: 5 }])
    expect(round.isComplete).toBe(true)
  })
  const block = encode([zero])
  const ends: readonly (readonly [string, Uint8Array, number | undefined, string | number])[] = [
    ['within a block', block.subarray(0, block.length - 1), undefined, 'malformed'],
    ['after a block', block, 0, 1],
    ['with literals that no op names', block, 1, 'malformed'],
    ['with fewer literals than its ops name', encode([literal(0, 9)]), 8, 'malformed'],
    ['with as many literals as its ops name', encode([literal(0, 9)]), 9, 1],
  ]
  for (const [where, ops, literalLength, outcome] of ends) {
    test(`that ends ${where} is ${outcome === 1 ? 'right' : outcome}`, () => {
      const { round } = make()
      round.addOps(ops, true)
      if (literalLength !== undefined) round.endLiterals(literalLength)
      expect(settle(round)).toBe(outcome)
    })
  }
  test('writes nothing of a block with a fault in it, and stays at fault', () => {
    // §14.5-1
    const { round, log } = make(150)
    round.addOps(encode([zero, { kind: 'zero', output: 100, length: 51 }]), false)
    expect(settle(round)).toBe('past_grant')
    round.addOps(encode([zero]), true)
    expect(settle(round)).toBe('past_grant')
    expect(log.zeros).toBe(0)
  })
})

describe('the holes of an object', () => {
  const hole = (start: number, end = start + 1) => ({ start, end })
  test('are named as they are where there is room for them', () => {
    const holes = [hole(1), hole(5), hole(9)]
    expect(joinedHoles(holes, 3)).toEqual(holes)
  })
  test('are joined where they are nearest to each other when there are too many', () => {
    const holes = [hole(0), hole(10), hole(12), hole(100), hole(103), hole(105)]
    expect(joinedHoles(holes, 4)).toEqual([hole(0), hole(10, 13), hole(100), hole(103, 106)])
    expect(joinedHoles(holes, 3)).toEqual([hole(0), hole(10, 13), hole(100, 106)])
    expect(joinedHoles(holes, 1)).toEqual([hole(0, 106)])
  })
})
