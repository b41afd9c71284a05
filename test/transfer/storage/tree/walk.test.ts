// What a walk writes down and what it leaves out: every kind of entry, links kept, followed or skipped, what cannot be
// sent, and what goes while it is looked at.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nanosOf } from '../../../../src/cut/manifest/entry_time.ts'
import { parseManifest } from '../../../../src/cut/manifest/manifest.ts'
import { files } from '../../../../src/host/files.ts'
import { many } from '../../../../src/host/many.ts'
import { everything } from '../../../../src/transfer/storage/tree/selection.ts'
import type { Snapshot } from '../../../../src/transfer/storage/tree/snapshot.ts'
import { type WalkDisk, type WalkOptions, walk } from '../../../../src/transfer/storage/tree/walk.ts'
import { walkDisk } from '../../../../src/transfer/storage/tree/walk_disk.ts'
import { scratch } from '../../../pool/scratch.ts'
import { makePipe } from '../../../support/confined_world.ts'

const disk = walkDisk(many())

function look(
  root: string,
  options: Partial<WalkOptions> = {},
  changed: Partial<WalkDisk> = {},
): Promise<Snapshot> {
  const tops = [{ name: Buffer.from('s'), path: Buffer.from(root) }]
  const all = { tops, selection: everything, links: 'keep' as const, hasOwners: false, ...options }
  return walk(all, { ...disk, ...changed })
}

const shown = ({ manifest }: Snapshot): string[] => {
  const pathOf = (index: number): string => Buffer.from(manifest.path(index)).toString('latin1')
  const line = (index: number): string => {
    const entry = manifest.entry(index)
    if (entry.kind === 'directory') return `${pathOf(index)}/`
    if (entry.kind === 'link') return `${pathOf(index)} -> ${Buffer.from(entry.text)}`
    if (entry.kind === 'name') return `${pathOf(index)} = ${pathOf(entry.first)}`
    return `${pathOf(index)} ${entry.sizeBytes}`
  }
  return Array.from({ length: manifest.count }, (_, index) => line(index))
}

const failed = ({ failures }: Snapshot): string[] =>
  failures.map(({ path, error }) => `${Buffer.from(path).toString('latin1')}: ${error.code} ${error.message}`)

test('every kind of entry, in the order of the names, and what cannot be sent is named', async () => {
  const root = scratch(true)
  const at = (name: string): string => join(root, name)
  writeFileSync(at('b'), 'two names')
  linkSync(at('b'), at('c'))
  mkdirSync(at('a'))
  linkSync(at('b'), at('a/d'))
  writeFileSync(at('B'), '')
  writeFileSync(at('b-'), 'x')
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), 'odd')
  symlinkSync('b', at('link'))
  symlinkSync('nothing', at('dangling'))
  symlinkSync('/etc/passwd', at('absolute'))
  symlinkSync('../x', at('out'))
  makePipe(at('pipe'))
  const server = createServer().listen(at('socket'))
  await new Promise(resolve => server.once('listening', resolve))
  const seen = await look(root)
  server.close()
  expect(shown(seen)).toEqual([
    's/',
    's/B 0',
    's/a/',
    's/a/d 9',
    's/b = s/a/d',
    's/b- 1',
    's/c = s/a/d',
    's/dangling -> nothing',
    's/link -> b',
    's/\xff\xfe 3',
  ])
  expect(failed(seen).map(text => text.slice(0, text.indexOf(' ')))).toEqual([
    's/absolute:',
    's/out:',
    's/pipe:',
    's/socket:',
  ])
  expect(failed(seen)[2]).toContain('neither a file, a directory nor a link')
  expect(seen.marks.count).toBe(seen.manifest.count)
  expect(parseManifest(seen.manifest.bytes)).toMatchObject({ count: seen.manifest.count })
})

test('modes, times before 1970 and to the nanosecond, owners where they are asked for', async () => {
  const root = scratch(true)
  writeFileSync(join(root, 'f'), 'x')
  chmodSync(join(root, 'f'), 0o6751)
  spawnSync('touch', ['-d', '1969-12-31 23:59:58.123456789 UTC', join(root, 'f')])
  const entry = (await look(root)).manifest.entry(1)
  expect(entry).toMatchObject({ mode: 0o6751, time: { seconds: -2, nanos: 123_456_789 } })
  expect(nanosOf(entry.time)).toBe(-1_876_543_211n)
  expect(entry.owner).toBeUndefined()
  expect((await look(root, { hasOwners: true })).manifest.entry(1).owner).toEqual({
    user: process.getuid?.(),
    group: process.getgid?.(),
  })
})

