// Both twins of host/files.ts through the suite they share, and against each other with random batches.

import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { MiB } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import type { FileAddon } from '../../src/host/file_native.ts'
import { portableFiles } from '../../src/host/file_portable.ts'
import { chooseFiles, type Files } from '../../src/host/files.ts'
import { randomBytes, scratch } from '../pool/scratch.ts'
import { fileSuite } from '../suites/file.ts'
import { expectSound } from '../support/addon_arguments.ts'

const { addon } = native()

fileSuite('portable', portableFiles, () => scratch())

test('the portable twin is what is chosen where there is no addon', () => {
  expect(chooseFiles(undefined).kind).toBe('portable')
  expect(chooseFiles({}).kind).toBe('portable')
})

describe.skipIf(!addon)('with the addon', () => {
  const nativeFiles = chooseFiles(addon)
  fileSuite('native', nativeFiles, () => scratch())
  fileSuite('native in memory', nativeFiles, () => scratch(true))

  for (const seed of [1, 2, 3]) {
    test(`random batches and copies do the same in both (seed ${seed})`, () => {
      const random = new Prng(seed)
      const directory = scratch(true)
      const open = (files: Files) => ({
        files,
        a: openSync(join(directory, `${files.kind}-a`), 'w+'),
        b: openSync(join(directory, `${files.kind}-b`), 'w+'),
      })
      const sides = [open(portableFiles), open(nativeFiles)]
      const content = randomBytes(MiB, seed)
      for (let round = 0; round < 200; round++) {
        const pieces: Uint8Array[] = []
        const offsets: number[] = []
        const runs: number[] = []
        let at = random.below(MiB)
        for (let count = random.below(40); count > 0; count--) {
          if (random.below(3) === 0) at = random.below(MiB)
          const length = random.below(random.below(8) === 0 ? 100_000 : 2_000)
          const from = random.below(content.length - length)
          pieces.push(content.subarray(from, from + length))
          offsets.push(at)
          runs.push(0, at, length)
          at += length
        }
        const kind = random.below(3)
        const to = random.below(MiB)
        const answers = sides.map(({ files, a, b }) => {
          if (kind === 0) return files.write(a, pieces, Float64Array.from(offsets))
          if (kind === 1)
            return files.copyRuns(
              b,
              to,
              Float64Array.from(runs, (n, i) => (i % 3 === 0 ? a : n)),
            )
          const targets = pieces.map(piece => new Uint8Array(piece.length))
          const count = files.read(a, targets, Float64Array.from(offsets))
          return `${count} ${createHash('sha1').update(Buffer.concat(targets).subarray(0, count)).digest('hex')}`
        })
        expect(answers[1]).toBe(answers[0])
      }
      for (const name of ['a', 'b']) {
        const [ours, theirs] = sides.map(({ files }) =>
          readFileSync(join(directory, `${files.kind}-${name}`)),
        )
        expect(ours?.equals(theirs ?? Buffer.alloc(0))).toBe(true)
      }
      for (const { a, b } of sides) for (const fd of [a, b]) closeSync(fd)
    })
  }

  test('holes and clones are made on the pool as well', async () => {
    const calls = addon as FileAddon
    const [from, to] = ['from', 'to'].map(name => openSync(join(scratch(), name), 'w+')) as [number, number]
    writeSync(from, randomBytes(MiB, 9))
    const cloned = await calls.fileCloneAsync(from, to)
    expect(cloned <= 0 && cloned === calls.fileClone(from, to)).toBe(true)
    const punched = await calls.filePunchHoleAsync(from, 0, MiB)
    const content = new Uint8Array(MiB)
    calls.fileRead(from, [content], Float64Array.of(0))
    expect(punched < 0 || content.every(byte => byte === 0)).toBe(true)
    for (const fd of [from, to]) closeSync(fd)
    expect(await calls.filePunchHoleAsync(from, 0, 1)).toBeLessThan(0)
  })

  test('wrong arguments are TypeErrors that name the function, never a crash', () => {
    const calls = addon as Record<string, (...values: unknown[]) => unknown>
    expectSound(addon, /^file/, [[], [-1], ['x', {}, []], [0, 0, 0, 'y'], [0, [1], new Float64Array(1)]])
    const write = calls.fileWrite as (...values: unknown[]) => unknown
    expect(() => write(1, [new Uint8Array(1)], new Float64Array(0))).toThrow(TypeError)
    expect(() => write(1, [new Uint8Array(1)], Float64Array.of(Number.NaN))).toThrow(TypeError)
    expect(() => write(1, [new Uint16Array(1)], Float64Array.of(0))).toThrow(TypeError)
    expect(() => write(1, new Array(1025).fill(new Uint8Array(0)), new Float64Array(1025))).toThrow(TypeError)
  })
})
