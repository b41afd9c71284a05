// The op codec: vectors, round trips, every limit from both sides, and hostile bytes. §14.1 to §14.3

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, fromHex, Reader, toHex, Writer } from '../../src/base/bytes.ts'
import { loadCodecs } from '../../src/host/codec.ts'
import { OpDecoder } from '../../src/offset/decode.ts'
import { encodeOps } from '../../src/offset/encode.ts'
import {
  blockBytesMax,
  blockRawBytesMax,
  opsPerBlockMax,
  opsToCompressMin,
  positionMax,
} from '../../src/offset/limits.ts'
import { flagCompressed, type Op, type OpCodec } from '../../src/offset/ops.ts'
import vectors from '../vectors/ops.json' with { type: 'json' }
import { decodeStream, mirror, programs } from './programs.ts'

const zstd = (await loadCodecs()).byId(1)
const zeros = (count: number): Op[] =>
  Array.from({ length: count }, (_, i) => ({ kind: 'zero', output: i, length: 1 }))
const pieces = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 })

// Among them: reserved kinds (§14.1-2), LITZ out of bounds (§14.1-3), blocks that end too soon or too late and frames
// of another length (§14.2-3), lengths in a second form (§14.3-1).
describe('vectors', () => {
  for (const v of vectors.blocks) {
    test(`${v.name}: ${v.why}`, ({ skip }) => {
      if ('needs' in v && !zstd) skip()
      const { blocks, fault, pendingBytes } = decodeStream(fromHex(v.bytes)!, [1e9], zstd)
      expect(fault ?? (pendingBytes > 0 ? 'truncated' : 'ok')).toBe(v.expect)
      if (v.expect !== 'ok') return
      if ('ops' in v) expect(blocks.flat()).toEqual(v.ops)
      if (!('needs' in v)) expect(toHex(concat(...encodeOps(blocks.flat())))).toBe(v.bytes)
    })
  }
})

describe('what was encoded is decoded', () => {
  for (const [name, codec] of [
    ['plain', undefined],
    ['packed', mirror],
    ['by zstd', zstd],
  ] as const) {
    test(`${name}, however the stream is split`, () => {
      fc.assert(
        fc.property(programs, pieces, (ops, sizes) => {
          const { blocks, fault, pendingBytes } = decodeStream(concat(...encodeOps(ops, codec)), sizes, codec)
          expect({ fault, pendingBytes }).toEqual({ fault: undefined, pendingBytes: 0 })
          expect(blocks.flat()).toEqual(ops)
        }),
        { numRuns: 300 },
      )
    })
  }

  test('any one block decodes alone (§14.2-1)', () => {
    fc.assert(
      fc.property(programs, ops => {
        const whole = encodeOps(ops).flatMap(block => decodeStream(block, [1e9]).blocks)
        expect(whole.flat()).toEqual(ops)
      }),
    )
  })
})

describe('sizes', () => {
  test('an edit in place costs three bytes a side, and no address', () => {
    const ops: Op[] = []
    for (let i = 0; i < 10; i++) {
      ops.push({
        kind: 'copy',
        output: i * 2 ** 24,
        length: 2 ** 24 - 40_000,
        source: 1,
        offset: i * 2 ** 24,
      })
      ops.push({ kind: 'literal', output: (i + 1) * 2 ** 24 - 40_000, length: 40_000, literal: i * 40_000 })
    }
    const [block] = encodeOps(ops)
    // 8 bytes of header; each COPY a tag and three bytes, each LIT a tag and two
    expect(block?.length).toBe(8 + 10 * (1 + 3) + 10 * (1 + 2))
  })

  test('a block ends where the output or the literals do not go on', () => {
    const a: Op = { kind: 'literal', output: 0, length: 10, literal: 0 }
    expect(encodeOps([a, { ...a, output: 10, literal: 10 }]).length).toBe(1)
    expect(encodeOps([a, { ...a, output: 11, literal: 10 }]).length).toBe(2)
    expect(encodeOps([a, { ...a, output: 10, literal: 11 }]).length).toBe(2)
  })

  test('blocks keep to their bounds: ops, and bytes (§14.2-2)', () => {
    expect(encodeOps(zeros(opsPerBlockMax)).length).toBe(1)
    expect(encodeOps(zeros(opsPerBlockMax + 1)).length).toBe(2)
    const far: Op[] = Array.from({ length: 9000 }, (_, i) => ({
      kind: 'copy',
      output: i * 2 ** 29,
      length: 2 ** 29,
      source: 2 ** 29 + (i % 2),
      offset: 2 ** 42 + i,
    }))
    const blocks = encodeOps(far)
    for (const block of blocks) expect(block.length).toBeLessThanOrEqual(blockBytesMax + 8)
    expect(decodeStream(concat(...blocks), [1e9]).blocks.flat()).toEqual(far)
  })

  test('zstd is asked from 64 ops on, and only if there is one; what does not pay goes plain (§14.2-4)', () => {
    const flags = (ops: Op[], codec?: OpCodec): number => encodeOps(ops, codec)[0]![1]!
    const small: OpCodec = { encode: () => new Uint8Array(3), decode: () => undefined }
    const none: OpCodec = { encode: () => undefined, decode: () => undefined }
    // lengths of one varint byte: the flags are the second byte
    expect(encodeOps(zeros(opsToCompressMin), small)[0]!.length).toBeLessThan(64)
    expect(flags(zeros(opsToCompressMin), small)).toBe(flagCompressed)
    expect(encodeOps(zeros(opsToCompressMin - 1), small)).toEqual(encodeOps(zeros(opsToCompressMin - 1)))
    expect(encodeOps(zeros(opsToCompressMin), none)).toEqual(encodeOps(zeros(opsToCompressMin)))
  })
})

