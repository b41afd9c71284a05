// Files of a tree that are not what they were when they come to be read: each is named and left out of what is sent, all
// others go, and the next attempt sends what is there then.

import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KiB } from '../../../../src/base/units.ts'
import { randomBytes } from '../../../pool/scratch.ts'
import { makePipe } from '../../../support/confined_world.ts'
import { differences, lookAtTree } from '../../../support/tree_walker.ts'
import { makeSide } from '../../conversation.ts'
import { talkTree } from '../../tree_conversation.ts'

const lengths = { short: 5_000, long: 700 * KiB } as const

const changes: Readonly<Record<string, (path: string) => void>> = {
  'appended to': path => appendFileSync(path, 'more'),
  'cut short': path => truncateSync(path, statSync(path).size / 2),
  touched: path => utimesSync(path, 2e9, 2e9),
  'written over': path => writeFileSync(path, randomBytes(statSync(path).size, 99)),
  'replaced by a link': path => {
    renameSync(path, `${path}-moved`)
    symlinkSync(`${path}-moved`, path)
    // it leads to the very bytes
  },
  'replaced by a directory': path => {
    rmSync(path)
    mkdirSync(path)
  },
  'replaced by a pipe that nobody writes to': path => {
    rmSync(path)
    makePipe(path)
  },
  removed: path => rmSync(path),
  'gone with its directory': path => rmSync(join(path, '..'), { recursive: true }),
}

const cases = Object.keys(changes).flatMap(change =>
  (['short', 'long'] as const).map(length => [length, change] as const),
)

test.each(cases)('a %s file that is %s', async (length, change) => {
  const [from, to] = [await makeSide('off'), await makeSide('off')]
  const root = join(from.directory, 'src')
  mkdirSync(join(root, 'd'), { recursive: true })
  const write = (name: string, bytes: number, seed: number): void => {
    writeFileSync(join(root, name), randomBytes(bytes, seed))
    utimesSync(join(root, name), 1e9, 1e9)
  }
  const others = ['a', 'b', 'y', 'z']
  for (const [seed, name] of others.entries()) write(name, seed % 2 === 0 ? 20_000 : 300_000, seed)
  write('d/it', lengths[length], 9)
  const first = await talkTree(from, to, { onAnswered: () => changes[change]?.(join(root, 'd/it')) })
  expect(first.end).toMatchObject({ kind: 'failed', wire: 'SOURCE_CHANGED' })
  expect(first.changed.map(({ path }) => path)).toEqual(['src/d/it'])
  expect(first.literalBytes).toBe(2 * 320_000)
  const second = await talkTree(from, to)
  expect(second.end).toMatchObject({ kind: 'done' })
  expect(second.literalBytes).toBeLessThanOrEqual(lengths[length] + 4)
  for (const name of others)
    expect(readFileSync(join(to.directory, 'src', name)).equals(readFileSync(join(root, name))), name).toBe(
      true,
    )
  // what is no file, directory or inner link has no place in a tree
  for (const path of [join(root, 'd/it')])
    if (change.endsWith('link') || change.includes('pipe')) rmSync(path)
  const exact = { timesIn: 'micros' } as const
  const [sent, arrived] = [lookAtTree(root, exact), lookAtTree(join(to.directory, 'src'), exact)]
  for (const tree of [sent, arrived]) for (const path of ['.', './d']) tree.delete(path) // a change changes their times
  expect(differences(sent, arrived)).toEqual([])
})

test('a file that changes after it was read, before the last is, is found out at the end', async () => {
  const [from, to] = [await makeSide('off'), await makeSide('off')]
  const root = join(from.directory, 'src')
  mkdirSync(root)
  for (const name of ['a', 'b'])
    writeFileSync(join(root, name), randomBytes(6 * 1024 * KiB, name.charCodeAt(0)))
  let isChanged = false
  const first = await talkTree(from, to, {
    slabBytes: () => 64 * KiB,
    onSlab: () => {
      // a scan reads ahead of what is sent by 4 MiB: the first is being read still
      if (!isChanged) appendFileSync(join(root, 'a'), 'more')
      isChanged = true
    },
  })
  expect(first.end).toMatchObject({ kind: 'failed' })
  expect(first.changed.map(({ path }) => path)).toEqual(['src/a'])
})
