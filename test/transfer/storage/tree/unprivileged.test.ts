// Trees received by a user whom modes bind: files that not even their owner may write or read are built, verified and taken
// up again, and what may not be read at the target stands in nobody's way but its own.

import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Image } from '../../../../src/cut/manifest/image.ts'
import { survey } from '../../../../src/transfer/storage/tree/survey.ts'
import { Ground, type Lines, manifestOf, put, twins, write } from './world.ts'

const nobody = 65_534
const isRoot = process.getuid?.() === 0
beforeAll(() => void (isRoot && process.seteuid?.(nobody)))
afterAll(() => void (isRoot && process.seteuid?.(0)))

const asRoot = (work: () => void): void => {
  process.seteuid?.(0)
  work()
  process.seteuid?.(nobody)
}

const modes = [0o444, 0o400, 0o200, 0o000, 0o555] as const
const holes = [{ start: 4096, end: 65_536 }]
const sparse = Buffer.concat([
  Buffer.from('begin'.padEnd(4096)),
  Buffer.alloc(65_536 - 4096),
  Buffer.from('end'),
])
const lines: Lines = Object.fromEntries(
  modes.flatMap(mode => [
    [`src/${mode}`, { content: `short ${mode}`, mode }],
    [`src/${mode}-long`, { content: Buffer.alloc(300_000, String(mode)), mode }],
    [`src/${mode}-sparse`, { content: sparse, holes, mode }],
    [`src/d${mode}`, { directory: true, mode }],
    [`src/d${mode}/in`, { content: 'x', mode }],
  ]),
)

describe.each(twins)('by the twin $name', twin => {
  test('files of any mode are built, read for verification, and placed', async () => {
    const ground = new Ground(twin)
    const made = manifestOf(lines)
    const image = new Image(made.manifest)
    const part = ground.part(image)
    write(part, image, made, [])
    const read = new Uint8Array(made.bytes.length)
    const all = Array.from({ length: made.manifest.count }, (_, i) => i).filter(
      i => image.end(i) > image.start(i),
    )
    expect(part.readMany(all, read)).toBe(all.length)
    expect(Buffer.from(read).equals(made.bytes)).toBe(true)
    expect(part.read(read, 0)).toBe(read.length)
    part.closeFiles()
    for (const name of ground.staging.names(undefined)) ground.staging.removeTree(name)
    expect((await put(ground, made)).failed).toEqual({})
    for (const mode of modes)
      for (const name of ['', '-long', '-sparse'])
        expect(statSync(ground.at(`src/${mode}${name}`)).mode & 0o7777).toBe(mode)
    expect(statSync(ground.at(`src/d${0o555}`)).mode & 0o7777).toBe(0o555)
  })

  test('what was dressed already is taken up again, and can be put right', async () => {
    const ground = new Ground(twin)
    const made = manifestOf(lines)
    const image = new Image(made.manifest)
    const before = ground.part(image)
    write(before, image, made, [])
    before.closeFiles()
    for (const mode of modes)
      for (const name of ['', '-long']) chmodSync(ground.staged(`src/${mode}${name}`), mode)
    const part = ground.part(image)
    for (let index = 0; index < made.manifest.count; index++)
      if (image.end(index) > image.start(index)) part.adopt(index)
    const read = new Uint8Array(made.bytes.length)
    expect(part.read(read, 0)).toBe(read.length)
    expect(Buffer.from(read).equals(made.bytes)).toBe(true)
    part.write(made.bytes.subarray(0, 500), 0)
    part.write(made.bytes.subarray(200_000, 400_000), 200_000)
    part.closeFiles()
  })

  test.skipIf(!isRoot)('what may not be read at the target fails alone, or is replaced', async () => {
    const ground = new Ground(twin)
    const made = manifestOf({ 'src/a': 'theirs', 'src/closed/x': 'x', 'src/b': 'b' })
    mkdirSync(ground.at('src/closed'), { recursive: true })
    asRoot(() => {
      writeFileSync(ground.at('src/a'), 'secret', { mode: 0o600 })
      chownSync(ground.at('src/closed'), 0, 0)
      chmodSync(ground.at('src/closed'), 0o700)
    })
    const { standings } = survey(made.manifest, ground.target)
    expect(standings[made.at('src/a')]).toBe('different')
    expect(standings[made.at('src/closed')]).toBe('blocked')
    const { failed } = await put(ground, made)
    expect(failed).toMatchObject({ 'src/a': 'PFS_EXISTS' })
    expect(readFileSync(ground.at('src/b'), 'utf8')).toBe('b')
    for (const name of ground.staging.names(undefined)) ground.staging.removeTree(name)
    const again = await put(ground, made, { policy: 'overwrite' })
    expect(Object.keys(again.failed).every(path => path.startsWith('src/closed'))).toBe(true)
    expect(readFileSync(ground.at('src/a'), 'utf8')).toBe('theirs')
    expect(readdirSync(ground.at('src')).sort()).toEqual(['a', 'b', 'closed'])
  })
})
