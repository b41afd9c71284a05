// Two pools come to hold the same blobs: the lists, the wishes, one offer after another, and the end; and what of it
// comes out of turn.

import { describe, expect, test } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { Channel } from '../../src/transfer/channel.ts'
import { PoolSync } from '../../src/transfer/pool_sync.ts'
import type { PreparedSource } from '../../src/transfer/storage/events.ts'
import type { Message } from '../../src/wire/message.ts'
import { FakeLink, FakeStorage, hex, id, offerOf, outcome, say, settle, size } from './session.ts'

const transferOf = (blob: Uint8Array): Uint8Array => blob.slice(0, 16)

function prepared(blob: Uint8Array): PreparedSource {
  const { name, mode, poolId, chunking } = offerOf()
  return {
    transfer: transferOf(blob),
    name,
    size,
    mode,
    mtimeNanos: 0n,
    poolId,
    chunking,
    blob,
    candidates: [],
  }
}

/** One end, whose pool holds these, and can read all but the rotten. */
function make(ours: readonly Uint8Array[], rotten: readonly Uint8Array[] = []) {
  const link = new FakeLink()
  const handles = new Map<number, Uint8Array>()
  const storage = new FakeStorage({
    listBlobs: () => ours.map(blob => ({ blob, size })),
    prepareBlob: (blob: Uint8Array) => {
      if (rotten.some(one => hex(one) === hex(blob))) throw new PfsError('PFS_POOL', 'rotten')
      const handle = handles.size + 1
      handles.set(handle, blob)
      return { handle, prepared: prepared(blob) }
    },
    look: () => ({
      handle: 99,
      verdict: { kind: 'answer', state: 'open', held: [], candidates: [], grant: size, codecs: [] },
      isUnchanged: false,
    }),
  })
  const channel = new Channel(link, {
    onMessage: message => sync.onMessage(message),
    openRound: (transfer, round) => sync.openRound(transfer, round),
    onConfirmed: () => {},
    onDrain: () => {},
    onClosed: () => {},
  })
  const sync = new PoolSync(channel, storage.asThread, 'peer', { onProgress: () => {} })
  const stats = { path: '', size, reusedBytes: 0, literalBytes: size, isUnchanged: false }
  const built = (blob: Uint8Array) => storage.emitBuild(99, { kind: 'done', blob, stats })
  return { link, storage, sync, built }
}

const offerOfBlob = (blob: Uint8Array): Message =>
  say.offer({ kind: 'blob', blob, transfer: transferOf(blob) })
const whole = (blob: Uint8Array): Message[] => [
  say.answer({ state: 'whole', transfer: transferOf(blob) }),
  { ...say.done(blob), transfer: transferOf(blob) } as Message,
]

