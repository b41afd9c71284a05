// Vectors of §14: op blocks that decode, op blocks that do not, and programs that a player refuses.

import { concat, toHex, Writer } from '../../src/base/bytes.ts'
import { encodeOps } from '../../src/offset/encode.ts'
import type { Op } from '../../src/offset/ops.ts'

export function make(): unknown {
  return {
    notes: [
      'bytes: an op stream; expect truncated: whole so far, and more is needed',
      'programs: played in order against object, grant, held ranges, source lengths and codecs',
    ],
    blocks: [...good(), ...packed(), ...bad()],
    programs: programs(),
  }
}

const copy = (output: number, length: number, offset: number, source = 1): Op => ({
  kind: 'copy',
  output,
  length,
  source,
  offset,
})
const lit = (output: number, length: number, literal: number): Op => ({
  kind: 'literal',
  output,
  length,
  literal,
})
const zero = (output: number, length: number): Op => ({ kind: 'zero', output, length })
const litz = (output: number, length: number, literal: number, storedLength: number, codec = 1): Op => ({
  kind: 'compressed',
  output,
  length,
  literal,
  codec,
  storedLength,
})

function good(): unknown[] {
  const half = 2 ** 29
  const rows: [string, string, Op[]][] = [
    ['copy-all', 'a whole object of 1 GiB: its address is in the header', [copy(0, 2 ** 30, 0)]],
    [
      'edit-in-place',
      'the COPY behind an edit is a tag and a length',
      [copy(0, half, 0), lit(half, 32_768, 0), copy(half + 32_768, half - 32_768, half + 32_768)],
    ],
    [
      'insert',
      'after 10 inserted bytes the source lies 10 back: zigzag 19',
      [copy(0, 100, 0), lit(100, 10, 0), copy(110, 50, 100)],
    ],
    [
      'delete',
      'after 10 deleted bytes the source lies 10 on: zigzag 20',
      [copy(0, 100, 0), copy(100, 50, 110)],
    ],
    [
      'two-sources',
      'another source is named in full',
      [copy(0, 100, 0), copy(100, 50, 7, 2), copy(150, 5, 57, 2)],
    ],
    [
      'late-copy',
      'the first COPY reads at the offset of the header, wherever it stands',
      [lit(5, 3, 9), copy(8, 4, 1000)],
    ],
    [
      'every-kind',
      'all the kinds of version 1',
      [lit(0, 1, 0), litz(1, 1000, 1, 10), zero(1001, 4096), copy(5097, 1, 0)],
    ],
    [
      'length-classes',
      'lengths at the edges of their classes',
      [
        zero(0, 1),
        zero(1, 2),
        zero(3, 3),
        zero(6, 255),
        zero(261, 256),
        zero(517, 511),
        zero(1028, 512),
        zero(1540, 2 ** 31 - 1),
        zero(1540 + 2 ** 31 - 1, 2 ** 31),
        zero(1539 + 2 ** 32, 2 ** 31 + 64),
      ],
    ],
    [
      'gap',
      'output that the receiver holds is left out: another block begins',
      [copy(0, 10, 0), copy(20, 10, 20)],
    ],
    ['longest', 'the largest object there can be', [zero(0, 2 ** 43)]],
    ['last-byte', 'the last byte of the largest object', [zero(2 ** 43 - 1, 1)]],
  ]
  return rows.map(([name, why, ops]) => ({
    name: `ops/${name}`,
    why,
    bytes: toHex(concat(...encodeOps(ops))),
    ops,
    expect: 'ok',
  }))
}

/** A block from its parts; `ops` in hex. */
function block(
  ops: string,
  count = 1,
  header: { flags?: number; raw?: number; output?: number; offset?: number } = {},
): string {
  const w = new Writer(new Uint8Array(400))
  w.u8(header.flags ?? 0)
  if (header.raw !== undefined) w.varint(header.raw)
  for (const field of [header.output ?? 0, 0, 0, header.offset ?? 0, count]) w.varint(field)
  const body = toHex(w.written()) + ops
  const length = new Writer(new Uint8Array(8))
  length.varint(body.length / 2)
  return toHex(length.written()) + body
}

// zstd frames written by hand: a single segment, its size in one byte, and one block
const repeated = (byte: string, count: number): string =>
  `28b52ffd20${hex8(count)}${blockHeader(count, 1)}${byte}`
const hex8 = (value: number): string => value.toString(16).padStart(2, '0')
function blockHeader(size: number, type: number): string {
  const value = (size << 3) | (type << 1) | 1
  return hex8(value & 255) + hex8((value >> 8) & 255) + hex8(value >> 16)
}

