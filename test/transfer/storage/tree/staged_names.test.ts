// Names that a disk takes for one, or has none of: the entry fails alone, nothing is written over anything, and all else
// of the tree arrives.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RangeSet } from '../../../../src/base/ranges.ts'
import { Image } from '../../../../src/cut/manifest/image.ts'
import { carryOver } from '../../../../src/transfer/storage/tree/carry_over.ts'
import { folding } from './folding.ts'
import { Ground, manifestOf, put } from './world.ts'

const textOf = (path: string): string => readFileSync(path, 'utf8')

describe('on a disk that knows no case', () => {
  test('two names that are one are refused entry by entry', async () => {
    // §13.6-4
    const ground = new Ground(folding)
    const long = 'x'.repeat(200_000)
    const made = manifestOf({
      'src/README': 'first',
      'src/readme': 'second',
      'src/Docs/a': 'a',
      'src/docs/b': 'b',
      'src/docs/sub/c': 'c',
      'src/docs/link': { text: 'b' },
      'src/LONG': long,
      'src/long': { content: long.replaceAll('x', 'y') },
      'src/xx': { first: 'src/readme' },
      'src/third': { first: 'src/README' },
      'src/thing': 'a file',
      'src/THING/d': 'd',
      'src/z': 'last',
    })
    const { failed } = await put(ground, made, { policy: 'overwrite' })
    expect(failed).toEqual({
      'src/readme': 'PFS_WRITE',
      'src/docs': 'PFS_WRITE',
      'src/long': 'PFS_WRITE',
      'src/xx': 'PFS_WRITE',
      'src/thing': 'PFS_WRITE',
    })
    expect(readdirSync(ground.at('src')).sort()).toEqual(['docs', 'long', 'readme', 'thing', 'third', 'z'])
    expect(readdirSync(ground.at('src', 'docs'))).toEqual(['a'])
    expect(textOf(ground.at('src', 'readme'))).toBe('first')
    expect(textOf(ground.at('src', 'third'))).toBe('first')
    expect(textOf(ground.at('src', 'long'))).toBe(long)
    expect(textOf(ground.at('src', 'thing', 'd'))).toBe('d')
    expect(textOf(ground.at('src', 'z'))).toBe('last')
  })

  test('every byte can be read again, so that the whole can be verified', () => {
    const ground = new Ground(folding)
    const made = manifestOf({
      'src/A': 'first',
      'src/B': 'b',
      'src/a': 'other',
      'src/c:d': 'colon',
      'src/D/e': 'e',
      'src/d/e': 'E',
    })
    const part = ground.part(new Image(made.manifest))
    part.write(made.bytes, 0)
    const read = new Uint8Array(made.bytes.length)
    expect(part.read(read, 0)).toBe(read.length)
    expect(Buffer.from(read).toString()).toBe(Buffer.from(made.bytes).toString())
    const many = new Uint8Array(made.bytes.length)
    const files = ['src/A', 'src/B', 'src/D/e', 'src/a', 'src/c:d', 'src/d/e'].map(made.at)
    expect(part.readMany(files, many)).toBe(files.length)
    expect(Buffer.from(many).toString()).toBe(Buffer.from(made.bytes).toString())
  })

  test('what cannot have its name fails, a directory with all that is in it', async () => {
    // §13.6-4
    const ground = new Ground(folding)
    const made = manifestOf({ 'src/a:b': 'x', 'src/c:/d': 'x', 'src/e': 'fine', 'src/l:': { text: 'e' } })
    const { failed } = await put(ground, made)
    expect(failed).toEqual({ 'src/a:b': 'PFS_WRITE', 'src/c:': 'PFS_WRITE', 'src/l:': 'PFS_WRITE' })
    expect(readdirSync(ground.at('src'))).toEqual(['e'])
  })

  test('what an earlier attempt left at such a name is carried over for one of them', () => {
    const ground = new Ground(folding)
    const made = manifestOf({ 'src/A': 'first', 'src/a': 'other' })
    const image = new Image(made.manifest)
    const part = ground.part(image)
    part.write(made.bytes, 0)
    const before = new RangeSet()
    before.add(0, image.sizeBytes)
    const { files, held } = carryOver(image, before, image, ground.staging)
    expect(files).toEqual([made.at('src/A')])
    expect([...held]).toEqual([{ start: 0, end: 5 }])
  })
})
