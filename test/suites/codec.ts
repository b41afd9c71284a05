// What every literal codec must do, whichever library it is made of: nothing lost, nothing thrown, nothing larger than
// asked for (§14.6-1).

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equal } from '../../src/base/bytes.ts'
import { type Codec, codecBlockBytesMax } from '../../src/host/codec.ts'
import { makeInput } from '../cut/inputs.ts'

const nothing = new Uint8Array(0)

export function codecSuite(name: string, codec: Codec): void {
  const text = (bytes: number): Uint8Array => makeInput('painted', bytes).map(byte => 97 + (byte % 7))

  describe(name, () => {
    test('what it encodes it decodes, at every size up to the largest (§14.4-2)', () => {
      for (const bytes of [0, 1, 2, 15, 16, 17, 100, 4096, 8192, 65_536, 262_144, codecBlockBytesMax]) {
        const raw = text(bytes)
        const stored = codec.encode(raw)
        if (stored) expect(equal(codec.decode(stored, bytes) ?? nothing, raw)).toBe(true)
        else expect(bytes).toBeLessThan(64)
      }
    })

    test('an encoded block stays what it was when the next is encoded', () => {
      const stored = codec.encode(text(5000))
      codec.encode(makeInput('zero', 5000))
      expect(codec.decode(stored ?? new Uint8Array(0), 5000)).toEqual(text(5000))
    })

    test('any length but the true one is malformed', () => {
      const stored = codec.encode(text(5000)) ?? new Uint8Array(0)
      for (const wrong of [0, 1, 4999, 5001, codecBlockBytesMax])
        expect(codec.decode(stored, wrong)).toBeUndefined()
    })

    test('truncated anywhere it is malformed, never a part', () => {
      const stored = codec.encode(text(2000)) ?? new Uint8Array(0)
      for (let length = 0; length < stored.length; length++)
        expect(codec.decode(stored.subarray(0, length), 2000)).toBeUndefined()
    })

    test('any bytes at all give nothing, or exactly what was asked for', () => {
      const stored = codec.encode(text(3000)) ?? new Uint8Array(0)
      const flipped = fc.tuple(fc.nat(stored.length - 1), fc.nat(7)).map(([at, bit]) => {
        const other = stored.slice()
        other[at]! ^= 1 << bit
        return other
      })
      fc.assert(
        fc.property(fc.oneof(flipped, fc.uint8Array({ maxLength: 300 })), fc.nat(4000), (bytes, asked) => {
          for (const rawBytes of [asked, 3000]) {
            const raw = codec.decode(bytes, rawBytes)
            if (raw) expect(raw.length).toBe(rawBytes)
          }
        }),
        { numRuns: 1000 },
      )
    })
  })
}
