// Attempts at one tree, one after another, between two storage sides: what the earlier one left is carried over file by
// file, what changed while it was read comes alone, and whatever else lies about is neither kept nor sent again.

import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { equal } from '../../../../src/base/bytes.ts'
import { KiB } from '../../../../src/base/units.ts'
import { randomBytes } from '../../../pool/scratch.ts'
import { differences, lookAtTree } from '../../../support/tree_walker.ts'
import { makeSide, type Side } from '../../conversation.ts'
import { talkTree } from '../../tree_conversation.ts'

const fileBytes = 100 * KiB

/** Files of random bytes, 40 in all, of which none compresses. */
function fill(side: Side, top = 'src'): string {
  const root = join(side.directory, top)
  for (let i = 0; i < 40; i++) {
    const directory = join(root, `d${i % 4}`)
    mkdirSync(directory, { recursive: true })
    write(join(directory, `f${i}`), fileBytes, i)
  }
  return root
}

function write(path: string, bytes: number, seed: number, seconds = 1e9): void {
  writeFileSync(path, randomBytes(bytes, seed))
  utimesSync(path, seconds, seconds)
}

const sides = async (): Promise<[Side, Side]> => [await makeSide('off'), await makeSide('off')]

const expectArrived = (root: string, to: Side): void =>
  expect(differences(lookAtTree(root, exact), lookAtTree(join(to.directory, 'src'), exact))).toEqual([])
const exact = { timesIn: 'micros' } as const

test('all attempts at the same tops share 12 bytes of their ids, and no two trees 16', async () => {
  // §15.2-5
  const [from, to] = await sides()
  const root = fill(from)
  const ids: string[] = []
  const attempt = async (tops = ['src']): Promise<string> => {
    const { prepared } = await talkTree(from, to, { tops, placement: { onConflict: 'overwrite' } })
    ids.push(Buffer.from(prepared.transfer).toString('hex'))
    return ids.at(-1) ?? ''
  }
  const first = await attempt()
  expect(await attempt()).toBe(first)
  appendFileSync(join(root, 'd0', 'f0'), 'more')
  const second = await attempt()
  rmSync(join(root, 'd1'), { recursive: true })
  const third = await attempt()
  for (const later of [second, third]) expect(later.slice(0, 24)).toBe(first.slice(0, 24))
  expect(new Set([first, second, third].map(id => id.slice(24))).size).toBe(3)
  write(join(from.directory, 'beside'), 10, 1)
  const both = await attempt(['beside', 'src'])
  expect(both.slice(0, 24)).not.toBe(first.slice(0, 24))
  rmSync(join(from.directory, 'beside'))
  expect((await attempt(['src', 'beside'])).slice(0, 24), 'a top that went').toBe(both.slice(0, 24))
})

test('what an earlier attempt left is carried over where path, size and time are the same, and nothing else', async () => {
  // §15.2-5
  const [from, to] = await sides()
  const root = fill(from)
  const stopped = await talkTree(from, to, { stopAfterPieces: 4, slabBytes: () => 64 * KiB })
  expect(stopped.end).toBeUndefined()
  const [staging = ''] = readdirSync(to.directory)
  expect(staging).toMatch(/^\.src\..+\.pfs-part$/)
  const come = (name: string): boolean =>
    statSync(join(to.directory, staging, 'src', name), { throwIfNoEntry: false })?.size === fileBytes
  const names = Array.from({ length: 40 }, (_, i) => `d${i % 4}/f${i}`)
  const arrived = names.filter(come).length
  expect(arrived).toBeGreaterThan(5)
  expect(arrived).toBeLessThan(40)
  expect([come('d0/f0'), come('d0/f4'), come('d0/f8')]).toEqual([true, true, true])
  // the same size at another time, another size, another name
  write(join(root, 'd0/f0'), fileBytes, 100, 1e9 + 1)
  write(join(root, 'd0/f4'), fileBytes + 1, 101)
  renameSync(join(root, 'd0/f8'), join(root, 'd0/g'))
  const again = await talkTree(from, to)
  expect(again.end).toMatchObject({ kind: 'done' })
  // the three, what was on its way, and what had not come
  expect(again.literalBytes).toBeLessThanOrEqual((40 - arrived + 3 + 1) * (fileBytes + 1))
  expect(again.literalBytes).toBeGreaterThan((40 - arrived + 3 - 1) * fileBytes)
  expectArrived(root, to)
  expect(readdirSync(to.directory)).toEqual(['src'])
  expect(readdirSync(to.jobs)).toEqual([])
})

test('a tree whose files change while they are read comes to no END; the next attempt sends only those', async () => {
  // §15.4-2
  const [from, to] = await sides()
  const root = fill(from)
  const first = await talkTree(from, to, {
    onAnswered: () => {
      appendFileSync(join(root, 'd1/f1'), 'more')
      rmSync(join(root, 'd2/f2'))
      write(join(root, 'd3/f3'), fileBytes, 103, 1e9 + 1)
    },
  })
  expect(first.end).toMatchObject({ kind: 'failed', wire: 'SOURCE_CHANGED' })
  expect(first.changed.map(({ path, error }) => `${path} ${error.code}`).sort()).toEqual([
    'src/d1/f1 PFS_SOURCE_CHANGED',
    'src/d2/f2 PFS_NOT_FOUND',
    'src/d3/f3 PFS_SOURCE_CHANGED',
  ])
  // all the others have come
  expect(first.literalBytes).toBe(37 * fileBytes)
  const second = await talkTree(from, to)
  expect(second.end).toMatchObject({ kind: 'done' })
  expect(second.literalBytes).toBe(2 * fileBytes + 4)
  expectArrived(root, to)
})

test('of what a pool has learnt of trees and files, the files are listed for another pool', async () => {
  // §15.10-3
  const [from, to] = [await makeSide('copy'), await makeSide('copy')]
  const root = fill(from)
  await talkTree(from, to)
  for (const side of [from, to]) expect(await side.storage.listBlobs()).toEqual([])
  const path = join(root, 'd0/f0')
  const { handle } = await from.storage.prepareFile(path)
  const blob = await from.storage.nameSource(handle)
  const [listed, ...more] = await from.storage.listBlobs()
  expect(more).toEqual([])
  expect(listed?.size).toBe(fileBytes)
  expect(equal(listed?.blob ?? blob.subarray(1), blob)).toBe(true)
})

test('to a peer that has nothing go files that are known here between files that are not', async () => {
  const from = await makeSide()
  const root = fill(from)
  await talkTree(from, await makeSide('off'))
  // one, several in a row, the first and the last in the order of the image
  for (const name of ['d0/f0', 'd0/f20', 'd1/f13', 'd1/f17', 'd1/f21', 'd3/f7'])
    write(join(root, name), fileBytes - 7, 100 + name.length, 2e9)
  const to = await makeSide('off')
  const { end, misses, literalBytes, prepared } = await talkTree(from, to)
  expect([end?.kind, misses, literalBytes]).toEqual(['done', 0, prepared.size])
  expectArrived(root, to)
})
