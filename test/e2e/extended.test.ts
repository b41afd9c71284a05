// What a file costs on the wire that both sides had before it changed a little: by real sessions over loopback, all packets
// of the sender counted.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { concat } from '../../src/base/bytes.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { randomBytes } from '../pool/scratch.ts'
import { codeOf, Meeting } from '../support/sessions.ts'

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})
afterEach(() => meeting.remove())

const pageBytes = 4 * KiB
const old = randomBytes(16 * MiB, 1)

/** So many pages, evenly spread. */
function withPages(share: number): { next: Uint8Array; changed: number } {
  const next = new Uint8Array(old)
  const pages = next.length / pageBytes
  const count = Math.round(pages * share)
  for (let i = 0; i < count; i++)
    next.set(randomBytes(pageBytes, 100 + i), Math.floor((i * pages) / count) * pageBytes)
  return { next, changed: count * pageBytes }
}

async function sentAgain(next: Uint8Array): Promise<number> {
  const path = meeting.at('f')
  writeFileSync(path, old)
  await meeting.transfer({ paths: [path] })
  writeFileSync(path, next)
  const { sent } = await meeting.transfer({ paths: [path] }, { onConflict: 'overwrite' })
  expect(readFileSync(join(meeting.out, 'f')).equals(next)).toBe(true)
  // loopback carries larger packets than a network does: finding out takes one of that size
  const probeBytes = sent.transport.datagramBytes
  return sent.wireBytes - probeBytes
}

test.each([0.01, 0.1])('%f of the pages rewritten cost these pages', async share => {
  const { next, changed } = withPages(share)
  expect(await sentAgain(next)).toBeLessThan(1.1 * changed + 64 * KiB)
})

describe('next to nothing', () => {
  test('is what one byte costs', async () => {
    const next = new Uint8Array(old)
    next[9_876_543]! ^= 1
    expect(await sentAgain(next)).toBeLessThan(4 * KiB)
  })
  test('is what 37 bytes in front cost', async () => {
    expect(await sentAgain(concat(randomBytes(37, 2), old))).toBeLessThan(8 * KiB)
  })
})

test('a dry run says so', async () => {
  const path = meeting.at('f')
  writeFileSync(path, old)
  await meeting.transfer({ paths: [path] })
  const { next, changed } = withPages(0.01)
  writeFileSync(path, next)
  const there = await meeting.receiver({ onConflict: 'overwrite' })
  const { planned } = await meeting.sender(there.port, { paths: [path], isDryRun: true }).result
  there.abort()
  await codeOf(there.result)
  expect(planned?.literalBytes).toBeLessThanOrEqual(changed)
  expect(planned?.literalBytes).toBeGreaterThan(0.98 * changed)
})

test('a stream that is another version of the last costs what differs', async () => {
  const stream = (bytes: Uint8Array) => ({
    name: 's',
    chunks: (async function* () {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
    })(),
  })
  await meeting.transfer({ stream: stream(old) })
  const next = concat(old.subarray(0, 5_000_000), randomBytes(37, 2), old.subarray(5_000_000))
  const { sent } = await meeting.transfer({ stream: stream(next) }, { onConflict: 'overwrite' })
  expect(readFileSync(join(meeting.out, 's')).equals(next)).toBe(true)
  expect(next.length - sent.reusedBytes).toBeLessThan(37 + 64)
})
