// Trees by real sessions over loopback, with what the owners of both sides may wish: whom files belong to, what becomes of
// links, who decides about what is there; and files that never stand still.

import {
  appendFileSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TransferEvent } from '../../src/transfer/events.ts'
import { codeOf, Meeting } from '../support/sessions.ts'
import { differences, lookAtTree } from '../support/tree_walker.ts'

/** To what both twins set. */
const exact = { timesIn: 'micros' } as const

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})
afterEach(() => meeting.remove())

function tree(...names: readonly string[]): string {
  const root = meeting.directory('src')
  for (const name of names) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), `theirs: ${name}`)
    utimesSync(join(root, name), 1e9, 1e9)
  }
  return root
}

const there = (name: string): string => join(meeting.out, 'src', name)
const text = (name: string): string => readFileSync(there(name), 'utf8')

describe('files of a tree that never stand still', () => {
  /** Something is written whenever what was planned is about to be read. */
  const restless = (path: string) => (event: TransferEvent) => {
    if (event.kind === 'phase' && event.phase === 'transferring') appendFileSync(path, 'more')
  }

  test('get a second chance, and are left out and named after it', async () => {
    // §15.4-2
    const root = tree('a', 'b', 'd/c')
    const receiver = await meeting.receiver()
    const names: string[] = []
    const here = meeting.sender(receiver.port, {
      paths: [root],
      onEvent: event => {
        restless(join(root, 'b'))(event)
        if (event.kind === 'file') names.push(event.failure.path)
      },
    })
    const [sent, received] = await Promise.all([here.result, receiver.result])
    expect(sent.failures).toMatchObject([{ path: 'src/b', code: 'PFS_SOURCE_CHANGED' }])
    expect([sent.failureCount, names]).toEqual([1, ['src/b']])
    expect(received).toMatchObject({ failureCount: 0, fileCount: 2 })
    expect(readdirSync(there('')).sort()).toEqual(['a', 'd'])
    expect([text('a'), text('d/c')]).toEqual(['theirs: a', 'theirs: d/c'])
    expect(readdirSync(meeting.out)).toEqual(['src'])
  })

  test('cost the others nothing when they were named themselves', async () => {
    const root = tree('a')
    const log = meeting.at('log')
    writeFileSync(log, 'lines')
    const receiver = await meeting.receiver()
    const here = meeting.sender(receiver.port, { paths: [log, root], onEvent: restless(log) })
    const sent = await here.result
    expect(sent.failures).toMatchObject([{ path: 'log', code: 'PFS_SOURCE_CHANGED' }])
    await receiver.result
    expect([readdirSync(meeting.out), text('a')]).toEqual([['src'], 'theirs: a'])
    expect(readdirSync(meeting.at('there/state/jobs'))).toEqual([])
  })

  test('that are all there is end it, and the receiver hears why', async () => {
    const root = tree('b')
    const receiver = await meeting.receiver()
    const here = meeting.sender(receiver.port, { paths: [root], onEvent: restless(join(root, 'b')) })
    const sent = await here.result
    // the directory is something, too
    expect(sent).toMatchObject({ failureCount: 1, fileCount: 0 })
    await receiver.result
    expect(readdirSync(there(''))).toEqual([])
  })
})

describe.skipIf(process.getuid?.() !== 0)('owners', () => {
  test('arrive where both sides want it, and not where one does not', async () => {
    const root = tree('a', 'd/b')
    symlinkSync('a', join(root, 'l'))
    for (const [i, name] of ['a', 'd', 'd/b'].entries()) chownSync(join(root, name), 1000 + i, 2000 + i)
    const owners = () =>
      ['a', 'd', 'd/b'].map(name => `${statSync(there(name)).uid} ${statSync(there(name)).gid}`)
    const preservesOwner = true
    await meeting.transfer({ paths: [root] }, { preservesOwner })
    expect(owners()).toEqual(['0 0', '0 0', '0 0'])
    await meeting.transfer({ paths: [root], preservesOwner })
    expect(owners()).toEqual(['0 0', '0 0', '0 0'])
    await meeting.transfer({ paths: [root], preservesOwner }, { preservesOwner })
    expect(owners()).toEqual(['1000 2000', '1001 2001', '1002 2002'])
    expect(differences(lookAtTree(root, exact), lookAtTree(there(''), exact))).toEqual([])
  })
})

describe('links', () => {
  test.each([
    ['keep', ['a', 'd', 'l', 'to d']],
    ['skip', ['a', 'd']],
    ['follow', ['a', 'd', 'l', 'to d']],
  ] as const)('under %s', async (links, expected) => {
    const root = tree('a', 'd/b')
    symlinkSync('a', join(root, 'l'))
    symlinkSync('d', join(root, 'to d'))
    const { sent } = await meeting.transfer({ paths: [root], links })
    expect(sent.failures).toEqual([])
    expect(readdirSync(there('')).sort()).toEqual(expected)
    if (links === 'skip') return
    expect(lstatSync(there('l')).isSymbolicLink()).toBe(links === 'keep')
    expect(lstatSync(there('to d')).isDirectory()).toBe(links === 'follow')
    expect([text('l'), text('to d/b')]).toEqual(['theirs: a', 'theirs: d/b'])
  })
})

describe('names that are taken', () => {
  function taken(): string {
    const root = tree('a', 'b', 'new')
    mkdirSync(there(''))
    writeFileSync(there('a'), 'mine')
    writeFileSync(there('b'), 'mine too')
    return root
  }

  test('are asked about once, before anything is sent', async () => {
    const root = taken()
    const asked: unknown[] = []
    const { sent } = await meeting.transfer(
      { paths: [root] },
      {
        onConflict: 'ask',
        decide: async conflict => {
          asked.push(conflict)
          expect(readdirSync(meeting.out)).toEqual(['src'])
          return 'skip'
        },
      },
    )
    expect(asked).toMatchObject([{ name: 'src', count: 2, paths: ['src/a', 'src/b'] }])
    expect(sent).toMatchObject({ unwantedCount: 2, failureCount: 0 })
    expect([text('a'), text('b'), text('new')]).toEqual(['mine', 'mine too', 'theirs: new'])
  })

  test.each(['nobody is there to ask', 'the answer is no', 'nobody can say'] as const)(
    'stay, where %s',
    async how => {
      const root = taken()
      const decide = {
        'nobody is there to ask': {},
        'the answer is no': { decide: async () => 'fail' as const },
        'nobody can say': { decide: () => Promise.reject(new Error('nobody')) },
      }[how]
      const receiver = await meeting.receiver({ onConflict: 'ask', ...decide })
      const here = meeting.sender(receiver.port, { paths: [root] })
      expect(await codeOf(here.result)).toBe('PFS_EXISTS')
      expect(await codeOf(receiver.result)).toBe('PFS_EXISTS')
      expect(readdirSync(there('')).sort()).toEqual(['a', 'b'])
    },
  )
})
