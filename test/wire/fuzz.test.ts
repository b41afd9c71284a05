// Whatever the bytes: nothing throws, nothing large is set aside, and what decodes is what its encoder would write.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader, Writer } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import { isViolation } from '../../src/wire/codes.ts'
import {
  decodeFrames,
  decodeHandshakeFrames,
  encodeFrame,
  type Frame,
  frameSize,
} from '../../src/wire/frame.ts'
import { messageBytesMax } from '../../src/wire/limits.ts'
import { decodeMessage, encodeMessage, lengthBytes, type Message } from '../../src/wire/message.ts'
import { MessageReader } from '../../src/wire/message_reader.ts'
import { parseData, parsePacket } from '../../src/wire/packet.ts'
import { decodePayload } from '../../src/wire/params.ts'
import { anyMessage } from './any_message.ts'
import { readVectors } from './read_vectors.ts'

const seeds = ['frames', 'packets', 'messages'].flatMap(area =>
  readVectors(area).flatMap(v => [v.bytes, v.body, v.payload, v.opened].filter(hex => hex !== undefined)),
)
const bodies = seeds.map(hex => Uint8Array.from(hex.match(/../g) ?? [], byte => Number.parseInt(byte, 16)))

/** A vector with a few bytes changed, cut out or put in. */
function mutate(prng: Prng): Uint8Array {
  const bytes = [...(bodies[prng.below(bodies.length)] ?? [])]
  for (let i = prng.below(4); i >= 0; i--) {
    const at = prng.below(bytes.length + 1)
    const value = prng.chance(0.5) ? prng.below(256) : (0xc0 + prng.below(32)) & 0xff
    if (prng.chance(0.6)) bytes[at] = value
    else if (prng.chance(0.5)) bytes.splice(at, 1 + prng.below(4))
    else bytes.splice(at, 0, value)
  }
  return Uint8Array.from(bytes)
}

function feedAll(bytes: Uint8Array): void {
  parsePacket(bytes)
  parseData(bytes)
  decodePayload(bytes)
  decodePayload(bytes, Uint8Array.of(1, 2))
  decodeHandshakeFrames(bytes, () => undefined)
  decodeFrames(bytes, frame => {
    again(frame, bytes.length)
    return undefined
  })
  const message = decodeMessage(bytes)
  if (!isViolation(message)) {
    expect(decodeMessage(encodeMessage(message).subarray(lengthBytes))).toEqual(message)
  }
  const reader = new MessageReader()
  reader.read(bytes, () => undefined)
  expect(reader.capacityBytes).toBeLessThanOrEqual(Math.max(1024, 2 * bytes.length))
}

/** What a frame decodes from is never shorter than what it encodes to, and that decodes to it. */
function again(frame: Frame, limit: number): void {
  const size = frameSize(frame)
  expect(size).toBeLessThanOrEqual(limit)
  const w = new Writer(new Uint8Array(size))
  encodeFrame(w, frame)
  expect(w.left).toBe(0)
  const seen: Frame[] = []
  decodeFrames(w.written(), f => {
    seen.push(f)
    return undefined
  })
  expect(seen).toEqual([frame])
}

describe('no decoder throws', () => {
  test('on random bytes', () => {
    const prng = new Prng(1)
    for (let i = 0; i < 20_000; i++) feedAll(prng.fill(new Uint8Array(prng.below(64))))
  })

  test('on mutated vectors', () => {
    const prng = new Prng(2)
    for (let i = 0; i < 30_000; i++) feedAll(mutate(prng))
  })

  test('on a megabyte of the same byte', () => {
    const bytes = new Uint8Array(2 ** 20)
    for (let value = 0; value < 256; value++) {
      bytes.fill(value)
      const reader = new MessageReader()
      reader.read(bytes, () => undefined)
      expect(reader.capacityBytes).toBeLessThanOrEqual(2 * (messageBytesMax + lengthBytes))
      decodeMessage(bytes.subarray(0, messageBytesMax))
      decodeFrames(bytes.subarray(0, 9216), () => undefined)
    }
  })
})

describe('what is encoded', () => {
  test('decodes to itself, for every message', () => {
    fc.assert(
      fc.property(anyMessage, message => {
        const decoded = decodeMessage(encodeMessage(message).subarray(lengthBytes))
        expect(decoded).toEqual(message)
      }),
      { numRuns: 500 },
    )
  })

  test('§15.1-2: comes out of the stream whatever way it is split', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 300 })),
        (all, cuts) => {
          const whole = Uint8Array.from(all.flatMap(message => [...encodeMessage(message)]))
          const seen: Message[] = []
          const reader = new MessageReader()
          const source = new Reader(whole)
          for (const cut of [...cuts, whole.length]) {
            const part = source.bytes(Math.min(cut, source.left)).slice()
            const take = (message: Message) => {
              seen.push(message)
              return undefined
            }
            expect(reader.read(part, take)).toBe(undefined)
            part.fill(0xee) // messages own their bytes
          }
          expect(seen).toEqual(all)
          expect(reader.heldBytes).toBe(0)
        },
      ),
    )
  })
})
