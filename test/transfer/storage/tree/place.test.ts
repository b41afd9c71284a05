// A built tree on its way to its place, by both twins: everything as it was named and nothing anywhere else, what is there
// dealt with as the owner wants, and single entries that fail alone.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decide } from '../../../../src/transfer/storage/tree/decide.ts'
import { survey } from '../../../../src/transfer/storage/tree/survey.ts'
import { Ground, manifestOf, mtimeNanos, put, twins } from './world.ts'

const textOf = (path: string): string => readFileSync(path, 'utf8')

describe.each(twins)('by the twin $name: what a tree names', twin => {
  test('is made below the target, and links that lead out are refused one by one', async () => {
    // §13.6-4
    const ground = new Ground(twin)
    writeFileSync(`${ground.root}/victim`, 'mine')
    const made = manifestOf({
      'src/file': 'ours',
      'src/inside': { text: 'file' },
      'src/d/up': { text: '../file' },
      'src/absolute': { text: `${ground.root}/victim` },
      'src/out': { text: '../../victim' },
      'src/round': { text: 'd/../../src/file' },
      'src/d/out': { text: '../../target' },
      top: { text: 'src' },
    })
    const { failed } = await put(ground, made)
    expect(failed).toEqual({
      'src/absolute': 'PFS_WRITE',
      'src/out': 'PFS_WRITE',
      'src/round': 'PFS_WRITE',
      'src/d/out': 'PFS_WRITE',
      top: 'PFS_WRITE',
    })
    expect(readdirSync(ground.at())).toEqual(['src'])
    expect(readdirSync(ground.at('src')).sort()).toEqual(['d', 'file', 'inside'])
    expect(readdirSync(ground.at('src', 'd'))).toEqual(['up'])
    expect(readlinkSync(ground.at('src', 'd', 'up'))).toBe('../file')
    expect(readdirSync(ground.root).sort()).toEqual(['staging', 'target', 'victim'])
    expect(textOf(`${ground.root}/victim`)).toBe('mine')
  })

  test('goes through no link that stands at the target, and replaces none on its way', async () => {
    // §13.6-4
    const ground = new Ground(twin)
    mkdirSync(`${ground.root}/elsewhere`)
    writeFileSync(`${ground.root}/elsewhere/a`, 'mine')
    mkdirSync(ground.at('src'))
    symlinkSync('../../elsewhere', ground.at('src', 'd'))
    const made = manifestOf({ 'src/d/a': 'theirs', 'src/d/new': 'theirs', 'src/b': 'theirs' })
    const { failed } = await put(ground, made, { policy: 'rename' })
    expect(Object.keys(failed)).toEqual(['src/d'])
    expect(textOf(ground.at('src', 'b'))).toBe('theirs')
    expect(readlinkSync(ground.at('src', 'd'))).toBe('../../elsewhere')
    expect(readdirSync(`${ground.root}/elsewhere`)).toEqual(['a'])
    expect(textOf(`${ground.root}/elsewhere/a`)).toBe('mine')
    // who wants it replaced loses the link, never what it leads to
    const again = new Ground(twin)
    mkdirSync(again.at('src'))
    symlinkSync(`${ground.root}/elsewhere`, again.at('src', 'd'))
    expect((await put(again, made, { policy: 'overwrite' })).failed).toEqual({})
    expect(lstatSync(again.at('src', 'd')).isDirectory()).toBe(true)
    expect(textOf(`${ground.root}/elsewhere/a`)).toBe('mine')
  })

  test('gets mode and time as they were sent, of links and directories too', async () => {
    const ground = new Ground(twin)
    const before1970 = -5_000_000_001_000_000n
    const made = manifestOf({
      src: { directory: true, mode: 0o750, mtimeNanos },
      'src/a': { content: 'a', mode: 0o640, mtimeNanos: mtimeNanos + 1_000n },
      'src/closed': { directory: true, mode: 0o500, mtimeNanos: mtimeNanos + 2_000n },
      'src/closed/in': { content: 'x', mode: 0o400, mtimeNanos: before1970 },
      'src/link': { text: 'a', mtimeNanos: mtimeNanos + 3_000n },
      'src/none': { content: 'none may', mode: 0 },
    })
    expect(await put(ground, made)).toMatchObject({ failed: {}, placed: { isUnchanged: false } })
    const of = (name: string) => lstatSync(ground.at(name), { bigint: true })
    const seen = (name: string) => [(of(name).mode & 0o7777n).toString(8), of(name).mtimeNs]
    expect(seen('src')).toEqual(['750', mtimeNanos])
    expect(seen('src/a')).toEqual(['640', mtimeNanos + 1_000n])
    expect(seen('src/closed')).toEqual(['500', mtimeNanos + 2_000n])
    expect(seen('src/closed/in')).toEqual(['400', before1970])
    expect(of('src/link').mtimeNs).toBe(mtimeNanos + 3_000n)
    expect(seen('src/none')).toEqual(['0', mtimeNanos])
  })

  test('gets no set-user-id bit but with the owner it was set by', async () => {
    const made = manifestOf({
      'src/su': { content: 'x', mode: 0o6755, owner: { user: 1234, group: 4321 } },
      'src/plain': { content: 'x', owner: { user: 1234, group: 4321 } },
      'src/nobodys': { content: 'x', mode: 0o4755 },
      'src/d': { directory: true, mode: 0o2755, owner: { user: 1, group: 2 } },
      'src/e': { directory: true, mode: 0o2555, owner: { user: 1, group: 2 } },
    })
    const seen = (ground: Ground) =>
      ['su', 'plain', 'nobodys', 'd', 'e'].map(name => {
        const { mode, uid, gid } = statSync(ground.at('src', name))
        return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`
      })
    const ground = new Ground(twin)
    await put(ground, made)
    const [user, group] = [process.getuid?.(), process.getgid?.()]
    expect(seen(ground)).toEqual(['755', '644', '755', '755', '555'].map(mode => `${mode} ${user} ${group}`))
    if (user !== 0) return
    const owning = new Ground(twin)
    await put(owning, made, { preservesOwner: true })
    expect(seen(owning)).toEqual([
      '6755 1234 4321',
      '644 1234 4321',
      `755 ${user} ${group}`,
      '2755 1 2',
      '2555 1 2',
    ])
  })

  test('has its holes and, all the same, its time', async () => {
    const ground = new Ground(twin)
    const holes = [{ start: 4096, end: 65_536 }]
    const content = Buffer.alloc(65_536 + 5)
    content.write('begin')
    content.write('ended', 65_536)
    const long = Buffer.concat([content, Buffer.alloc(200_000, 'x')])
    const made = manifestOf({ 'src/short': { content, holes }, 'src/long': { content: long, holes } })
    expect((await put(ground, made)).failed).toEqual({})
    for (const [name, expected] of [
      ['short', content],
      ['long', long],
    ] as const) {
      expect(readFileSync(ground.at('src', name)).equals(expected)).toBe(true)
      expect(statSync(ground.at('src', name), { bigint: true }).mtimeNs, name).toBe(mtimeNanos)
    }
  })

  test('keeps what was verified where its sender says that there are holes', async () => {
    // §13.6-5
    const ground = new Ground(twin)
    const content = Buffer.alloc(400_000, 'not a hole')
    const holes = [
      { start: 4096, end: 65_536 },
      { start: 100_000, end: 400_000 },
    ]
    const made = manifestOf({
      'src/short': { content: content.subarray(0, 65_536), holes: holes.slice(0, 1) },
      'src/long': { content, holes },
    })
    expect((await put(ground, made)).failed).toEqual({})
    expect(readFileSync(ground.at('src/short')).equals(content.subarray(0, 65_536))).toBe(true)
    expect(readFileSync(ground.at('src/long')).equals(content)).toBe(true)
  })

  test('is one file under several names, in new and in merged directories', async () => {
    const lines = {
      'a/one': 'content',
      'a/two': { first: 'a/one' },
      'b/three': { first: 'a/one' },
      zz: { first: 'a/one' },
    }
    const made = manifestOf(lines)
    const inode = (ground: Ground, name: string) => statSync(ground.at(name)).ino
    const expectOne = (ground: Ground): void => {
      const names = Object.keys(lines)
      expect(new Set(names.map(name => inode(ground, name))).size, 'one file').toBe(1)
      expect(statSync(ground.at('a/one')).nlink).toBe(4)
    }
    const fresh = new Ground(twin)
    expect((await put(fresh, made)).failed).toEqual({})
    expectOne(fresh)
    // the file is there already, and its other names are not
    const merged = new Ground(twin)
    mkdirSync(merged.at('a'))
    writeFileSync(merged.at('a/one'), 'content')
    const kept = inode(merged, 'a/one')
    expect((await put(merged, made, { inPlace: ['a/one'] })).failed).toEqual({})
    expectOne(merged)
    expect(inode(merged, 'a/one')).toBe(kept)
    // and again: nothing to do
    const again = await put(merged, made, { inPlace: ['a/one'] })
    expect(again).toMatchObject({ failed: {}, placed: { isUnchanged: true } })
    // a name that is another file's is taken
    const other = new Ground(twin)
    mkdirSync(other.at('a'))
    writeFileSync(other.at('a/one'), 'content')
    writeFileSync(other.at('a/two'), 'mine')
    expect((await put(other, made, { inPlace: ['a/one'] })).failed).toEqual({ 'a/two': 'PFS_EXISTS' })
    expect(textOf(other.at('a/two'))).toBe('mine')
    expect(inode(other, 'b/three')).toBe(inode(other, 'a/one'))
  })
})

describe.each(twins)('by the twin $name: what stands at the target', twin => {
  test('is made what it is at the sender in mode, time and owner, where its content is the same', async () => {
    const ground = new Ground(twin)
    const owner = { user: 1234, group: 4321 }
    const made = manifestOf({
      'src/a': { content: 'same', mode: 0o600, owner },
      'src/link': { text: 'a', mtimeNanos: mtimeNanos + 5_000n },
    })
    mkdirSync(ground.at('src'))
    writeFileSync(ground.at('src/a'), 'same')
    symlinkSync('a', ground.at('src/link'))
    const first = await put(ground, made, { inPlace: ['src/a'] })
    expect(first).toMatchObject({ failed: {}, placed: { isUnchanged: false } })
    expect(statSync(ground.at('src/a'), { bigint: true }).mtimeNs).toBe(mtimeNanos)
    expect(statSync(ground.at('src/a')).mode & 0o7777).toBe(0o600)
    expect(lstatSync(ground.at('src/link'), { bigint: true }).mtimeNs).toBe(mtimeNanos + 5_000n)
    const second = await put(ground, made, { inPlace: ['src/a'] })
    expect(second.placed.isUnchanged).toBe(true)
    if (process.getuid?.() !== 0) return
    const third = await put(ground, made, { inPlace: ['src/a'], preservesOwner: true })
    expect(third).toMatchObject({ failed: {}, placed: { isUnchanged: false } })
    expect(statSync(ground.at('src/a'))).toMatchObject({ uid: 1234, gid: 4321 })
    const fourth = await put(ground, made, { inPlace: ['src/a'], preservesOwner: true })
    expect(fourth.placed.isUnchanged).toBe(true)
  })

  test('stays under skip, while its other names get the content that was sent', async () => {
    const ground = new Ground(twin)
    mkdirSync(ground.at('s'))
    writeFileSync(ground.at('s/a'), 'mine')
    writeFileSync(ground.at('s/d'), 'no directory')
    const made = manifestOf({
      's/a': 'theirs',
      's/b': { first: 's/a' },
      's/d/x': 'below',
      's/e': { first: 's/d/x' },
    })
    const { unwanted } = decide(made.manifest, survey(made.manifest, ground.target), 'skip')
    const { failed } = await put(ground, made, { policy: 'skip', unwanted })
    expect(failed).toEqual({})
    const texts = ['a', 'b', 'd', 'e'].map(name => textOf(ground.at('s', name)))
    expect(texts).toEqual(['mine', 'theirs', 'no directory', 'below'])
  })

  test('is dealt with by each policy, and the same is left alone by all', async () => {
    const made = manifestOf({ 's/other': 'theirs', 's/same': 'same', 's/l': { text: 'same' }, f: 'theirs' })
    const outcomes: Record<string, unknown> = {}
    for (const policy of ['refuse', 'skip', 'overwrite', 'newer', 'rename'] as const) {
      const ground = new Ground(twin)
      mkdirSync(ground.at('s'))
      for (const name of ['s/other', 's/l', 'f']) writeFileSync(ground.at(name), 'mine')
      writeFileSync(ground.at('s/same'), 'same')
      utimesSync(ground.at('f'), 1, 1)
      const inode = statSync(ground.at('s/same')).ino
      const { failed, placed } = await put(ground, made, { policy })
      const found = readdirSync(ground.root, { recursive: true, encoding: 'utf8' })
        .filter(path => /^target\/(s\/|f)/.test(path))
        .map(path => {
          const isLink = lstatSync(join(ground.root, path)).isSymbolicLink()
          return `${path.slice(7)}: ${isLink ? 'link' : textOf(join(ground.root, path))}`
        })
      expect(statSync(ground.at('s/same')).ino, policy).toBe(inode)
      outcomes[policy] = [found.sort(), Object.keys(failed), placed.isAllThere]
    }
    const mine = ['f: mine', 's/l: mine', 's/other: mine', 's/same: same']
    expect(outcomes).toEqual({
      refuse: [mine, ['s/l', 's/other', 'f'].sort((a, b) => made.at(a) - made.at(b)), true],
      skip: [mine, [], false],
      overwrite: [['f: theirs', 's/l: link', 's/other: theirs', 's/same: same'], [], true],
      newer: [['f: theirs', ...mine.slice(1)], [], false],
      rename: [
        [
          'f (1): theirs',
          'f: mine',
          's/l (1): link',
          's/l: mine',
          's/other (1): theirs',
          's/other: mine',
          's/same: same',
        ],
        [],
        false,
      ],
    })
  })
})
