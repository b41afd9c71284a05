// The table of failures: what a caller sees of each.

import { describe, expect, test } from 'vitest'
import { assert, must, unreachable } from '../../src/base/assert.ts'
import { failures, type PfsCode, PfsError } from '../../src/base/errors.ts'

describe('a PfsError', () => {
  test('says its sentence, its detail, its exit status and whether to try again', () => {
    const cause = new Error('ENOSPC')
    const error = new PfsError('PFS_DISK_FULL', '/data', { retryable: true, cause, hint: 'make room' })
    expect(error.message).toBe('there is not enough room: /data')
    expect(error).toMatchObject({
      code: 'PFS_DISK_FULL',
      exitStatus: 9,
      retryable: true,
      cause,
      hint: 'make room',
    })
    expect(new PfsError('PFS_USAGE')).toMatchObject({
      message: 'the command line is not understood',
      retryable: false,
    })
  })

  test('has a sentence and a failing exit status for every code', () => {
    for (const code of Object.keys(failures) as PfsCode[]) {
      expect(failures[code].exit).toBeGreaterThan(0)
      expect(failures[code].sentence).toMatch(/^[a-z].*[^.]$/)
    }
  })
})

test('our own bugs are called internal errors', () => {
  expect(() => assert(false, 'why')).toThrow('pfs: internal error: why')
  expect(() => must(undefined, 'why')).toThrow('pfs: internal error: why')
  expect(must(0, 'zero is a value')).toBe(0)
  expect(() => unreachable('x' as never)).toThrow('pfs: internal error')
})
