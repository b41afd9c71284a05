// What both twins of host/confined.ts do with names that are as they should be. Attacks are in confined_attacks.ts.

import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Below, Confined, EntryKind } from '../../src/host/confined.ts'
import { bytes, faultOf, makePipe, raw, World } from '../support/confined_world.ts'

/** Names that a file system holds and a terminal does not. */
const oddNames = [
  raw('\xff\xfe'),
  raw('\xc3'),
  bytes('new\nline'),
  bytes('\x1b[31m\x07'),
  bytes(' '),
  bytes('…'),
]

/** @param place a new empty directory; `isInMemory`: where many directories cost little */
export function confinedSuite(
  name: string,
  open: (directory: string) => Confined,
  place: (isInMemory?: boolean) => string,
): void {
  const world = (): { world: World; at: Confined } => {
    const made = new World(place())
    return { world: made, at: open(made.inside) }
  }
  const create = (at: Confined, path: string | Below, content = ''): void => {
    const fd = at.create(typeof path === 'string' ? bytes(path) : path, 0o666)
    writeSync(fd, content)
    closeSync(fd)
  }
  const kindOf = (at: Confined, path: string): EntryKind | undefined => at.stat(bytes(path))?.kind

  describe(`${name}: what is made below a directory`, () => {
    test('is there, with its mode as umask leaves it, and for reading and writing', () => {
      const { world: w, at } = world()
      at.makeDirectory(bytes('deep/dir'), 0o777)
      const fd = at.create(bytes('deep/dir/new'), 0o666)
      writeSync(fd, 'content')
      expect(readFileSync(fd, 'utf8')).toBe('') // at its end, and readable
      closeSync(fd)
      at.symlink(bytes('/etc/passwd'), bytes('deep/dir/sym'))
      at.link(bytes('deep/dir/new'), bytes('second'))
      expect(readFileSync(w.in('second'), 'utf8')).toBe('content')
      expect(readlinkSync(w.in('deep/dir/sym'))).toBe('/etc/passwd')
      expect(Buffer.from(at.readLink(bytes('deep/dir/sym'))).toString()).toBe('/etc/passwd')
      expect(statSync(w.in('deep/dir')).mode & 0o777).toBe(0o777 & ~process.umask())
      expect(statSync(w.in('second')).mode & 0o777).toBe(0o666 & ~process.umask())
      w.expectUntouched()
    })
    for (const there of ['plain', 'deep', 'file', 'link'])
      test(`is never made over what is there: ${there}`, () => {
        const { world: w, at } = world()
        const path = bytes(there)
        for (const work of [
          () => at.create(path, 0o644),
          () => at.makeDirectory(path, 0o755),
          () => at.symlink(bytes('x'), path),
          () => at.link(bytes('plain'), path),
        ])
          expect(faultOf(work)).toBe('EEXIST')
        w.expectUntouched()
      })
    test('has any name but zero and slash', () => {
      const { world: w, at } = world()
      for (const odd of oddNames) create(at, Buffer.concat([bytes('deep/'), odd]), 'x')
      const names = at.names(bytes('deep')).map(found => Buffer.from(found).toString('hex'))
      expect(names.sort()).toEqual(oddNames.map(odd => Buffer.from(odd).toString('hex')).sort())
      expect(readdirSync(w.in('deep'), { encoding: 'buffer' }).length).toBe(oddNames.length)
      for (const odd of oddNames) at.remove(Buffer.concat([bytes('deep/'), odd]))
      expect(at.names(bytes('deep'))).toEqual([])
    })
    test('has a text of a link that may be anything, within what the system holds', () => {
      const { at } = world()
      at.symlink(raw('\xff\n../..'), bytes('odd'))
      expect(Buffer.from(at.readLink(bytes('odd'))).toString('latin1')).toBe('\xff\n../..')
      expect(faultOf(() => at.symlink(bytes('a\0b'), bytes('zero')))).toBe('malformed')
      expect(faultOf(() => at.symlink(bytes(''), bytes('empty')))).toBe('ENOENT')
      at.symlink(bytes('x'.repeat(4095)), bytes('longest'))
      expect(faultOf(() => at.symlink(bytes('x'.repeat(4096)), bytes('longer')))).toBe('ENAMETOOLONG')
    })
  })

  describe(`${name}: what is there`, () => {
    test('is told as lstat tells it', () => {
      const { world: w, at } = world()
      makePipe(w.in('pipe'))
      const kinds = { plain: 'file', deep: 'directory', file: 'link', pipe: 'other' } as const
      for (const [path, kind] of Object.entries(kinds)) {
        at.setTime(bytes(path), -86_400_000_000_000n)
        const stats = lstatSync(w.in(path), { bigint: true })
        expect(at.stat(bytes(path))).toEqual({
          kind,
          device: stats.dev,
          inode: stats.ino,
          linkCount: Number(stats.nlink),
          allocatedBytes: Number(stats.blocks) * 512,
          mode: Number(stats.mode & 0o7777n),
          userId: Number(stats.uid),
          groupId: Number(stats.gid),
          sizeBytes: Number(stats.size),
          mtimeNanos: stats.mtimeNs,
          ctimeNanos: stats.ctimeNs,
        })
        expect(stats.mtimeNs).toBe(-86_400_000_000_000n)
      }
      for (const path of ['none', 'none/below', 'deep/none']) expect(at.stat(bytes(path))).toBeUndefined()
    })
    test('is listed, in the directory itself too, however many', () => {
      const { at } = world()
      expect(at.names(undefined).map(String).length).toBe(4)
      for (let i = 0; i < 2000; i++) at.symlink(bytes('x'), bytes(`deep/${'n'.repeat(100)}${i}`))
      const names = new Set(at.names(bytes('deep')).map(found => Buffer.from(found).toString()))
      expect(names.size).toBe(2000)
      expect(at.names(undefined).length).toBe(4)
      expect(faultOf(() => at.names(bytes('plain')))).toBe('not_a_directory')
      expect(faultOf(() => at.names(bytes('none')))).toBe('ENOENT')
      expect(faultOf(() => at.readLink(bytes('plain')))).toBe('EINVAL')
    })
    test('is opened to be read, or written as well', () => {
      const { world: w, at } = world()
      const read = at.open(bytes('plain'), 'read')
      expect(readFileSync(read, 'utf8')).toBe('ours')
      expect(faultOf(() => writeSync(read, 'x'))).toBe('EBADF')
      const write = at.open(bytes('plain'), 'read_write')
      writeSync(write, 'OUR', 0)
      expect(readFileSync(w.in('plain'), 'utf8')).toBe('OURs')
      for (const fd of [read, write]) closeSync(fd)
    })
    test('gets another mode, owner and time', () => {
      const { world: w, at } = world()
      const isRoot = process.getuid?.() === 0
      for (const path of ['plain', 'deep']) {
        if (isRoot) at.setOwner(bytes(path), 12, 34)
        for (const mode of [0o4751, 0, 0o640]) {
          at.setMode(bytes(path), mode)
          expect(lstatSync(w.in(path)).mode & 0o7777).toBe(mode)
        }
        const before = lstatSync(w.in(path), { bigint: true }).atimeNs / 1000n
        at.setTime(bytes(path), 1_234_567_890_000_000_000n)
        const after = lstatSync(w.in(path), { bigint: true })
        expect(after.mtimeNs).toBe(1_234_567_890_000_000_000n)
        expect(after.atimeNs / 1000n - before).toBeLessThan(3n)
        if (isRoot) expect([after.uid, after.gid]).toEqual([12n, 34n])
      }
      if (isRoot) at.setOwner(bytes('link'), 12, 34)
      w.expectUntouched()
    })
  })

  describe(`${name}: a rename`, () => {
    const setUp = () => {
      const made = world()
      for (const path of ['dir', 'full', 'full/x']) made.at.makeDirectory(bytes(path), 0o755)
      create(made.at, 'other', 'content')
      return {
        ...made,
        move: (from: string, to: string, may: boolean) => made.at.rename(bytes(from), bytes(to), may),
      }
    }
    test('that may not replace finds whatever is there', () => {
      const { move, at, world: w } = setUp()
      for (const from of ['plain', 'deep', 'link'])
        for (const to of ['plain', 'dir', 'full', 'other', 'file', 'link', 'deep'])
          expect([from, to, faultOf(() => move(from, to, false))]).toEqual([from, to, 'EEXIST'])
      expect(faultOf(() => move('none', 'plain', false))).toBe('ENOENT')
      move('plain', 'deep/new', false)
      move('link', 'deep/link', false)
      move('deep', 'moved', false)
      expect(at.names(bytes('moved')).length).toBe(2)
      expect(lstatSync(w.in('moved/new')).nlink).toBe(1)
      w.expectUntouched()
    })
    test('that may replace does what rename(2) does', () => {
      const { move, at, world: w } = setUp()
      expect(faultOf(() => move('plain', 'dir', true))).toBe('EISDIR')
      expect(faultOf(() => move('deep', 'other', true))).toBe('ENOTDIR')
      expect(faultOf(() => move('deep', 'full', true))).toBe('ENOTEMPTY')
      expect(faultOf(() => move('full', 'full/x/y', true))).toBe('EINVAL')
      move('plain', 'plain', true)
      move('plain', 'other', true)
      move('other', 'file', true) // over the link, not what it leads to
      expect(readFileSync(w.in('file'), 'utf8')).toBe('ours')
      move('deep', 'dir', true)
      move('link', 'file', true)
      expect(kindOf(at, 'file')).toBe('link')
      w.expectUntouched()
    })
    test('goes into another directory that is held', () => {
      const { at, world: w } = setUp()
      const there = place()
      const other = open(there)
      at.renameInto(bytes('full'), other, bytes('came'), false)
      at.renameInto(bytes('plain'), other, bytes('came/x/plain'), false)
      expect(faultOf(() => at.renameInto(bytes('other'), other, bytes('came'), false))).toBe('EEXIST')
      expect(readFileSync(join(there, 'came/x/plain'), 'utf8')).toBe('ours')
      if (existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync(w.inside).dev)
        for (const may of [true, false])
          expect(faultOf(() => at.renameInto(bytes('other'), open(place(true)), bytes('x'), may))).toBe(
            'EXDEV',
          )
      w.expectUntouched()
    })
  })

  describe(`${name}: what is removed`, () => {
    test('is a file, a link or an empty directory', () => {
      const { at, world: w } = world()
      create(at, 'deep/x')
      expect(faultOf(() => at.remove(bytes('deep')))).toBe('ENOTEMPTY')
      for (const path of ['deep/x', 'deep', 'plain', 'file', 'link']) at.remove(bytes(path))
      expect(at.names(undefined)).toEqual([])
      expect(faultOf(() => at.remove(bytes('deep')))).toBe('ENOENT')
      w.expectUntouched()
    })
    test('is a tree with links in it, none of them followed', () => {
      const { at, world: w } = world()
      let path = 'tree'
      for (let depth = 0; depth < 100; depth++, path += '/d') {
        for (const made of [path, `${path}/a`, `${path}/b`]) at.makeDirectory(bytes(made), 0o755)
        at.symlink(bytes(w.outside), bytes(`${path}/l`))
        create(at, Buffer.concat([bytes(`${path}/`), raw('\xff')]))
      }
      for (const top of ['tree', 'tree', 'none', 'none/x', 'plain', 'link']) at.removeTree(bytes(top))
      expect(at.names(undefined).length).toBe(2)
      w.expectUntouched()
    })
    test('may be deeper than the stack, the descriptors and any path', () => {
      const base = place(true)
      const at = open(base)
      const floor = `t${'/d'.repeat(49)}`
      for (let levels = 0; levels < 10_000; levels += 50) {
        mkdirSync(join(base, floor), { recursive: true })
        if (levels > 0) renameSync(join(base, 'tower'), join(base, floor, 'd'))
        renameSync(join(base, 't'), join(base, 'tower'))
      }
      at.removeTree(bytes('tower'))
      expect(readdirSync(base)).toEqual([])
    })
  })

  test(`${name}: all of it is synced, and what went meanwhile is no fault`, async () => {
    const { at, world: w } = world()
    const other = open(place())
    await at.sync()
    for (let i = 0; i < 40; i++) create(at, `deep/${i}`, 'x')
    at.makeDirectory(bytes('dir'), 0o755)
    create(at, 'dir/x', 'y')
    at.link(bytes('dir/x'), bytes('second'))
    at.symlink(bytes('x'), bytes('deep/sym'))
    at.rename(bytes('dir'), bytes('moved'), false)
    at.renameInto(bytes('moved'), other, bytes('came'), true)
    at.setMode(bytes('plain'), 0o600)
    at.setTime(bytes('file'), 0n)
    at.remove(bytes('deep/1'))
    renameSync(w.in('deep/2'), w.in('deep/1'))
    const syncing = at.sync()
    create(at, 'meanwhile')
    at.rename(bytes('deep'), bytes('shallow'), false)
    await syncing
    at.removeTree(bytes('shallow'))
    await Promise.all([at.sync(), at.sync(), other.sync()])
  })

  test(`${name}: once it is closed nothing is done, and it is closed once`, async () => {
    const { at, world: w } = world()
    await at.sync()
    at.close()
    at.close()
    for (const work of [
      () => at.stat(bytes('plain')),
      () => at.names(undefined),
      () => at.create(bytes('new'), 0o644),
      () => at.renameInto(bytes('plain'), open(place()), bytes('x'), true),
      () => open(w.inside).renameInto(bytes('plain'), at, bytes('x'), true),
      () => at.removeTree(bytes('deep')),
    ])
      expect(faultOf(work)).toBe('EBADF')
    expect(readdirSync(w.inside).length).toBe(4)
  })

  test(`${name}: a directory is opened by links to it, and nothing else is one`, () => {
    const { world: w } = world()
    const at = open(w.in('link'))
    expect(
      at
        .names(undefined)
        .map(found => Buffer.from(found).toString())
        .sort(),
    ).toEqual(['kept', 'victim'])
    expect(at.path).toBe(w.in('link'))
    at.close()
    expect(faultOf(() => open(w.in('plain')))).toBe('ENOTDIR')
    expect(faultOf(() => open(w.in('none')))).toBe('ENOENT')
  })

  test.runIf(existsSync('/proc/self/fd'))(`${name}: no descriptor is left behind`, async () => {
    const { world: w, at } = world()
    // the process opens others meanwhile, as it likes
    const ours = (): number =>
      readdirSync('/proc/self/fd').filter(fd => linkOf(`/proc/self/fd/${fd}`).startsWith(w.inside)).length
    const before = ours()
    expect(before).toBeGreaterThanOrEqual(at.kind === 'native' ? 1 : 0)
    for (let round = 0; round < 5; round++) {
      create(at, 'x')
      at.names(bytes('deep'))
      at.setMode(bytes('x'), 0o600)
      at.rename(bytes('x'), bytes('deep/x'), false)
      for (const path of ['deep', 'plain/x', 'link/x', 'none/x']) faultOf(() => at.open(bytes(path), 'read'))
      await at.sync()
      at.removeTree(bytes('deep'))
      at.makeDirectory(bytes('deep'), 0o755)
    }
    expect(ours()).toBe(before)
    at.close()
    expect(ours()).toBe(0)
  })
}

/** '' for what is closed by now. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
