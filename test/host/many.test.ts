// Both twins of host/many.ts through the suite they share, writing below directories of both twins of host/confined.ts.

import { describe, expect, test } from 'vitest'
import { native } from '../../src/host/addon.ts'
import { openConfined } from '../../src/host/confined.ts'
import { many } from '../../src/host/many.ts'
import { scratch } from '../pool/scratch.ts'
import { manySuite, readsOf, writesOf } from '../suites/many.ts'
import { bytes, World } from '../support/confined_world.ts'

const { addon } = native()
const openPortable = (directory: string) => openConfined(directory, {})

manySuite('portable', many({}), openPortable, scratch)

test('the portable twin is what is chosen where there is no addon', () => {
  expect(many({}).kind).toBe('portable')
})

describe.skipIf(!addon)('with the addon', () => {
  const openNative = (directory: string) => openConfined(directory, addon)
  manySuite('native', many(addon), openNative, scratch)
  manySuite('native below a portable directory', many(addon), openPortable, scratch)
  manySuite('portable below a native directory', many({}), openNative, scratch)

  test('files are written below two directories, listed and read at once, on many threads', async () => {
    const worlds = [1, 2].map(() => new World(scratch()))
    const twin = many(addon)
    const files = Array.from({ length: 200 }, (_, i) => ({ path: `deep/${i}`, content: `${i}` }))
    const { batch, source } = writesOf(files)
    const outcomes = await Promise.all(
      worlds.flatMap(w => [0, 1].map(() => twin.writeAsync(openNative(w.inside), batch, source))),
    )
    // of two that make a file one makes it
    expect(outcomes.reduce((sum, faults) => sum + faults.size, 0)).toBe(400)
    const reads = worlds.map(w => readsOf(files.map(({ path, content }) => [w.in(path), content.length])))
    const targets = reads.map(() => new Uint8Array(source.length))
    await Promise.all(reads.map((wanted, i) => twin.readAsync(wanted, targets[i] ?? source)))
    for (const target of targets) expect(Buffer.from(target).equals(source)).toBe(true)
    for (const w of worlds) expect(twin.list(bytes(w.in('deep'))).length).toBe(200)
  })
})
