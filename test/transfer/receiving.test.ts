// What a receiver answers, what it touches only once its peer is proven, and what it closes for. Through the door that
// admits peers, with a link and a storage side made by hand.

import { describe, expect, test, vi } from 'vitest'
import type { Stranger } from '../../src/transfer/events.ts'
import type { OfferVerdict } from '../../src/transfer/storage/events.ts'
import type { Message } from '../../src/wire/message.ts'
import { building, make, open, roundHeader, stats } from './door.ts'
import { blob, hex, id, offerOf, say, settle, size, transfer } from './session.ts'

describe('a receiver', () => {
  test('looks, answers, builds, and says DONE when the storage side says that it is durable', async () => {
    // §15.8-1
    const { link, build, outcomes } = await building()
    link.hear(say.end())
    expect(link.words).toEqual(['answer'])
    build({ kind: 'done', blob, stats })
    await settle()
    expect(link.words).toEqual(['answer', 'done'])
    expect(outcomes).toEqual(['done'])
  })
  test('that has the object in place already says so at once', async () => {
    const { link, outcomes, storage } = make({ verdict: { ...open, state: 'whole' }, isUnchanged: true })
    link.hear(say.offer({ blob }))
    await settle()
    expect(link.words).toEqual(['answer', 'done'])
    expect(outcomes).toEqual(['done'])
    expect(storage.count('startBuild')).toBe(0)
    expect(storage.count('closeBuild')).toBe(1)
  })
  test('asks for the blob id, and takes one OFFER more that says it', async () => {
    // §15.3-8, §15.11-1
    const world = make({ verdict: { ...open, state: 'name' } })
    world.link.hear(say.offer())
    await settle()
    world.link.hear(say.offer({ blob }))
    await settle()
    expect(world.link.words).toEqual(['answer', 'answer'])
    expect(world.link.closed).toBeUndefined()
    world.link.hear(say.offer())
    expect(world.link.closed).toBe('MESSAGE_ERROR')
  })
  for (const code of ['WRONG_SEED', 'DISK_FULL', 'EXISTS'] as const) {
    test(`refuses with ${code} what it cannot take, and keeps the connection`, async () => {
      const { link, outcomes } = make({ verdict: { kind: 'refuse', code, text: 'no' } })
      link.hear(say.offer())
      await settle()
      expect(link.said).toMatchObject([{ type: 3, transfer }])
      expect(outcomes.length).toBe(1)
      link.hear(say.end(), say.refuse()) // what was under way: §15.4-1
      expect(link.closed).toBeUndefined()
    })
  }
  test('lets a sender refuse at any time, with whatever code', async () => {
    for (const [code, outcome] of [
      [0x2a, 'PFS_CANCELLED'],
      [0, 'PFS_REFUSED'],
      [0xffff, 'PFS_INTERNAL'],
    ] as const) {
      const { link, outcomes, storage } = await building()
      link.hear(say.refuse(code))
      await settle()
      expect(outcomes).toEqual([outcome])
      expect(storage.count('closeBuild')).toBe(1)
    }
  })
  test('refuses with the code of a fault of its own, and closes for one of its peer', async () => {
    // §15.3-3
    const error = { code: 'PFS_DISK_FULL', message: '', hint: undefined, retryable: false } as const
    const ours = await building()
    ours.build({ kind: 'failed', wire: 'DISK_FULL', error })
    expect(ours.link.said.at(-1)).toMatchObject({ type: 3, code: 0x24 })
    expect(ours.link.closed).toBeUndefined()
    for (const wire of ['GRANT_ERROR', 'PROGRAM_ERROR', 'MESSAGE_ERROR'] as const) {
      const theirs = await building()
      theirs.build({ kind: 'failed', wire, error: { ...error, code: 'PFS_PROTOCOL' } })
      expect(theirs.link.closed).toBe(wire)
      expect(theirs.link.words).toEqual(['answer'])
    }
  })
  test('says HOLD no more than twice a second', async () => {
    // §15.9-1
    const { link, build } = await building()
    link.hear(say.end())
    const rest = { reusedBytes: 0, doneFiles: 0, totalFiles: 1 }
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      for (let n = 0; n < 4_000; n++) {
        build({ kind: 'progress', builtBytes: n % size, verifiedBytes: 0, ...rest })
        vi.setSystemTime(Date.now() + 5)
      }
    } finally {
      vi.useRealTimers()
    }
    // after 1, 2, 4 and 8 of 20 seconds: silence is cheap on a metered path
    const holds = link.words.filter(word => word === 'hold').length
    expect(holds).toBe(4)
  })
})

