// Copies on other threads: so many at once, their faults told to whoever steps, and none of them in a part file that the
// next build writes already.

import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CopiesBehind } from '../../../src/transfer/storage/copies_behind.ts'
import type { CopiedRun, PoolCopy } from '../../../src/transfer/storage/pool_copy.ts'

type Visit = (run: CopiedRun) => boolean

/** A copier whose copies end when the test says so. */
function make(path: string) {
  const started: { visit: Visit; end: (error?: Error) => void }[] = []
  const seen = { wakes: 0, copied: 0 }
  const copyBehind = (_run: CopiedRun, visit: Visit): Promise<void> =>
    new Promise((resolve, reject) => {
      started.push({ visit, end: error => (error ? reject(error) : resolve()) })
    })
  const behind = new CopiesBehind({ copyBehind } as unknown as PoolCopy, path, () => seen.wakes++)
  const begin = (): boolean => behind.begin(run, () => seen.copied++)
  return { behind, started, seen, begin }
}

const run = { reader: undefined, offset: 0, output: 0, length: 1 } as unknown as CopiedRun

test('two are under way at once, and the end of one wakes', async () => {
  const { behind, started, seen, begin } = make('a')
  expect([begin(), begin(), begin()]).toEqual([true, true, false])
  expect(behind.isUnderWay()).toBe(true)
  expect(started[0]?.visit(run)).toBe(true)
  started[0]?.end()
  await setImmediate()
  expect(seen).toEqual({ wakes: 1, copied: 1 })
  expect(begin()).toBe(true)
  started[1]?.end()
  started[2]?.end()
  await setImmediate()
  expect(behind.isUnderWay()).toBe(false)
})

test('a fault wakes, and is thrown at whoever asks', async () => {
  const { behind, started, seen, begin } = make('a')
  begin()
  started[0]?.end(new Error('no room'))
  await setImmediate()
  expect(seen.wakes).toBe(1)
  expect(() => behind.isUnderWay()).toThrow('no room')
})

test('what an abandoned build left running blocks the next of the same part, and no other', async () => {
  const first = make('part')
  first.begin()
  first.begin()
  first.behind.abandon()
  const second = make('part')
  const other = make('other part')
  expect([second.behind.isBlocked, other.behind.isBlocked]).toEqual([true, false])
  expect(first.started[0]?.visit(run)).toBe(false) // not to go on
  first.started[0]?.end()
  await setImmediate()
  expect(second.behind.isBlocked).toBe(true)
  second.behind.abandon()
  const third = make('part')
  first.started[1]?.end(new Error('nobody asks any more'))
  await setImmediate()
  await setImmediate()
  expect([second.behind.isBlocked, third.behind.isBlocked]).toEqual([false, false])
  expect([first.seen, third.seen]).toEqual([
    { wakes: 0, copied: 0 },
    { wakes: 1, copied: 0 },
  ])
  expect(make('part').behind.isBlocked).toBe(false)
})
