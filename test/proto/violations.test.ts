// What a peer with true keys may do wrong: each rule bracketed by what just passes and what just fails. §7, §8, §17.

import { describe, expect, test } from 'vitest'
import { KiB } from '../../src/base/units.ts'
import { limits } from '../../src/proto/config.ts'
import { type WireCodeName, wireCodeName } from '../../src/wire/codes.ts'
import type { Frame } from '../../src/wire/frame.ts'
import { Pair } from '../support/pair.ts'

const config = { streamWindowBytes: 8 * KiB, connectionWindowBytes: 20 * KiB, streamsMax: 3 }
const bytes = (length: number) => new Uint8Array(length).fill(1)
const stream = (number: number, offset: number, length: number, fin = false): Frame => ({
  type: 0x03,
  stream: number,
  offset,
  fin,
  bytes: bytes(length),
})
const data = (number: number, offset: number, length: number) => ({ number, offset, length })
type Act = Frame | ReturnType<typeof data>

/** How the responder closes after these came from the initiator; undefined while it is open. */
function closes(...acts: Act[]): WireCodeName | undefined {
  const pair = new Pair({ responderConfig: config }).open()
  for (const act of acts) {
    if ('type' in act) pair.forge('initiator', act)
    else pair.forgeData('initiator', act.number, act.offset, act.length)
  }
  const closed = pair.responder.of('closed')[0]?.reason
  return closed && 'code' in closed ? wireCodeName(closed.code) : undefined
}

interface Rule {
  readonly why: string
  readonly passes: Act[]
  readonly fails: Act[]
  readonly code: WireCodeName
}

const rules: Rule[] = [
  {
    why: '§8-3 the window of an ordered stream',
    passes: [stream(2, 8 * KiB - 1, 1)],
    fails: [stream(2, 8 * KiB, 1)],
    code: 'WINDOW_ERROR',
  },
  {
    why: '§8-3 the window of the control stream',
    passes: [stream(0, 8 * KiB - 1, 1)],
    fails: [stream(0, 8 * KiB - 1, 2)],
    code: 'WINDOW_ERROR',
  },
  {
    why: '§8-3 the window of a literal stream',
    passes: [data(1, 8 * KiB - 1, 1)],
    fails: [data(1, 8 * KiB, 1)],
    code: 'WINDOW_ERROR',
  },
  {
    why: '§8-3 the window of the connection, over streams of both kinds',
    passes: [stream(2, 8 * KiB - 1, 1), data(1, 8 * KiB - 1, 1), data(3, 4 * KiB - 1, 1)],
    fails: [stream(2, 8 * KiB - 1, 1), data(1, 8 * KiB - 1, 1), data(3, 4 * KiB, 1)],
    code: 'WINDOW_ERROR',
  },
  {
    why: '§8-2 streams max, over both kinds, without the control stream',
    passes: [stream(0, 0, 1), stream(2, 0, 1), data(3, 0, 1)],
    fails: [stream(0, 0, 1), stream(2, 0, 1), data(5, 0, 1)],
    code: 'STREAM_ERROR',
  },
  {
    why: '§8-2 a finished stream makes room',
    passes: [stream(6, 0, 1), stream(6, 1, 0, true), stream(8, 0, 1)],
    fails: [stream(6, 0, 1), stream(8, 0, 1)],
    code: 'STREAM_ERROR',
  },
  {
    why: '§8-1 stream numbers end at 65,536',
    passes: [],
    fails: [stream(limits.streamNumbers, 0, 1)],
    code: 'STREAM_ERROR',
  },
  {
    why: '§8-5 a byte past the end of an ordered stream',
    passes: [stream(2, 0, 10, true), stream(2, 9, 1)],
    fails: [stream(2, 2, 8, true), stream(2, 9, 2)],
    code: 'FINAL_SIZE_ERROR',
  },
  {
    why: '§8-5 a byte past the end of a literal stream',
    passes: [{ type: 0x06, stream: 1, length: 10 }, data(1, 9, 1)],
    fails: [{ type: 0x06, stream: 1, length: 10 }, data(1, 9, 2)],
    code: 'FINAL_SIZE_ERROR',
  },
  {
    why: '§7.7-1 a FIN below what was received',
    passes: [data(1, 0, 10), data(1, 20, 1), { type: 0x06, stream: 1, length: 21 }],
    fails: [data(1, 0, 10), data(1, 20, 1), { type: 0x06, stream: 1, length: 20 }],
    code: 'FINAL_SIZE_ERROR',
  },
  {
    why: '§7.7-1 two FINs that differ',
    passes: [
      { type: 0x06, stream: 1, length: 21 },
      { type: 0x06, stream: 1, length: 21 },
    ],
    fails: [
      { type: 0x06, stream: 1, length: 21 },
      { type: 0x06, stream: 1, length: 22 },
    ],
    code: 'FINAL_SIZE_ERROR',
  },
  {
    why: '§7.8 the length of a RESET counts in the windows',
    passes: [{ type: 0x07, stream: 2, code: 1, length: 8 * KiB }],
    fails: [{ type: 0x07, stream: 2, code: 1, length: 8 * KiB + 1 }],
    code: 'WINDOW_ERROR',
  },
  {
    why: '§7.8 a RESET below what was received',
    passes: [stream(2, 5, 5), { type: 0x07, stream: 2, code: 1, length: 10 }],
    fails: [stream(2, 5, 5), { type: 0x07, stream: 2, code: 1, length: 9 }],
    code: 'FINAL_SIZE_ERROR',
  },
  {
    why: '§7.8-1 a RESET past the end that a FIN gave',
    passes: [
      { type: 0x06, stream: 1, length: 20 },
      { type: 0x07, stream: 1, code: 1, length: 19 },
    ],
    fails: [
      { type: 0x06, stream: 1, length: 20 },
      { type: 0x07, stream: 1, code: 1, length: 21 },
    ],
    code: 'FINAL_SIZE_ERROR',
  },
  {
    why: '§8-11 the control stream does not end',
    passes: [stream(2, 0, 1, true)],
    fails: [stream(0, 0, 1, true)],
    code: 'STREAM_ERROR',
  },
  {
    why: '§8-11 nor is it reset',
    passes: [{ type: 0x07, stream: 2, code: 1, length: 0 }],
    fails: [{ type: 0x07, stream: 0, code: 1, length: 0 }],
    code: 'STREAM_ERROR',
  },
  {
    why: '§8-11 FIN is for literal streams',
    passes: [{ type: 0x06, stream: 3, length: 0 }],
    fails: [{ type: 0x06, stream: 2, length: 0 }],
    code: 'STREAM_ERROR',
  },
  {
    why: '§8-11 DATA is for literal streams',
    passes: [data(1, 0, 1)],
    fails: [data(2, 0, 1)],
    code: 'STREAM_ERROR',
  },
  {
    why: '§8-11 STREAM_WINDOW names a stream of the receiver of the frame',
    passes: [{ type: 0x05, stream: 0, limit: 1 }],
    fails: [{ type: 0x05, stream: 2, limit: 1 }],
    code: 'STREAM_ERROR',
  },
  {
    why: '§8-11 so does STOP, and never the control stream',
    passes: [],
    fails: [{ type: 0x08, stream: 0, code: 1 }],
    code: 'STREAM_ERROR',
  },
  {
    why: '§7.3-2 an ACK of what was never sent',
    passes: [{ type: 0x02, largest: 0, delayMicros: 0, ranges: [0, 1] }],
    fails: [{ type: 0x02, largest: 5000, delayMicros: 0, ranges: [5000, 5001] }],
    code: 'ACK_ERROR',
  },
  {
    why: '§4-7 a DATA range ends at 2^48',
    passes: [],
    fails: [data(1, 2 ** 48 - 1, 2)],
    code: 'FRAME_ERROR',
  },
]

