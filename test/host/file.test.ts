// Reads and writes by offset, reflinks and the names of faults, on whatever file system the tests run.

import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  cloneFile,
  diskBytes,
  diskFault,
  errnoOf,
  freeBytes,
  readFully,
  syncDirectory,
  writeFully,
} from '../../src/host/file.ts'

const directory = mkdtempSync(join(tmpdir(), 'pfs-file-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('whole reads and writes', () => {
  test('land at their offset, and a read past the end is short', () => {
    const path = join(directory, 'a')
    const fd = openSync(path, 'w+')
    writeFully(fd, Buffer.from('hello'), 3, path)
    const target = Buffer.alloc(10)
    expect(readFully(fd, target, 3)).toBe(5)
    expect(target.toString('latin1', 0, 5)).toBe('hello')
    expect(readFully(fd, target, 8)).toBe(0)
    closeSync(fd)
    expect(readFileSync(path).toString('latin1')).toBe('\0\0\0hello')
  })

  test('a write that the system refuses is PFS_WRITE and names the file', () => {
    const path = join(directory, 'b')
    writeFileSync(path, '')
    const fd = openSync(path, 'r')
    expect(() => writeFully(fd, Buffer.from('x'), 0, path)).toThrow(
      expect.objectContaining({ code: 'PFS_WRITE', message: expect.stringContaining(path) }),
    )
    closeSync(fd)
  })
})

test('a reflink is a copy, or nothing is left behind', () => {
  const source = join(directory, 'source')
  writeFileSync(source, 'content')
  const target = join(directory, 'clone')
  if (cloneFile(source, target)) expect(readFileSync(target, 'utf8')).toBe('content')
  else expect(readdirSync(directory)).not.toContain('clone')
})

test('a reflink never replaces a file', () => {
  const source = join(directory, 'source2')
  const target = join(directory, 'target2')
  writeFileSync(source, 'new')
  writeFileSync(target, 'old')
  expect(cloneFile(source, target)).toBe(false)
  expect(readFileSync(target, 'utf8')).toBe('old')
})

test('faults of the disk become the code that fits', () => {
  const errno = (code: string): Error => Object.assign(new Error(code), { code })
  expect(diskFault(errno('ENOSPC'), 'PFS_WRITE', 'x')).toMatchObject({ code: 'PFS_DISK_FULL' })
  expect(diskFault(errno('EDQUOT'), 'PFS_READ', 'x')).toMatchObject({ code: 'PFS_DISK_FULL' })
  expect(diskFault(errno('ENOENT'), 'PFS_READ', 'x')).toMatchObject({ code: 'PFS_NOT_FOUND' })
  expect(diskFault(errno('ENOENT'), 'PFS_WRITE', 'x')).toMatchObject({ code: 'PFS_WRITE' })
  expect(diskFault(errno('EIO'), 'PFS_READ', 'x')).toMatchObject({ code: 'PFS_READ' })
  expect(errnoOf(new Error('none'))).toBeUndefined()
})

test('a disk has no more free than it is large, and a directory can be synced', () => {
  expect(freeBytes(directory)).toBeGreaterThan(0)
  expect(freeBytes(directory)).toBeLessThan(diskBytes(directory))
  syncDirectory(directory)
})
