// The player: every fault, and that nothing out of bounds passes. §14.5

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat } from '../../src/base/bytes.ts'
import { RangeSet } from '../../src/base/ranges.ts'
import { encodeOps } from '../../src/offset/encode.ts'
import { outputRangesMax } from '../../src/offset/limits.ts'
import { codeOfFault, type Op } from '../../src/offset/ops.ts'
import { Player, type PlayerOptions } from '../../src/offset/play.ts'
import vectors from '../vectors/ops.json' with { type: 'json' }
import { decodeStream, programs } from './programs.ts'

const options = (changes: Partial<PlayerOptions> = {}): PlayerOptions => ({
  objectBytes: 1000,
  grantBytes: 1000,
  sources: new Map([[1, 1000]]),
  codecs: [0, 1],
  ...changes,
})
const zero = (output: number, length: number): Op => ({ kind: 'zero', output, length })
const lit = (output: number, length: number, literal: number): Op => ({
  kind: 'literal',
  output,
  length,
  literal,
})

describe('vectors (§14.5-1)', () => {
  for (const v of vectors.programs) {
    test(`${v.name}: ${v.why}`, () => {
      const player = new Player({
        objectBytes: v.objectBytes,
        grantBytes: v.grantBytes,
        held: v.held.map(([start, end]) => ({ start: start!, end: end! })),
        sources: new Map(Object.entries(v.sources).map(([alias, bytes]) => [Number(alias), bytes])),
        codecs: v.codecs,
      })
      expect(player.play(v.ops as Op[]) ?? 'ok').toBe(v.expect)
    })
  }
})

test('whatever the bytes, what passes lies in the object, in its sources and in the grant, once (§14.5-2)', () => {
  fc.assert(
    fc.property(programs, fc.nat(), fc.nat(7), fc.nat(2 ** 21), (ops, where, bit, grantBytes) => {
      const stream = concat(...encodeOps(ops))
      if (stream.length > 0) stream[where % stream.length]! ^= 1 << bit
      const objectBytes = 2 ** 21
      const sources = new Map([
        [0, 2 ** 20],
        [1, 2 ** 30],
      ])
      const player = new Player(options({ objectBytes, grantBytes, sources }))
      const made = new RangeSet()
      for (const block of decodeStream(stream, [1e9]).blocks) {
        if (player.play(block) !== undefined) break
        for (const op of block) {
          expect(made.add(op.output, op.output + op.length)).toBe(op.length)
          expect(op.output + op.length).toBeLessThanOrEqual(objectBytes)
          if (op.kind === 'copy')
            expect(op.offset + op.length).toBeLessThanOrEqual(sources.get(op.source) ?? -1)
        }
      }
      expect(made.total).toBeLessThanOrEqual(grantBytes)
    }),
    { numRuns: 500 },
  )
})

test('a grant is used up by output, not by blocks (§14.5-2)', () => {
  const player = new Player(options({ grantBytes: 100 }))
  expect(player.play([zero(0, 60)])).toBeUndefined()
  expect(player.grantLeftBytes).toBe(40)
  expect(player.play([zero(60, 40)])).toBeUndefined()
  expect(player.play([zero(100, 1)])).toBe('past_grant')
})

test('a block with one bad op is refused before any of it is done (§14.5-1)', () => {
  const player = new Player(options())
  expect(player.play([zero(0, 10), zero(5, 10)])).toBe('overlap')
})

test('literals go on from block to block, and from where the object begins', () => {
  const player = new Player(options({ literalStart: 500 }))
  expect(player.play([lit(0, 10, 500)])).toBeUndefined()
  expect(player.play([zero(10, 5), lit(15, 10, 510)])).toBeUndefined()
  expect(player.literalEnd).toBe(520)
  expect(player.play([lit(25, 10, 0)])).toBe('literal_gap')
})

test('a range taken back may be written again, and only it (§14.5-3)', () => {
  const player = new Player(options())
  expect(player.play([zero(0, 1000)])).toBeUndefined()
  expect(player.missing()).toEqual([])
  expect(player.grantLeftBytes).toBe(0)
  player.reopen(100, 200)
  expect(player.missing()).toEqual([{ start: 100, end: 200 }])
  expect(player.grantLeftBytes).toBe(100)
  expect(player.play([lit(100, 100, 0)])).toBeUndefined()
  player.reopen(300, 400)
  expect(player.play([lit(299, 101, 100)])).toBe('past_grant')
  expect(player.play([lit(299, 100, 100)])).toBe('overlap')
})

test('output may be scattered, but not without end', () => {
  const scattered = (count: number): Op[] => Array.from({ length: count }, (_, i) => zero(2 * i, 1))
  const huge = options({ objectBytes: 1e6, grantBytes: 1e6 })
  expect(new Player(huge).play(scattered(outputRangesMax))).toBeUndefined()
  expect(new Player(huge).play(scattered(outputRangesMax + 1))).toBe('too_fragmented')
})

test('a grant overrun has its own code, every other fault is a bad program', () => {
  expect(codeOfFault('past_grant')).toBe('GRANT_ERROR')
  for (const fault of ['malformed', 'overlap', 'past_end', 'unknown_source'] as const)
    expect(codeOfFault(fault)).toBe('PROGRAM_ERROR')
})