describe('before the peer is proven to be there', () => {
  // §5-6, §15.2-2
  test('a receiver looks and answers, and touches nothing', async () => {
    const { link, storage, confirm, events } = make({ isConfirmed: false })
    link.hear(say.offer())
    await settle()
    expect(link.words).toEqual(['answer'])
    expect(storage.calls.map(({ method }) => method)).toEqual(['look'])
    expect(events.filter(kind => kind !== 'phase')).toEqual([])
    confirm()
    await settle()
    expect(storage.count('startBuild')).toBe(1)
  })
  for (const [what, message] of [
    ['END', say.end()],
    ['a list of blobs', say.list(0, true, [])],
    ['REFUSE', say.refuse()],
  ] as const) {
    test(`${what} closes the connection`, () => {
      const { link } = make({ isConfirmed: false })
      link.hear(message)
      expect(link.closed).toBe('MESSAGE_ERROR')
    })
  }
  test('nobody is asked about a stranger', async () => {
    const asked: unknown[] = []
    const welcome = ({ wants }: Stranger) => Promise.resolve(asked.push(wants) > 0)
    const { link, confirm, storage } = make({ isConfirmed: false, isTrusted: false, welcome })
    link.hear(say.offer())
    await settle()
    expect({ asked, words: link.words, calls: storage.calls }).toEqual({ asked: [], words: [], calls: [] })
    confirm()
    await settle()
    expect(asked).toEqual([{ kind: 'send', name: 'file', sizeBytes: size }])
    expect(link.words).toEqual(['hold', 'answer'])
  })
  test('no outcome is told: the first flight may be a replay', async () => {
    const verdict: OfferVerdict = { kind: 'refuse', code: 'EXISTS', text: '' }
    const { link, outcomes, confirm } = make({ isConfirmed: false, verdict })
    link.hear(say.offer())
    await settle()
    expect(outcomes).toEqual([])
    confirm()
    expect(outcomes).toEqual(['PFS_EXISTS'])
  })
})

test('literals are expected of nobody who was granted nothing', async () => {
  // §15.3-4
  const { link } = make({ isTrusted: false })
  expect(link.handlers?.expectsLiterals?.()).toBe(false)
  link.hear(say.offer())
  await settle()
  expect(link.handlers?.expectsLiterals?.()).toBe(false)
  const granted = await building()
  expect(granted.link.handlers?.expectsLiterals?.()).toBe(true)
})

/** One who is asked about a stranger, and says yes or no when the test does. */
function slowOwner() {
  const answers: ((isWelcome: boolean) => void)[] = []
  return {
    welcome: () => new Promise<boolean>(resolve => answers.push(resolve)),
    decide: (isWelcome: boolean) => answers.shift()?.(isWelcome),
  }
}

describe('a stranger', () => {
  test('that is not welcome is refused, and what crosses that is ignored', async () => {
    // §15.4-1
    const { link, events } = make({ isTrusted: false })
    link.hear(say.offer())
    await settle()
    expect(link.said.at(-1)).toMatchObject({ type: 3, code: 0x09 })
    expect(events).toContain('failed')
    link.hear(say.refuse())
    link.handlers?.onOrdered(2, roundHeader(1, 3), false)
    expect({ closed: link.closed, stopped: link.stopped }).toEqual({ closed: undefined, stopped: [2, 3] })
  })
  test('offers each transfer once, and is asked about once', async () => {
    const { link } = make({ isTrusted: false, welcome: () => new Promise(() => {}) })
    link.hear(say.offer(), say.offer({ transfer: id(1).slice(0, 16) }))
    expect(link.words).toEqual(['hold'])
    link.hear(say.offer())
    expect(link.closed).toBe('MESSAGE_ERROR')
  })
  test('may take its OFFER back while somebody is asked, and nothing of it is begun', async () => {
    // §15.4-1
    const { decide, welcome } = slowOwner()
    const { link, storage, events } = make({ isTrusted: false, welcome })
    link.hear(say.offer())
    link.hear(say.refuse())
    expect(link.closed).toBeUndefined()
    decide(true)
    await settle()
    expect({ calls: storage.calls, events, words: link.words }).toEqual({
      calls: [],
      events: [],
      words: ['hold'],
    })
    // an offer that it has taken back is over, and not a new one
    link.hear(say.offer())
    expect(link.closed).toBe('MESSAGE_ERROR')
  })
  test('that has left by the time somebody says yes begins nothing', async () => {
    const { decide, welcome } = slowOwner()
    const { link, storage, events } = make({ isTrusted: false, welcome })
    link.hear(say.offer())
    link.handlers?.onClosed(undefined)
    decide(true)
    await settle()
    expect({ calls: storage.calls, events }).toEqual({ calls: [], events: [] })
  })
  test('hears nothing of the pool', async () => {
    // §15.3-6
    const { link, storage } = make({ isTrusted: false })
    link.hear(say.list(0, true, []))
    await settle()
    expect(link.words).toEqual([])
    expect(link.closed).toBe('REFUSED')
    expect(storage.calls).toEqual([])
  })
})

