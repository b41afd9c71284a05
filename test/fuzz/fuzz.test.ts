// A smoke round of every fuzzer, and what shows that they reach what they are for. `npm run fuzz` goes on from here.

import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { fuzzers } from './all.ts'
import { converse } from './connections.ts'
import { mutated, smallest } from './mutate.ts'
import { round } from './round.ts'
import { seedsOf } from './seeds.ts'

const inputsOfShare = 2_000

describe('a smoke round of', () => {
  for (const fuzzer of fuzzers)
    test(fuzzer.name, async () => {
      const crash = await round(fuzzer, Math.ceil(fuzzer.share * inputsOfShare), 1)
      expect(crash?.entry, crash?.error.stack).toBe(undefined)
    })
})

describe('the fuzzers', () => {
  test('make the same inputs of the same seed', () => {
    const inputs = (): Uint8Array[] => {
      const prng = new Prng(7)
      return Array.from({ length: 200 }, () => mutated(prng, seedsOf('frames')))
    }
    expect(inputs()).toEqual(inputs())
  })

  test('find what crashes, and make it small', async () => {
    const isBad = (bytes: Uint8Array): boolean => bytes.includes(0xee) && bytes.includes(0x11)
    const fuzzer = {
      name: 'a decoder with a bug',
      share: 1,
      seeds: seedsOf('messages'),
      run: (input: Uint8Array) => {
        if (isBad(input)) throw new RangeError('out of bounds')
      },
    }
    const crash = await round(fuzzer, 100_000, 3)
    expect(crash?.entry).toMatchObject({ fuzzer: fuzzer.name, why: 'out of bounds' })
    expect(crash?.entry.hex).toMatch(/^(ee11|11ee)$/)
    expect(smallest(Uint8Array.of(1, 0xee, 2, 0x11, 3), isBad)).toEqual(Uint8Array.of(0xee, 0x11))
  })

  test('get behind the seal: a lying peer is closed for many reasons', () => {
    const prng = new Prng(1)
    const seen = new Map<string, number>()
    for (let i = 0; i < 400; i++)
      for (const end of converse(prng.fill(new Uint8Array(8)))) seen.set(end, (seen.get(end) ?? 0) + 1)
    // frames, windows, streams, ends of streams, acknowledgements
    for (const code of [0x02, 0x04, 0x05, 0x06, 0x07]) expect([...seen.keys()]).toContain(`local ${code}`)
    expect([...seen.keys()]).toContain('local 0')
  })
})
