// The files of a tree while they grow: whatever order and pieces their bytes come in, each ends where it belongs; what is
// at the target already is read there, and never written to.

import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KiB } from '../../../../src/base/units.ts'
import { Image } from '../../../../src/cut/manifest/image.ts'
import type { TreePart } from '../../../../src/transfer/storage/tree/tree_part.ts'
import { randomBytes } from '../../../pool/scratch.ts'
import { randomNumbers } from '../../../support/tree_maker.ts'
import { Ground, type Made, manifestOf, twins } from './world.ts'

const sizes = [0, 3, 100_000, 128 * KiB, 128 * KiB + 1, 400_000, 5, 0, 70_000]
const tree = (): Made =>
  manifestOf(Object.fromEntries(sizes.map((size, i) => [`d${i % 2}/f${i}`, randomBytes(size, i + 1)])))

const readAll = (part: TreePart, made: Made): Uint8Array => {
  const all = new Uint8Array(made.bytes.length)
  expect(part.read(all, 0)).toBe(all.length)
  return all
}

describe.each(twins)('by the twin $name: a tree', twin => {
  test.each([1, 2, 3])('grows in pieces of any length and order (seed %i)', seed => {
    const ground = new Ground(twin)
    const made = tree()
    const part = ground.part(new Image(made.manifest))
    const random = randomNumbers(seed * 7919)
    const pieces: [start: number, end: number][] = []
    for (let at = 0; at < made.bytes.length; ) {
      const end = Math.min(made.bytes.length, at + 1 + Math.floor(random() * 90_000))
      pieces.push([at, end])
      at = end
    }
    pieces.sort(() => random() - 0.5)
    for (const [start, end] of pieces) part.write(made.bytes.subarray(start, end), start)
    expect(Buffer.from(readAll(part, made)).equals(made.bytes)).toBe(true)
    part.closeFiles()
    for (let index = 0; index < made.manifest.count; index++) {
      const size = made.manifest.sizeBytes(index)
      const path = ground.staged(Buffer.from(made.manifest.path(index)).toString())
      if (size > 0) expect(statSync(path).size).toBe(size)
    }
  })

  test('is written again where it was wrong, whole files and parts of them', () => {
    const ground = new Ground(twin)
    const made = tree()
    const part = ground.part(new Image(made.manifest))
    part.write(new Uint8Array(made.bytes.length).fill(0xaa), 0)
    part.write(made.bytes.subarray(0, 50_000), 0)
    part.write(made.bytes.subarray(50_000), 50_000)
    expect(Buffer.from(readAll(part, made)).equals(made.bytes)).toBe(true)
  })

  test('is copied from runs of other files that know nothing of its own', async () => {
    const ground = new Ground(twin)
    const made = tree()
    const source = join(ground.root, 'segment')
    writeFileSync(source, Buffer.concat([Buffer.from('head'), made.bytes]))
    const fd = openSync(source, 'r')
    const cuts = [0, 60_000, 100_001, 350_000, made.bytes.length]
    const runs = cuts.slice(1).flatMap((end, i) => [fd, 4 + (cuts[i] ?? 0), end - (cuts[i] ?? 0)])
    for (const isBehind of [false, true]) {
      const part = new Ground(twin).part(new Image(made.manifest))
      const all = Float64Array.from(runs)
      const copied = isBehind ? part.copyRunsBehind(all, 0) : part.copyRuns(all, 0)
      all.fill(0) // its owner uses it again
      if (isBehind) expect(await copied).toBe(made.bytes.length)
      expect(Buffer.from(readAll(part, made)).equals(made.bytes)).toBe(true)
    }
    // what cannot be read is missing from there on
    truncateSync(source, 4 + 250_000)
    const part = ground.part(new Image(made.manifest))
    const copied = part.copyRuns(Float64Array.from(runs), 0)
    expect(copied).toBeLessThanOrEqual(250_000)
    expect(copied).toBeGreaterThan(100_000)
    closeSync(fd)
  })

  test('has zeros where it was told so, holes where there are some, and room where there are none', () => {
    const ground = new Ground(twin)
    const length = 512 * KiB
    const zeros = new Uint8Array(length)
    const made = manifestOf({
      known: { content: zeros, holes: [{ start: 64 * KiB, end: length }] },
      none: { content: zeros, holes: [] },
      unknown: { content: zeros },
    })
    const part = ground.part(new Image(made.manifest))
    part.zero(0, 3 * length)
    expect(readAll(part, made).every(byte => byte === 0)).toBe(true)
    part.closeFiles()
    const room = (name: string): number => statSync(ground.staged(name)).blocks * 512
    expect([room('known'), room('none'), room('unknown')]).toEqual([64 * KiB, length, 0])
  })
})

describe.each(twins)('by the twin $name: a file that is in place', twin => {
  const lines = { 's/here': randomBytes(300_000, 1), 's/other': 'other' }
  function placed() {
    const ground = new Ground(twin)
    const made = manifestOf(lines)
    ground.target.makeDirectory(Buffer.from('s'), 0o755)
    writeFileSync(ground.at('s/here'), lines['s/here'])
    const part = ground.part(new Image(made.manifest), [made.at('s/here')])
    return { ground, made, part }
  }

  test('is read there', () => {
    const { ground, made, part } = placed()
    part.write(Buffer.from('other'), 300_000)
    expect(Buffer.from(readAll(part, made)).equals(made.bytes)).toBe(true)
    expect(part.isInPlace(made.at('s/here'))).toBe(true)
    expect(() => statSync(ground.staged('s/here'))).toThrow('ENOENT')
  })

  test('is copied before a byte of it is put right', () => {
    const { ground, made, part } = placed()
    const damaged = Buffer.from(lines['s/here'])
    damaged.fill(0, 1_000, 2_000)
    writeFileSync(ground.at('s/here'), damaged)
    part.write(made.bytes.subarray(1_000, 2_000), 1_000)
    expect(part.isInPlace(made.at('s/here'))).toBe(false)
    part.closeFiles()
    expect(readFileSync(ground.staged('s/here')).equals(lines['s/here'])).toBe(true)
    expect(readFileSync(ground.at('s/here')).equals(damaged)).toBe(true)
  })

  test('that goes, or ends early, is a fault and no wrong byte', () => {
    const { ground, made, part } = placed()
    truncateSync(ground.at('s/here'), 1_000)
    const target = new Uint8Array(300_000)
    expect(() => part.readMany([made.at('s/here')], target)).toThrow(/somebody else has changed it/)
    expect(part.read(target, 0)).toBe(1_000)
    ground.target.remove(Buffer.from('s/here'))
    const again = ground.part(new Image(made.manifest), [made.at('s/here')])
    expect(() => again.read(target, 0)).toThrow(/s\/here/)
  })
})
