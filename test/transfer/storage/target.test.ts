// Names from outside never leave the directory, and nothing that lies at the part's or the target's path is followed.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isSafeName,
  nameBytesMax,
  PartFile,
  partName,
  standing,
  targetPath,
} from '../../../src/transfer/storage/target.ts'
import { scratch } from '../../pool/scratch.ts'

describe('a name', () => {
  // §15.2-1
  for (const name of [
    '..',
    '.',
    '',
    'a/b',
    '/etc/passwd',
    '../a',
    'a\0b',
    'a\\b',
    '..\\a',
    'x'.repeat(256),
    'é'.repeat(128),
  ]) {
    test(`${JSON.stringify(name.slice(0, 20))} of ${Buffer.byteLength(name)} bytes is refused`, () => {
      expect(isSafeName(name)).toBe(false)
      expect(() => targetPath('/files', name)).toThrow(expect.objectContaining({ code: 'PFS_WRITE' }))
    })
  }
  for (const name of [
    'a',
    '...',
    '..a',
    ' a b ',
    '-rf',
    'ünï 日本',
    'x'.repeat(255),
    `${'é'.repeat(127)}x`,
  ]) {
    test(`${JSON.stringify(name.slice(0, 20))} of ${Buffer.byteLength(name)} bytes is one in the directory`, () => {
      expect(targetPath('/files', name)).toBe(`/files/${name}`)
    })
  }
})

describe("the part's name", () => {
  test('is the name itself with a dot and an ending, where there is room', () => {
    expect(partName('movie.mkv', '01234567')).toBe('.movie.mkv.01234567.pfs-part')
  })
  test('fits the file system and is whole UTF-8, whatever is cut off', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }), name => {
        if (!isSafeName(name)) return
        const part = partName(name, '01234567')
        expect(isSafeName(part)).toBe(true)
        expect(part.endsWith('.01234567.pfs-part')).toBe(true)
        expect(Buffer.from(part).toString()).toBe(part)
      }),
    )
    for (let shift = 0; shift < 4; shift++) {
      const part = partName('x'.repeat(shift) + '日'.repeat(84), '01234567')
      expect(Buffer.byteLength(part)).toBeLessThanOrEqual(nameBytesMax)
      expect(Buffer.byteLength(part)).toBeGreaterThan(nameBytesMax - 4)
      expect(part).not.toContain('\ufffd')
    }
  })
})

describe('a part file', () => {
  const place = () => join(scratch(true), 'part')

  test('is sparse, of its size, for its owner alone', () => {
    const path = place()
    const part = new PartFile(path, 2 ** 40)
    part.write(new Uint8Array([1]), 2 ** 40 - 1)
    part.close()
    const { size, blocks, mode } = statSync(path)
    expect({ size, isSparse: blocks < 100, mode: mode & 0o777 }).toEqual({
      size: 2 ** 40,
      isSparse: true,
      mode: 0o600,
    })
  })
  test('keeps what an earlier run wrote, unless it is to be new', () => {
    const path = place()
    writeFileSync(path, 'left')
    const kept = new PartFile(path, 4)
    kept.close()
    expect(readFileSync(path, 'utf8')).toBe('left')
    new PartFile(path, 4, true).close()
    expect(readFileSync(path)).toEqual(Buffer.alloc(4))
  })
  test('is cut or grown to the size of the object', () => {
    const path = place()
    writeFileSync(path, 'left over')
    new PartFile(path, 4).close()
    expect(readFileSync(path, 'utf8')).toBe('left')
    new PartFile(path, 6).close()
    expect(readFileSync(path, 'utf8')).toBe('left\0\0')
  })
  test('is never what a symbolic link leads to', () => {
    const path = place()
    const victim = `${path}.victim`
    writeFileSync(victim, 'mine')
    symlinkSync(victim, path)
    expect(() => new PartFile(path, 4)).toThrow(expect.objectContaining({ code: 'PFS_WRITE' }))
    new PartFile(path, 2, true).close() // the link goes, what it led to stays
    expect(readFileSync(victim, 'utf8')).toBe('mine')
    expect(lstatSync(path).isFile()).toBe(true)
  })
  test('is never a directory', () => {
    const path = place()
    mkdirSync(path)
    for (const isNew of [false, true]) {
      expect(() => new PartFile(path, 4, isNew)).toThrow(expect.objectContaining({ code: 'PFS_WRITE' }))
    }
  })
  test('becomes the target with its permissions and its time, and nothing of it is left', () => {
    for (const mtimeNanos of [1_000_000_123_456_000_000n, 0n, -86_400_000_000_000n]) {
      const path = place()
      const target = join(path, '..', 'target')
      const part = new PartFile(path, 3, true)
      part.write(Buffer.from('new'), 0)
      part.commit(target, 0o100_4751, mtimeNanos)
      const { mode, mtimeNs } = statSync(target, { bigint: true })
      expect({ mode: mode & 0o7777n, mtimeNs }).toEqual({ mode: 0o751n, mtimeNs: mtimeNanos })
      expect(readFileSync(target, 'utf8')).toBe('new')
      expect(existsSync(path)).toBe(false)
      part.close()
    }
  })
  test('takes the place of a symbolic link, not of what it leads to', () => {
    const path = place()
    const target = join(path, '..', 'target')
    const victim = join(path, '..', 'victim')
    writeFileSync(victim, 'mine')
    symlinkSync(victim, target)
    new PartFile(path, 3, true).commit(target, 0o644, 0n)
    expect(readFileSync(victim, 'utf8')).toBe('mine')
    expect(lstatSync(target).isFile()).toBe(true)
  })
  test('stays where it is when a directory has the name of the target', () => {
    const path = place()
    const target = join(path, '..', 'target')
    mkdirSync(join(target, 'inside'), { recursive: true })
    const part = new PartFile(path, 3, true)
    expect(() => part.commit(target, 0o644, 0n)).toThrow(expect.objectContaining({ code: 'PFS_WRITE' }))
    expect(existsSync(path)).toBe(true)
    expect(readdirSync(target)).toEqual(['inside'])
    part.discard()
    expect(existsSync(path)).toBe(false)
  })
})

test('what stands at a path is told apart without following links', () => {
  const directory = scratch(true)
  const at = (name: string) => join(directory, name)
  writeFileSync(at('file'), 'four')
  symlinkSync(at('file'), at('link'))
  symlinkSync(at('nothing'), at('dangling'))
  mkdirSync(at('directory'))
  expect(standing(at('nothing'))).toEqual({ kind: 'absent' })
  expect(standing(at('file'))).toMatchObject({ kind: 'file', size: 4 })
  expect(standing(at('link'))).toMatchObject({ kind: 'other', isDirectory: false })
  expect(standing(at('dangling'))).toMatchObject({ kind: 'other', isDirectory: false })
  expect(standing(at('directory'))).toMatchObject({ kind: 'other', isDirectory: true })
})
