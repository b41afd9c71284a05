// What an object costs that is a little different from what both sides hold: the bytes that differ, whatever chunks they
// lie in, as long as the sender has the old ones. Between two storage sides, with real pools. PROTOCOL.md §14.4

import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { concat } from '../../../src/base/bytes.ts'
import { KiB, MiB } from '../../../src/base/units.ts'
import type { LearnPolicy } from '../../../src/pool/learn.ts'
import { randomBytes } from '../../pool/scratch.ts'
import { makeSide, putFile, type Side, type Talk, talk } from '../conversation.ts'
import { talkTree } from '../tree_conversation.ts'

const pageBytes = 4 * KiB

/** Pages spread over all of it, written anew. Returns how many bytes they are. */
function rewritePages(bytes: Uint8Array, share: number): number {
  const pages = bytes.length / pageBytes
  const count = Math.round(pages * share)
  for (let i = 0; i < count; i++) {
    const page = Math.floor((i * pages) / count) + (i % 7)
    bytes.set(randomBytes(pageBytes, 1000 + i), Math.min(page, pages - 1) * pageBytes)
  }
  return count * pageBytes
}

interface Again extends Talk {
  readonly from: Side
  readonly to: Side
}

interface Twice {
  readonly learn?: LearnPolicy
  /** Between the two sends. */
  readonly meanwhile?: (from: Side, path: string) => Promise<void> | void
}

/** Sends `old`, then `next` by the same path. The receiver ends with `next`, and asked for nothing twice. */
async function sentAgain(old: Uint8Array, next: Uint8Array, twice: Twice = {}): Promise<Again> {
  const [from, to] = [await makeSide(twice.learn), await makeSide()]
  const first = await talk(from, putFile(from, 'file', old), to)
  expect(first.end).toMatchObject({ kind: 'done' })
  const path = putFile(from, 'file', next, 1.1e9)
  await twice.meanwhile?.(from, path)
  const placement = { onConflict: 'overwrite' as const }
  const again = await talk(from, path, to, { placement })
  expect(again.end).toMatchObject({ kind: 'done' })
  expect(readFileSync(join(to.directory, 'file')).equals(next)).toBe(true)
  expect({ misses: again.misses, wants: again.wants }).toEqual({ misses: 0, wants: 0 })
  return { ...again, from, to }
}

describe('a file that was sent before', () => {
  const old = randomBytes(8 * MiB, 1)

  test.each([0.01, 0.1, 0.5])('with %f of its pages rewritten costs these pages', async share => {
    const next = new Uint8Array(old)
    const changed = rewritePages(next, share)
    const { literalBytes, opBytes } = await sentAgain(old, next)
    expect(literalBytes).toBeLessThanOrEqual(changed)
    // some of what was drawn anew is by chance what was there
    expect(literalBytes).toBeGreaterThan(0.98 * changed)
    expect(opBytes).toBeLessThan(0.01 * changed + KiB)
  })

  test('with one byte changed costs a byte', async () => {
    const next = new Uint8Array(old)
    next[5_000_000]! ^= 1
    const { literalBytes, opBytes } = await sentAgain(old, next)
    expect(literalBytes).toBe(1)
    expect(opBytes).toBeLessThan(400)
  })

  test('costs what was put in, wherever that is: at buffers’ ends and in front too', async () => {
    for (const at of [0, 1_000_000, MiB, 2 * MiB - 100, 4_321_000, old.length]) {
      const next = concat(old.subarray(0, at), randomBytes(37, 9), old.subarray(at))
      const { literalBytes } = await sentAgain(old, next)
      // a few bytes on either side are not worth an op
      expect(literalBytes, `at ${at}`).toBeLessThan(37 + 64)
    }
  })

  test('costs next to nothing where something was taken out', async () => {
    const next = concat(old.subarray(0, 3_000_000), old.subarray(3_500_000))
    expect((await sentAgain(old, next)).literalBytes).toBeLessThan(64)
  })

  test('costs no more than before where it packs better than it can be copied', async () => {
    const line = (i: number): string => `2026-11-26 14:15:${i % 60} host pfs[123]: request ${i} took 12 ms\n`
    const text = Buffer.from(Array.from({ length: 40_000 }, (_, i) => line(i)).join(''))
    const next = Buffer.from(text.toString().replaceAll('12 ms', '13 ms'))
    const { literalBytes, opBytes } = await sentAgain(text, next)
    const { literalBytes: alone } = await sentAgain(randomBytes(KiB, 1), next)
    expect(literalBytes + opBytes).toBeLessThan(1.02 * alone)
  })

  test('and is something else altogether costs itself', async () => {
    const { literalBytes } = await sentAgain(old, randomBytes(8 * MiB, 2))
    expect(literalBytes).toBe(8 * MiB)
  })
})

