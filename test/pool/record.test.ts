// The segment format against its vectors, and the scanner against damage of every kind.

import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { createHashes, type Hashes } from '../../src/host/hash.ts'
import { recordBytesMax } from '../../src/pool/limits.ts'
import { decodeRecord, encodeHeader, headerBytes, recordBytes, recordTypes } from '../../src/pool/record.ts'
import { type ScanResult, SegmentScanner } from '../../src/pool/segment_scan.ts'
import { SegmentWriter } from '../../src/pool/segment_writer.ts'
import { randomBytes, scratch } from './scratch.ts'

interface Vector {
  readonly name: string
  readonly why: string
  readonly bytes: string
  readonly expect: string
  readonly scan?: { readonly offsets: number[]; readonly damage: unknown; readonly isSealed: boolean }
}

const path = join(import.meta.dirname, '..', 'vectors', 'segment.json')
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vector[]
let hashes: Hashes

beforeAll(async () => {
  hashes = await createHashes(deriveSeedKeys(openSeed()))
})

function scanBytes(bytes: Uint8Array): ScanResult & { offsets: number[]; payloads: Buffer[] } {
  const file = join(mkdtempSync(join(scratch(), 'scan-')), 'segment')
  writeFileSync(file, bytes)
  const fd = openSync(file, 'r')
  const offsets: number[] = []
  const payloads: Buffer[] = []
  try {
    const result = new SegmentScanner(hashes.xxh64).scan(fd, 0, (header, payload) => {
      offsets.push(header.offset)
      payloads.push(Buffer.from(payload))
    })
    return { ...result, offsets, payloads }
  } finally {
    closeSync(fd)
  }
}

describe('vectors', () => {
  test('records that are read are written the same', () => {
    for (const vector of vectors.filter(({ expect, scan }) => expect === 'ok' && !scan)) {
      const bytes = fromHex(vector.bytes)!
      const found = decodeRecord(bytes, 0, hashes.xxh64)
      if (typeof found === 'string') throw new Error(found)
      const written = new Uint8Array(recordBytes(found.payload.length))
      encodeHeader(written, 0, found.header, hashes.xxh64)
      written.set(found.payload, headerBytes)
      expect(toHex(written)).toBe(vector.bytes)
    }
  })

  for (const vector of vectors) {
    test(`${vector.name}: ${vector.why}`, () => {
      const bytes = fromHex(vector.bytes)!
      if (vector.scan) {
        const { offsets, damage, isSealed } = scanBytes(bytes)
        expect({ offsets, damage, isSealed }).toEqual(vector.scan)
      } else {
        const found = decodeRecord(bytes, 0, hashes.xxh64)
        expect(typeof found === 'string' ? found : 'ok').toBe(vector.expect)
      }
    })
  }
})

function writeSegment(payloads: readonly Uint8Array[], isSealed: boolean): Buffer {
  const directory = mkdtempSync(join(scratch(), 'write-'))
  const writer = SegmentWriter.create(directory, new Uint8Array(16), hashes.xxh64)
  for (const payload of payloads) writer.append(recordTypes.chunk, hashes.chunkId(payload), payload)
  if (isSealed) writer.seal()
  else writer.sync()
  writer.close()
  return readFileSync(join(directory, '00000001.seg'))
}

describe('scanner', () => {
  test('what was written is found, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 20 }), lengths => {
        const payloads = lengths.map((length, i) => randomBytes(length, i))
        const found = scanBytes(writeSegment(payloads, true))
        expect(found.damage).toEqual([])
        expect(found.isSealed).toBe(true)
        expect(found.payloads.slice(1, -1)).toEqual(payloads.map(payload => Buffer.from(payload)))
      }),
      { numRuns: 30 },
    )
  })

  test('a record of the greatest length passes; the window holds it at any offset', () => {
    const payloads = [randomBytes(700_001, 1), randomBytes(recordBytesMax, 2), randomBytes(9, 3)]
    const found = scanBytes(writeSegment(payloads, true))
    const same = payloads.map((payload, i) => found.payloads[i + 1]?.equals(payload))
    expect(same).toEqual([true, true, true])
    expect(found.records).toBe(5)
  })

  test('with any byte changed, the other records are found whole and the change is seen, unless it is padding', () => {
    const payloads = [randomBytes(21, 1), randomBytes(64, 2), randomBytes(5, 3)]
    const good = writeSegment(payloads, true)
    const known = new Set(scanBytes(good).payloads.map(payload => payload.toString('hex')))
    const isPadding = paddingOf([36, 21, 64, 5, 12])
    const file = join(scratch(), 'flipped')
    writeFileSync(file, good)
    const scanner = new SegmentScanner(hashes.xxh64)
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good)
      bad[at] = bad[at]! ^ 0xff
      writeFileSync(file, bad)
      const fd = openSync(file, 'r')
      let whole = 0
      const { damage } = scanner.scan(fd, 0, (_header, payload) => {
        expect(known.has(Buffer.from(payload).toString('hex'))).toBe(true)
        whole++
      })
      closeSync(fd)
      expect({ at, damaged: damage.length, whole }).toEqual(
        isPadding(at) ? { at, damaged: 0, whole: 5 } : { at, damaged: 1, whole: 4 },
      )
    }
  })

  test('cut off at any byte, the records before are whole and the rest is one tail', () => {
    const good = writeSegment([randomBytes(21, 1), randomBytes(64, 2)], false)
    for (let size = 0; size < good.length; size++) {
      const { damage, validEnd } = scanBytes(good.subarray(0, size))
      expect(damage).toEqual(validEnd === size ? [] : [{ start: validEnd, end: size, why: 'truncated' }])
    }
  })

  test('random bytes are no records, and end', () => {
    const { records, damage } = scanBytes(randomBytes(100_000, 4))
    expect({ records, damage: damage.length }).toEqual({ records: 0, damage: 1 })
  })
})

function paddingOf(lengths: readonly number[]): (at: number) => boolean {
  const padding = new Set<number>()
  let start = 0
  for (const length of lengths) {
    for (let at = start + headerBytes + length; at < start + recordBytes(length); at++) padding.add(at)
    start += recordBytes(length)
  }
  return at => padding.has(at)
}
