// What stands at the target is told from what comes, and what is done about it is as the owner wants, entry by entry.

import { linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeRuns, encodeRuns } from '../../../../src/cut/manifest/runs.ts'
import { type Decision, decide } from '../../../../src/transfer/storage/tree/decide.ts'
import { Marks } from '../../../../src/transfer/storage/tree/snapshot.ts'
import { type Conflict, type Standing, survey } from '../../../../src/transfer/storage/tree/survey.ts'
import { runsBytesMax } from '../../../../src/wire/limits.ts'
import { Ground, type Made, manifestOf, mtimeNanos, twins } from './world.ts'

const seconds = Number(mtimeNanos / 1_000_000_000n)

const made = manifestOf({
  's/absent': 'x',
  's/absent-dir/x': 'x',
  's/blocked': 'file here, directory there',
  's/dir-over-file/x': 'x',
  's/dir-over-link/x': 'x',
  's/link-absent': { text: 'same' },
  's/link-other': { text: 'same' },
  's/link-over-file': { text: 'same' },
  's/link-same': { text: 'same' },
  's/merged/x': 'x',
  's/name-absent': { first: 's/absent' },
  's/newer': 'longer here',
  's/older': 'longer here',
  's/over-link': 'x',
  's/same': 'same',
  's/same-name': { first: 's/same' },
  's/samf-other-name': { first: 's/same' },
  's/unread-newer': 'sizes',
  's/unread-older': 'sizes',
})

function stage(ground: Ground): void {
  const at = (name: string): string => ground.at('s', name)
  const file = (name: string, content: string, time = seconds): void => {
    writeFileSync(at(name), content)
    utimesSync(at(name), time, time)
  }
  for (const name of ['', 'blocked', 'merged']) mkdirSync(at(name))
  file('dir-over-file', '')
  symlinkSync('merged', at('dir-over-link'))
  symlinkSync('other', at('link-other'))
  file('link-over-file', '')
  symlinkSync('same', at('link-same'))
  file('newer', 'x', seconds + 10)
  file('older', 'x', seconds - 10)
  symlinkSync('same', at('over-link'))
  file('same', 'what')
  utimesSync(at('same'), seconds, Number(mtimeNanos / 1000n) / 1e6)
  linkSync(at('same'), at('same-name'))
  file('samf-other-name', 'same')
  file('unread-newer', 'sIZES', seconds + 10)
  file('unread-older', 'sIZES', seconds - 10)
  file('of ours', 'untouched')
}

const pathOf = ({ manifest }: Made, index: number): string =>
  Buffer.from(manifest.path(index)).toString().slice(2)

const told = (made: Made, decision: Decision) => {
  const paths = (indexes: Iterable<number>) => [...indexes].map(index => pathOf(made, index))
  const unwanted = decision.unwanted.flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_, i) => start + i),
  )
  return {
    inPlace: paths(decision.inPlace),
    unwanted: paths(unwanted),
    blocked: paths(decision.blocked),
    conflicts: paths(decision.conflicts),
  }
}

