// Links on their way between two storage sides: kept as they are, or what they lead to in their place, at the top and
// below, whatever its size.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { randomBytes, scratch } from '../../../pool/scratch.ts'
import { makeSide } from '../../conversation.ts'
import { talkTree } from '../../tree_conversation.ts'

function outside(): string {
  const root = scratch(true)
  mkdirSync(join(root, 'd'))
  writeFileSync(join(root, 'short'), 'short')
  writeFileSync(join(root, 'long'), randomBytes(500_000, 1))
  writeFileSync(join(root, 'd/deep'), 'deep')
  return root
}

test('what is followed arrives as files and directories, again when it is known, and when it has changed', async () => {
  const [from, to] = [await makeSide(), await makeSide()]
  const there = outside()
  const root = join(from.directory, 'src')
  mkdirSync(root)
  for (const name of ['short', 'long', 'd']) symlinkSync(join(there, name), join(root, name))
  const expectSame = (): void => {
    const out = join(to.directory, 'src')
    expect(readdirSync(out).sort()).toEqual(['d', 'long', 'short'])
    for (const name of ['short', 'long', 'd/deep']) {
      expect(lstatSync(join(out, name)).isFile()).toBe(true)
      expect(readFileSync(join(out, name)).equals(readFileSync(join(there, name))), name).toBe(true)
    }
  }
  const options = { request: { links: 'follow' }, placement: { onConflict: 'overwrite' } } as const
  expect((await talkTree(from, to, options)).end).toMatchObject({ kind: 'done', stats: { failed: [] } })
  expectSame()
  expect((await talkTree(from, to, options)).end).toMatchObject({
    kind: 'done',
    stats: { isUnchanged: true },
  })
  writeFileSync(join(there, 'short'), 'other')
  writeFileSync(join(there, 'd/deep'), 'deeper')
  const third = await talkTree(from, to, options)
  expect(third.end).toMatchObject({ kind: 'done', stats: { failed: [] } })
  expect(third.literalBytes).toBe('otherdeeper'.length)
  expectSame()
})

test('a top is what it points at, however links below are dealt with', async () => {
  const [from, to] = [await makeSide('off'), await makeSide('off')]
  const there = outside()
  symlinkSync('short', join(there, 'link'))
  symlinkSync(there, join(from.directory, 'tree'))
  symlinkSync(join(there, 'short'), join(from.directory, 'file'))
  const sent = await talkTree(from, to, { tops: ['tree', 'file'] })
  expect(sent.end).toMatchObject({ kind: 'done', stats: { failed: [], fileCount: 4 } })
  expect(sent.tree.failures).toEqual([])
  expect(lstatSync(join(to.directory, 'file')).isFile()).toBe(true)
  expect(readFileSync(join(to.directory, 'file'), 'utf8')).toBe('short')
  expect(readFileSync(join(to.directory, 'tree/d/deep'), 'utf8')).toBe('deep')
  expect(readlinkSync(join(to.directory, 'tree/link'))).toBe('short')
})