describe('a peer that breaks a rule is told which', () => {
  for (const { why, passes, fails, code } of rules) {
    test(why, () => {
      expect(closes(...passes)).toBeUndefined()
      expect(closes(...fails)).toBe(code)
    })
  }

  test('§7-1, §7-2 an unknown frame, a cut one, none at all', () => {
    for (const frames of [Uint8Array.of(0x77), Uint8Array.of(0x04), new Uint8Array(0)]) {
      const pair = new Pair().open()
      pair.forgeRaw('initiator', frames)
      expect(pair.responder.of('closed')[0]?.reason).toMatchObject({ by: 'local', code: 2 })
    }
  })

  test('CLOSE carries the code and the type of the frame to the other side', () => {
    const pair = new Pair().open()
    pair.forge('initiator', stream(0, 0, 1, true))
    pair.runUntil(() => pair.initiator.of('closed').length > 0)
    expect(pair.initiator.of('closed')[0]?.reason).toMatchObject({ by: 'peer', code: 5 })
    expect(pair.responder.of('closed')).toHaveLength(1)
  })

  test('what cannot be noted is not acknowledged, and costs no connection (§8-10)', () => {
    const pair = new Pair().open()
    const held = limits.orderedSegments
    for (let i = 0; i <= held + 8; i += 8) {
      const frames = Array.from({ length: 8 }, (_, k) => stream(2, 2 * (i + k) + 1, 1))
      pair.forge('initiator', ...frames)
    }
    expect(pair.responder.of('closed')).toEqual([])
    expect(pair.responder.connection.bufferedBytes).toBe(held)
    // what is next in order is always taken
    pair.forge('initiator', stream(2, 0, 1))
    expect(pair.responder.of('ordered').length).toBe(2)
  })
})