function packed(): unknown[] {
  const ops = Array.from({ length: 64 }, (_, i) => zero(i, 1))
  const frame = repeated('a0', 64)
  return [
    {
      name: 'ops/packed',
      why: '64 times ZERO(1) in one frame',
      bytes: block(frame, 64, { flags: 1, raw: 64 }),
      needs: 'zstd',
      ops,
      expect: 'ok',
    },
    {
      name: 'ops/packed-short',
      why: 'a frame of fewer bytes than Raw Length',
      bytes: block(frame, 64, { flags: 1, raw: 65 }),
      needs: 'zstd',
      expect: 'malformed',
    },
    {
      name: 'ops/packed-long',
      why: 'a frame of more bytes than Raw Length',
      bytes: block(frame, 63, { flags: 1, raw: 63 }),
      needs: 'zstd',
      expect: 'malformed',
    },
    {
      name: 'ops/packed-none',
      why: 'the flag, and no frame behind it',
      bytes: block('a0', 1, { flags: 1, raw: 1 }),
      needs: 'zstd',
      expect: 'malformed',
    },
    {
      name: 'ops/packed-too-large',
      why: 'Raw Length one past 256 KiB',
      bytes: block(frame, 64, { flags: 1, raw: 262_145 }),
      needs: 'zstd',
      expect: 'too_large',
    },
  ]
}

function bad(): unknown[] {
  const rows: [string, string, string, string][] = [
    ['half-a-block', 'more is to come', block('a0').slice(0, -2), 'truncated'],
    ['half-a-length', 'more is to come', '40', 'truncated'],
    ['patch', 'a reserved kind', block('c000'), 'reserved_op'],
    ['fill', 'a reserved kind', block('e000'), 'reserved_op'],
    ['flags', 'an unknown flag', block('a0', 1, { flags: 2 }), 'malformed'],
    ['no-ops', 'a block of no ops', block('', 0), 'malformed'],
    ['ops-missing', 'two ops promised, one brought', block('a0', 2), 'malformed'],
    ['bytes-over', 'one op promised, two brought', block('a0a0', 1), 'malformed'],
    ['too-many-ops', '4,097 ops promised', block('a0', 4097), 'too_large'],
    ['length-cut', 'a length without its second byte', block('a901', 1), 'malformed'],
    ['length-second-form', 'extra of 2 in class 1 is a length of class 2', block('a102'), 'malformed'],
    ['length-past-all', 'a length of 2^43 + 1', block('bfc00007ff80000001'), 'malformed'],
    ['past-the-last', 'output one past 2^43', block('a0', 1, { output: 2 ** 43 }), 'too_large'],
    ['source-below-zero', 'a COPY that begins one byte before its source', block('2001'), 'too_large'],
    ['source-past-all', 'a COPY of one byte at 2^43', block('00', 1, { offset: 2 ** 43 }), 'too_large'],
    ['stored-longer', 'a LITZ that stores more than it makes', block('800102'), 'too_large'],
    ['stored-none', 'a LITZ that stores nothing', block('800100'), 'malformed'],
    ['litz-too-long', 'a LITZ of 256 KiB and one byte', block('9200000101' + '01'), 'too_large'],
    ['litz-longest', 'a LITZ of exactly 256 KiB', block('92000000' + '0101'), 'ok'],
    ['block-too-long', 'a block of 64 KiB and one byte, by its length alone', '80010001', 'too_large'],
  ]
  return rows.map(([name, why, bytes, expect]) => ({ name: `ops/${name}`, why, bytes, expect }))
}

function programs(): unknown[] {
  const setting = {
    objectBytes: 1000,
    grantBytes: 900,
    held: [[950, 1000]],
    sources: { 1: 500, 2: 10 },
    codecs: [0, 1],
  }
  const rows: [string, string, Op[], string][] = [
    ['whole', 'everything that is not held', [copy(0, 500, 0), lit(500, 300, 0), zero(800, 100)], 'ok'],
    ['downward', 'order does not matter', [zero(800, 100), copy(0, 500, 0)], 'ok'],
    ['packed', 'a literal behind a packed one', [litz(0, 100, 0, 10), lit(100, 5, 10)], 'ok'],
    ['past-end', 'one byte past the object', [zero(800, 201)], 'past_end'],
    ['past-grant', 'one byte more than granted', [zero(0, 899), zero(899, 1), zero(900, 1)], 'past_grant'],
    ['overlap', 'one byte twice', [zero(0, 100), lit(99, 10, 0)], 'overlap'],
    ['held', 'one byte that is held', [zero(850, 101)], 'overlap'],
    ['unknown-source', 'a source nobody agreed', [copy(0, 1, 0, 3)], 'unknown_source'],
    ['source-end', 'up to the last byte of the source', [copy(0, 10, 0, 2)], 'ok'],
    ['past-source', 'one byte past the source', [copy(0, 10, 1, 2)], 'past_source'],
    ['literal-gap', 'a literal that skips a byte', [lit(0, 10, 0), lit(10, 10, 11)], 'literal_gap'],
    [
      'literal-again',
      'a literal that reads a byte twice',
      [lit(0, 10, 0), litz(10, 10, 9, 5)],
      'literal_gap',
    ],
    ['unknown-codec', 'a codec the receiver did not name', [litz(0, 10, 0, 5, 2)], 'unknown_codec'],
  ]
  return rows.map(([name, why, ops, expect]) => ({ name: `programs/${name}`, why, ...setting, ops, expect }))
}
