// SipHash-2-4-128 against what OpenSSL 3 makes of the reference's key and input: 00 01 02 … each.

import { expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { sipHash128 } from '../../src/crypto/siphash.ts'

const counted = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)

for (const [length, expected] of [
  [0, 'a3817f04ba25a8e66df67214c7550293'],
  [1, 'da87c1d86b99af44347659119b22fc45'],
  [7, 'a1f1ebbed8dbc153c0b84aa61ff08239'],
  [8, '3b62a9ba6258f5610f83e264f31497b4'],
  [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
  [16, '6ee2a4ca67b054bbfd3315bf85230577'],
  [18, 'a426e5e423bf4885294da481feaef723'],
] as const)
  test(`of ${length} bytes`, () => {
    expect(toHex(sipHash128(counted(16), counted(length)))).toBe(expected)
    expect(toHex(sipHash128(counted(16), counted(length)))).toBe(expected)
  })
