// What a journal says after whatever befell it: a kill between two records, within one, or while it was rewritten.

import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RangeSet } from '../../../src/base/ranges.ts'
import { KiB, MiB } from '../../../src/base/units.ts'
import { Journal, type JournalHeader, readJournal } from '../../../src/transfer/storage/journal.ts'
import { scratch } from '../../pool/scratch.ts'

const size = 1000 * MiB
const header: JournalHeader = {
  version: 1,
  transfer: '00'.repeat(16),
  peer: 'peer',
  target: '/files/a',
  part: '/files/.a.pfs-part',
  size,
  started: '2026-01-01T00:00:00.000Z',
}

function make(ranges: readonly (readonly [number, number])[] = []): { path: string; journal: Journal } {
  const path = join(scratch(true), 'jobs', 'a.journal')
  const journal = new Journal(path, header, new RangeSet())
  for (const [start, end] of ranges) journal.add(start, end)
  return { path, journal }
}

const heldOf = (path: string) => [...(readJournal(path)?.held ?? [])]

describe('a journal', () => {
  test('is not there', () => {
    expect(readJournal(join(scratch(true), 'none'))).toBeUndefined()
  })
  test('says what was added, without being closed', () => {
    const { path } = make([
      [0, 10],
      [20, 30],
      [10, 15],
    ])
    expect(readJournal(path)).toMatchObject({ header })
    expect(heldOf(path)).toEqual([
      { start: 0, end: 15 },
      { start: 20, end: 30 },
    ])
  })
  test('starts with what is held already, and replaces an older one', () => {
    const { path } = make([[0, 10]])
    const held = new RangeSet()
    held.add(5, 6)
    new Journal(path, { ...header, peer: 'other' }, held).close()
    expect(readJournal(path)?.header.peer).toBe('other')
    expect(heldOf(path)).toEqual([{ start: 5, end: 6 }])
  })
  test('loses the record that was torn, and no other', () => {
    for (let torn = 1; torn < 16; torn++) {
      const { path } = make([
        [0, 10],
        [20, 30],
      ])
      truncateSync(path, statSync(path).size - torn)
      expect(heldOf(path)).toEqual([{ start: 0, end: 10 }])
    }
  })
  test('is none where its header is torn, of another version, or not one', () => {
    const { path } = make([[0, 10]])
    const line = JSON.stringify(header)
    for (const text of [
      '',
      line,
      line.slice(0, 40),
      'null\n',
      '[]\n',
      '\n',
      `${line.replace('"version":1', '"version":2')}\n`,
      `${line.replace(`"size":${size}`, '"size":1.5')}\n`,
    ]) {
      writeFileSync(path, text)
      expect(readJournal(path), text).toBeUndefined()
    }
  })
  test('drops records that are empty, backward or past the end, and stops at one that is no number', () => {
    const { path } = make([[0, 10]])
    const record = (start: bigint, end: bigint) => {
      const bytes = Buffer.alloc(16)
      bytes.writeBigUInt64BE(start)
      bytes.writeBigUInt64BE(end, 8)
      appendFileSync(path, bytes)
    }
    record(30n, 30n)
    record(40n, 30n)
    record(0n, BigInt(size) + 1n)
    record(BigInt(size) - 1n, BigInt(size))
    record(2n ** 60n, 2n ** 61n)
    record(50n, 60n)
    expect(heldOf(path)).toEqual([
      { start: 0, end: 10 },
      { start: size - 1, end: size },
    ])
  })
  test('forgets what turned out wrong, for good', () => {
    const { path, journal } = make([[0, 100]])
    journal.remove([
      { start: 10, end: 20 },
      { start: 30, end: 40 },
    ])
    journal.add(12, 14)
    expect(heldOf(path)).toEqual([
      { start: 0, end: 10 },
      { start: 12, end: 14 },
      { start: 20, end: 30 },
      { start: 40, end: 100 },
    ])
    expect(heldOf(path)).toEqual([...journal.held])
  })
  test('does not grow beyond 1 MiB, whatever is added', () => {
    const { path, journal } = make()
    let largest = 0
    for (let i = 0; i < 70_000; i++) {
      journal.add(i * 10, i * 10 + 10)
      if (i % 1000 === 0) largest = Math.max(largest, statSync(path).size)
    }
    expect(largest).toBeLessThanOrEqual(MiB)
    expect(largest).toBeGreaterThan(900 * KiB)
    expect(heldOf(path)).toEqual([{ start: 0, end: 700_000 }])
  })
  test('is the old one after a kill while the new one was written', () => {
    const { path } = make([[0, 10]])
    writeFileSync(`${path}.new`, readFileSync(path).subarray(0, 7)) // what a kill would leave
    expect(heldOf(path)).toEqual([{ start: 0, end: 10 }])
    new Journal(path, header, new RangeSet()).close()
    expect(heldOf(path)).toEqual([])
    expect(existsSync(`${path}.new`)).toBe(false)
  })
  test('is gone when it is discarded, and may be closed twice', () => {
    const { path, journal } = make()
    journal.discard()
    journal.close()
    expect(existsSync(path)).toBe(false)
  })
})
