// The golden vectors of this folder, both ways: bytes to values and, where they are as we would write them, back.

import { describe, expect, test } from 'vitest'
import { fromHex, toHex, Writer } from '../../src/base/bytes.ts'
import { isViolation } from '../../src/wire/codes.ts'
import { decodeFrames, encodeFrame, type Frame, frameSize } from '../../src/wire/frame.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/wire/message.ts'
import * as packet from '../../src/wire/packet.ts'
import { decodePayload, encodePayload } from '../../src/wire/params.ts'
import { make as makeFrames } from '../vectors/make_frames.ts'
import { make as makeMessages } from '../vectors/make_messages.ts'
import { make as makePackets } from '../vectors/make_packets.ts'
import { readVectors } from './read_vectors.ts'

const frameVectors = readVectors('frames')
const packetVectors = readVectors('packets')
const messageVectors = readVectors('messages')

const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? expect.fail('vector is no hex')

/** A value as the vectors write it: bytes as hex. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, v: unknown) => (v instanceof Uint8Array ? toHex(v) : v)))

test('the checked-in vectors are what the scripts make', () => {
  expect(frameVectors).toEqual(makeFrames())
  expect(packetVectors).toEqual(makePackets())
  expect(messageVectors).toEqual(makeMessages())
})

describe('frames (§7)', () => {
  for (const v of frameVectors) {
    test(`${v.name}: ${v.why}`, () => {
      const bytes = bytesOf(v.bytes ?? '')
      const seen: Frame[] = []
      const violation = decodeFrames(bytes, frame => {
        seen.push(frame)
        return undefined
      })
      expect(violation?.code ?? 'ok').toBe(v.expect)
      if (v.expect !== 'ok') return
      expect(seen.map(plain)).toEqual([v.frame])
      if (v.canonical === false) return
      const w = new Writer(new Uint8Array(bytes.length))
      for (const frame of seen) {
        expect(frameSize(frame)).toBe(bytes.length)
        encodeFrame(w, frame)
      }
      expect(toHex(w.written())).toBe(v.bytes)
    })
  }
})

function write(parsed: packet.Packet): Uint8Array | undefined {
  switch (parsed.kind) {
    case 'init':
      return packet.writeInit(parsed)
    case 'reply':
      return packet.writeReply(parsed)
    case 'finish':
      return packet.writeFinish(parsed)
    case 'version':
      return packet.writeVersion(parsed, 1200)
    case 'cookie':
      return packet.writeCookie(parsed, 1200)
    case 'cookied':
      return packet.writeCookied(parsed)
    case 'foreign':
      return undefined
    default: {
      const whole = new Uint8Array(packet.sealedHeaderBytes + parsed.sealed.length)
      const { kind, phase, destination, numberLow, path } = parsed
      packet.writeSealedHeader(whole, kind, phase, destination, numberLow, path)
      whole.set(parsed.sealed, packet.sealedHeaderBytes)
      return whole
    }
  }
}

describe('packets (§4)', () => {
  for (const v of packetVectors) {
    const { bytes, opened, payload } = v
    if (bytes !== undefined) {
      test(`${v.name}: ${v.why}`, () => {
        const parsed = packet.parsePacket(bytesOf(bytes))
        expect(parsed === undefined ? 'drop' : 'ok').toBe(v.expect)
        if (parsed === undefined) return
        expect(plain(parsed)).toEqual(v.packet)
        const written = write(parsed)
        if (written) expect(toHex(written)).toBe(bytes)
      })
    } else if (opened !== undefined) {
      test(`${v.name}: ${v.why}`, () => {
        const range = packet.parseData(bytesOf(opened))
        expect(range === undefined ? 'drop' : 'ok').toBe(v.expect)
        if (range === undefined) return
        expect(plain(range)).toEqual(v.range)
        const again = new Uint8Array(packet.dataPrefixBytes + range.bytes.length)
        packet.writeDataPrefix(again, 0, range.stream, range.offset)
        again.set(range.bytes, packet.dataPrefixBytes)
        expect(toHex(again)).toBe(opened)
      })
    } else if (payload !== undefined) {
      test(`${v.name}: ${v.why}`, () => {
        const decoded = decodePayload(bytesOf(payload), v.offered ? bytesOf(v.offered) : undefined)
        if (isViolation(decoded)) {
          expect(decoded.code).toBe(v.expect)
          return
        }
        expect('ok').toBe(v.expect)
        expect(decoded.parameters).toEqual(v.parameters)
        expect(decoded.suite).toBe(v.suite)
        expect(toHex(decoded.frames)).toBe(v.frames)
        if (v.canonical === false) return
        expect(toHex(encodePayload(decoded.parameters, decoded.suite, decoded.frames))).toBe(payload)
      })
    }
  }
})

describe('messages (§15)', () => {
  for (const v of messageVectors) {
    test(`${v.name}: ${v.why}`, () => {
      const decoded = decodeMessage(bytesOf(v.body ?? ''))
      expect(isViolation(decoded) ? decoded.code : 'ok').toBe(v.expect)
      if (v.expect !== 'ok') return
      expect(plain(decoded)).toEqual(v.message)
      if (v.canonical === false) return
      expect(toHex(encodeMessage(decoded as Message).subarray(4))).toBe(v.body)
    })
  }
})