describe('old bytes', () => {
  const old = randomBytes(2 * MiB, 1)
  const next = new Uint8Array(old)
  next[700_000]! ^= 1

  /** Flips a byte of every 4 KiB of what the pool's segments hold. */
  function rot(side: Side): void {
    const folder = join(side.pool, 'segments')
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name))
      for (let at = 0; at < old.length; at += 4096) {
        const found = bytes.indexOf(old.subarray(at, at + 32))
        if (found >= 0) bytes[found]! ^= 1
      }
      const fd = openSync(join(folder, name), 'r+')
      writeSync(fd, bytes)
      closeSync(fd)
    }
  }

  test('that are rotten are not used, and nothing has to be repaired (§14.4-3)', async () => {
    const { literalBytes } = await sentAgain(old, next, { meanwhile: rot })
    expect(literalBytes).toBeGreaterThan(8 * KiB)
  })

  test('that lay in the file that was changed are gone: the chunk travels', async () => {
    const { literalBytes } = await sentAgain(old, next, { learn: 'place' })
    expect(literalBytes).toBeGreaterThan(8 * KiB)
  })

  test('are looked at without the pool forgetting what it could not read', async () => {
    const { from } = await sentAgain(old, next, { learn: 'place' })
    const path = putFile(from, 'file', old, 1e9) // as it was
    const { handle, prepared } = await from.storage.prepareFile(path)
    await from.storage.closeSource(handle)
    expect(prepared.candidates).toHaveLength(1)
  })
})

describe('a tree', () => {
  async function treeAgain(change: (path: string) => void) {
    const [from, to] = [await makeSide(), await makeSide()]
    const root = join(from.directory, 'src')
    mkdirSync(root)
    for (let i = 0; i < 12; i++) {
      writeFileSync(join(root, `file-${i}`), randomBytes(i < 6 ? 20 * KiB : MiB + i, i))
      utimesSync(join(root, `file-${i}`), 1e9, 1e9)
    }
    expect((await talkTree(from, to)).end).toMatchObject({ kind: 'done' })
    change(root)
    const again = await talkTree(from, to, { placement: { onConflict: 'overwrite' } })
    expect(again.end).toMatchObject({ kind: 'done' })
    for (let i = 0; i < 12; i++) {
      const [here, there] = [root, join(to.directory, 'src')].map(at => readFileSync(join(at, `file-${i}`)))
      expect(there?.equals(here ?? Buffer.alloc(0)), `file-${i}`).toBe(true)
    }
    expect(again.misses).toBe(0)
    return again
  }
  const rewrite = (path: string, change: (bytes: Buffer) => Uint8Array): void => {
    writeFileSync(path, change(readFileSync(path)))
    utimesSync(path, 1.1e9, 1.1e9)
  }

  test('of which one file has a page rewritten costs the page', async () => {
    const { literalBytes } = await treeAgain(root =>
      rewrite(join(root, 'file-8'), bytes => {
        bytes.set(randomBytes(pageBytes, 77), 400_000)
        return bytes
      }),
    )
    expect(literalBytes).toBeLessThanOrEqual(pageBytes)
  })

  test('of which a small and a large file have grown in the middle costs what is new', async () => {
    const { literalBytes } = await treeAgain(root => {
      for (const name of ['file-3', 'file-9'])
        rewrite(join(root, name), bytes =>
          concat(bytes.subarray(0, 9000), randomBytes(50, 78), bytes.subarray(9000)),
        )
    })
    expect(literalBytes).toBeLessThan(2 * (50 + 64))
  })
})
