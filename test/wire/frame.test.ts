// The table of frames, and what the vectors do not show: order, handshakes, making an ACK.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, Writer } from '../../src/base/bytes.ts'
import { RangeSet } from '../../src/base/ranges.ts'
import type { Violation } from '../../src/wire/codes.ts'
import {
  decodeFrames,
  decodeHandshakeFrames,
  encodeFrame,
  type Frame,
  frameSize,
  frameTable,
} from '../../src/wire/frame.ts'
import { type Ack, ackOf, size as ackSize } from '../../src/wire/frames/ack.ts'
import { overheadBytes } from '../../src/wire/frames/stream.ts'

function encodeAll(...frames: Frame[]): Uint8Array {
  const w = new Writer(new Uint8Array(frames.reduce((sum, frame) => sum + frameSize(frame), 0)))
  for (const frame of frames) encodeFrame(w, frame)
  return w.written()
}

function decodeAll(bytes: Uint8Array, decode = decodeFrames): Frame[] | Violation {
  const seen: Frame[] = []
  const violation = decode(bytes, frame => {
    seen.push(frame)
    return undefined
  })
  return violation ?? seen
}

const stream = (number: number): Frame => ({
  type: 3,
  stream: number,
  offset: 70_000,
  fin: false,
  bytes: Uint8Array.of(1, 2, 3),
})

describe('the table of frames', () => {
  test('is the table of §7', () => {
    const protocol = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')
    const yes = (is: boolean) => (is ? 'yes' : 'no')
    for (const [type, row] of Object.entries(frameTable)) {
      const number = Number(type).toString(16).padStart(2, '0')
      expect(row.codec.type).toBe(Number(type))
      expect(protocol).toContain(
        `| 0x${number} | ${row.name} | ${yes(row.isEliciting)} | ${yes(row.isInFlight)} |`,
      )
    }
    expect(protocol.match(/^\| 0x[0-9a-f]{2} \| [A-Z_]+ \| (yes|no) \| (yes|no) \|$/gm)?.length).toBe(
      Object.keys(frameTable).length,
    )
  })
})

describe('frames of a packet', () => {
  const all: Frame[] = [
    { type: 2, largest: 5, delayMicros: 0, ranges: [5, 6] },
    { type: 1 },
    { type: 0, length: 3 },
    stream(0),
    { type: 4, limit: 1 },
    { type: 0, length: 1 },
  ]

  test('come in order', () => {
    expect(decodeAll(encodeAll(...all))).toEqual(all)
  })

  test('end where the handler says so', () => {
    const violation: Violation = { code: 'ACK_ERROR', frameType: 2, reason: 'never sent' }
    let handled = 0
    const result = decodeFrames(encodeAll(...all), () => (++handled === 2 ? violation : undefined))
    expect(result).toBe(violation)
    expect(handled).toBe(2)
  })

  test('§7-1: a malformed one names its type, and is not handed over', () => {
    const bytes = concat(encodeAll({ type: 1 }), Uint8Array.of(0x04, 0x7b))
    const seen: number[] = []
    const violation = decodeFrames(bytes, frame => {
      seen.push(frame.type)
      return undefined
    })
    expect(violation).toMatchObject({ code: 'FRAME_ERROR', frameType: 0x04 })
    expect(seen).toEqual([1])
  })

  test('STREAM is a view into the packet, and its overhead is known before', () => {
    const packet = encodeAll(stream(2))
    expect(packet.length - 3).toBe(overheadBytes(2, 70_000, 3))
    const [frame] = decodeAll(packet) as Frame[]
    if (frame?.type !== 3) return expect.fail('no STREAM')
    expect(frame.bytes.buffer).toBe(packet.buffer)
  })
})

describe('frames of a handshake (§5-5)', () => {
  test('may be none', () => {
    expect(decodeAll(new Uint8Array(0), decodeHandshakeFrames)).toEqual([])
  })

  test('are the control stream, PING and PADDING', () => {
    const allowed: Frame[] = [stream(0), { type: 1 }, { type: 0, length: 9 }]
    expect(decodeAll(encodeAll(...allowed), decodeHandshakeFrames)).toEqual(allowed)
  })

  test('are nothing else', () => {
    const others: Frame[] = [
      stream(2),
      { type: 2, largest: 0, delayMicros: 0, ranges: [0, 1] },
      { type: 4, limit: 9 },
      { type: 5, stream: 1, limit: 9 },
      { type: 6, stream: 1, length: 9 },
      { type: 7, stream: 1, code: 0, length: 9 },
      { type: 8, stream: 1, code: 0 },
      { type: 9, code: 0, frameType: 0, reason: new Uint8Array(0) },
    ]
    for (const frame of others) {
      const result = decodeAll(encodeAll({ type: 1 }, frame), decodeHandshakeFrames)
      expect(result).toMatchObject({ code: 'FRAME_ERROR', frameType: frame.type })
    }
  })
})

describe('ACK (§7.3)', () => {
  const received = fc
    .array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 500 })), { minLength: 1, maxLength: 100 })
    .map(steps => {
      const set = new RangeSet()
      let at = 0
      for (const [gap, length] of steps) {
        set.add(at + gap, at + gap + length)
        at += gap + length + 1
      }
      return set
    })

  test('says what was received, newest first, and comes back as it was', () => {
    fc.assert(
      fc.property(received, fc.nat(64), (set, pairsMax) => {
        const made = ackOf(set, 25_000, pairsMax)
        const newest = [...set].slice(-pairsMax - 1).reverse()
        expect(made.ranges).toEqual(newest.flatMap(({ start, end }) => [start, end]))
        expect(made.largest).toBe((set.last?.end ?? 0) - 1)
        expect(decodeAll(encodeAll(made))).toEqual([made])
      }),
    )
  })

  test('§7.3-1: of many ranges the newest 65 are said, first and 64 pairs', () => {
    const set = new RangeSet()
    for (let n = 0; n < 200; n += 2) set.add(n, n + 1)
    const made = ackOf(set, 0, 1000)
    expect(made.ranges.length).toBe(2 * 65)
    expect(made.largest).toBe(198)
    expect(decodeAll(encodeAll(made))).toEqual([made])
  })

  test('at its largest fits a datagram of 1,200 bytes', () => {
    const ranges: number[] = []
    let at = Number.MAX_SAFE_INTEGER + 1
    for (let i = 0; i < 65; i++) {
      ranges.push(at - 2 ** 40, at)
      at -= 2 ** 41
    }
    const largest: Ack = { type: 2, largest: Number.MAX_SAFE_INTEGER, delayMicros: 2 ** 40, ranges }
    expect(ackSize(largest)).toBeLessThan(1200 - 30)
    expect(decodeAll(encodeAll(largest))).toEqual([largest])
  })
})
