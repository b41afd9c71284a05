// How a round finds its way from two streams of a link to whoever builds, in whatever order their bytes come.

import { describe, expect, test } from 'vitest'
import { building, roundHeader, stats } from './door.ts'
import { blob, type FakeLink, id, say, settle } from './session.ts'

describe('a round', () => {
  // §15.5-3
  const slab = new SharedArrayBuffer(100)
  test('is told by its header, however its bytes come, and literals may come first', async () => {
    const { link, storage } = await building()
    const header = roundHeader(1, 3)
    link.handlers?.onSlab(3, 0, slab, 50, false)
    expect(storage.count('buildSlab')).toBe(0)
    for (const byte of header) link.handlers?.onOrdered(2, Uint8Array.of(byte), false)
    link.handlers?.onOrdered(2, Uint8Array.of(1, 2, 3), true)
    link.handlers?.onSlab(3, 50, slab, 0, true)
    const told = storage.calls.filter(({ method }) => /Slab|Ops|Literals/.test(method))
    expect(told.map(({ method, args }) => [method, args[1]])).toEqual([
      ['buildSlab', 1],
      ['buildOps', 1],
      ['buildEndLiterals', 1],
    ])
    expect(link.consumed).toEqual([
      [2, header.length],
      [3, 0],
    ])
    expect(link.closed).toBeUndefined()
  })
  const wrong: readonly (readonly [string, (link: FakeLink) => void])[] = [
    ['that comes before the one before it', link => link.handlers?.onOrdered(2, roundHeader(2, 3), false)],
    [
      'of a transfer that is not open',
      link => link.handlers?.onOrdered(2, roundHeader(1, 3, id(1).slice(0, 16)), false),
    ],
    [
      'that ends within its header',
      link => link.handlers?.onOrdered(2, roundHeader(1, 3).subarray(0, 17), true),
    ],
    [
      'that comes twice',
      link => {
        link.handlers?.onOrdered(2, roundHeader(1, 3), false)
        link.handlers?.onOrdered(4, roundHeader(1, 5), false)
      },
    ],
  ]
  for (const [what, act] of wrong) {
    test(`${what} is out of turn`, async () => {
      const { link } = await building()
      act(link)
      expect(link.closed).toBe('MESSAGE_ERROR')
    })
  }
  test('that names a literal stream of another is out of turn', async () => {
    const { link, build } = await building()
    link.handlers?.onOrdered(2, roundHeader(1, 3), true)
    build({ kind: 'miss', ranges: [{ start: 0, end: 1 }] })
    link.handlers?.onOrdered(4, roundHeader(2, 3), false)
    expect(link.closed).toBe('MESSAGE_ERROR')
  })
  test('whose transfer is over is dropped, and its credit given back', async () => {
    // §15.4-1
    const { link, build, storage } = await building()
    const header = roundHeader(1, 3)
    link.handlers?.onOrdered(2, header, false)
    build({
      kind: 'failed',
      wire: 'DISK_FULL',
      error: { code: 'PFS_DISK_FULL', message: '', hint: undefined, retryable: false },
    })
    link.handlers?.onOrdered(2, new Uint8Array(10), true)
    link.handlers?.onSlab(3, 0, slab, 77, true)
    expect(link.consumed.slice(1)).toEqual([
      [2, 10],
      [3, 77],
    ])
    expect(storage.count('buildOps') + storage.count('buildSlab')).toBe(0)
    expect(link.closed).toBeUndefined()
  })
})

test('what the storage side says while a transfer ends gives credit, and is not said on', async () => {
  // §15.4-1
  const { link, build, storage } = await building()
  link.handlers?.onOrdered(2, roundHeader(1, 3), false)
  const consumed = link.consumed.length
  link.hear(say.refuse())
  build({ kind: 'miss', ranges: [{ start: 0, end: 1 }] })
  build({ kind: 'want', level: 63, indexes: [0] })
  build({ kind: 'slab_taken', round: 1, offset: 0, length: 9, buffer: new SharedArrayBuffer(9) })
  build({ kind: 'done', blob, stats })
  expect(link.words).toEqual(['answer'])
  expect(link.consumed.slice(consumed)).toEqual([[3, 9]])
  await settle()
  expect(storage.listeners).toBe(0)
})
