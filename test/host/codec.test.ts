// The codecs this machine can have, through one suite; bombs and lies on top. §14.6

import { describe, expect, test } from 'vitest'
import { concat, fromHex } from '../../src/base/bytes.ts'
import {
  type Codec,
  codecBlockBytesMax,
  codecId,
  loadCodecs,
  type NodeZlib,
  rawCodec,
  type Zstd,
  zstdByAddon,
  zstdByNode,
  zstdCodec,
} from '../../src/host/codec.ts'
import { makeInput } from '../cut/inputs.ts'
import { codecSuite } from '../suites/codec.ts'

codecSuite('raw', rawCodec)

const addon = await zstdByAddon()

/** node:zlib's two functions as node 22.15 has them, made of the addon: this one may lack them. */
function zlibLike(zstd: Zstd): NodeZlib {
  return {
    constants: { ZSTD_c_compressionLevel: 100 },
    zstdCompressSync: (bytes, options) => {
      expect(options).toEqual({ params: { 100: 3 } })
      return zstd.compress(bytes, codecBlockBytesMax)
    },
    zstdDecompressSync: (bytes, options) =>
      zstd.decompress(bytes, (options as { maxOutputLength: number }).maxOutputLength),
  }
}

test('raw alone is always there, and zstd only where a library is (§14.6-2)', async () => {
  const codecs = await loadCodecs()
  expect(codecs.encodable[0]).toBe(codecId.raw)
  expect(codecs.byId(codecId.raw)).toBe(rawCodec)
  if (addon) expect(codecs.encodable).toEqual([codecId.raw, codecId.zstd])
  for (const id of codecs.encodable) expect(codecs.byId(id)?.id).toBe(id)
  expect(codecs.byId(2)).toBeUndefined()
})

test('a node without zstd is one without', () => {
  expect(zstdByNode({ constants: {} })).toBeUndefined()
})

describe.skipIf(!addon)('zstd', () => {
  const zstd = addon ?? ({} as Zstd)
  const codec = zstdCodec(zstd)
  if (addon) {
    codecSuite('zstd by zstd-napi', codec)
    codecSuite('zstd by node:zlib', zstdCodec(zstdByNode(zlibLike(addon))!))
  }

  test('a frame that declares a terabyte costs nothing (§14.6-1)', () => {
    // magic, single segment with an 8-byte size of 2^40, one raw block of one byte
    const frame = fromHex('28b52ffde0000000000001000009000061')!
    expect(codec.decode(frame, 1)).toBeUndefined()
    expect(codec.decode(frame, codecBlockBytesMax)).toBeUndefined()
  })

  test('a frame that expands past what is asked is cut off, declared or not (§14.6-1)', () => {
    const bomb = codec.encode(new Uint8Array(codecBlockBytesMax))!
    expect(bomb.length).toBeLessThan(200)
    expect(codec.decode(bomb, codecBlockBytesMax - 1)).toBeUndefined()
    expect(codec.decode(bomb, codecBlockBytesMax)?.length).toBe(codecBlockBytesMax)
    // no declared size, window of 1 KiB at first sight: one block of 65536 times the byte 61
    const undeclared = fromHex('28b52ffd0030' + '030008' + '61')!
    expect(codec.decode(undeclared, 65_535)).toBeUndefined()
    expect(codec.decode(undeclared, 65_536)).toEqual(new Uint8Array(65_536).fill(0x61))
  })

  test('frames one after another are held to the same sum', () => {
    const frame = codec.encode(new Uint8Array(1000))!
    expect(codec.decode(concat(frame, frame), 1000)).toBeUndefined()
    expect(codec.decode(concat(frame, frame), 2000)).toEqual(new Uint8Array(2000))
  })

  test('more than the largest block is never asked of the library', () => {
    const never: Codec = zstdCodec({ compress: unexpected, decompress: unexpected })
    expect(never.decode(new Uint8Array(10), codecBlockBytesMax + 1)).toBeUndefined()
    expect(never.decode(new Uint8Array(10), 0)).toBeUndefined()
    expect(() => never.encode(new Uint8Array(codecBlockBytesMax + 1))).toThrow('internal error')
  })

  test('random bytes do not pay, and the library is not even asked', () => {
    let asked = 0
    const counting = zstdCodec({
      ...zstd,
      compress: (...args) => [asked++, zstd.compress(...args)][1] as Uint8Array,
    })
    for (let seed = 0; seed < 20; seed++)
      expect(counting.encode(makeInput('splitmix', 262_144, seed))).toBeUndefined()
    // a page that was changed, and the least that tells of chance
    for (const bytes of [4096, 8191, 1024])
      for (let seed = 0; seed < 50; seed++)
        expect(counting.encode(makeInput('splitmix', bytes, seed))).toBeUndefined()
    expect(asked).toBe(0)
    expect(counting.encode(makeInput('splitmix', 1000, 1))).toBeUndefined()
    expect(asked).toBe(1)
  })

  test('a short block that packs is packed', () => {
    const text = new TextEncoder().encode('a page of words, of which no two lines are quite alike: ')
    for (const bytes of [1024, 2000, 4096]) {
      const page = Uint8Array.from({ length: bytes }, (_, i) => text[(i * i) % text.length]!)
      expect(codec.encode(page)?.length).toBeLessThan(bytes * 0.9)
    }
  })

  test('a saving of a sixteenth pays and less does not', () => {
    const block = (zeros: number): Uint8Array =>
      concat(makeInput('splitmix', 160_000 - zeros, 1), new Uint8Array(zeros))
    expect(codec.encode(block(9000))).toBeUndefined()
    expect(codec.encode(block(40_000))?.length).toBeLessThan(121_000)
  })
})

function unexpected(): never {
  throw new TypeError('not to be called')
}
