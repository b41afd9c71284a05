// What both twins of host/many.ts do: batches of small files, each with a fate of its own. `at` may be of either twin.

import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Confined } from '../../src/host/confined.ts'
import { type Many, type ManyReads, type ManyWrites, manyMax, type ReadOutcome } from '../../src/host/many.ts'
import { bytes, faultOf, makeDevice, makePipe, raw, World } from '../support/confined_world.ts'

/** Files one after another, and their content as one buffer. */
export function writesOf(
  files: readonly { path: string | Uint8Array; content?: string; mode?: number; mtimeNanos?: bigint }[],
): { batch: ManyWrites; source: Uint8Array } {
  const contents = files.map(({ content = 'content' }) => Buffer.from(content))
  const lengths = Float64Array.from(contents, content => content.length)
  return {
    batch: {
      paths: files.map(({ path }) => (typeof path === 'string' ? bytes(path) : path)),
      offsets: oneAfterAnother(lengths),
      lengths,
      modes: Uint32Array.from(files, ({ mode = 0o644 }) => mode),
      mtimesNanos: files.map(({ mtimeNanos = 1_000_000_000n }) => mtimeNanos),
    },
    source: Buffer.concat(contents),
  }
}

export function readsOf(files: readonly (readonly [path: string | Uint8Array, length: number])[]): ManyReads {
  const lengths = Float64Array.from(files, ([, length]) => length)
  return {
    paths: files.map(([path]) => (typeof path === 'string' ? bytes(path) : path)),
    offsets: oneAfterAnother(lengths),
    lengths,
  }
}

const oneAfterAnother = (lengths: Float64Array): Float64Array =>
  lengths.map((_, i) => lengths.subarray(0, i).reduce((sum, length) => sum + length, 0))

const short = (outcome: ReadOutcome): string => (outcome.kind === 'failed' ? outcome.errno : outcome.kind)

