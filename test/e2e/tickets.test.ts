// Tickets, by real sessions over loopback: who brings one is let in, who does not is asked about, and nobody but the one it
// names hears of it.

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KiB } from '../../src/base/units.ts'
import { parsePeerId } from '../../src/crypto/identity.ts'
import { randomBytes } from '../pool/scratch.ts'
import { codeOf, Meeting } from '../support/sessions.ts'

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
