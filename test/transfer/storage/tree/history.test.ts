// What earlier sends tell of a tree is believed where every mark is the same, and nowhere else: nothing of it is read, and
// no change is overlooked.

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { equal } from '../../../../src/base/bytes.ts'
import { randomBytes } from '../../../pool/scratch.ts'
import { differences, lookAtTree } from '../../../support/tree_walker.ts'
import { makeSide, type Side } from '../../conversation.ts'
import { talkTree } from '../../tree_conversation.ts'

/** To what both twins set. */
const exact = { timesIn: 'micros' } as const

async function sent(learn: 'copy' | 'auto' = 'copy') {
  const [from, to] = [await makeSide(learn), await makeSide(learn)]
  const root = join(from.directory, 'src')
  mkdirSync(join(root, 'd'), { recursive: true })
  for (let i = 0; i < 6; i++) put(join(root, i % 2 ? 'd' : '', `f${i}`), i)
  const first = await talkTree(from, to)
  expect(first.end).toMatchObject({ kind: 'done' })
  return { from, to, root, blob: first.end?.kind === 'done' ? first.end.blob : new Uint8Array(0) }
}

function put(path: string, seed: number): void {
  writeFileSync(path, randomBytes(40_000, seed))
  utimesSync(path, 1e9, 1e9)
}

const prepare = (side: Side, name = 'src') =>
  side.storage.prepareTree({
    tops: [{ path: Buffer.from(join(side.directory, name)), name: Buffer.from(name) }],
    links: 'keep',
    hasOwners: false,
    rules: { include: [], exclude: [], only: undefined, ignoreFiles: false },
    without: [],
  })

describe.each(['copy', 'auto'] as const)('with a pool that learns by %s', learn => {
  test('a tree in which nothing has changed is named without reading a file, on both sides', async () => {
    const { from, to, blob } = await sent(learn)
    for (const side of [from, to]) {
      const { prepared } = await prepare(side)
      expect(prepared.blob && equal(prepared.blob, blob)).toBe(true)
    }
    const again = await talkTree(from, to)
    expect(again.verdicts.at(-1)).toMatchObject({ state: 'whole' })
    expect(again.end).toMatchObject({ kind: 'done', stats: { isUnchanged: true } })
  })

  test('a file with the same size and time, and another content, is read', async () => {
    const { from, to, root } = await sent(learn)
    for (const change of [
      () => put(join(root, 'f2'), 22), // in place: ctime
      () => {
        put(join(root, 'new'), 44)
        renameSync(join(root, 'new'), join(root, 'f4')) // another inode
      },
    ]) {
      change()
      expect((await prepare(from)).prepared.blob).toBeUndefined()
      const again = await talkTree(from, to, { placement: { onConflict: 'overwrite' } })
      expect(again.end).toMatchObject({ kind: 'done' })
      expect(again.literalBytes).toBe(40_000)
      expect(differences(lookAtTree(root, exact), lookAtTree(join(to.directory, 'src'), exact))).toEqual([])
    }
  })

  test('what was changed behind the receiver is found out by reading it, and put right', async () => {
    const { from, to, root } = await sent(learn)
    const there = join(to.directory, 'src/d/f3')
    const { mtimeNs } = statSync(there, { bigint: true })
    writeFileSync(there, randomBytes(40_000, 77))
    utimesSync(there, Number(mtimeNs / 1_000_000_000n), Number(mtimeNs / 1_000_000_000n))
    const again = await talkTree(from, to, { placement: { onConflict: 'overwrite' } })
    expect(again.end).toMatchObject({ kind: 'done', stats: { isUnchanged: false } })
    expect(differences(lookAtTree(root, exact), lookAtTree(join(to.directory, 'src'), exact))).toEqual([])
  })

  test('what stayed in place of what was sent is never taken for it', async () => {
    for (const onConflict of ['skip', 'newer'] as const) {
      const [from, to] = [await makeSide(learn), await makeSide(learn)]
      const root = join(from.directory, 'src')
      for (const side of [from, to]) mkdirSync(join(side.directory, 'src'))
      for (let i = 0; i < 4; i++) put(join(root, `f${i}`), i)
      put(join(to.directory, 'src/f2'), 77) // of that size and time
      expect((await talkTree(from, to, { placement: { onConflict } })).end).toMatchObject({ kind: 'done' })
      const ours = join(to.directory, 'src/f2')
      expect(readFileSync(ours).equals(randomBytes(40_000, 77))).toBe(true)
      expect((await prepare(to)).prepared.blob, 'what is sent from here').toBeUndefined()
      const again = await talkTree(from, to, { placement: { onConflict: 'overwrite' } })
      expect(again.end).toMatchObject({ kind: 'done' })
      expect(differences(lookAtTree(root, exact), lookAtTree(join(to.directory, 'src'), exact))).toEqual([])
    }
  })

  test('what has just been written is not believed: it could have been written again in the same moment', async () => {
    const { from, to, root } = await sent(learn)
    writeFileSync(join(root, 'f0'), randomBytes(40_000, 5))
    await talkTree(from, to, { placement: { onConflict: 'overwrite' } })
    expect((await prepare(from)).prepared.blob).toBeUndefined()
  })
})

describe('what lies about', () => {
  test('a link in place of the directory for parts is not followed', async () => {
    const [from, to] = [await makeSide('off'), await makeSide('off')]
    mkdirSync(join(from.directory, 'src'))
    for (let i = 0; i < 30; i++) put(join(from.directory, 'src', `f${i}`), i)
    await talkTree(from, to, { stopAfterPieces: 2 })
    const [part = ''] = readdirSync(to.directory)
    const elsewhere = join(to.jobs, '..', 'elsewhere')
    renameSync(join(to.directory, part), elsewhere)
    const before = readdirSync(elsewhere, { recursive: true })
    symlinkSync(elsewhere, join(to.directory, part))
    await expect(talkTree(from, to)).rejects.toMatchObject({ code: 'PFS_WRITE', message: /in the way/ })
    expect(readdirSync(elsewhere, { recursive: true })).toEqual(before)
    rmSync(join(to.directory, part))
    expect((await talkTree(from, to)).end).toMatchObject({ kind: 'done' })
    expect(readdirSync(to.directory)).toEqual(['src'])
  })
})
