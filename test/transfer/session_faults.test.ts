// Faults that cross from a session's thread: they are what they were.

import { describe, expect, test } from 'vitest'
import { type PfsCode, PfsError } from '../../src/base/errors.ts'
import { faultOf } from '../../src/cli/failure.ts'
import { carriedFault, restoredFault } from '../../src/transfer/session_faults.ts'
import { carriedEvent, restoredEvent } from '../../src/transfer/session_messages.ts'

const cross = (error: unknown): Error => restoredFault(structuredClone(carriedFault(error)))

describe('a fault', () => {
  test('of pfs keeps code, message, hint, stack, and what was behind it', () => {
    const cause = Object.assign(new Error('bind EACCES'), { code: 'EACCES', syscall: 'bind' })
    const error = new PfsError('PFS_PORT', 'UDP port 1', { hint: 'Choose another.', retryable: true, cause })
    const restored = cross(error)
    expect(restored).toBeInstanceOf(PfsError)
    const { message, stack } = error
    expect(restored).toMatchObject({
      name: 'PfsError',
      code: 'PFS_PORT' satisfies PfsCode,
      message,
      hint: 'Choose another.',
      retryable: true,
      exitStatus: 2,
      stack,
    })
    expect(restored.cause).toMatchObject({ message: 'bind EACCES', code: 'EACCES', syscall: 'bind' })
  })
  test('keeps the path it is about, its own or the one of what was behind it', () => {
    const cause = Object.assign(new Error('open'), { code: 'EACCES', syscall: 'open', path: '/srv/b' })
    const restored = cross(new PfsError('PFS_READ', 'a', { path: '/srv/a', cause }))
    expect(restored).toMatchObject({ path: '/srv/a', cause: { path: '/srv/b' } })
    expect(faultOf(restored).path).toBe('/srv/a')
    expect(faultOf(cross(new PfsError('PFS_READ', 'a', { cause }))).path).toBe('/srv/b')
  })
  test('that says no more than its code says it once', () => {
    expect(cross(new PfsError('PFS_STALLED')).message).toBe(new PfsError('PFS_STALLED').message)
  })
  test('of the system is still told by its errno', () => {
    const restored = cross(Object.assign(new Error('no'), { code: 'ENOSPC', syscall: 'write' }))
    expect(restored).not.toBeInstanceOf(PfsError)
    expect(restored).toMatchObject({ message: 'no', code: 'ENOSPC', syscall: 'write' })
    expect('syscall' in cross(Object.assign(new Error('no'), { code: 'ERR_X' }))).toBe(false)
  })
  test('that is none of these is an Error of the same words', () => {
    expect(cross(new TypeError('no')).message).toBe('no')
    expect('code' in cross(new TypeError('no'))).toBe(false)
    expect(cross('no').message).toBe('no')
    expect(cross(undefined).message).toBe('undefined')
  })
  test('that is its own cause ends', () => {
    const error = new Error('ring')
    error.cause = error
    let depth = 0
    for (let next: unknown = cross(error); next instanceof Error; next = next.cause) depth++
    expect(depth).toBe(6)
  })
})

test("an event 'failed' carries its fault, and the others are as they were", () => {
  const error = new PfsError('PFS_CORRUPT', 'x')
  const failed = { kind: 'failed', error, peerId: 'p' } as const
  const restored = restoredEvent(structuredClone(carriedEvent(failed)))
  expect(restored).toMatchObject({ kind: 'failed', peerId: 'p', error: { code: 'PFS_CORRUPT' } })
  const notice = { kind: 'notice', text: 't' } as const
  expect(restoredEvent(carriedEvent(notice))).toBe(notice)
})
