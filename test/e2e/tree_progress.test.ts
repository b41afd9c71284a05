// How far a tree is, in files and in bytes that did not travel, as both sides tell it: by real sessions over loopback, from
// the first attempt over one that was cut off to one that costs nothing.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/base/units.ts'
import type { TransferSummary } from '../../src/transfer/events.ts'
import { randomBytes } from '../pool/scratch.ts'
import { Meeting, type Told } from '../support/sessions.ts'

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})
afterEach(() => meeting.remove())

const fileCount = 240
const fileBytes = 32 * KiB

/** 240 files of 32 KiB, 10 empty ones among them, in 5 directories. */
function tree(): string {
  const root = meeting.directory('tree')
  for (let i = 0; i < fileCount; i++) {
    const folder = join(root, `d${i % 5}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `f${i}`), randomBytes(i % 24 === 0 ? 0 : fileBytes, i + 1))
  }
  return root
}

/** Files never grow fewer, nor more than there are, and never more than the bytes that are there can fill. */
function expectTold(told: Told, summary: TransferSummary | undefined): void {
  const all = told.all('progress')
  for (const [i, { doneFiles, totalFiles, doneBytes, reusedBytes, totalBytes }] of all.entries()) {
    expect(totalFiles).toBe(fileCount)
    expect(doneFiles).toBeLessThanOrEqual(fileCount)
    expect(doneFiles).toBeGreaterThanOrEqual(all[i - 1]?.doneFiles ?? 0)
    expect((doneFiles - 10) * fileBytes).toBeLessThanOrEqual(doneBytes)
    expect(reusedBytes).toBeLessThanOrEqual(totalBytes)
  }
  const { sizeBytes, reusedBytes } = summary ?? {}
  expect(all.at(-1)).toMatchObject({ doneFiles: fileCount, doneBytes: sizeBytes, reusedBytes })
}

test('a new tree, one that goes on, and one that is known', async () => {
  const paths = [tree()]
  const limited = await meeting.receiver({ maxWireBytes: 4 * MiB })
  await meeting.sender(limited.port, { paths }).result.catch(() => {})
  await limited.result.catch(() => {})
  const before = limited.told.all('progress').at(-1)
  expect(before?.totalFiles).toBe(fileCount)
  // how far it was when the limit came is chance; that it was no less than the empty files, and true, is not
  const { doneFiles = 0, doneBytes = 0 } = before ?? {}
  expect(doneFiles).toBeGreaterThanOrEqual(10)
  expect((doneFiles - 10) * fileBytes).toBeLessThanOrEqual(doneBytes)
  expect(before?.doneFiles).toBeLessThan(fileCount)
  expect(before?.reusedBytes).toBe(0)

  const resumed = await meeting.transfer({ paths })
  expectTold(resumed.there.told, resumed.received)
  expectTold(resumed.here.told, resumed.sent)
  // what the attempt before has built counts from the beginning
  const [first] = resumed.there.told.all('progress')
  expect(first?.doneFiles).toBeGreaterThan(40)
  expect(first?.doneFiles).toBeGreaterThanOrEqual(doneFiles)
  expect(resumed.received?.reusedBytes).toBeGreaterThan(MiB)
  expect(resumed.sent.reusedBytes).toBe(resumed.received?.reusedBytes)

  rmSync(join(meeting.out, 'tree'), { recursive: true })
  const known = await meeting.transfer({ paths })
  expectTold(known.there.told, known.received)
  expectTold(known.here.told, known.sent)
  expect(known.received?.reusedBytes).toBe(known.sent.sizeBytes)
})

test('of files that stay as they are here nobody waits', async () => {
  const root = tree()
  // a file where a directory would be: of that nothing is wanted, 48 files
  writeFileSync(join(meeting.directory('out', 'tree'), 'd0'), 'a file')
  const { here, there: receiver } = await meeting.transfer({ paths: [root] }, { onConflict: 'skip' })
  for (const { told } of [here, receiver])
    expect(told.all('progress').at(-1)).toMatchObject({ doneFiles: 192, totalFiles: 192 })
})

test('a single file is one of one, and none of one until all of it is there', async () => {
  const paths = [meeting.at('f')]
  writeFileSync(meeting.at('f'), randomBytes(16 * MiB, 1))
  const limited = await meeting.receiver({ maxWireBytes: 4 * MiB })
  await meeting.sender(limited.port, { paths }).result.catch(() => {})
  await limited.result.catch(() => {})
  expect(limited.told.all('progress').at(-1)).toMatchObject({ doneFiles: 0, totalFiles: 1 })

  const { here, there } = await meeting.transfer({ paths })
  for (const { told } of [here, there]) {
    // which of them a caller sees is chance, all but the last
    const all = told.all('progress')
    for (const { doneFiles, totalFiles, doneBytes, totalBytes } of all)
      expect([doneFiles, totalFiles]).toEqual([Number(doneBytes >= totalBytes), 1])
    expect(all.at(-1)).toMatchObject({ doneFiles: 1, doneBytes: 16 * MiB })
  }
})