describe.each(twins)('by the twin $name: what stands at the target', twin => {
  test('is told apart by directories alone', () => {
    const ground = new Ground(twin)
    stage(ground)
    const { standings, mtimes, marks } = survey(made.manifest, ground.target)
    const by = Object.fromEntries(standings.map((standing, index) => [pathOf(made, index), standing]))
    expect(by).toEqual({
      '': 'merged',
      absent: 'absent',
      'absent-dir': 'absent',
      'absent-dir/x': 'absent',
      blocked: 'blocked',
      'dir-over-file': 'different',
      'dir-over-file/x': 'absent',
      'dir-over-link': 'different',
      'dir-over-link/x': 'absent',
      'link-absent': 'absent',
      'link-other': 'different',
      'link-over-file': 'different',
      'link-same': 'same',
      merged: 'merged',
      'merged/x': 'absent',
      'name-absent': 'absent',
      newer: 'different',
      older: 'different',
      'over-link': 'different',
      same: 'same',
      'same-name': 'same',
      'samf-other-name': 'different',
      'unread-newer': 'unread',
      'unread-older': 'unread',
    })
    expect(mtimes.get(made.at('s/newer'))).toBe(BigInt(seconds + 10) * 1_000_000_000n)
    expect(marks.count).toBe(made.manifest.count)
    expect(marks.values.subarray(3, 6)).toEqual(new BigUint64Array(3))
  })

  const decided = (policy: Conflict) => {
    const ground = new Ground(twin)
    stage(ground)
    return told(made, decide(made.manifest, survey(made.manifest, ground.target), policy))
  }
  const replaced = ['dir-over-file', 'dir-over-link', 'link-other', 'link-over-file']
  const below = (paths: readonly string[]) =>
    paths.flatMap(path => (path.startsWith('dir-over') ? [path, `${path}/x`] : [path]))
  const files = ['newer', 'older', 'over-link']

  test('refuse: all that is different is told, and what may be the same is read', () => {
    expect(decided('refuse')).toEqual({
      inPlace: ['same', 'unread-newer', 'unread-older'],
      unwanted: ['blocked'],
      blocked: [],
      conflicts: ['blocked', ...replaced, ...files, 'samf-other-name'],
    })
  })
  test('skip: all that is there stays, and what is below it is not made', () => {
    expect(decided('skip')).toEqual({
      inPlace: ['same'],
      unwanted: ['blocked', ...below(replaced), ...files, 'samf-other-name', 'unread-newer', 'unread-older'],
      blocked: [],
      conflicts: [],
    })
  })
  test('overwrite: all is sent, but for what is the same and what cannot be', () => {
    expect(decided('overwrite')).toEqual({
      inPlace: ['same'],
      unwanted: ['blocked'],
      blocked: ['blocked'],
      conflicts: [],
    })
  })
  test('rename: what may be the same is read, all else is sent', () => {
    expect(decided('rename')).toEqual({
      inPlace: ['same', 'unread-newer', 'unread-older'],
      unwanted: ['blocked'],
      blocked: ['blocked'],
      conflicts: [],
    })
  })
  test('newer: what is as new as what comes stays', () => {
    const { unwanted, ...rest } = decided('newer')
    expect(rest).toEqual({ inPlace: ['same'], blocked: ['blocked'], conflicts: [] })
    // links and directories were made just now
    expect(unwanted).toEqual(
      [
        'blocked',
        'dir-over-link',
        'dir-over-link/x',
        'link-other',
        'newer',
        'over-link',
        'unread-newer',
      ].sort((a, b) => made.at(`s/${a}`) - made.at(`s/${b}`)),
    )
  })
})

describe('a file that stays and has another name that is wanted', () => {
  const lines = { 's/a': 'x', 's/b': { first: 's/a' }, 's/c': 'y' }
  const of = (standings: readonly Standing[], policy: Conflict, from: Made = manifestOf(lines)) =>
    told(from, decide(from.manifest, { standings, marks: new Marks(), mtimes: new Map() }, policy))

  test('is sent for its sake', () => {
    expect(of(['merged', 'different', 'absent', 'different'], 'skip')).toMatchObject({ unwanted: ['c'] })
    expect(of(['merged', 'different', 'different', 'different'], 'skip')).toMatchObject({
      unwanted: ['a', 'b', 'c'],
    })
  })
  test('fails with it where it cannot be made', () => {
    expect(of(['merged', 'blocked', 'absent', 'absent'], 'overwrite')).toMatchObject({
      unwanted: ['a', 'b'],
      blocked: ['a', 'b'],
    })
  })
  test('below a directory that stays too', () => {
    const deep = manifestOf({ 's/d/a': 'x', 's/e': { first: 's/d/a' } })
    expect(of(['merged', 'different', 'absent', 'absent'], 'skip', deep)).toMatchObject({ unwanted: ['d'] })
  })
})

test('more of what stays than an ANSWER can say is sent after all', () => {
  const lines = Object.fromEntries(
    Array.from({ length: 40_000 }, (_, i) => [`f${String(i).padStart(5, '0')}`, 'x']),
  )
  const { manifest } = manifestOf(lines)
  const standings: Standing[] = Array.from({ length: 40_000 }, (_, i) =>
    i % 2 === 0 ? 'different' : 'absent',
  )
  const { unwanted } = decide(manifest, { standings, marks: new Marks(), mtimes: new Map() }, 'skip')
  expect(unwanted.length).toBeLessThan(20_000)
  expect(unwanted.length).toBeGreaterThan(10_000)
  const runs = encodeRuns(unwanted, runsBytesMax)
  expect(decodeRuns(runs, manifest.count)).toEqual(unwanted)
})
