// Room ahead of the writes: never of what was never written, never at the cost of what was.

import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { Ahead } from '../../src/host/ahead.ts'
import { randomBytes, scratch } from '../pool/scratch.ts'

const slab = randomBytes(256 * KiB, 1)

function world(sizeBytes: number) {
  const path = join(scratch(), 'file')
  const fd = openSync(path, 'w+')
  ftruncateSync(fd, sizeBytes)
  const ahead = new Ahead(fd, sizeBytes)
  const write = (bytes: Uint8Array, at: number): void => {
    ahead.expect(at, at + bytes.length)
    writeSync(fd, bytes, 0, bytes.length, at)
  }
  return { path, fd, ahead, write, room: () => statSync(path).blocks * 512 }
}

describe('room ahead of the writes', () => {
  test('is given back where a run ends, and the file keeps its size and its bytes', () => {
    const { path, fd, ahead, write, room } = world(200 * MiB)
    for (let at = 0; at < 40 * MiB; at += slab.length) write(slab, at)
    write(slab, 150 * MiB)
    expect(room()).toBeLessThan(41 * MiB)
    for (let at = 60 * MiB; at < 90 * MiB; at += slab.length) write(slab, at)
    ahead.release()
    expect(room()).toBeLessThan(72 * MiB)
    closeSync(fd)
    const content = readFileSync(path)
    expect(content.length).toBe(200 * MiB)
    for (const at of [0, 40 * MiB - slab.length, 150 * MiB, 60 * MiB, 90 * MiB - slab.length])
      expect(content.subarray(at, at + slab.length).equals(slab)).toBe(true)
  })
  for (const seed of [1, 2, 3, 4]) {
    test(`costs no byte, whatever the order of the writes (seed ${seed})`, () => {
      const random = new Prng(seed)
      const size = 64 * MiB + random.below(MiB)
      const { path, fd, ahead, write } = world(size)
      const expected = Buffer.alloc(size)
      // what an earlier attempt left
      for (let i = 0; i < 5; i++) {
        const at = random.below(size - slab.length)
        writeSync(fd, slab, 0, slab.length, at)
        expected.set(slab, at)
      }
      let at = 0
      for (let i = 0; i < 400; i++) {
        if (random.below(90) === 0) at = random.below(size)
        const shift = random.below(6) === 0 ? random.below(4 * MiB) - 2 * MiB : 0
        const from = Math.max(0, Math.min(at + shift, size - slab.length))
        write(slab, from)
        expected.set(slab, from)
        at = Math.min(at + slab.length, size)
      }
      ahead.release()
      closeSync(fd)
      expect(readFileSync(path).equals(expected)).toBe(true)
    })
  }
})
