// What people see of a transfer besides its progress: names of files that failed, and never more lines than are read.

import { describe, expect, test } from 'vitest'
import { Follower } from '../../src/cli/follow.ts'
import { noLog } from '../../src/cli/log.ts'
import { resolveWithoutFiles } from '../../src/config/resolve.ts'
import type { FileFailure, TransferEvent, TransferSummary } from '../../src/transfer/events.ts'
import { Screen } from './screen.ts'

const peerId = 'xmcfrpxokut7cvbporuxszl7fsanoy662uwacly5wkn5nem4iaca'

const unset = { configuration: resolveWithoutFiles({}, {}), log: noLog }

function follow(isTerminal = false) {
  const screen = new Screen({}, isTerminal)
  const directories = { config: '', pool: '', jobs: '' }
  const { settings, terminal } = screen
  const follower = new Follower({
    ...unset,
    settings,
    terminal,
    directories,
    interruptible: () => AbortSignal.abort(),
  })
  return {
    screen,
    tell: (...events: TransferEvent[]) => events.forEach(event => void follower.onEvent(event)),
  }
}

const start = (direction: 'send' | 'recv', fileCount: number): TransferEvent => {
  const who = { peerId, host: '10.0.0.2:9419' }
  return { kind: 'start', direction, name: 'src', sizeBytes: 1_200_000, fileCount, ...who }
}
const failuresOf = (count: number): FileFailure[] =>
  Array.from({ length: count }, (_, at) => ({ path: `f${at}\u001b`, code: 'PFS_READ', message: 'no' }))
const file = (failure: FileFailure): TransferEvent => ({ kind: 'file', state: 'failed', failure })
const done = (direction: 'send' | 'recv', failures: FileFailure[], fileCount = 3000): TransferEvent => ({
  kind: 'done',
  summary: {
    direction,
    name: 'src',
    path: '/out/src',
    sizeBytes: 1_200_000,
    wireBytes: 1_210_000,
    reusedBytes: 0,
    elapsedMicros: 1_000_000,
    isUnchanged: false,
    fileCount,
    failures,
    failureCount: failures.length,
    unwantedCount: 0,
    planned: undefined,
    transport: { waitedMicros: {} },
  } as unknown as TransferSummary,
})

describe('a tree of which many files fail', () => {
  for (const direction of ['send', 'recv'] as const) {
    test(`says so in fewer than 20 lines without a carriage return (${direction})`, () => {
      const { screen, tell } = follow()
      const failures = failuresOf(2000)
      tell(start(direction, 3000))
      if (direction === 'send') tell(...failures.map(file))
      tell(done(direction, failures))
      expect(screen.talk.length).toBeLessThan(20)
      expect(screen.talk.filter(line => line.endsWith(': no'))).toHaveLength(10)
      expect(screen.talk).toContain('and 1990 files more')
      expect(screen.stderr).not.toMatch(/(?!\n)\p{Cc}/u)
    })
  }
  test('ten are named one by one, and there are no more', () => {
    const { screen, tell } = follow()
    tell(start('send', 30), ...failuresOf(10).map(file), done('send', failuresOf(10)))
    expect(screen.stderr).toContain('f9\\u{1b}: no')
    expect(screen.stderr).not.toContain('more')
  })
  test('of the next transfer they count anew', () => {
    const { screen, tell } = follow()
    tell(start('recv', 30), done('recv', failuresOf(10)), start('recv', 30), done('recv', failuresOf(10)))
    expect(screen.talk.filter(line => line.endsWith(': no'))).toHaveLength(20)
  })
})

test('a tree is told with the number of its files, a file without', () => {
  const tree = follow()
  tree.tell(start('send', 3000), done('send', []))
  expect(tree.screen.talk).toEqual([
    'sending src, 3000 files  1.20 MB to 10.0.0.2:9419 (xmcf-rpxo-kut7-cvbp)',
    expect.stringMatching(/^sent src, 3000 files {2}1\.20 MB in 1\.0 s/),
  ])
  const one = follow()
  one.tell(start('send', 1), done('send', [], 1))
  expect(one.screen.stderr).not.toMatch(/file/)
})