/** A block with these header fields and op bytes. */
function block(
  fields: Partial<Record<'flags' | 'raw' | 'output' | 'offset' | 'count', number>>,
  ops: string,
): Uint8Array {
  const w = new Writer(new Uint8Array(200))
  w.u8(fields.flags ?? 0)
  if (fields.raw !== undefined) w.varint(fields.raw)
  for (const field of [fields.output ?? 0, 0, 0, fields.offset ?? 0, fields.count ?? 1]) w.varint(field)
  w.bytes(fromHex(ops)!)
  const body = w.written()
  return concat(Uint8Array.of(body.length), body)
}

describe('limits, from both sides', () => {
  const faultOf = (bytes: Uint8Array, codec?: OpCodec): string | undefined =>
    decodeStream(bytes, [1e9], codec).fault

  test('a block longer than 64 KiB is refused by its length alone (§14.2-2)', () => {
    const length = (bytes: number): Uint8Array => {
      const w = new Writer(new Uint8Array(8))
      w.varint(bytes)
      return w.written()
    }
    expect(faultOf(length(blockBytesMax))).toBeUndefined()
    expect(faultOf(length(blockBytesMax + 1))).toBe('too_large')
    expect(faultOf(fromHex('ffffffffffffffff')!)).toBe('too_large')
  })

  test('a raw length beyond 256 KiB never reaches the codec (§14.2-2)', () => {
    const asked: number[] = []
    const codec: OpCodec = {
      encode: () => undefined,
      decode: (_, rawBytes) => {
        asked.push(rawBytes)
        return undefined
      },
    }
    expect(faultOf(block({ flags: 1, raw: blockRawBytesMax }, '00'), codec)).toBe('malformed')
    expect(faultOf(block({ flags: 1, raw: blockRawBytesMax + 1 }, '00'), codec)).toBe('too_large')
    expect(asked).toEqual([blockRawBytesMax])
  })

  test('4,096 ops in a block and no more (§14.2-2)', () => {
    const codec: OpCodec = {
      encode: () => undefined,
      decode: (_, rawBytes) => new Uint8Array(rawBytes).fill(0xa0),
    }
    const packed = (count: number): Uint8Array => block({ flags: 1, raw: count, count }, '00')
    expect(decodeStream(packed(opsPerBlockMax), [1e9], codec).blocks[0]?.length).toBe(opsPerBlockMax)
    expect(faultOf(packed(opsPerBlockMax + 1), codec)).toBe('too_large')
  })

  test('positions end at 2^43 (§14.1-1, §14.3-2)', () => {
    expect(faultOf(block({ output: positionMax - 1 }, 'a0'))).toBeUndefined()
    expect(faultOf(block({ output: positionMax }, 'a0'))).toBe('too_large')
    expect(faultOf(block({ offset: positionMax - 1 }, '00'))).toBeUndefined()
    expect(faultOf(block({ offset: positionMax }, '00'))).toBe('too_large')
    // one byte before the offset predicted
    expect(faultOf(block({ offset: 1 }, '2001'))).toBeUndefined()
    expect(faultOf(block({ offset: 0 }, '2001'))).toBe('too_large')
  })

  test('a compressed block where no codec was agreed is refused, not guessed at', () => {
    const [packed] = encodeOps(zeros(opsToCompressMin), mirror)
    expect(faultOf(packed!, mirror)).toBeUndefined()
    expect(faultOf(packed!)).toBe('unknown_codec')
  })

  test('a fault is for good', () => {
    const decoder = new OpDecoder()
    decoder.push(block({}, 'c0'))
    expect(decoder.next()).toBe('reserved_op')
    decoder.push(block({}, 'a0'))
    expect(decoder.next()).toBe('reserved_op')
    expect(decoder.pendingBytes).toBe(0)
  })
})

test('flipped bits and cut ends never throw, and never make an op out of bounds (§14.1-1)', () => {
  fc.assert(
    fc.property(programs, fc.nat(), fc.nat(7), fc.boolean(), fc.boolean(), (ops, where, bit, cut, packed) => {
      const codec = packed ? mirror : undefined
      const stream = concat(...encodeOps(ops, codec))
      if (stream.length === 0) return
      const at = where % stream.length
      stream[at]! ^= 1 << bit
      const { blocks } = decodeStream(cut ? stream.subarray(0, at) : stream, [97], codec)
      for (const op of blocks.flat()) {
        expect(op.length).toBeGreaterThanOrEqual(1)
        expect(op.output + op.length).toBeLessThanOrEqual(positionMax)
        if (op.kind === 'copy') {
          expect(op.offset).toBeGreaterThanOrEqual(0)
          expect(op.offset + op.length).toBeLessThanOrEqual(positionMax)
        }
      }
    }),
    { numRuns: 1000 },
  )
})

test('any bytes at all are decoded to ops or to a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const { blocks } = decodeStream(bytes, [13], zstd)
      for (const op of blocks.flat()) expect(new Reader(bytes).failed || op.length >= 1).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
