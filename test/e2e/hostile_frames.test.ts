// A hostile peer below the messages: frames and DATA that break rules, sealed with the right keys. Real sockets, a real
// pfs recv. Each closes its own connection with the code of §17, and nothing else is touched.

import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Writer } from '../../src/base/bytes.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import type { WireCodeName } from '../../src/wire/codes.ts'
import { encodeFrame, type Frame, frameSize } from '../../src/wire/frame.ts'
import { encodeMessage } from '../../src/wire/message.ts'
import type { Hostile } from '../support/hostile.ts'
import { offer, Victim } from '../support/victim.ts'

let victim: Victim
beforeAll(async () => {
  victim = await Victim.start()
})
afterEach(() => victim.isUnharmed())
afterAll(() => victim.remove())

const bytesOf = (frame: Frame): Uint8Array => {
  const writer = new Writer(new Uint8Array(frameSize(frame)))
  encodeFrame(writer, frame)
  return writer.written()
}

/** Numbers as varints, after the type. */
const raw = (type: number, ...values: readonly number[]): Uint8Array => {
  const writer = new Writer(new Uint8Array(1 + 8 * values.length))
  writer.u8(type)
  for (const value of values) writer.varint(value)
  return writer.written()
}

const stream = (number: number, offset: number, bytes: Uint8Array, fin = false): Frame => ({
  type: 0x03,
  stream: number,
  offset,
  fin,
  bytes,
})

/** A connection that the receiver knows and has granted something, in the hand of the test. */
async function taken(): Promise<Hostile> {
  const { peer } = await victim.offered()
  peer.takeOver()
  return peer
}

const largest = 2 ** 53 - 1
const some = new Uint8Array(randomBytes(100))

describe('a FRAMES packet', () => {
  const packets: readonly (readonly [string, Uint8Array, WireCodeName])[] = [
    ['with nothing in it (§7-2)', new Uint8Array(0), 'FRAME_ERROR'],
    ['of an unknown frame (§7-1)', Uint8Array.of(0x3f), 'FRAME_ERROR'],
    ['of garbage', new Uint8Array(1000).fill(0xee), 'FRAME_ERROR'],
    ['with a STREAM cut short', bytesOf(stream(0, 0, some)).subarray(0, 50), 'FRAME_ERROR'],
    ['with a STREAM of 2^53 - 1 bytes', raw(0x03, 0, 0, 0, largest), 'FRAME_ERROR'],
    [
      'with a varint above 2^53 - 1 (§2-1)',
      Uint8Array.of(0x04, ...new Uint8Array(8).fill(0xff)),
      'FRAME_ERROR',
    ],
    ['with a STREAM on a literal stream (§7.4-1)', bytesOf(stream(1, 0, some)), 'FRAME_ERROR'],
    ['with a Fin of 2', Uint8Array.of(0x03, 0, 0, 2, 0), 'FRAME_ERROR'],
    ['with a STREAM past its window (§8-3)', bytesOf(stream(2, 4 * MiB, some)), 'WINDOW_ERROR'],
    ['with a STREAM at 2^53 - 200', bytesOf(stream(2, largest - 200, some)), 'WINDOW_ERROR'],
    ['with the last stream of all (§8-2)', bytesOf(stream(65_534, 0, some)), 'STREAM_ERROR'],
    ['with a stream beyond 65,535 (§8-1)', bytesOf(stream(65_536, 0, some)), 'STREAM_ERROR'],
    ['that ends the control stream', bytesOf(stream(0, 0, some, true)), 'STREAM_ERROR'],
    ['with an ACK of what was never sent (§7.3-2)', raw(0x02, 1_000_000, 0, 0, 0), 'ACK_ERROR'],
    ['with an ACK that reaches below zero (§7.3-1)', raw(0x02, 5, 0, 0, 6), 'FRAME_ERROR'],
    ['with an ACK of 65 pairs', raw(0x02, 1000, 0, 65, 0, ...new Array<number>(130).fill(0)), 'FRAME_ERROR'],
    ['with an ACK of 2^53 - 1 pairs', raw(0x02, 1000, 0, largest, 0), 'FRAME_ERROR'],
    ['with a STREAM_WINDOW of a stream never opened', raw(0x05, 4, 100), 'STREAM_ERROR'],
    ['with a STOP of a stream never opened', raw(0x08, 4, 0), 'STREAM_ERROR'],
    ['with a STOP of the control stream', raw(0x08, 0, 0), 'STREAM_ERROR'],
    ['with a CLOSE whose reason is too long (§7.10-1)', raw(0x09, 0, 0, 257), 'FRAME_ERROR'],
    ['with a RESET of the control stream', raw(0x07, 0, 0, 0), 'STREAM_ERROR'],
    ['with a FIN of an ordered stream', raw(0x06, 2, 100), 'STREAM_ERROR'],
  ]
  for (const [name, bytes, code] of packets) {
    test(`${name} closes with ${code}`, async () => {
      const peer = await taken()
      peer.frames(bytes)
      expect(await peer.closed()).toBe(code)
    })
  }

  test('with a frame cut short anywhere closes with FRAME_ERROR', async () => {
    const whole = [
      raw(0x02, 70_000, 5, 1, 3, 0, 0),
      bytesOf(stream(2, 0, some.subarray(0, 4))),
      raw(0x06, 1, 70_000),
      raw(0x07, 2, 1, 70_000),
    ]
    for (const bytes of whole) {
      for (let length = 1; length < bytes.length; length++) {
        const peer = await taken()
        peer.frames(bytes.subarray(0, length))
        expect(await peer.closed()).toBe('FRAME_ERROR')
      }
    }
  })
})

