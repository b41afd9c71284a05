// What both twins of host/files.ts do, on whatever file system the tests run; what a twin cannot do it must say.

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/base/units.ts'
import type { Files } from '../../src/host/files.ts'
import { randomBytes } from '../pool/scratch.ts'

/** Far above what any process here opens. */
const descriptorNever = 1_000_000

/** @param place a new empty directory */
export function fileSuite(name: string, files: Files, place: () => string): void {
  const withFile = <T>(path: string, work: (fd: number) => T): T => {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT)
    try {
      return work(fd)
    } finally {
      closeSync(fd)
    }
  }
  const made = (content: Uint8Array): string => {
    const path = join(place(), 'made')
    writeFileSync(path, content)
    return path
  }
  const bytes = randomBytes(3 * MiB, 1)
  const isNative = files.kind === 'native'

  describe(`${name}: batches`, () => {
    test('are written where they belong, in their order, and read back', () => {
      const path = made(new Uint8Array(0))
      withFile(path, fd => {
        const pieces = [
          bytes.subarray(0, 10),
          new Uint8Array(0),
          bytes.subarray(10, 1000),
          bytes.subarray(5, 9),
        ]
        files.write(fd, pieces, Float64Array.of(100, 0, 110, 102))
        const expected = Buffer.alloc(1100)
        for (const [i, at] of [100, 0, 110, 102].entries()) expected.set(pieces[i] ?? [], at)
        expect(readFileSync(path).equals(expected)).toBe(true)
        const back = [new Uint8Array(500), new Uint8Array(600)]
        expect(files.read(fd, back, Float64Array.of(600, 0))).toBe(1100)
        expect(Buffer.concat([back[1] ?? [], back[0] ?? []].map(part => Buffer.from(part)))).toEqual(
          Buffer.concat([expected.subarray(0, 600), expected.subarray(600)]),
        )
      })
    })
    test('end where the file ends', () => {
      withFile(made(bytes.subarray(0, 100)), fd => {
        const pieces = [new Uint8Array(60), new Uint8Array(60), new Uint8Array(10)]
        expect(files.read(fd, pieces, Float64Array.of(0, 60, 0))).toBe(100)
        expect(files.read(fd, pieces, Float64Array.of(100, 0, 0))).toBe(0)
        expect(files.read(fd, [], new Float64Array(0))).toBe(0)
      })
    })
    test('are as good in shared memory, and as promises', async () => {
      const shared = new Uint8Array(new SharedArrayBuffer(256 * KiB), 100, 100 * KiB)
      shared.set(bytes.subarray(0, shared.length))
      const path = made(new Uint8Array(0))
      const fd = openSync(path, 'r+')
      await files.writeAsync(fd, [shared, shared], Float64Array.of(0, shared.length))
      const back = new Uint8Array(new SharedArrayBuffer(200 * KiB))
      expect(await files.readAsync(fd, [back], Float64Array.of(0))).toBe(200 * KiB)
      closeSync(fd)
      expect(Buffer.from(back).equals(Buffer.concat([shared, shared]))).toBe(true)
    })
    test('that the system refuses throw what node:fs would', async () => {
      const fd = openSync(made(bytes.subarray(0, 10)), 'r')
      const one = Float64Array.of(0)
      expect(() => files.write(fd, [bytes], one)).toThrow(expect.objectContaining({ code: 'EBADF' }))
      await expect(files.writeAsync(fd, [bytes], one)).rejects.toMatchObject({ code: 'EBADF' })
      closeSync(fd)
      // no descriptor ever, where one just closed may be another thread's by now
      expect(() => files.read(descriptorNever, [new Uint8Array(1)], one)).toThrow(
        expect.objectContaining({ code: 'EBADF' }),
      )
    })
    test.runIf(existsSync('/dev/full'))('to a full disk say so', () => {
      withFile('/dev/full', fd => {
        expect(() => files.write(fd, [bytes], Float64Array.of(0))).toThrow(
          expect.objectContaining({ code: 'ENOSPC' }),
        )
      })
    })
  })

  describe(`${name}: copies`, () => {
    test('take runs of several files, with gaps and without, one after another', async () => {
      const from = openSync(made(bytes), 'r')
      const other = openSync(made(bytes.subarray(MiB)), 'r')
      const to = openSync(made(new Uint8Array(0)), 'r+')
      const runs = [
        [from, 72, 70_000],
        [from, 70_150, 1],
        [from, 70_151, 300 * KiB],
        [other, 5, 10],
        [from, 10, 2 * MiB],
      ] as const
      const expected = Buffer.concat(
        runs.map(([fd, at, length]) => (fd === from ? bytes : bytes.subarray(MiB)).subarray(at, at + length)),
      )
      const triples = Float64Array.from(runs.flat())
      expect(files.copyRuns(to, 7, triples)).toBe(expected.length)
      const back = Buffer.alloc(expected.length)
      files.read(to, [back], Float64Array.of(7))
      expect(back.equals(expected)).toBe(true)
      const promise = files.copyRunsAsync(to, 0, triples)
      if (isNative) for (const fd of [from, other]) closeSync(fd) // it has descriptors of its own
      expect(await promise).toBe(expected.length)
      files.read(to, [back], Float64Array.of(0))
      expect(back.equals(expected)).toBe(true)
      closeSync(to)
      if (!isNative) for (const fd of [from, other]) closeSync(fd)
    })
    test('stop where a source stops, and only a target that fails throws', () => {
      const from = openSync(made(bytes.subarray(0, 1000)), 'r')
      const to = openSync(made(new Uint8Array(0)), 'r+')
      expect(files.copyRuns(to, 0, Float64Array.of(from, 0, 500, from, 900, 200, from, 0, 100))).toBe(600)
      expect(fstatSync(to).size).toBe(600)
      expect(files.copyRuns(to, 0, new Float64Array(0))).toBe(0)
      expect(files.copyRuns(to, 0, Float64Array.of(2 ** 20, 0, 10))).toBe(0)
      expect(() => files.copyRuns(from, 0, Float64Array.of(to, 0, 10))).toThrow(
        expect.objectContaining({ code: 'EBADF' }),
      )
      for (const fd of [from, to]) closeSync(fd)
    })
    test('that share blocks are true copies, or are refused without a trace', () => {
      const from = openSync(made(bytes), 'r')
      const path = made(new Uint8Array(0))
      const to = openSync(path, 'r+')
      if (files.cloneRange(from, 64 * KiB, to, 0, MiB))
        expect(readFileSync(path).equals(bytes.subarray(64 * KiB, MiB + 64 * KiB))).toBe(true)
      else expect(statSync(path).size).toBe(0)
      expect(files.cloneRange(from, 1, to, 3, 5)).toBe(false) // no blocks
      if (files.clone(from, to)) expect(readFileSync(path).equals(bytes)).toBe(true)
      for (const fd of [from, to]) closeSync(fd)
    })
  })

  describe(`${name}: space`, () => {
    test('data is found, and what is said to be a hole is zeros', () => {
      const path = made(new Uint8Array(0))
      withFile(path, fd => {
        ftruncateSync(fd, 8 * MiB)
        files.write(fd, [bytes.subarray(0, 64 * KiB)], Float64Array.of(4 * MiB))
        const content = readFileSync(path)
        let at = 0
        for (let data = files.nextData(fd, 0, 8 * MiB); data; data = files.nextData(fd, at, 8 * MiB)) {
          expect(data.start >= at && data.end > data.start && data.end <= 8 * MiB).toBe(true)
          expect(content.subarray(at, data.start).every(byte => byte === 0)).toBe(true)
          at = data.end
        }
        expect(at >= 4 * MiB + 64 * KiB).toBe(true)
        expect(content.subarray(at).every(byte => byte === 0)).toBe(true)
        expect(files.nextData(fd, 8 * MiB, 8 * MiB)).toBeUndefined()
      })
    })
    test('a hole that was punched reads as zeros; room that was made keeps the size', () => {
      const path = made(bytes)
      withFile(path, fd => {
        const expected = Buffer.from(bytes)
        if (files.punchHole(fd, MiB, MiB)) expected.fill(0, MiB, 2 * MiB)
        files.allocate(fd, 3 * MiB, 4 * MiB)
        expect(readFileSync(path).equals(expected)).toBe(true)
      })
    })
  })

  test(`${name}: files are synced one by one, together, and early; advice is taken`, async () => {
    const fds = [1, 2, 3].map(() => openSync(made(bytes), 'r+'))
    files.sync(fds)
    files.sync(fds, true)
    await files.syncAsync(fds)
    for (const fd of fds) await files.startWriteback(fd, 0, MiB)
    for (const advice of ['sequential', 'will_need', 'done_with'] as const)
      files.advise(fds[0] ?? 0, 0, 0, advice)
    for (const fd of fds) closeSync(fd)
    const gone = [descriptorNever]
    expect(() => files.sync(gone)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    await expect(files.syncAsync(gone)).rejects.toMatchObject({ code: 'EBADF' })
    await files.startWriteback(descriptorNever, 0, MiB)
  })

  describe(`${name}: a name below a directory`, () => {
    const flags = constants.O_RDWR | constants.O_CREAT
    const world = (): { base: string; inside: string } => {
      const base = place()
      const inside = join(base, 'in')
      mkdirSync(join(inside, 'deep'), { recursive: true })
      mkdirSync(join(base, 'out'))
      writeFileSync(join(base, 'out', 'victim'), 'mine')
      symlinkSync('../out', join(inside, 'link'))
      symlinkSync('../out/victim', join(inside, 'file'))
      return { base, inside }
    }
    test('is opened, made, and made only once where that was asked for', () => {
      const { inside } = world()
      for (const path of ['a', 'deep/b', 'deep/./c']) closeSync(files.openBeneath(inside, path, flags, 0o640))
      expect(existsSync(join(inside, 'deep', 'c'))).toBe(true)
      expect(statSync(join(inside, 'a')).mode & 0o777).toBe(0o640 & ~process.umask())
      expect(() => files.openBeneath(inside, 'a', flags | constants.O_EXCL, 0o600)).toThrow(
        expect.objectContaining({ code: 'EEXIST' }),
      )
    })
    for (const path of [
      '../out/victim',
      'deep/../../out/victim',
      '/etc/passwd',
      'link/victim',
      'link/planted',
      'link',
      'file',
      'nothing/here',
      '',
      'x'.repeat(300),
    ]) {
      test(`does not lead elsewhere by ${JSON.stringify(path.slice(0, 30))}`, () => {
        const { base, inside } = world()
        expect(() => files.openBeneath(inside, path, flags, 0o600)).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^E[A-Z]+$/) }),
        )
        expect(readFileSync(join(base, 'out', 'victim'), 'utf8')).toBe('mine')
        expect(existsSync(join(base, 'out', 'planted'))).toBe(false)
      })
    }
  })

  for (const nanos of [1_234_567_890_123_456_789n, 0n, -86_400_000_000_001n]) {
    test(`${name}: the time ${nanos} is kept, to the nanosecond by the native twin`, () => {
      withFile(made(bytes), fd => {
        files.setTimes(fd, nanos)
        const off = fstatSync(fd, { bigint: true }).mtimeNs - nanos
        const within = isNative ? 0n : 1_000_000n
        expect(off >= -within && off <= within).toBe(true)
      })
    })
  }

  test(`${name}: a lock is one opening's, until it is closed`, () => {
    const path = made(bytes)
    const [first, second] = [openSync(path, 'r+'), openSync(path, 'r+')]
    const locked = isNative ? 'locked' : 'unknown'
    expect(files.lock(first)).toBe(locked)
    expect(files.lock(second)).toBe(isNative ? 'taken' : 'unknown')
    closeSync(first)
    expect(files.lock(second)).toBe(locked)
    // a child that inherits nothing keeps nothing locked
    spawnSync('true')
    closeSync(second)
  })
}
