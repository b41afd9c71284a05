// Runs of pool files, cut where the files of an image begin and end.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Image } from '../../../../src/cut/manifest/image.ts'
import { splitRuns } from '../../../../src/transfer/storage/tree/split_runs.ts'
import { manifestOf } from './world.ts'

test('every byte goes to the file it belongs to, once, from where it lies', () => {
  const sizes = fc.array(fc.nat(20), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(
      sizes,
      fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 8 }),
      fc.nat(40),
      (files, lengths, position) => {
        const lines = Object.fromEntries(
          files.map((size, i) => [`f${String(i).padStart(2, '0')}`, 'x'.repeat(size)]),
        )
        const image = new Image(manifestOf(lines).manifest)
        const start = Math.min(position, image.sizeBytes)
        const some: [fd: number, offset: number, length: number][] = []
        let left = image.sizeBytes - start
        for (const [i, length] of lengths.entries()) {
          if (left === 0) break
          some.push([i + 3, 100 * i, Math.min(left, length)])
          left -= some.at(-1)?.[2] ?? 0
        }
        const wanted = some.flatMap(([fd, offset, length]) =>
          Array.from({ length }, (_, i) => `${fd} ${offset + i}`),
        )
        let at = start
        const found: string[] = []
        for (const { part, runs, bytes } of splitRuns(image, Float64Array.from(some.flat()), start)) {
          expect(part.position).toBe(at)
          expect(part.position - part.offset).toBe(image.start(part.index))
          expect(part.offset + part.length).toBeLessThanOrEqual(
            image.end(part.index) - image.start(part.index),
          )
          let total = 0
          for (let i = 0; i < runs.length; i += 3) {
            const [fd = 0, offset = 0, length = 0] = runs.subarray(i, i + 3)
            for (let j = 0; j < length; j++) found.push(`${fd} ${offset + j}`)
            total += length
          }
          expect([total, part.length]).toEqual([bytes, bytes])
          at += bytes
        }
        expect(found).toEqual(wanted)
      },
    ),
  )
})
