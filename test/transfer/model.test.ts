// Whatever the old and the new file are, whatever the receiver holds, forgot or has damaged: what it builds is the
// sender's file. The sending and the receiving storage side against each other, without a network.

import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, equal } from '../../src/base/bytes.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { randomBytes } from '../pool/scratch.ts'
import { isPoolClean, makeSide, openSide, putFile, type Side, talk } from './conversation.ts'

type Edit =
  | { readonly kind: 'insert' | 'replace'; readonly at: number; readonly size: number; readonly seed: number }
  | { readonly kind: 'remove' | 'zero' | 'text'; readonly at: number; readonly size: number }
  | { readonly kind: 'move'; readonly at: number; readonly size: number; readonly to: number }

const at = fc.integer({ min: 0, max: 1500 * KiB })
const size = fc.integer({ min: 1, max: 300 * KiB })
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('insert' as const, 'replace' as const),
    at,
    size,
    seed: fc.integer({ min: 1, max: 99 }),
  }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'zero' as const, 'text' as const), at, size }),
  fc.record({ kind: fc.constant('move' as const), at, size, to: at }),
)

const line = 'the same line of text, again and again and again\n'

function edited(bytes: Uint8Array, change: Edit): Uint8Array {
  const from = Math.min(change.at, bytes.length)
  const to = Math.min(from + change.size, bytes.length)
  const before = bytes.subarray(0, from)
  const after = bytes.subarray(to)
  switch (change.kind) {
    case 'insert':
      return concat(before, randomBytes(change.size, change.seed), bytes.subarray(from))
    case 'replace':
      return concat(before, randomBytes(to - from, change.seed), after)
    case 'remove':
      return concat(before, after)
    case 'zero':
      return concat(before, new Uint8Array(change.size), after)
    case 'text':
      return concat(before, Buffer.from(line.repeat(Math.ceil(change.size / line.length))), after)
    case 'move': {
      const rest = concat(before, after)
      const place = Math.min(change.to, rest.length)
      return concat(rest.subarray(0, place), bytes.subarray(from, to), rest.subarray(place))
    }
  }
}

/** Overwrites bytes in the middle of every segment. */
function damage({ pool }: Side, share: number): void {
  const directory = join(pool, 'segments')
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    const fd = openSync(path, 'r+')
    writeSync(fd, randomBytes(64, 77), 0, 64, Math.floor(statSync(path).size * share))
    closeSync(fd)
  }
}

/** A new process at the receiver: what it has seen it knows only from its disk. */
async function reopened(side: Side): Promise<Side> {
  await side.storage.close()
  return await openSide(dirname(side.pool))
}

test('a new version arrives identical, whatever was edited and whatever the receiver lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        oldBytes: fc.constantFrom(0, 1, 16 * KiB, 700 * KiB, 1500 * KiB),
        edits: fc.array(edit, { maxLength: 5 }),
        hasCandidate: fc.boolean(),
        damageAt: fc.option(fc.double({ min: 0.05, max: 0.9, noNaN: true })),
        stopAfterPieces: fc.option(fc.integer({ min: 1, max: 4 })),
        compress: fc.boolean(),
        slabBytes: fc.integer({ min: 500, max: 300 * KiB }),
        order: fc.integer({ min: 0, max: 3 }),
      }),
      async ({ oldBytes, edits, hasCandidate, damageAt, stopAfterPieces, compress, slabBytes, order }) => {
        const from = await makeSide()
        let to = await makeSide()
        const old = randomBytes(oldBytes, 5)
        const path = putFile(from, 'file', old)
        if (hasCandidate) {
          expect(await talk(from, path, to)).toMatchObject({ end: { kind: 'done' } })
        }
        if (hasCandidate && damageAt !== null) {
          to = await reopened(to)
          damage(to, damageAt)
        }
        const fresh = edits.reduce(edited, old)
        putFile(from, 'file', fresh, 1.1e9)
        const network = { compress, slabBytes: () => slabBytes, pick: (count: number) => order % count }
        const placement = { onConflict: 'overwrite' as const }
        if (stopAfterPieces !== null) {
          await talk(from, path, to, { placement, ...network, stopAfterPieces })
          to = await reopened(to)
        }
        const { end, isUnchanged } = await talk(from, path, to, { placement, ...network })
        expect(isUnchanged || end?.kind).toEqual(isUnchanged || 'done')
        expect(equal(readFileSync(join(to.directory, 'file')), fresh)).toBe(true)
        if (!isUnchanged) {
          expect(readdirSync(to.directory)).toEqual(['file'])
          expect(readdirSync(to.jobs)).toEqual([])
        }
        await from.storage.close()
        await to.storage.close()
        expect(await isPoolClean(from.pool)).toBe(true)
        if (damageAt === null) expect(await isPoolClean(to.pool)).toBe(true)
        rmSync(dirname(from.pool), { recursive: true })
        rmSync(dirname(to.pool), { recursive: true })
      },
    ),
    { numRuns: 25 },
  )
}, 30_000)

