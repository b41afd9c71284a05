// Transfers over a pair, checked byte by byte: each delivered once, none twice, the end announced.

import { assert } from '../../src/base/assert.ts'
import { RangeSet } from '../../src/base/ranges.ts'
import type { Connection } from '../../src/proto/connection.ts'
import type { ConnectionEvent } from '../../src/proto/events.ts'
import type { Pair, Side } from './pair.ts'

const otherSide = { initiator: 'responder', responder: 'initiator' } as const

/** Sends one literal stream from each of `froms` and returns when all have ended and were acknowledged. */
export function moveLiteral(pair: Pair, lengthBytes: number, froms: readonly Side[] = ['initiator']): void {
  let open = 0
  const previous = { initiator: pair.initiator.onEvent, responder: pair.responder.onEvent }
  for (const from of froms) {
    const sender = pair[from].connection
    const stream = sender.openLiteral()
    assert(stream !== undefined, 'a literal stream may be opened')
    sender.extendLiteral(stream, lengthBytes, true)
    open += 2
    const received = new RangeSet()
    chain(pair, otherSide[from], (event, connection) => {
      if (event.kind === 'literal' && event.stream === stream) {
        assert(received.add(event.start, event.end) === event.end - event.start, 'a byte delivered twice')
        connection.consumeLiteral(stream, received.endOfRun(0))
      } else if (event.kind === 'literal_end' && event.stream === stream) {
        assert(received.endOfRun(0) === lengthBytes && event.lengthBytes === lengthBytes, 'ended early')
        open--
      }
    })
    chain(pair, from, event => {
      if (event.kind === 'acked' && event.stream === stream && event.upTo === lengthBytes) open--
    })
  }
  pair.runUntil(() => open === 0)
  pair.initiator.onEvent = previous.initiator
  pair.responder.onEvent = previous.responder
}

/** `next` hears of each event too. */
export function chain(
  pair: Pair,
  side: Side,
  next: (event: ConnectionEvent, connection: Connection) => void,
): void {
  const before = pair[side].onEvent
  pair[side].onEvent = (event, connection) => {
    before?.(event, connection)
    next(event, connection)
  }
}
