// Tickets, dry runs and limits by real sessions over loopback.

import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/base/units.ts'
import { parsePeerId } from '../../src/crypto/identity.ts'
import { randomBytes } from '../pool/scratch.ts'
import { codeOf, Meeting } from '../support/sessions.ts'
import { makeTree } from '../support/tree_maker.ts'
import { differences, lookAtTree } from '../support/tree_walker.ts'

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})
afterEach(() => meeting.remove())

function file(bytes: number, name = 'f'): string {
  writeFileSync(meeting.at(name), randomBytes(bytes, 1))
  return meeting.at(name)
}

describe('a ticket', () => {
  const secret = new Uint8Array(16).fill(5)
  const later = (): number => Date.now() + 60_000
  const keyOf = async ({ told }: Awaited<ReturnType<Meeting['receiver']>>): Promise<Uint8Array> =>
    parsePeerId((await told.first('listening')).peerId) ?? new Uint8Array(0)

  test('lets a stranger in without a question, and no one without it', async () => {
    // §15.2-8
    const there = await meeting.receiver({
      ticket: { secret, expiresMillis: later() },
      keep: true,
      accept: async () => false,
    })
    const publicKey = await keyOf(there)
    const send = (change: object) => meeting.sender(there.port, { paths: [file(KiB)], ...change }).result
    await send({ ticket: { publicKey, secret } })
    expect(readdirSync(meeting.out)).toEqual(['f'])
    expect(await codeOf(send({}))).toBe('PFS_REFUSED')
    const wrong = Uint8Array.from(secret, (byte, i) => (i === 15 ? byte ^ 1 : byte))
    expect(await codeOf(send({ ticket: { publicKey, secret: wrong } }))).toBe('PFS_REFUSED')
    expect(there.told.all('done')).toHaveLength(1)
    there.abort()
    await there.result
  })

  test('with another secret is as none: the owner is asked', async () => {
    // §15.2-8
    const { there } = await meeting.transfer(
      { paths: [file(KiB)] },
      { ticket: { secret, expiresMillis: later() } },
    )
    expect(there.asked).toHaveLength(1)
    const again = await meeting.receiver({ ticket: { secret, expiresMillis: later() } })
    const publicKey = await keyOf(again)
    const wrong = { publicKey, secret: new Uint8Array(16) }
    await meeting.sender(again.port, { paths: [file(2 * KiB, 'g')], ticket: wrong }).result
    expect(again.asked).toMatchObject([{ wants: { kind: 'send', name: 'g' } }])
  })

  test('that has expired is as none', async () => {
    const there = await meeting.receiver({ ticket: { secret, expiresMillis: Date.now() - 1 } })
    const ticket = { publicKey: await keyOf(there), secret }
    await meeting.sender(there.port, { paths: [file(KiB)], ticket }).result
    expect(there.asked).toHaveLength(1)
  })

  test('that names another key is told to nobody', async () => {
    // §15.2-8
    const there = await meeting.receiver({ ticket: { secret, expiresMillis: later() } })
    const other = await keyOf(await meeting.receiver({ directories: { ...dirs('elsewhere') } }))
    const here = meeting.sender(there.port, { paths: [file(KiB)], ticket: { publicKey: other, secret } })
    expect(['PFS_KEY_CHANGED', 'PFS_UNREACHABLE']).toContain(await codeOf(here.result))
    expect([there.asked, there.told.all('start')]).toEqual([[], []])
    there.abort()
    expect(await codeOf(there.result)).toBe('PFS_INTERRUPTED')
  })

  const dirs = (name: string) => {
    const home = meeting.directory(name)
    return { config: join(home, 'config'), pool: join(home, 'pool'), jobs: join(home, 'jobs') }
  }
})

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
    expect(differences(lookAtTree(root), lookAtTree(join(meeting.out, 'src')))).toEqual([])
  })
})

describe('as many bytes as a side lets go', () => {
  test.each(['sender', 'receiver'] as const)(
    'the %s ends it with PFS_LIMIT, and the next attempt goes on',
    async who => {
      const path = file(12 * MiB)
      const limit = { maxWireBytes: 5 * MiB }
      const there = await meeting.receiver(who === 'receiver' ? limit : {})
      const here = meeting.sender(there.port, { paths: [path], ...(who === 'sender' ? limit : {}) })
      const codes = [await codeOf(here.result), await codeOf(there.result)]
      expect(codes).toEqual(
        who === 'sender' ? ['PFS_LIMIT', 'PFS_CANCELLED'] : ['PFS_CANCELLED', 'PFS_LIMIT'],
      )
      const { sent } = await meeting.transfer({ paths: [path] })
      expect(sent.reusedBytes).toBeGreaterThan(1 * MiB)
      expect(sent.wireBytes).toBeLessThan(11 * MiB)
      expect(readFileSync(join(meeting.out, 'f')).equals(readFileSync(path))).toBe(true)
    },
  )
})
