// Both twins of cutting do what the suite says, and agree on everything else that chance brings up.

import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Chunking } from '../../src/cut/limits.ts'
import type { SeedKeys } from '../../src/cut/seed.ts'
import { deriveSeedKeys } from '../../src/cut/seed.ts'
import { native } from '../../src/host/addon.ts'
import { createCutting, rowsFor } from '../../src/host/cut.ts'
import { cutAddon, NativeCutting } from '../../src/host/cut_native.ts'
import { PortableCutting } from '../../src/host/cut_portable.ts'
import { createHashes, type Hashes } from '../../src/host/hash.ts'
import { makeInput } from '../cut/inputs.ts'
import { anyContent, cutSuite, textOf } from '../suites/cut.ts'

const { addon } = native()
const ours = cutAddon(addon)

cutSuite('portable', (keys, hashes, chunking) => createCutting(keys, hashes, chunking, null))

describe.skipIf(!ours)('with the addon', () => {
  cutSuite('native', (keys, hashes, chunking) => createCutting(keys, hashes, chunking, addon))

  let keys: SeedKeys
  let hashes: Hashes
  beforeAll(async () => {
    keys = deriveSeedKeys(makeInput('splitmix', 32, 77))
    hashes = await createHashes(keys, null)
  })

  test('it is chosen, and says which kernel it is', () => {
    const chunking = { id: 200, minBytes: 64, targetBytes: 128, maxBytes: 512 }
    expect(createCutting(keys, hashes, chunking, addon)).toBeInstanceOf(NativeCutting)
    expect(createCutting(keys, hashes, chunking, addon).kernel).toMatch(/^(avx512-vbmi|portable)$/)
    expect(createCutting(keys, hashes, chunking, null)).toBeInstanceOf(PortableCutting)
  })

  test('any table and sizes: the twins give the same rows', () => {
    const sizes = fc.record({
      minBytes: fc.integer({ min: 32, max: 5000 }),
      more: fc.integer({ min: 2, max: 5000 }),
      most: fc.integer({ min: 1, max: 20_000 }),
    })
    // a table of words of chance, or one that cuts where it can, or nearly never
    const table = fc.tuple(fc.nat(), fc.constantFrom(0, 0x1fff, 0xffffffff))
    fc.assert(
      fc.property(
        sizes,
        table,
        fc.nat(),
        fc.nat({ max: 60_000 }),
        fc.boolean(),
        (size, words, seed, length, isLast) => {
          const { minBytes, more, most } = size
          const chunking: Chunking = {
            id: 202,
            minBytes,
            targetBytes: minBytes + more,
            maxBytes: minBytes + most,
          }
          const bytes = makeInput('splitmix', 1024, words[0])
          const gear = new Uint32Array(bytes.buffer).map(word => (word & words[1]) >>> 0)
          const content = anyContent(length, seed)
          const [here, there] = [ours!, null].map(loaded => {
            const rows = rowsFor(length, chunking)
            const cutting = createCutting({ ...keys, gear }, hashes, chunking, loaded)
            return textOf(rows, cutting.scanBytes(content, isLast, rows))
          })
          expect(here).toEqual(there)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('wrong arguments are TypeErrors, and nothing is touched', () => {
    const cutter = ours!.cutCutter(keys.gear, keys.chunkId, 1, 32, 100)
    const [buffer, rows, cursor] = [new Uint8Array(200), new Uint8Array(72), new Float64Array(6)]
    expect(() => ours!.cutCutter(keys.gear.subarray(1), keys.chunkId, 1, 32, 100)).toThrow(TypeError)
    expect(() => ours!.cutCutter(keys.gear, keys.chunkId.subarray(1), 1, 32, 100)).toThrow(TypeError)
    expect(() => ours!.cutCutter(keys.gear, keys.chunkId, 1, 31, 100)).toThrow(TypeError)
    expect(() => ours!.cutBytes({} as typeof cutter, buffer, true, rows)).toThrow(TypeError)
    for (const places of [[0, 0, 201], [0, 5, 4], [0, 1, 4, 4], [-1], [Number.NaN]]) {
      cursor.fill(0).set(places)
      expect(() => ours!.cutFile(cutter, 0, 10, true, buffer, cursor, rows)).toThrow(TypeError)
    }
    expect(() => ours!.cutFile(cutter, 0, 10, true, buffer, new Float64Array(5), rows)).toThrow(TypeError)
    expect(() => ours!.cutJob(cutter, 0, 0, 10, true, rows)).toThrow(TypeError)
  })
})