/** @param open a directory to write below · @param place a new empty directory */
export function manySuite(
  name: string,
  many: Many,
  open: (directory: string) => Confined,
  place: () => string,
): void {
  describe(`${name}: a directory`, () => {
    test('is listed with all that lstat says, odd names too', () => {
      const w = new World(place())
      makePipe(w.in('pipe'))
      const odd = [raw('\xff\xfe'), bytes('new\nline'), bytes('x'.repeat(255))]
      for (const [i, found] of odd.entries())
        writeFileSync(Buffer.concat([bytes(`${w.inside}/`), found]), 'x'.repeat(i))
      const entries = many.list(bytes(w.inside))
      expect(entries.length).toBe(8)
      for (const { name: found, entry } of entries) {
        const stats = lstatSync(Buffer.concat([bytes(`${w.inside}/`), found]), { bigint: true })
        expect([entry.inode, entry.device, entry.mtimeNanos, entry.ctimeNanos]).toEqual([
          stats.ino,
          stats.dev,
          stats.mtimeNs,
          stats.ctimeNs,
        ])
        expect(
          [
            entry.sizeBytes,
            entry.mode,
            entry.linkCount,
            entry.userId,
            entry.groupId,
            entry.allocatedBytes / 512,
          ].map(BigInt),
        ).toEqual([stats.size, stats.mode & 0o7777n, stats.nlink, stats.uid, stats.gid, stats.blocks])
      }
      const kinds = new Map(
        entries.map(({ name: found, entry }) => [Buffer.from(found).toString(), entry.kind]),
      )
      expect(['plain', 'deep', 'link', 'pipe'].map(path => kinds.get(path))).toEqual([
        'file',
        'directory',
        'link',
        'other',
      ])
    })
    test('is listed however many it has, and none is listed as none', () => {
      const directory = place()
      expect(many.list(bytes(directory))).toEqual([])
      for (let i = 0; i < 3000; i++) symlinkSync('x', join(directory, `${i}${'n'.repeat(i % 200)}`))
      const names = new Set(many.list(bytes(directory)).map(found => Buffer.from(found.name).toString()))
      expect(names).toEqual(new Set(readdirSync(directory)))
    })
    test('is what is listed: no link, no file, no relative path', () => {
      const w = new World(place())
      expect(faultOf(() => many.list(bytes(w.in('link'))))).toBe('ENOTDIR')
      expect(faultOf(() => many.list(bytes(w.in('plain'))))).toBe('ENOTDIR')
      expect(faultOf(() => many.list(bytes(w.in('none'))))).toBe('ENOENT')
      for (const path of ['', 'x', '..', '/\0']) expect(faultOf(() => many.list(bytes(path)))).toBe('EINVAL')
      expect(faultOf(() => many.list(bytes(`/${'x/'.repeat(2048)}`)))).toBe('ENAMETOOLONG')
    })
  })

  describe(`${name}: files are read`, () => {
    test('into their places, and what is not as wanted is told for itself', async () => {
      const w = new World(place())
      const server = createServer().listen(w.in('socket'))
      await new Promise(resolve => server.once('listening', resolve))
      makePipe(w.in('pipe'))
      const device = makeDevice(w.in('device')) ? 'device' : 'pipe'
      writeFileSync(w.in('empty'), '')
      const cases = [
        ['plain', 4, 'read'],
        ['empty', 0, 'read'],
        ['plain', 3, 'changed'],
        ['plain', 5, 'changed'],
        ['empty', 1, 'changed'],
        ['file', 4, 'ELOOP'],
        ['link', 0, 'ELOOP'],
        ['deep', 0, 'EISDIR'],
        ['none', 4, 'ENOENT'],
        ['plain/x', 4, 'ENOTDIR'],
        ['pipe', 0, 'EINVAL'],
        ['socket', 0, 'EINVAL'],
        [device, 0, 'EINVAL'],
        ['x'.repeat(256), 0, 'ENAMETOOLONG'],
        ['plain', 4, 'read'],
      ] as const
      const batch = readsOf(cases.map(([path, length]) => [w.in(path), length]))
      for (const read of [many.read, many.readAsync]) {
        const target = new Uint8Array(new SharedArrayBuffer(64), 8, 40).fill(1)
        const outcomes = await read(batch, target)
        expect(outcomes.map(short)).toEqual(cases.map(([, , told]) => told))
        expect(Buffer.from(target.subarray(0, 4)).toString()).toBe('ours')
        const last = batch.offsets.at(-1) ?? 0
        expect(Buffer.from(target.subarray(last, last + 4)).toString()).toBe('ours')
        expect([...target.subarray(last + 4)].every(byte => byte === 1)).toBe(true)
        const [first] = outcomes
        expect(first?.kind === 'read' && first.entry.inode).toBe(
          lstatSync(w.in('plain'), { bigint: true }).ino,
        )
        expect(first?.kind === 'read' && [first.entry.kind, first.entry.sizeBytes]).toEqual(['file', 4])
      }
      server.close()
    })
    test('by absolute paths alone', () => {
      const wrong = ['', 'relative', './x', '/a\0b'].map(path => [path, 0] as const)
      const outcomes = many.read(readsOf([...wrong, [`/${'x'.repeat(4095)}`, 0]]), new Uint8Array(0))
      expect(outcomes.map(short)).toEqual(['EINVAL', 'EINVAL', 'EINVAL', 'EINVAL', 'ENAMETOOLONG'])
    })
    test('by names that are no UTF-8', () => {
      const path = Buffer.concat([bytes(`${place()}/`), raw('\xff\n')])
      writeFileSync(path, 'odd')
      const target = new Uint8Array(3)
      expect(many.read(readsOf([[path, 3]]), target).map(short)).toEqual(['read'])
      expect(Buffer.from(target).toString()).toBe('odd')
    })
  })

  describe(`${name}: files are written`, () => {
    test('with their content, mode and time, and no fault touches another', async () => {
      const cases = [
        { path: 'a', content: 'one', mode: 0o600 },
        { path: 'deep/b', content: 'not to be written', mode: 0o400 },
        { path: 'deep/c', mode: 0o4751, mtimeNanos: -86_400_000_000_000n },
        { path: 'plain', told: 'EEXIST' },
        { path: 'file', told: 'EEXIST' },
        { path: 'link/new', told: 'ELOOP' },
        { path: 'plain/x', told: 'ENOTDIR' },
        { path: 'none/x', told: 'ENOENT' },
        { path: '../out/new', told: 'EINVAL' },
        { path: '/etc/pfs-never', told: 'EINVAL' },
        { path: '', told: 'EINVAL' },
        { path: 'a', told: 'EEXIST' },
        { path: 'deep/last', content: 'x'.repeat(100_000), mode: 0o666 },
      ]
      for (const write of [many.write, many.writeAsync]) {
        const w = new World(place())
        const { batch, source } = writesOf(cases)
        const faults = await write(open(w.inside), batch, source)
        const told = new Map(cases.flatMap(({ told }, i) => (told ? [[i, told] as const] : [])))
        expect(faults).toEqual(told)
        for (const { path, content = 'content', mode = 0o644, mtimeNanos = 1_000_000_000n, told } of cases) {
          if (told) continue
          const stats = lstatSync(w.in(path), { bigint: true })
          expect(readFileSync(w.in(path), 'utf8')).toBe(content)
          expect([path, Number(stats.mode & 0o7777n), stats.mtimeNs]).toEqual([path, mode, mtimeNanos])
        }
        expect(readFileSync(w.in('plain'), 'utf8')).toBe('ours')
        w.expectUntouched()
      }
    })
    test('as many as a call takes, below names of any bytes', async () => {
      const directory = place()
      mkdirSync(join(directory, 'd'))
      const files = Array.from({ length: manyMax }, (_, i) => ({
        path: Buffer.concat([raw('d/\xff'), bytes(`${i}`)]),
        content: `${i}`,
      }))
      const { batch, source } = writesOf(files)
      const at = open(directory)
      expect(many.write(at, batch, source)).toEqual(new Map())
      await at.sync()
      const target = new Uint8Array(source.length)
      const paths = files.map(
        ({ path, content }) => [Buffer.concat([bytes(`${directory}/`), path]), content.length] as const,
      )
      const outcomes = await many.readAsync(readsOf(paths), target)
      expect(new Set(outcomes.map(short))).toEqual(new Set(['read']))
      expect(Buffer.from(target).equals(source)).toBe(true)
    })
    test('to a directory that is closed: not at all', async () => {
      const directory = place()
      const at = open(directory)
      const { batch, source } = writesOf([{ path: 'a' }, { path: 'b' }])
      at.close()
      const told = new Map([
        [0, 'EBADF'],
        [1, 'EBADF'],
      ])
      expect(many.write(at, batch, source)).toEqual(told)
      expect(await many.writeAsync(at, batch, source)).toEqual(told)
      expect(readdirSync(directory)).toEqual([])
    })
    test('to the end, though the directory is closed meanwhile', async () => {
      const directory = place()
      const at = open(directory)
      const { batch, source } = writesOf(Array.from({ length: 500 }, (_, i) => ({ path: `${i}` })))
      const writing = many.writeAsync(at, batch, source)
      at.close()
      expect(await writing).toEqual(new Map())
      expect(readdirSync(directory).length).toBe(500)
    })
    test.runIf(existsSync('/proc/self/fd'))('and no descriptor is left behind', async () => {
      const w = new World(place())
      const at = open(w.inside)
      const before = readdirSync('/proc/self/fd').length
      const { batch, source } = writesOf(['a', 'deep/b', 'link/x', 'plain', 'deep/c'].map(path => ({ path })))
      many.write(at, batch, source)
      await many.writeAsync(at, batch, source)
      const reads = readsOf(['a', 'deep', 'none', 'file'].map(path => [w.in(path), 7]))
      many.read(reads, new Uint8Array(28))
      await many.readAsync(reads, new Uint8Array(28))
      many.list(bytes(w.inside))
      faultOf(() => many.list(bytes(w.in('plain'))))
      expect(readdirSync('/proc/self/fd').length).toBe(before)
    })
  })

  describe(`${name}: a slip of ours throws before anything is done`, () => {
    const source = new Uint8Array(10)
    const one = writesOf([{ path: 'a', content: '0123456789' }]).batch
    const slips: Record<string, ManyWrites> = {
      'a place past the buffer': { ...one, offsets: Float64Array.of(1) },
      'a place before it': { ...one, offsets: Float64Array.of(-1) },
      'a length past it': { ...one, lengths: Float64Array.of(11) },
      'half a byte': { ...one, offsets: Float64Array.of(0.5), lengths: Float64Array.of(1) },
      'no number': { ...one, lengths: Float64Array.of(Number.NaN) },
      'too few offsets': { ...one, offsets: new Float64Array(0) },
      'too few lengths': { ...one, lengths: new Float64Array(0) },
      'too few modes': { ...one, modes: new Uint32Array(0) },
      'too few times': { ...one, mtimesNanos: [] },
      'too many files': writesOf(
        Array.from({ length: manyMax + 1 }, (_, i) => ({ path: `${i}`, content: '' })),
      ).batch,
    }
    for (const [why, batch] of Object.entries(slips))
      test(why, async () => {
        const directory = place()
        const at = open(directory)
        expect(() => many.write(at, batch, source)).toThrow(RangeError)
        await expect(many.writeAsync(at, batch, source)).rejects.toThrow(RangeError)
        if (!/modes|times/.test(why)) {
          expect(() => many.read(batch, source)).toThrow(RangeError)
          await expect(many.readAsync(batch, source)).rejects.toThrow(RangeError)
        }
        expect(readdirSync(directory)).toEqual([])
      })
  })

  test.runIf(existsSync('/dev/full') && many.kind === 'portable')(
    `${name}: what is half made is removed`,
    () => {
      const directory = place()
      const at = open(directory)
      // each file is made, and its content goes to a disk that is full
      const full: Confined = Object.create(at, {
        create: {
          value: (path: Uint8Array, mode: number) => {
            closeSync(at.create(path, mode))
            return openSync('/dev/full', 'r+')
          },
        },
        remove: { value: (path: Uint8Array) => at.remove(path) },
      })
      const { batch, source } = writesOf([{ path: 'a' }, { path: 'b' }])
      expect([...many.write(full, batch, source).values()]).toEqual(['ENOSPC', 'ENOSPC'])
      expect(readdirSync(directory)).toEqual([])
    },
  )
}
