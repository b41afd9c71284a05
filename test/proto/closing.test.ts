// How connections end, and what silence does. PROTOCOL.md §12.

import { describe, expect, test } from 'vitest'
import { KiB, millisecond, second } from '../../src/base/units.ts'
import { isLive, mayFollow, type State } from '../../src/proto/state.ts'
import { Pair } from '../support/pair.ts'

const closeOf = (host: Pair['initiator']) => host.of('closed').map(event => event.reason)

describe('CLOSE', () => {
  test('ends both sides with its code and text; both are forgotten after three probe time-outs (§12-1)', () => {
    const pair = new Pair().open()
    pair.initiator.connection.close(0x2a, 'changed my mind')
    pair.runUntil(() => closeOf(pair.responder).length > 0)
    expect(closeOf(pair.initiator)).toEqual([{ by: 'local', code: 0x2a, text: 'changed my mind' }])
    expect(closeOf(pair.responder)).toEqual([{ by: 'peer', code: 0x2a, text: 'changed my mind' }])
    expect(pair.initiator.connection.isClosed).toBe(false)
    pair.run(second)
    expect(pair.initiator.connection.isClosed).toBe(true)
    expect(pair.initiator.endpoint.connections + pair.responder.endpoint.connections).toBe(0)
  })

  test('is said again for each doubling of the packets that still come', () => {
    const pair = new Pair().open()
    pair.responder.connection.close(1)
    pair.drain()
    const before = pair.responder.sentCount
    const late = new Uint8Array(40)
    late[0] = 0x40
    late.set(pair.responder.connection.localId, 1)
    for (let i = 0; i < 16; i++) pair.inject('responder', late.slice())
    // after packets 1, 2, 4, 8 and 16
    expect(pair.responder.sentCount - before).toBe(5)
  })

  test('what comes or is wished after the end changes nothing (§12-6)', () => {
    const pair = new Pair().open()
    const { connection } = pair.initiator
    connection.writeOrdered(0, new Uint8Array(10))
    pair.responder.connection.close(0x2a)
    pair.drain()
    const events = pair.responder.events.length
    pair.responder.connection.writeOrdered(0, new Uint8Array(10))
    pair.responder.connection.close(1)
    pair.responder.connection.finish()
    pair.responder.connection.ping()
    pair.run(10 * second)
    expect(pair.responder.events.length).toBe(events)
    expect(closeOf(pair.initiator)).toEqual([{ by: 'peer', code: 0x2a, text: '' }])
    expect(pair.initiator.events.at(-1)!.kind).toBe('closed')
  })

  test('before there are keys ends in silence', () => {
    const pair = new Pair({ drop: () => true })
    pair.connect()
    pair.initiator.connection.close(0x2a)
    pair.drain()
    expect(pair.initiator.connection.isClosed).toBe(true)
    expect(pair.initiator.sentCount).toBe(1)
  })

  test('a lost CLOSE is said again to a peer that goes on', () => {
    let isDeaf = false
    const pair = new Pair({ drop: from => isDeaf && from === 'responder' }).open()
    isDeaf = true
    pair.responder.connection.close(0x2a)
    pair.drain()
    isDeaf = false
    pair.initiator.connection.ping()
    pair.runUntil(() => closeOf(pair.initiator).length > 0)
  })
})

describe('finish (§12-2)', () => {
  for (const every of [0, 4])
    test(`says NONE when everything written is acknowledged${every ? ', under loss' : ''}`, () => {
      const pair = new Pair({ drop: (_, count) => every > 0 && count % every === every - 1 }).open()
      const { connection } = pair.initiator
      connection.writeOrdered(0, new Uint8Array(200 * KiB))
      pair.responder.onEvent = (event, responder) => {
        if (event.kind === 'ordered') responder.consumeOrdered(0, event.bytes.length)
      }
      connection.finish()
      pair.runUntil(() => closeOf(pair.initiator).length > 0)
      expect(closeOf(pair.initiator)[0]).toMatchObject({ by: 'local', code: 0 })
      const bytes = pair.responder.of('ordered').reduce((sum, event) => sum + event.bytes.length, 0)
      expect(bytes).toBe(200 * KiB)
    })

  test('before the handshake ends waits for it', () => {
    const pair = new Pair()
    const connection = pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey })
    connection.writeOrdered(0, new Uint8Array(10))
    connection.finish()
    pair.runUntil(() => closeOf(pair.responder).length > 0)
    expect(pair.responder.of('ordered')).toHaveLength(1)
    expect(closeOf(pair.responder)[0]).toMatchObject({ by: 'peer', code: 0 })
  })
})

describe('silence', () => {
  test('is broken by PING, so that an idle connection lives (§12-4)', () => {
    const pair = new Pair().open()
    const before = pair.initiator.sentCount
    pair.run(600 * second)
    expect(closeOf(pair.initiator)).toEqual([])
    // a PING and its ACK each 15 s, whoever begins
    expect(pair.initiator.sentCount - before).toBeLessThan(2 * 40 + 4)
  })

  test('of the smaller idle time-out ends it without a word (§12-3)', () => {
    let isDead = false
    const pair = new Pair({
      drop: () => isDead,
      initiatorConfig: { idleTimeoutMicros: 60 * second },
      responderConfig: { idleTimeoutMicros: 5 * second },
    }).open()
    pair.run(second)
    isDead = true
    pair.run(3900 * millisecond)
    expect([...closeOf(pair.initiator), ...closeOf(pair.responder)]).toEqual([])
    pair.run(5 * second)
    expect([...closeOf(pair.initiator), ...closeOf(pair.responder)]).toEqual([{ by: 'idle' }, { by: 'idle' }])
    expect(pair.initiator.endpoint.connections + pair.responder.endpoint.connections).toBe(0)
  })
})

test('states follow each other only as the picture says', () => {
  const reason = { by: 'idle' } as const
  const states: State[] = [
    { kind: 'handshaking' },
    { kind: 'open' },
    { kind: 'finishing' },
    { kind: 'closing', reason, until: 0 },
    { kind: 'draining', reason, until: 0 },
    { kind: 'closed', reason },
  ]
  const allowed = states.map(from => states.filter(to => mayFollow(from, to)).map(to => to.kind))
  expect(allowed).toEqual([
    ['open', 'closing', 'draining', 'closed'],
    ['finishing', 'closing', 'draining', 'closed'],
    ['closing', 'draining', 'closed'],
    ['closed'],
    ['closed'],
    [],
  ])
  expect(states.map(isLive)).toEqual([true, true, true, false, false, false])
})