describe('streams', () => {
  const sequences: readonly (readonly [string, (peer: Hostile) => void, WireCodeName])[] = [
    [
      'an ordered stream that ends twice in different places',
      peer => {
        // behind a gap: nobody reads them
        peer.frame(stream(2, 1, some, true))
        peer.frame(stream(2, 101, some, true))
      },
      'FINAL_SIZE_ERROR',
    ],
    [
      'a literal stream that ends before bytes it had (§7.7-1)',
      peer => {
        peer.data(1, 1000, some)
        peer.frame({ type: 0x06, stream: 1, length: 1000 })
      },
      'FINAL_SIZE_ERROR',
    ],
    [
      'a byte past the end of a literal stream (§8-5)',
      peer => {
        peer.frame({ type: 0x06, stream: 1, length: 50 })
        peer.data(1, 0, some)
      },
      'FINAL_SIZE_ERROR',
    ],
    ['DATA past the window of its stream (§8-3)', peer => peer.data(1, 64 * MiB, some), 'WINDOW_ERROR'],
    ['DATA at the end of all offsets', peer => peer.data(1, 2 ** 48 - 200, some), 'WINDOW_ERROR'],
    ['DATA on an ordered stream', peer => peer.data(2, 0, some), 'STREAM_ERROR'],
    ['DATA on the last stream of all (§8-2)', peer => peer.data(65_535, 0, some), 'STREAM_ERROR'],
    [
      'more streams than may be open (§8-2)',
      peer => {
        for (let number = 1; number < 100; number += 2) peer.data(number, 0, some)
      },
      'STREAM_ERROR',
    ],
    [
      'all of the connection window and more (§8-3)',
      peer => {
        for (let number = 1; number < 20; number += 2) peer.data(number, 2 * MiB - 200, some)
      },
      'WINDOW_ERROR',
    ],
  ]
  for (const [name, act, code] of sequences) {
    test(`${name}: ${code}`, async () => {
      const peer = await taken()
      act(peer)
      expect(await peer.closed()).toBe(code)
    })
  }

  test('with literals before anything was granted close with MESSAGE_ERROR (§15.3-4)', async () => {
    const peer = await victim.connect()
    peer.takeOver()
    peer.data(1, 0, some)
    expect(await peer.closed()).toBe('MESSAGE_ERROR')
  })

  test('of the same bytes twice, and of others at the same place, keep the first (§8-4)', async () => {
    const peer = await victim.connect()
    peer.takeOver()
    const message = encodeMessage(offer({ size: 2 ** 43 }))
    for (let at = message.length - 1; at >= 0; at--) {
      peer.frame(stream(0, at, message.subarray(at, at + 1)))
      peer.frame(stream(0, at, Uint8Array.of(0xee)))
    }
    // the first bytes made an OFFER, or this would be a MESSAGE_ERROR
    peer.frame(stream(0, message.length, Uint8Array.of(0xff, 0xff, 0xff, 0xff)))
    expect(await peer.closed()).toBe('MESSAGE_ERROR')
    expect(peer.close?.reason).toBe('a message of 4294967295 bytes')
  })

  test('in 50,000 separate bytes are held within bounds (§8-6)', async () => {
    const before = victim.anonymousBytes
    const peer = await taken()
    for (let i = 0; i < 50_000; i++) {
      peer.frame(stream(2, 2 * i + 1, some.subarray(0, 1)))
      peer.data(1, 2 * i + 1, some.subarray(0, 1))
      if (i % 200 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await victim.takesAnHonestFile()
    expect(victim.anonymousBytes - before).toBeLessThan(60 * MiB)
    peer.frames(new Uint8Array(0))
    expect(await peer.closed()).toBe('FRAME_ERROR')
  })

  test('filled by twenty peers to their windows, and then left alone, are held within bounds', async () => {
    const peers = await Promise.all(Array.from({ length: 20 }, () => taken()))
    for (const peer of peers) {
      for (let at = 0; at < 2 * MiB; at += 64 * KiB) peer.data(1, at, new Uint8Array(1200))
      await new Promise(resolve => setImmediate(resolve))
    }
    await victim.isUnharmed()
    for (const peer of peers) peer.frames(new Uint8Array(0))
    for (const peer of peers) expect(await peer.closed()).toBe('FRAME_ERROR')
  })
})
