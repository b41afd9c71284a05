// A fault that crosses from the storage thread says there what it said here.

import { expect, test } from 'vitest'
import { PfsError } from '../../../src/base/errors.ts'
import { diskFault } from '../../../src/host/file.ts'
import { carried, uncarried } from '../../../src/transfer/storage/carry.ts'

const cross = (error: unknown): PfsError => uncarried(structuredClone(carried(error)))
const systemFault = (code: string): Error => Object.assign(new Error(`${code}: no`), { code })

test('code, words, hint, whether to try again, and the file it is about', () => {
  const error = new PfsError('PFS_SOURCE_CHANGED', 'a', { retryable: true, hint: 'Again.', path: '/srv/a' })
  const { message } = error
  expect(cross(error)).toMatchObject({
    code: 'PFS_SOURCE_CHANGED',
    message,
    hint: 'Again.',
    retryable: true,
    path: '/srv/a',
  })
  expect(cross(new PfsError('PFS_STALLED')).path).toBeUndefined()
})

test('of a disk the path, whatever the system said; and none where only a place in a file is known', () => {
  for (const errno of ['ENOSPC', 'ENOENT', 'EIO'])
    expect(cross(diskFault(systemFault(errno), 'PFS_READ', '/srv/a')).path, errno).toBe('/srv/a')
  expect(cross(diskFault(systemFault('EIO'), 'PFS_READ', 'at byte 7', false)).path).toBeUndefined()
})