test('one changed place in 3 MiB costs a few chunks and hardly an op', async () => {
  const from = await makeSide()
  const to = await makeSide()
  const old = randomBytes(3 * MiB, 1)
  const path = putFile(from, 'file', old)
  await talk(from, path, to)
  const fresh = Uint8Array.from(old)
  fresh.set(randomBytes(100, 2), MiB)
  putFile(from, 'file', fresh, 1.1e9)
  const { literalBytes, opBytes } = await talk(from, path, to, { placement: { onConflict: 'overwrite' } })
  expect(literalBytes).toBeLessThan(400 * KiB)
  expect(literalBytes).toBeGreaterThanOrEqual(100)
  expect(opBytes).toBeLessThan(100)
  expect(equal(readFileSync(join(to.directory, 'file')), fresh)).toBe(true)
})

test('what an earlier attempt left is not sent again', async () => {
  const from = await makeSide()
  let to = await makeSide()
  const bytes = randomBytes(4 * MiB, 3)
  const path = putFile(from, 'file', bytes)
  await talk(from, path, to, { stopAfterPieces: 4 })
  to = await reopened(to)
  const { verdict, literalBytes, end } = await talk(from, path, to)
  expect(verdict).toMatchObject({ kind: 'answer', state: 'open' })
  expect(end).toMatchObject({ kind: 'done' })
  expect(literalBytes).toBeLessThan(bytes.length - MiB)
  expect(equal(readFileSync(join(to.directory, 'file')), bytes)).toBe(true)
})

test('an object the receiver has whole is built from its pool, and nothing is sent', async () => {
  const from = await makeSide()
  const to = await makeSide()
  const path = putFile(from, 'file', randomBytes(2 * MiB, 4))
  await talk(from, path, to)
  rmSync(join(to.directory, 'file'))
  const again = await talk(from, path, to)
  expect(again).toMatchObject({ verdict: { state: 'whole' }, misses: 0, literalBytes: 0, opBytes: 0 })
  expect(again.end).toMatchObject({ kind: 'done', stats: { reusedBytes: 2 * MiB, literalBytes: 0 } })
})

test('a chunk that rotted in the pool is asked for, and comes as a literal', async () => {
  const from = await makeSide()
  let to = await makeSide()
  const bytes = randomBytes(2 * MiB, 6)
  const path = putFile(from, 'file', bytes)
  await talk(from, path, to)
  rmSync(join(to.directory, 'file'))
  to = await reopened(to)
  damage(to, 0.5)
  const again = await talk(from, path, to)
  expect(again).toMatchObject({ verdict: { state: 'whole' }, misses: 1, end: { kind: 'done' } })
  expect(again.literalBytes).toBeLessThanOrEqual(256 * KiB)
  expect(equal(readFileSync(join(to.directory, 'file')), bytes)).toBe(true)
})

test('bytes that were turned over on the way are found by the tree and sent again', async () => {
  const from = await makeSide()
  const to = await makeSide()
  const bytes = randomBytes(4 * MiB, 7)
  const path = putFile(from, 'file', bytes)
  let slabs = 0
  const onSlab = (slab: Uint8Array): void => {
    if (++slabs === 5) slab[1000] = 255 - (slab[1000] ?? 0)
  }
  const { end, wants, misses, literalBytes } = await talk(from, path, to, { onSlab, compress: false })
  expect(end).toMatchObject({ kind: 'done' })
  expect({ misses, wants: wants >= 2 }).toEqual({ misses: 1, wants: true })
  expect(literalBytes - bytes.length).toBeLessThanOrEqual(128 * KiB)
  expect(equal(readFileSync(join(to.directory, 'file')), bytes)).toBe(true)
})
