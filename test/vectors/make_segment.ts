// Vectors of the pool's segment format: single records, each with the one class it fails as, and whole segments as a
// scanner must see them. The bytes are made by hand here, not by the code under test; the XXH64 is the library's.

import { createHash } from 'node:crypto'
import xxhash from 'xxhash-wasm'
import { toHex } from '../../src/base/bytes.ts'

interface Fields {
  readonly magic?: string
  readonly version?: number
  readonly type?: number
  readonly raw?: number
  readonly stored?: number
  readonly codec?: number
  readonly reserved?: number
  readonly place?: number
}

const { h64Raw } = await xxhash()

function sum(bytes: Uint8Array): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(h64Raw(bytes))
  return out
}

const painted = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251))
const id = createHash('sha256').update('any 32 bytes').digest()

function record(payload: Buffer, fields: Fields = {}): Buffer {
  const head = Buffer.alloc(72)
  head.write(fields.magic ?? 'pfsR', 0, 'latin1')
  head[4] = fields.version ?? 1
  head[5] = fields.type ?? 1
  head.writeUInt32BE(fields.raw ?? payload.length, 8)
  head.writeUInt32BE(fields.stored ?? payload.length, 12)
  head[16] = fields.codec ?? 0
  head[19] = fields.reserved ?? 0
  head.writeUInt32BE(fields.place ?? 0, 20)
  id.copy(head, 24)
  sum(payload).copy(head, 56)
  sum(head.subarray(0, 64)).copy(head, 64)
  return Buffer.concat([head, payload, Buffer.alloc(-payload.length & 7)])
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = copy[at]! ^ 0x10
  return copy
}

const one = (name: string, why: string, bytes: Buffer, expect: string): unknown => ({
  name: `record/${name}`,
  why,
  bytes: toHex(bytes),
  expect,
})

const whole = (name: string, why: string, parts: readonly Buffer[], expect: unknown): unknown => ({
  name: `segment/${name}`,
  why,
  bytes: toHex(Buffer.concat(parts)),
  expect: 'ok',
  scan: expect,
})

export function make(): unknown {
  const good = record(painted(13))
  const next = record(painted(3), { place: good.length / 8 })
  const seal = record(
    Buffer.concat([Buffer.from('00000002', 'hex'), Buffer.from('00000000000000b8', 'hex')]),
    {
      type: 7,
      place: (good.length + next.length) / 8,
    },
  )
  const ends = { offsets: [0, good.length], damage: [], isSealed: false }
  return [
    one('chunk', 'the usual case: 13 painted bytes, padded to 16', good, 'ok'),
    one('empty', 'a payload may be empty', record(Buffer.alloc(0)), 'ok'),
    one('aligned', 'a payload of 8 needs no padding', record(painted(8)), 'ok'),
    one('short-header', 'one byte less than a header', good.subarray(0, 71), 'truncated'),
    one('short-payload', 'the payload ends early', good.subarray(0, 72 + 12), 'truncated'),
    one('magic', 'another magic', record(painted(13), { magic: 'pfsr' }), 'magic'),
    one('header-bit', 'one bit of the id flipped', flipped(good, 30), 'header checksum'),
    one('header-sum-bit', 'one bit of the header checksum flipped', flipped(good, 70), 'header checksum'),
    one('version', 'a version we do not know', record(painted(13), { version: 2 }), 'version'),
    one('type-zero', 'there is no type 0', record(painted(13), { type: 0 }), 'type'),
    one('type-eight', 'the greatest type', record(painted(13), { type: 8 }), 'ok'),
    one('type-nine', 'one past the greatest type', record(painted(13), { type: 9 }), 'type'),
    one('codec', 'a codec we do not know', record(painted(13), { codec: 1 }), 'reserved'),
    one('reserved', 'a reserved byte that is not zero', record(painted(13), { reserved: 1 }), 'reserved'),
    one('raw-length', 'lengths that differ without a codec', record(painted(13), { raw: 14 }), 'length'),
    one(
      'huge',
      'a payload of one byte more than a record may have',
      record(painted(13), {
        raw: 2 ** 20 + 1,
        stored: 2 ** 20 + 1,
      }),
      'length',
    ),
    one(
      'largest',
      'the greatest length passes, and then the bytes are missing',
      record(painted(13), {
        raw: 2 ** 20,
        stored: 2 ** 20,
      }),
      'truncated',
    ),
    one('place', 'a header that belongs 8 bytes further on', record(painted(13), { place: 1 }), 'place'),
    one('payload-bit', 'one bit of the payload flipped', flipped(good, 75), 'payload checksum'),
    whole('two', 'two records, unsealed', [good, next], ends),
    whole('sealed', 'two records and the seal', [good, next, seal], {
      offsets: [0, 88, 168],
      damage: [],
      isSealed: true,
    }),
    whole(
      'torn',
      'the second record is cut off: a tail, not damage, while unsealed',
      [good, next.subarray(0, 75)],
      {
        offsets: [0],
        damage: [{ start: 88, end: 163, why: 'truncated' }],
        isSealed: false,
      },
    ),
    whole(
      'resync',
      'the first header is damaged; the second record is found by its magic',
      [flipped(good, 9), next],
      {
        offsets: [88],
        damage: [{ start: 0, end: 88, why: 'header checksum' }],
        isSealed: false,
      },
    ),
    whole('payload', 'a damaged payload costs its own record only', [flipped(good, 80), next], {
      offsets: [88],
      damage: [{ start: 0, end: 88, why: 'payload checksum' }],
      isSealed: false,
    }),
    whole(
      'inner',
      'behind damage, a record inside a payload is not taken for one: its place is another',
      [flipped(record(record(painted(5)), {}), 9), record(painted(3), { place: (72 + 80) / 8 })],
      { offsets: [152], damage: [{ start: 0, end: 152, why: 'header checksum' }], isSealed: false },
    ),
  ]
}
