// What a process holds for trees has one bound, however many are offered at once, and what an ANSWER can say decides what is
// left out. PROTOCOL.md §13.6-2, §15.3-10, §15.11-3

import { expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { entriesMax, manifestBytesMax } from '../../src/cut/manifest/limits.ts'
import { Manifest, parseManifest } from '../../src/cut/manifest/manifest.ts'
import { encodeRuns } from '../../src/cut/manifest/runs.ts'
import type { OfferedObject, OfferVerdict } from '../../src/transfer/storage/events.ts'
import { decide } from '../../src/transfer/storage/tree/decide.ts'
import { Marks } from '../../src/transfer/storage/tree/snapshot.ts'
import { runsBytesMax } from '../../src/wire/limits.ts'
import { makeManifest } from '../support/made_manifest.ts'
import { seedKeys } from '../support/named_blobs.ts'
import { makeSide, peer, type Side } from '../transfer/conversation.ts'

function treeOf(number: number, listBytes: number): OfferedObject {
  return {
    transfer: new Uint8Array(16).fill(number),
    peer,
    isFile: true,
    name: 'hostile',
    size: 0,
    mode: 0,
    mtimeNanos: 0n,
    poolId: seedKeys.poolId,
    chunking: chunking1.id,
    blob: undefined,
    candidates: [],
    tree: { list: { blob: new Uint8Array(32).fill(number), size: listBytes }, listCandidates: [] },
  }
}

async function looked(side: Side, object: OfferedObject): Promise<{ handle: number; verdict: OfferVerdict }> {
  return await side.storage.look(object, { directory: side.directory, onConflict: 'fail', mayShare: true })
}

const said = ({ verdict }: { verdict: OfferVerdict }): string =>
  verdict.kind === 'refuse' ? verdict.code : verdict.kind === 'answer' ? verdict.state : verdict.kind

test('trees at once share one budget, and the largest may come alone', async () => {
  const side = await makeSide()
  const first = await looked(side, treeOf(1, manifestBytesMax))
  expect(said(first)).toBe('list')
  expect(said(await looked(side, treeOf(2, 16 * MiB)))).toBe('list')
  const third = await looked(side, treeOf(3, 1))
  expect(said(third)).toBe('BUSY')
  await side.storage.closeBuild(first.handle)
  await side.storage.closeBuild(third.handle)
  expect(said(await looked(side, treeOf(3, 1)))).toBe('list')
})

test('a list longer than any is refused before a byte of it is taken', async () => {
  const side = await makeSide()
  expect(said(await looked(side, treeOf(1, manifestBytesMax + 1)))).toBe('MESSAGE_ERROR')
  expect(said(await looked(side, treeOf(1, 2 ** 43)))).toBe('MESSAGE_ERROR')
})

test('what does not fit an ANSWER is not left out of what is sent', () => {
  const count = 40_000
  const plan = { kind: 'files', count, perDirectory: count, nameBytes: 6, sizeBytes: 1 } as const
  const manifest = parseManifest(makeManifest(plan))
  if (!(manifest instanceof Manifest)) throw new Error(manifest)
  const standings = Array.from({ length: count }, (_, i) =>
    i % 2 === 0 ? ('merged' as const) : ('different' as const),
  )
  const { unwanted } = decide(manifest, { standings, marks: new Marks(), mtimes: new Map() }, 'skip')
  expect(unwanted.length).toBe(runsBytesMax / 2)
  expect(encodeRuns(unwanted, 2 * runsBytesMax).length).toBeLessThanOrEqual(runsBytesMax)
})

/** Empty files with names of four letters out of 32, in order: as many as there may be. */
function mostEntries(): Uint8Array {
  const head = [0x70, 0x66, 0x73, 0x6d, 1]
  const entry = [0x20, 0, 4, 0, 0, 0, 0, 0x01, 0xa4, ...new Array<number>(20).fill(0)]
  const bytes = new Uint8Array(head.length + entriesMax * entry.length)
  bytes.set(head)
  for (let index = 0, at = head.length; index < entriesMax; index++, at += entry.length) {
    bytes.set(entry, at)
    for (let letter = 0; letter < 4; letter++)
      bytes[at + 3 + letter] = 0x41 + ((index >> (15 - 5 * letter)) & 31)
  }
  return bytes
}

test('a list may have as many entries as there may be, and not one more', () => {
  const bytes = mostEntries()
  const most = parseManifest(bytes)
  expect(most instanceof Manifest && most.count).toBe(entriesMax)
  const more = makeManifest({ kind: 'entries', entries: [{ kind: 'file', name: 'z' }] }).subarray(5)
  expect(parseManifest(new Uint8Array(Buffer.concat([bytes, more])))).toBe('too_many')
  expect(parseManifest(new Uint8Array(manifestBytesMax + 1))).toBe('too_long')
})
