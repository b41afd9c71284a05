// What a sender says to each word of its receiver, and what it does not let pass.

import { describe, expect, test } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { Channel } from '../../src/transfer/channel.ts'
import { Missed } from '../../src/transfer/missed.ts'
import { offerOf } from '../../src/transfer/offering.ts'
import { Sending } from '../../src/transfer/sending.ts'
import type { SendingProgress } from '../../src/transfer/sending_progress.ts'
import type { PreparedSource, SendPlan } from '../../src/transfer/storage/events.ts'
import type { Message } from '../../src/wire/message.ts'
import { blob, FakeLink, FakeStorage, id, outcome, say, settle, size, transfer } from './session.ts'

const handle = 1
const senderAnswers = {
  nameSource: () => blob,
  sourceNodes: () => [],
  openSource: (_handle: number, { held }: SendPlan) => ({
    size,
    heldBytes: held.reduce((sum, { start, end }) => sum + end - start, 0),
  }),
}
const roundEnd = { kind: 'round_end', end: { blob, size, opBytes: 0, literalBytes: 0 } } as const

interface Options {
  readonly knows?: boolean
  readonly answers?: ConstructorParameters<typeof FakeStorage>[0]
}

function make({ knows = false, answers = {} }: Options = {}) {
  const link = new FakeLink()
  const storage = new FakeStorage({ ...senderAnswers, ...answers })
  const prepared: PreparedSource = {
    transfer,
    name: 'file',
    size,
    mode: 0o644,
    mtimeNanos: 0n,
    poolId: new Uint8Array(16),
    chunking: 1,
    blob: knows ? blob : undefined,
    candidates: [
      { blob: id(1), size: 10 },
      { blob: id(2), size: 20 },
    ],
  }
  const told: SendingProgress[] = []
  const onProgress = (progress: SendingProgress): void => void told.push(progress)
  const hooks = { onPhase: () => {}, onProgress }
  const channel = new Channel(link, {
    onMessage: message => sending.onMessage(message),
    openRound: () => 'out_of_turn',
    onConfirmed: () => {},
    onDrain: () => {},
    onClosed: () => {},
  })
  const source = { handle, prepared }
  const offer = offerOf(source, 'file')
  const sending = new Sending(channel, storage.asThread, source, offer, hooks)
  storage.listenSource(handle, event => sending.onSource(event))
  return { link, storage, sending, told }
}

type World = ReturnType<typeof make>

/** As far as END. */
async function ended(options: Options = {}): Promise<World> {
  const world = make(options)
  world.link.hear(say.answer())
  await settle()
  world.storage.emitSource(handle, roundEnd)
  expect(world.link.words).toEqual(['end'])
  return world
}

