// Streams whose length nobody knows, by real sessions over loopback: all of it arrives or nothing, what is known does not
// travel again, and what has the name stays or goes as the owner wants.

import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/base/units.ts'
import { randomBytes } from '../pool/scratch.ts'
import { codeOf, Meeting } from '../support/sessions.ts'

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})
afterEach(() => meeting.remove())

const text = (name: string): string => readFileSync(join(meeting.out, name), 'utf8')

/** In pieces of uneven lengths, each of which comes later. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0, length = 1; at < bytes.length; at += length, length = (length * 7 + 3) % (3 * MiB)) {
    await setImmediate()
    yield bytes.subarray(at, at + length)
  }
}

const stream = (bytes: Uint8Array, name = 'stream.bin') => ({ stream: { name, chunks: pieces(bytes) } })

describe('a stream', () => {
  test('arrives whole, whatever its pieces; what is known of it does not travel again', async () => {
    // §15.2-6
    const bytes = randomBytes(9 * MiB + 17, 1)
    const { sent, received } = await meeting.transfer(stream(bytes))
    expect(received).toMatchObject({ sizeBytes: bytes.length, path: join(meeting.out, 'stream.bin') })
    expect(sent).toMatchObject({ sizeBytes: bytes.length, blobId: received?.blobId })
    expect(readFileSync(received?.path ?? '').equals(bytes)).toBe(true)
    expect(statSync(received?.path ?? '').mode & 0o777).toBe(0o644)
    const more = Buffer.concat([bytes.subarray(0, 5 * MiB), Buffer.from('inserted'), bytes.subarray(5 * MiB)])
    const again = await meeting.transfer(stream(more), { onConflict: 'overwrite' })
    expect(readFileSync(received?.path ?? '').equals(more)).toBe(true)
    expect(again.sent.wireBytes).toBeLessThan(512 * KiB)
    const third = await meeting.transfer(stream(more), { onConflict: 'overwrite' })
    expect(third.received).toMatchObject({ isUnchanged: true })
    expect(readdirSync(meeting.out)).toEqual(['stream.bin'])
  })

  test('of nothing is an empty file', async () => {
    const { received } = await meeting.transfer(stream(new Uint8Array(0)))
    expect(received).toMatchObject({ sizeBytes: 0 })
    expect(text('stream.bin')).toBe('')
  })

  test('that fails midway leaves nothing at the receiver', async () => {
    const there = await meeting.receiver()
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield randomBytes(3 * MiB, 2)
      await there.told.first('start')
      throw new Error('the disk it comes from is gone')
    }
    const here = meeting.sender(there.port, { stream: { name: 's', chunks: failing() } })
    await expect(here.result).rejects.toMatchObject({ code: 'PFS_READ', message: /is gone/ })
    expect(await codeOf(there.result)).toBe('PFS_READ')
    expect(readdirSync(meeting.out)).toEqual([])
    expect(
      existsSync(meeting.at('there/state/jobs')) ? readdirSync(meeting.at('there/state/jobs')) : [],
    ).toEqual([])
  })

  test('that fails before it was let in is nobody to wait for: the next sender is taken', async () => {
    // §15.4-1
    const over = new AbortController()
    const there = await meeting.receiver({
      accept: async ({ wants }) => {
        const isFirst = wants.kind === 'send' && wants.name === 'first'
        if (isFirst) await once(over.signal, 'abort')
        else over.abort()
        return true
      },
    })
    // biome-ignore lint/correctness/useYield: it fails before it has anything
    async function* failing(): AsyncGenerator<Uint8Array> {
      throw new Error('the disk it comes from is gone')
    }
    const first = meeting.sender(there.port, { stream: { name: 'first', chunks: failing() } })
    expect(await codeOf(first.result)).toBe('PFS_READ')
    await meeting.sender(there.port, stream(Buffer.from('second'), 'second')).result
    expect(await there.result).toMatchObject({ name: 'second' })
    expect(there.told.all('start')).toMatchObject([{ name: 'second' }])
    expect(readdirSync(meeting.out)).toEqual(['second'])
  })

  test('whose sender goes leaves nothing either', async () => {
    let isAsked = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let seed = 1; ; seed++) {
        isAsked = true
        yield randomBytes(256 * KiB, seed)
      }
    }
    const there = await meeting.receiver()
    const here = meeting.sender(there.port, { stream: { name: 's', chunks: endless() } })
    await here.told.first('start')
    while (!isAsked || readdirSync(meeting.out).length === 0) await setImmediate()
    here.abort()
    expect(await codeOf(here.result)).toBe('PFS_INTERRUPTED')
    expect(await codeOf(there.result)).toBe('PFS_CANCELLED')
    expect(readdirSync(meeting.out)).toEqual([])
  })

  test('finds its name taken: by each policy', async () => {
    const path = join(meeting.out, 's')
    const put = (): void => {
      writeFileSync(path, 'mine')
      utimesSync(path, 1e9, 1e9)
    }
    const bytes = Buffer.from('theirs')
    put()
    const there = await meeting.receiver()
    const here = meeting.sender(there.port, stream(bytes, 's'))
    expect(await codeOf(here.result)).toBe('PFS_EXISTS')
    expect(await codeOf(there.result)).toBe('PFS_EXISTS')
    expect(text('s')).toBe('mine')

    const skipped = await meeting.transfer(stream(bytes, 's'), { onConflict: 'skip' })
    expect([skipped.sent.unwantedCount, skipped.received?.unwantedCount]).toEqual([1, 1])
    expect(text('s')).toBe('mine')

    await meeting.transfer(stream(bytes, 's'), { onConflict: 'rename' })
    expect([text('s'), text('s (1)')]).toEqual(['mine', 'theirs'])

    await meeting.transfer(stream(bytes, 's'), { onConflict: 'newer' })
    expect(text('s')).toBe('theirs')

    put()
    const asked: unknown[] = []
    await meeting.transfer(stream(bytes, 's'), {
      onConflict: 'ask',
      decide: async conflict => {
        asked.push(conflict)
        return 'overwrite'
      },
    })
    expect(asked).toMatchObject([{ name: 's', count: 1, paths: ['s'] }])
    expect(text('s')).toBe('theirs')
    expect(readdirSync(meeting.out).sort()).toEqual(['s', 's (1)'])
  })
})
