// Fuzzers over what is read back from our own disk, which may be torn, old, or somebody else's doing: journals, what is
// remembered of trees, segment records and the rows of the index.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { equal, Reader } from '../../src/base/bytes.ts'
import { RangeSet } from '../../src/base/ranges.ts'
import { decodeExtent, encodeExtent } from '../../src/pool/extent.ts'
import { decodeHeader, decodeRecord, putRecord, recordBytes } from '../../src/pool/record.ts'
import {
  type BlobRow,
  decodeBlobRecord,
  decodeBlobRow,
  decodePin,
  decodeSegmentRow,
  decodeStatRow,
  encodeBlobRecord,
  encodeBlobRow,
  encodePin,
  encodeSegmentRow,
} from '../../src/pool/rows.ts'
import { decodeMark } from '../../src/pool/segment_writer.ts'
import { Journal, readJournal } from '../../src/transfer/storage/journal.ts'
import { TreeMemory } from '../../src/transfer/storage/tree/memory.ts'
import { type Fuzzer, insist } from './fuzzer.ts'

const directory = mkdtempSync(join(tmpdir(), 'pfs-fuzz-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))

const id = new Uint8Array(32).fill(3)
const mark = { device: 1n, inode: 2n, sizeBytes: 3, mtimeNanos: 4n, ctimeNanos: 5n }
/** Sums of no bytes at all: damage is to get past them. */
const noSum = (): Uint8Array => new Uint8Array(8)

const journalPath = join(directory, 'journal')
const header = {
  version: 1,
  transfer: '00'.repeat(16),
  peer: 'a'.repeat(52),
  target: '/t',
  part: '/p',
  size: 1000,
  started: '2026-01-01T00:00:00.000Z',
} as const

function journalSeed(): Uint8Array {
  const path = join(directory, 'seed')
  const journal = new Journal(path, header, new RangeSet())
  journal.add(0, 10)
  journal.add(20, 1000)
  const held = [...journal.held].length
  insist(held === 2, 'two ranges')
  const text = `${JSON.stringify(header)}\n`
  journal.discard()
  const records = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10)
  return new Uint8Array(Buffer.concat([Buffer.from(text), records]))
}

const row: BlobRow = {
  type: 1,
  chunkingId: 1,
  sizeBytes: 5,
  parts: [{ id, count: 1, byteLength: 5 }],
  isPinned: true,
  isComplete: true,
  lastUsedMillis: 9,
  segments: [1, 2],
  extent: { isOwned: false, path: '/a', mark },
}
const treeExtent = {
  isOwned: false as const,
  manifest: id,
  tops: [{ name: id.subarray(0, 3), path: id.subarray(0, 9) }],
}

function recordSeed(): Uint8Array {
  const payload = id.subarray(0, 20)
  const bytes = new Uint8Array(recordBytes(payload.length))
  putRecord(bytes, 0, { type: 1, id, payload, offset: 0 }, noSum)
  return bytes
}

const memory = new TreeMemory(directory)
const remembered = new Uint8Array(Buffer.from('/a/top'))
memory.remember(remembered, {
  manifest: id,
  image: id,
  name: id,
  takenAtNanos: 5n,
  marks: new BigUint64Array(6),
})
const memoryPath = join(directory, 'trees', readdirSync(join(directory, 'trees'))[0] ?? '')

function memorySeed(): Uint8Array {
  const head = {
    version: 1,
    manifest: '03'.repeat(32),
    image: '03'.repeat(32),
    name: '61',
    takenAt: '5',
    count: 1,
  }
  return new Uint8Array(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), new Uint8Array(24)]))
}

export const diskFuzzers: readonly Fuzzer[] = [
  {
    name: 'journals',
    share: 0.1,
    seeds: [journalSeed()],
    run(input) {
      mkdirSync(directory, { recursive: true })
      writeFileSync(journalPath, input)
      const journal = readJournal(journalPath)
      if (!journal) return
      const { held, header } = journal
      insist(held.count * 16 <= input.length, 'more ranges than records')
      insist((held.last?.end ?? 0) <= Math.max(0, header.size), 'a range past the object')
    },
  },
  {
    name: 'memories of trees',
    share: 0.1,
    seeds: [memorySeed()],
    run(input) {
      writeFileSync(memoryPath, input)
      const top = memory.recall(remembered)
      if (top) insist(top.marks.byteLength <= input.length, 'more marks than bytes')
    },
  },
  {
    name: 'segment records',
    share: 4,
    seeds: [recordSeed()],
    run(input) {
      decodeHeader(input, 0, 0, noSum)
      const record = decodeRecord(input, 0, noSum)
      if (typeof record !== 'string')
        insist(record.payload.length <= input.length, 'a payload that is not there')
    },
  },
  {
    name: 'rows of the index',
    share: 4,
    seeds: [
      encodeBlobRow(row),
      encodeBlobRow({ ...row, extent: treeExtent }),
      encodeBlobRecord(row),
      encodeExtent(treeExtent),
      encodePin(true, 5),
      encodeSegmentRow({
        sizeBytes: 1,
        isSealed: true,
        isDropped: false,
        lastUsedMillis: 2,
        chunkCount: 3,
        chunkBytes: 4,
      }),
    ].map(bytes => new Uint8Array(bytes)),
    run(input) {
      const blob = decodeBlobRow(input)
      if (blob) {
        const same = decodeBlobRow(encodeBlobRow(blob))
        insist(same !== undefined && equal(encodeBlobRow(same), encodeBlobRow(blob)), 'a row that changes')
      }
      const record = decodeBlobRecord(input)
      if (record) insist(equal(encodeBlobRecord(record), input), 'a record that changes')
      decodeExtent(new Reader(input))
      decodePin(input)
      decodeSegmentRow(input)
      decodeStatRow(Buffer.from(input))
      decodeMark(input)
    },
  },
]