describe('a sync', () => {
  test('of equal pools is two lists and two ends', async () => {
    const { link, sync } = make([id(1)])
    await sync.begin()
    link.hear(say.list(0, true, [id(1)]), say.syncEnd())
    expect(link.words).toEqual(['syncList', 'syncEnd'])
    expect(await outcome(sync.done)).toBe('done')
  })
  test('is answered by the responder with its own list', async () => {
    const { link } = make([])
    link.hear(say.list(0, false, [id(1)]))
    await settle()
    expect(link.words).toEqual([])
    link.hear(say.list(1, true, []))
    await settle()
    expect(link.words).toEqual(['syncList', 'syncWant'])
    expect(link.said.at(-1)).toMatchObject({ blobs: [id(1)] })
  })
  test('of many blobs lists them in parts of 1,024 and wants them so', async () => {
    // §15.10-1
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => {
        const blob = new Uint8Array(32)
        new DataView(blob.buffer).setUint32(0, from + i)
        return blob
      })
    const { link, sync } = make(many(0, 1025))
    await sync.begin()
    expect(link.said).toMatchObject([
      { part: 0, isLast: false },
      { part: 1, isLast: true },
    ])
    link.hear(say.list(0, false, many(5000, 1024)), say.list(1, true, many(7000, 1)))
    expect(link.words.slice(2)).toEqual(['syncWant', 'syncWant'])
  })
  test('sends what is wanted one by one, also where two wishes come at once', async () => {
    const { link, storage, sync } = make([id(1), id(2), id(3)])
    await sync.begin()
    link.hear(say.list(0, true, []), say.wish([id(1)]), say.wish([id(2), id(3)]))
    for (const blob of [id(1), id(2), id(3)]) {
      await settle()
      expect(link.said.at(-1)).toMatchObject({ type: 1, kind: 'blob', blob, transfer: transferOf(blob) })
      link.hear(...whole(blob))
    }
    await settle()
    expect(storage.count('prepareBlob')).toBe(3)
    expect(storage.count('closeSource')).toBe(3)
    expect(await outcome(sync.done)).toBe('open')
    link.hear(say.syncEnd())
    expect(await outcome(sync.done)).toBe('done')
    expect(sync.tally).toMatchObject({ sentBlobs: 3, sentBytes: 3 * size })
  })
  test('takes what it wanted, says the end once it has all, and then is over', async () => {
    const { link, sync, built } = make([])
    await sync.begin()
    link.hear(say.list(0, true, [id(1), id(2)]), say.syncEnd())
    for (const blob of [id(1), id(2)]) {
      link.hear(offerOfBlob(blob))
      await settle()
      built(blob)
      await settle()
    }
    expect(link.words).toEqual(['syncList', 'syncWant', 'answer', 'done', 'answer', 'done', 'syncEnd'])
    expect(await outcome(sync.done)).toBe('done')
    expect(sync.tally).toMatchObject({ receivedBlobs: 2, receivedBytes: 2 * size })
    // what is still said of a transfer that was open is ignored: §15.11-1
    link.hear({ ...say.refuse(), transfer: transferOf(id(1)) } as Message)
    expect(link.closed).toBeUndefined()
    expect(sync.openRound(hex(transferOf(id(1))), 2)).toBe('closed')
    expect(sync.openRound(hex(transferOf(id(7))), 1)).toBe('out_of_turn')
  })
  test('passes over what the other side cannot read after all, offered or not: §15.10-2', async () => {
    const { link, sync, built } = make([])
    await sync.begin()
    link.hear(say.list(0, true, [id(1), id(2), id(3)]), say.syncEnd())
    link.hear({ ...say.refuse(0x27), transfer: transferOf(id(1)) } as Message)
    link.hear(offerOfBlob(id(2)))
    await settle()
    link.hear({ ...say.refuse(0x27), transfer: transferOf(id(2)) } as Message)
    await settle()
    expect(await outcome(sync.done)).toBe('open')
    link.hear(offerOfBlob(id(3)))
    await settle()
    built(id(3))
    await settle()
    expect(await outcome(sync.done)).toBe('done')
    expect(link.closed).toBeUndefined()
    expect(sync.tally).toMatchObject({ receivedBlobs: 1, passedOver: 2 })
  })
  test('says of a blob of its own that it cannot be read, and sends the others: §15.10-2', async () => {
    const rotten = id(1)
    const { link, sync } = make([rotten, id(2)], [rotten])
    await sync.begin()
    link.hear(say.list(0, true, []), say.wish([rotten, id(2)]))
    await settle()
    expect(link.words.slice(2)).toEqual(['refuse', 'offer'])
    expect(link.said[2]).toMatchObject({ code: 0x27, transfer: transferOf(rotten) })
    link.hear(...whole(id(2)), say.syncEnd())
    await settle()
    expect(await outcome(sync.done)).toBe('done')
    expect(sync.tally).toMatchObject({ sentBlobs: 1, passedOver: 1 })
  })
  test('fails when a transfer of it fails', async () => {
    const { link, sync } = make([id(1)])
    await sync.begin()
    link.hear(say.list(0, true, []), say.wish([id(1)]))
    await settle()
    link.hear({ ...say.refuse(0x24), transfer: transferOf(id(1)) } as Message)
    expect(await outcome(sync.done)).toBe('PFS_DISK_FULL')
  })
})

describe('out of turn, and closed with MESSAGE_ERROR, is', () => {
  // §15.10-1, §15.2-4, §15.11-1
  const rows: readonly (readonly [string, readonly Message[]])[] = [
    ['a list that begins with its second part', [say.list(1, true, [])]],
    ['a part that is left out', [say.list(0, false, []), say.list(2, true, [])]],
    ['a part behind the last', [say.list(0, true, []), say.list(1, true, [])]],
    ['a wish for what was not listed', [say.list(0, true, []), say.wish([id(8)])]],
    ['a wish behind the end', [say.list(0, true, []), say.syncEnd(), say.wish([id(1)])]],
    ['an end before the list', [say.syncEnd()]],
    ['a second end', [say.list(0, true, []), say.syncEnd(), say.syncEnd()]],
    ['a blob that nobody wants', [say.list(0, true, [id(2)]), offerOfBlob(id(3))]],
    ['a blob that is here already', [say.list(0, true, [id(1)]), offerOfBlob(id(1))]],
    ['a blob that is offered twice', [say.list(0, true, [id(2)]), offerOfBlob(id(2)), offerOfBlob(id(2))]],
    ['a file', [say.list(0, true, [id(2)]), say.offer({ blob: id(2) })]],
    ['a message of a transfer that never was', [say.list(0, true, []), say.end()]],
  ]
  for (const [what, messages] of rows) {
    test(what, async () => {
      const { link, sync } = make([id(1)])
      await sync.begin()
      link.hear(...messages)
      await settle()
      expect(link.closed).toBe('MESSAGE_ERROR')
    })
  }
})