describe('a sender', () => {
  test('says of what the receiver builds that it was there only when the receiver said so', async () => {
    const building = { ...say.hold(), reason: 'building', done: 5, total: size } as const
    const streamed = await ended()
    streamed.link.hear(building)
    const built = { doneBytes: 5, totalBytes: size, checkedBytes: 5, doneFiles: 0, totalFiles: 1 }
    expect(streamed.told.at(-1)).toEqual({ ...built, reusedBytes: 0 })
    const whole = make({ knows: true })
    whole.link.hear(say.answer({ state: 'whole' }), building)
    await settle()
    expect(whole.told.at(-1)).toEqual({ ...built, reusedBytes: 5 })
  })
  test('streams nothing before ANSWER, says END behind its streams, and has done it after DONE', async () => {
    // §15.3-4, §15.8-2, §15.3-5
    const { link, storage, sending } = make()
    await settle()
    expect({ streams: link.opened, calls: storage.calls }).toEqual({ streams: [], calls: [] })
    link.hear(say.hold(), say.answer({ held: [{ start: 0, end: size }] }))
    await settle()
    expect(storage.calls.map(({ method }) => method)).toEqual(['openSource', 'creditSource', 'streamSource'])
    expect(link.opened.length).toBe(2)
    storage.emitSource(handle, roundEnd)
    expect(await outcome(sending.result)).toBe('open')
    link.hear(say.hold(), say.done())
    expect(await outcome(sending.result)).toBe('done')
    expect(link.closed).toBeUndefined()
  })
  test('asked for the blob id says the same OFFER with it', async () => {
    // §15.3-8
    const { link, sending } = make()
    link.hear(say.answer({ state: 'name' }))
    await settle()
    expect(link.said).toMatchObject([{ type: 1, transfer, blob, size }])
    link.hear(say.answer({ state: 'whole' }), say.done())
    expect(await outcome(sending.result)).toBe('done')
  })
  test('mends what is missed after `whole`, and after END', async () => {
    const world = make({ knows: true })
    world.link.hear(say.answer({ state: 'whole' }), say.miss())
    await settle()
    expect(world.storage.calls.at(-1)).toMatchObject({
      method: 'repairSource',
      args: [handle, [{ start: 0, end: 10 }]],
    })
    world.storage.emitSource(handle, roundEnd)
    world.link.hear(say.miss(20, 30))
    await settle()
    world.storage.emitSource(handle, roundEnd)
    world.link.hear(say.done())
    expect(await outcome(world.sending.result)).toBe('done')
    expect(world.link.words).toEqual(['end', 'end'])
  })
  test('ignores what comes after it refused, and after it was refused', async () => {
    // §15.4-1
    for (const how of ['we', 'they'] as const) {
      const { link, storage, sending } = make()
      if (how === 'they') link.hear(say.refuse())
      else
        storage.emitSource(handle, {
          kind: 'failed',
          error: { code: 'PFS_READ', message: '', hint: undefined, retryable: false },
        })
      link.hear(say.answer(), say.done(), say.miss(), say.nodes())
      await settle()
      expect(await outcome(sending.result)).toBe(how === 'they' ? 'PFS_CANCELLED' : 'PFS_READ')
      expect({ closed: link.closed, words: link.words }).toEqual({
        closed: undefined,
        words: how === 'they' ? [] : ['refuse'],
      })
      expect(storage.count('openSource')).toBe(0)
    }
  })
  test('says REFUSE when its file has another name at the end than it had', async () => {
    const { link, storage, sending } = make({ knows: true })
    link.hear(say.answer())
    await settle()
    storage.emitSource(handle, { ...roundEnd, end: { ...roundEnd.end, blob: id(4) } })
    expect(link.said).toMatchObject([{ type: 3, code: 0x26 }])
    expect(await outcome(sending.result)).toBe('PFS_SOURCE_CHANGED')
  })
  test('does not begin what the grant has no room for', async () => {
    // §15.3-3
    const held = [{ start: 0, end: 600 }]
    const { link, sending } = make()
    link.hear(say.answer({ held, grant: 399 }))
    await settle()
    expect(link.words).toEqual(['refuse'])
    expect(await outcome(sending.result)).toBe('PFS_DISK_FULL')
    const enough = make()
    enough.link.hear(say.answer({ held, grant: 400 }))
    await settle()
    expect(enough.storage.count('streamSource')).toBe(1)
  })
  test('that is told REFUSE with NONE is refused all the same', async () => {
    const { link, sending } = make()
    link.hear(say.refuse(0))
    expect(await outcome(sending.result)).toBe('PFS_REFUSED')
  })
  test('waits for room for both streams of a round, and opens none twice', async () => {
    const { link, storage } = make()
    link.allowed = 1
    link.hear(say.answer())
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(link.opened.length).toBe(1)
    link.allowed = 1
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(link.opened.length).toBe(2)
    expect(storage.count('streamSource')).toBe(1)
  })
  test('gives up a range that is missed for the third time', async () => {
    // §15.6-1
    const world = await ended()
    for (let times = 1; times <= 2; times++) {
      world.link.hear(say.miss(5, 7))
      await settle()
      world.storage.emitSource(handle, roundEnd)
    }
    world.link.hear(say.miss(6, 7))
    expect(world.link.words).toEqual(['end', 'end', 'end', 'refuse'])
    expect(world.link.said.at(-1)).toMatchObject({ code: 0x29 })
    expect(await outcome(world.sending.result)).toBe('PFS_CORRUPT')
  })
})

