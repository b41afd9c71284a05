// Many chunks at once: what one by one gives, each learnt once however it repeats, whichever twin writes the records.

import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { concat, toHex, writeU32 } from '../../src/base/bytes.ts'
import { rowBytes } from '../../src/cut/recipe.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { blobType } from '../../src/cut/tree.ts'
import { native } from '../../src/host/addon.ts'
import { createHashes } from '../../src/host/hash.ts'
import { nativePutRecords } from '../../src/host/records.ts'
import { Pool } from '../../src/pool/pool.ts'
import { portablePutRecords, recordBytes, recordTypes } from '../../src/pool/record.ts'
import { randomBytes, scratch } from './scratch.ts'

const hashes = await createHashes(deriveSeedKeys(openSeed()))
const chunks = [100, 7, 40_000, 16_384, 1, 131_072, 8].map((length, i) => randomBytes(length, i + 1))

function rowsOf(contents: readonly Uint8Array[]): Uint8Array {
  const rows = new Uint8Array(contents.length * rowBytes)
  for (const [i, bytes] of contents.entries()) {
    writeU32(rows, i * rowBytes, bytes.length)
    rows.set(hashes.chunkId(bytes), i * rowBytes + 4)
  }
  return rows
}

describe('chunks added many at a time', () => {
  let pool: Pool
  beforeEach(async () => {
    pool = await Pool.create(`${scratch(true)}/pool`)
    return () => pool.close()
  })

  test('are the blob that they are one by one, and are learnt once', async () => {
    const order = fc.array(fc.nat(chunks.length - 1), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: 12 }), async (indexes, batch) => {
        const contents = indexes.map(i => chunks[i]!)
        const known = new Set(chunks.filter(bytes => pool.hasChunk(hashes.chunkId(bytes))))
        const writer = pool.beginBlob(blobType.file)
        for (let i = 0; i < contents.length; i += batch) {
          const some = contents.slice(i, i + batch)
          const bytes = concat(...some)
          expect(writer.addRows(rowsOf(some), (at, length) => bytes.subarray(at, at + length))).toBe(true)
        }
        const { blobId, sizeBytes, newBytes } = writer.finish()
        await pool.commit()
        const fresh = new Set(contents.filter(bytes => !known.has(bytes)))
        const freshBytes = [...fresh].reduce((sum, { length }) => sum + length, 0)
        // within one batch only neighbours are found to be twins
        if (batch === 1) expect(newBytes).toBe(freshBytes)
        else expect(newBytes).toBeGreaterThanOrEqual(freshBytes)
        expect(contents.every(bytes => pool.hasChunk(hashes.chunkId(bytes)))).toBe(true)
        const one = pool.beginBlob(blobType.file)
        for (const bytes of contents) one.add(bytes.length, hashes.chunkId(bytes), bytes)
        expect(toHex(one.finish().blobId)).toBe(toHex(blobId))
        const whole = concat(...contents)
        const read = new Uint8Array(whole.length)
        expect(pool.openBlob(blobId)?.read(0, read)).toBe(sizeBytes)
        expect(Buffer.compare(read, whole)).toBe(0)
      }),
      { numRuns: 30 },
    )
    expect((await pool.verify({ full: true })).isClean).toBe(true)
  })

  test('a run of zeros is one chunk in the pool', () => {
    const zeros = new Uint8Array(20_000)
    const bytes = new Uint8Array(10 * zeros.length)
    const writer = pool.beginBlob(blobType.file)
    writer.addRows(rowsOf(Array(10).fill(zeros)), (at, length) => bytes.subarray(at, at + length))
    expect(writer.finish()).toMatchObject({ sizeBytes: bytes.length, newBytes: zeros.length })
  })

  test('what cannot be given ends it', () => {
    const writer = pool.beginBlob(blobType.file)
    expect(writer.addRows(rowsOf(chunks.slice(0, 2)), () => undefined)).toBe(false)
  })
})

const put = nativePutRecords(native().addon)

describe.skipIf(!put)('records of chunks', () => {
  test('are the same by the addon as by the portable twin, and nothing else is written', () => {
    const portable = portablePutRecords(hashes.xxh64)
    const length = fc.oneof(fc.nat(40), fc.nat(140_000))
    const place = fc.record({ at: fc.nat(100), offset: fc.nat(2 ** 31) })
    fc.assert(
      fc.property(fc.array(length, { maxLength: 6 }), place, (lengths, { at, offset }) => {
        const contents = lengths.map((count, i) => randomBytes(count, i))
        const rows = rowsOf(contents)
        const bytes = concat(...contents)
        const room = at + lengths.reduce((sum, count) => sum + recordBytes(count), 0) + 5
        const targets = [new Uint8Array(room).fill(9), new Uint8Array(room).fill(9)] as const
        const ends = [put!, portable].map((twin, i) =>
          twin(recordTypes.chunk, rows, bytes, 8 * offset, targets[i as 0 | 1], at),
        )
        expect(ends).toEqual([room - 5, room - 5])
        expect(Buffer.compare(targets[0], targets[1])).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  test('what does not fit together is refused', () => {
    const rows = rowsOf([chunks[0]!])
    const target = new Uint8Array(recordBytes(100))
    const refused = [
      () => put!(1, rows, chunks[0]!, 0, target, 1),
      () => put!(1, rows, chunks[1]!, 0, target, 0),
      () => put!(1, rows.subarray(1), chunks[0]!, 0, target, 0),
      () => put!(256, rows, chunks[0]!, 0, target, 0),
    ]
    for (const call of refused) expect(call).toThrow(TypeError)
    expect(put!(1, rows, chunks[0]!, 0, target, 0)).toBe(target.length)
  })
})