describe('transfers of one connection', () => {
  test('are at most sixteen at once', async () => {
    // §15.11-3
    const { link } = make()
    for (let n = 1; n <= 16; n++) link.hear(say.offer({ transfer: id(n).slice(0, 16) }))
    await settle()
    expect(link.words).toEqual(Array.from({ length: 16 }, () => 'answer'))
    link.hear(say.offer({ transfer: id(17).slice(0, 16) }))
    expect(link.said.at(-1)).toMatchObject({ type: 3, code: 0x2c })
    expect(link.closed).toBeUndefined()
  })
  test('wait for none: where one is under way and only one is wanted, the next is BUSY', () => {
    const { link } = make({ mayBegin: () => false })
    link.hear(say.offer())
    expect(link.said).toMatchObject([{ type: 3, code: 0x2c }])
  })
})

describe('out of turn, and closed with MESSAGE_ERROR, is', () => {
  // §15.1-1, §15.11-1, §15.11-2
  const rows: readonly (readonly [string, readonly Message[]])[] = [
    ['a second OFFER of a transfer that is open', [say.offer()]],
    ['a second END', [say.end(), say.end()]],
    ['NODES that nobody asked for', [say.nodes()]], // §15.7-1
    ['ANSWER', [say.answer()]],
    ['DONE', [say.done()]],
    ['MISS', [say.miss()]],
    ['WANT', [say.want()]],
    ['HOLD', [say.hold()]],
    ['a blob that nobody wants', [say.offer({ kind: 'blob', transfer: id(2).slice(0, 16) })]], // §15.2-4
    ['a transfer that was never open', [{ ...say.end(), transfer: id(2).slice(0, 16) } as Message]],
  ]
  for (const [what, messages] of rows) {
    test(what, async () => {
      const { link } = await building()
      link.hear(...messages)
      expect(link.closed).toBe('MESSAGE_ERROR')
    })
  }
  test('more NODES than were wanted', async () => {
    const { link, build } = await building()
    build({ kind: 'want', level: 63, indexes: [0] })
    link.hear(say.nodes())
    expect(link.closed).toBeUndefined()
    link.hear(say.nodes())
    expect(link.closed).toBe('MESSAGE_ERROR')
  })
  test('END where the receiver said `whole`, until it asks for what is missing', async () => {
    const verdict = { ...open, state: 'whole' } as const
    const whole = await building({ verdict })
    whole.link.hear(say.end())
    expect(whole.link.closed).toBe('MESSAGE_ERROR')
    const asking = await building({ verdict })
    asking.build({ kind: 'miss', ranges: [{ start: 0, end: 1 }] })
    asking.link.hear(say.end())
    expect(asking.link.closed).toBeUndefined()
  })
})

test('the end of a connection ends what it carried, and what was built is kept', async () => {
  const { link, outcomes, storage } = await building()
  link.handlers?.onClosed(undefined)
  await settle()
  expect(outcomes).toEqual(['PFS_CANCELLED'])
  expect(storage.calls.at(-1)?.method).toBe('closeBuild')
  expect(hex(offerOf().transfer)).toBe(hex(transfer))
})