describe('tree nodes', () => {
  const found = { level: 1, index: 0, nodes: [{ byteLength: size, hash: blob }] }
  test('are said one for each index, in order', async () => {
    // §15.7-1
    const world = await ended({ answers: { sourceNodes: () => [found, { ...found, index: 4 }] } })
    world.link.hear(say.want(1, [0, 4]))
    await settle()
    expect(world.link.said.slice(1)).toMatchObject([
      { type: 6, level: 1, index: 0, nodes: [{ bytes: size, hash: blob }] },
      { type: 6, level: 1, index: 4 },
    ])
  })
  test('that do not exist end the transfer with MESSAGE_ERROR', async () => {
    // §15.7-2
    const world = await ended({ answers: { sourceNodes: () => undefined } })
    world.link.hear(say.want(9, [0]))
    await settle()
    expect(world.link.said.at(-1)).toMatchObject({ type: 3, code: 0x20 })
    expect(await outcome(world.sending.result)).toBe('PFS_PROTOCOL')
  })
  test('may be asked for 65,536 times, and once more ends the transfer', async () => {
    // §15.7-2
    const world = await ended({ answers: { sourceNodes: () => [] } })
    const many = Array.from({ length: 1024 }, (_, i) => i)
    for (let i = 0; i < 64; i++) world.link.hear(say.want(0, many))
    expect(world.link.words).toEqual(['end'])
    world.link.hear(say.want(0, [0]))
    expect(world.link.said.at(-1)).toMatchObject({ type: 3, code: 0x20 })
  })
})

describe('out of turn, and closed with MESSAGE_ERROR, is', () => {
  // §15.1-1, §15.11-2
  const before: readonly (readonly [string, Message])[] = [
    ['MISS before END', say.miss()],
    ['WANT before END', say.want()],
    ['DONE before END', say.done()],
    ['`whole` of a blob that was not named', say.answer({ state: 'whole' })], // §15.3-7
    ['held ranges past the end', say.answer({ held: [{ start: 0, end: size + 1 }] })], // §15.3-1
    ['a candidate that was not offered', candidate(2, id(1), 10)], // §15.3-2
    ['a candidate with another id', candidate(0, id(3), 10)],
    ['a candidate with another size', candidate(0, id(1), 11)],
    ['END', say.end()],
    ['NODES', say.nodes()],
    ['an OFFER', say.offer()],
    ['a list of blobs', say.list(0, true, [])],
    ['a message of another transfer', { ...say.hold(), transfer: id(1).slice(0, 16) } as Message], // §15.11-1
  ]
  function candidate(index: number, id: Uint8Array, bytes: number): Message {
    return say.answer({ candidates: [{ index, alias: 0, blob: id, size: bytes }] })
  }
  for (const [what, message] of before) {
    test(what, async () => {
      const { link, storage } = make()
      link.hear(message)
      await settle()
      expect(link.closed).toBe('MESSAGE_ERROR')
      expect(storage.calls).toEqual([])
    })
  }
  test('a candidate as it was offered is none of them', () => {
    const { link } = make()
    link.hear(candidate(1, id(2), 20))
    expect(link.closed).toBeUndefined()
  })
  const twice: readonly (readonly [string, readonly Message[], boolean])[] = [
    ['a second ANSWER', [say.answer(), say.answer()], false],
    ['ANSWER while the blob id is looked for', [say.answer({ state: 'name' }), say.answer()], false],
    ['DONE while the streams are opened', [say.answer(), say.done()], false],
    ['`name` where the blob was named', [say.answer({ state: 'name' })], true],
    ['MISS while a MISS is answered', [say.answer({ state: 'whole' }), say.miss(), say.miss(50, 60)], true],
    ['DONE while a MISS is answered', [say.answer({ state: 'whole' }), say.miss(), say.done()], true],
    ['missing ranges past the end', [say.answer({ state: 'whole' }), say.miss(size, size + 1)], true], // §15.6-1
    ['DONE for another blob', [say.answer({ state: 'whole' }), say.done(id(5))], true], // §15.8-2
  ]
  for (const [what, messages, knows] of twice) {
    test(what, async () => {
      const { link, sending } = make({ knows })
      link.hear(...messages)
      expect(link.closed).toBe('MESSAGE_ERROR')
      sending.fail(new PfsError('PFS_PROTOCOL'))
      await settle()
    })
  }
})

test('ranges are counted by their parts, however they were asked for', () => {
  const missed = new Missed()
  expect(missed.add([{ start: 0, end: 10 }])).toBe(false)
  expect(missed.add([{ start: 5, end: 20 }])).toBe(false)
  expect(
    missed.add([
      { start: 0, end: 5 },
      { start: 10, end: 20 },
    ]),
  ).toBe(false)
  expect(missed.add([{ start: 20, end: 30 }])).toBe(false)
  expect(missed.add([{ start: 9, end: 10 }])).toBe(true)
})