test('links are kept, skipped, or taken for what they lead to', async () => {
  const root = scratch(true)
  const outside = scratch(true)
  writeFileSync(join(outside, 'f'), 'outside')
  mkdirSync(join(outside, 'd'))
  writeFileSync(join(outside, 'd/g'), 'deep')
  symlinkSync(join(outside, 'f'), join(root, 'f'))
  symlinkSync(outside, join(root, 'l'))
  symlinkSync('nowhere', join(root, 'n'))
  symlinkSync('.', join(root, 'same'))
  expect(shown(await look(root))).toEqual(['s/', 's/n -> nowhere', 's/same -> .'])
  const skipped = await look(root, { links: 'skip' })
  expect([shown(skipped), failed(skipped)]).toEqual([['s/'], []])
  const followed = await look(root, { links: 'follow' })
  expect(shown(followed)).toEqual(['s/', 's/f 7', 's/l/', 's/l/d/', 's/l/d/g 4', 's/l/f 7'])
  expect(failed(followed).map(text => text.slice(0, 12).trim())).toEqual(['s/n: PFS_NOT', 's/same: PFS_'])
  expect(failed(followed)[1]).toContain('circle')
})

test('links that lead round and round are followed once, however many there are', async () => {
  const root = scratch(true)
  mkdirSync(join(root, 'd'))
  for (let i = 0; i < 8; i++) symlinkSync('..', join(root, 'd', `up${i}`))
  for (let i = 0; i < 8; i++) symlinkSync('d', join(root, `down${i}`))
  writeFileSync(join(root, 'd', 'f'), 'x')
  const seen = await look(root, { links: 'follow' })
  expect(shown(seen)).toEqual([
    's/',
    's/d/',
    's/d/f 1',
    ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap(i => [`s/down${i}/`, `s/down${i}/f 1`]),
  ])
  expect(failed(seen)).toHaveLength(9 * 8)
})

test('what goes, or may not be read, while it is looked at is named, and the rest goes on', async () => {
  const root = scratch(true)
  for (const name of ['a', 'closed', 'gone', 'z']) {
    mkdirSync(join(root, name))
    writeFileSync(join(root, name, 'f'), 'x')
  }
  symlinkSync('a', join(root, 'link'))
  const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' })
  const list: WalkDisk['many']['list'] = path => {
    const name = Buffer.from(path).toString()
    if (name.endsWith('/closed')) throw denied
    if (name.endsWith('/gone')) rmSync(name, { recursive: true })
    return disk.many.list(path)
  }
  const readLink: WalkDisk['readLink'] = path => {
    rmSync(Buffer.from(path))
    return disk.readLink(path)
  }
  const seen = await look(root, {}, { many: { list }, readLink })
  // the directory is there; what it holds nobody knows
  expect(shown(seen)).toEqual(['s/', 's/a/', 's/a/f 1', 's/closed/', 's/gone/', 's/z/', 's/z/f 1'])
  expect(failed(seen).map(text => text.split(' ')[0])).toEqual(['s/closed:', 's/gone:', 's/link:'])
})

test('a path longer than any system takes is named, with all that is below it', async () => {
  const root = scratch(true)
  // followed links make paths that no directory of the disk has
  mkdirSync(join(root, 'x'))
  const name = 'n'.repeat(250)
  let at = join(root, 'x')
  for (let i = 0; i < 15; i++) {
    at = join(at, name)
    mkdirSync(at)
  }
  writeFileSync(join(at, 'f'.repeat(255)), '')
  const top = { name: Buffer.from('t'.repeat(255)), path: Buffer.from(join(root, 'x')) }
  const seen = await look(root, { tops: [top] })
  expect(seen.manifest.count).toBe(16)
  expect(seen.failures.map(({ path }) => path.length)).toEqual([255 + 15 * 251 + 256])
})

test('holes are told where the system tells them', async () => {
  const root = scratch(true)
  writeFileSync(join(root, 'sparse'), 'data')
  truncateSync(join(root, 'sparse'), 1_000_000)
  writeFileSync(join(root, 'full'), Buffer.alloc(100_000))
  utimesSync(join(root, 'full'), 1, 1)
  const { manifest } = await look(root)
  const [full, sparse] = [manifest.entry(1), manifest.entry(2)]
  expect(full).toMatchObject({ kind: 'file', holes: [] })
  if (files().kind === 'portable') expect(sparse).toMatchObject({ holes: undefined })
  else expect(sparse).toMatchObject({ holes: [{ start: 4096, end: 1_000_000 }] })
})

test('several tops come in the order of their names, and one that is not there is named', async () => {
  const root = scratch(true)
  writeFileSync(join(root, 'b'), 'x')
  mkdirSync(join(root, 'a'))
  const top = (name: string) => ({ name: Buffer.from(name), path: Buffer.from(join(root, name)) })
  const seen = await look(root, { tops: [top('c'), top('b'), top('a')] })
  expect(shown(seen)).toEqual(['a/', 'b 1'])
  expect(seen.tops.map(({ name }) => Buffer.from(name).toString())).toEqual(['a', 'b'])
  expect(failed(seen)[0]).toContain('c: PFS_NOT_FOUND')
})
