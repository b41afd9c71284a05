// Short files by the hundred, out of memory that is lent or the writer's own: all are there with mode and time, and one that
// cannot be made is told with its bytes.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Image } from '../../../../src/cut/manifest/image.ts'
import { BatchWriter } from '../../../../src/transfer/storage/tree/batch_writer.ts'
import { randomBytes } from '../../../pool/scratch.ts'
import { Ground, type Lines, type Made, manifestOf, mtimeNanos, twins } from './world.ts'

const contentOf = ({ manifest, bytes }: Made, index: number): Uint8Array => {
  const image = new Image(manifest)
  return bytes.subarray(image.start(index), image.end(index))
}

describe.each(twins)('by the twin $name', twin => {
  test('more files and bytes than one batch takes', () => {
    const ground = new Ground(twin)
    const lines: Record<string, Lines[string]> = {}
    for (let i = 0; i < 1_300; i++)
      lines[`f${i}`] = { content: randomBytes(i % 10 === 0 ? 60_000 : i % 7, i), mode: 0o600 + (i % 8) }
    const made = manifestOf(lines)
    const failed: number[] = []
    const writer = new BatchWriter(new Image(made.manifest), ground.staging, ground.many, index =>
      failed.push(index),
    )
    for (let index = 0; index < made.manifest.count; index++) {
      const content = contentOf(made, index)
      // by turns in the writer's own memory, in that of the whole tree, and in one for itself
      const own = index % 500 < 200 ? writer.room(content.length) : undefined
      own?.set(content)
      const lent = index % 500 < 400 ? content : content.slice()
      expect(writer.add(index, own ?? lent)).toBe(true)
    }
    writer.flush()
    writer.flush()
    expect(failed).toEqual([])
    for (let index = 0; index < made.manifest.count; index++) {
      const path = ground.staged(Buffer.from(made.manifest.name(index)).toString())
      expect(readFileSync(path).equals(contentOf(made, index)), path).toBe(true)
      const { mode, mtimeNs } = statSync(path, { bigint: true })
      expect([Number(mode) & 0o7777, mtimeNs]).toEqual([made.manifest.entry(index).mode, mtimeNanos])
    }
  })

  test('those that cannot be made are told, the others are there', () => {
    const ground = new Ground(twin)
    writeFileSync(ground.staged('b'), 'taken')
    mkdirSync(ground.staged('c'))
    const made = manifestOf({ a: 'one', b: 'two', c: 'three', 'no/way': 'four', z: 'five' })
    const told: string[] = []
    const writer = new BatchWriter(
      new Image(made.manifest),
      ground.staging,
      ground.many,
      (index, bytes, errno) =>
        told.push(`${Buffer.from(made.manifest.path(index))} ${Buffer.from(bytes)} ${errno}`),
    )
    for (const name of ['a', 'b', 'c', 'no/way', 'z'])
      writer.add(made.at(name), contentOf(made, made.at(name)))
    writer.flush()
    expect(told).toEqual(['b two EEXIST', 'c three EEXIST', 'no/way four ENOENT'])
    expect(readFileSync(ground.staged('a'), 'utf8') + readFileSync(ground.staged('z'), 'utf8')).toBe(
      'onefive',
    )
    expect(readFileSync(ground.staged('b'), 'utf8')).toBe('taken')
  })

  test('a mode that would lock us out comes later, and special bits never', () => {
    const ground = new Ground(twin)
    const made = manifestOf({ a: { content: 'x', mode: 0o444 }, b: { content: 'x', mode: 0o6755 } })
    const writer = new BatchWriter(new Image(made.manifest), ground.staging, ground.many, () => {})
    expect([0, 1].map(index => writer.add(index, Buffer.from('x')))).toEqual([false, true])
    writer.flush()
    expect(['a', 'b'].map(name => statSync(ground.staged(name)).mode & 0o7777)).toEqual([0o644, 0o755])
  })
})
