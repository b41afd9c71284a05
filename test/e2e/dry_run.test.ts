// Dry runs, by real sessions over loopback: what would be sent is told, and of the receiver nothing is changed.

import { appendFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/base/units.ts'
import { randomBytes } from '../pool/scratch.ts'
import { codeOf, Meeting } from '../support/sessions.ts'
import { makeTree } from '../support/tree_maker.ts'
import { differences, lookAtTree } from '../support/tree_walker.ts'

/** To what both twins set. */
const exact = { timesIn: 'micros' } as const

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})
afterEach(() => meeting.remove())

function file(bytes: number, name = 'f'): string {
  writeFileSync(meeting.at(name), randomBytes(bytes, 1))
  return meeting.at(name)
}

/** Every file below, with its length: the pool's database apart, which is opened and closed. */
function everything(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !/index\.db|\.lock|lock$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => `${relative(root, path)} ${statSync(path).size}`)
    .sort()
}

describe('a dry run', () => {
  const ask = async (paths: readonly string[], receiving: object = {}) => {
    const there = await meeting.receiver({ accept: async () => true, ...receiving })
    const sent = await meeting.sender(there.port, { paths, isDryRun: true }).result
    expect(there.told.all('start')).toEqual([])
    expect(there.told.all('done')).toEqual([])
    there.abort()
    await codeOf(there.result)
    return sent
  }

  test('tells what a file would take, and leaves nothing behind', async () => {
    // §15.2-7
    const path = file(3 * MiB)
    await meeting.transfer({ paths: [file(KiB, 'first')] }) // homes and pools are there
    const before = [everything(meeting.out), everything(meeting.at('there'))]
    const planned = await ask([path])
    expect(planned.planned?.literalBytes).toBe(3 * MiB)
    expect(planned.wireBytes).toBeLessThan(32 * KiB)
    expect([everything(meeting.out), everything(meeting.at('there'))]).toEqual(before)
    await meeting.transfer({ paths: [path] })
    const again = await ask([path])
    expect(again.planned?.literalBytes).toBe(0)
    expect(again.wireBytes).toBeLessThan(32 * KiB)
  })

  test('tells what a tree would take, and leaves nothing behind', async () => {
    // §15.2-7
    const root = meeting.at('src')
    const { bytes } = makeTree(root, { seed: 1, fileCount: 120, fileBytesMax: 16 * KiB })
    await meeting.transfer({ paths: [file(KiB, 'first')] })
    const before = [everything(meeting.out), everything(meeting.at('there'))]
    const planned = await ask([root])
    expect(planned.planned?.literalBytes).toBe(bytes)
    expect([everything(meeting.out), everything(meeting.at('there'))]).toEqual(before)
    await meeting.transfer({ paths: [root] })
    appendFileSync(join(root, 'd0', 'file-0.txt'), 'more')
    const after = [everything(meeting.out), everything(meeting.at('there'))]
    const changed = await ask([root], { onConflict: 'overwrite' })
    expect(changed.planned?.literalBytes).toBeLessThan(40 * KiB)
    expect([everything(meeting.out), everything(meeting.at('there'))]).toEqual(after)
    const conflicting = meeting.at('f2')
    mkdirSync(conflicting)
    writeFileSync(join(conflicting, 'x'), 'theirs')
    mkdirSync(join(meeting.out, 'f2'))
    writeFileSync(join(meeting.out, 'f2', 'x'), 'mine!')
    // no question to a person
    const there = await meeting.receiver({
      onConflict: 'ask',
      decide: () => Promise.reject(new Error('asked')),
    })
    expect(await codeOf(meeting.sender(there.port, { paths: [conflicting], isDryRun: true }).result)).toBe(
      'PFS_EXISTS',
    )
    there.abort()
    await codeOf(there.result)
  })

  test('takes nothing from what an earlier attempt left', async () => {
    // §15.2-7
    const root = meeting.at('src')
    makeTree(root, { seed: 3, fileCount: 400, fileBytesMax: 64 * KiB })
    const limited = await meeting.receiver({ maxWireBytes: 6 * MiB })
    const first = meeting.sender(limited.port, { paths: [root] })
    expect(await codeOf(limited.result)).toBe('PFS_LIMIT')
    expect(await codeOf(first.result)).toBe('PFS_CANCELLED')
    const staged = everything(meeting.out)
    expect(staged.length).toBeGreaterThan(50)
    await ask([root], {})
    const there = await meeting.receiver()
    const rules = { exclude: ['d0', 'd1'] }
    await meeting.sender(there.port, { paths: [root], rules, isDryRun: true }).result
    there.abort()
    await codeOf(there.result)
    expect(everything(meeting.out)).toEqual(staged)
    const { sent } = await meeting.transfer({ paths: [root] })
    expect(sent.reusedBytes).toBeGreaterThan(3 * MiB)
    expect(differences(lookAtTree(root, exact), lookAtTree(join(meeting.out, 'src'), exact))).toEqual([])
  })
})
