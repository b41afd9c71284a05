// What the vectors do not show of packets: views, bounds of answers, what both sides mix in.

import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import * as packet from '../../src/wire/packet.ts'

const id = new Prng(1).fill(new Uint8Array(8))

describe('a packet', () => {
  test('is parsed into views, not copies', () => {
    const datagram = packet.writeReply({
      destination: id,
      source: id,
      pattern: 'XX',
      noise: Uint8Array.of(1, 2, 3),
    })
    const parsed = packet.parsePacket(datagram)
    if (parsed?.kind !== 'reply') return expect.fail('no REPLY')
    for (const view of [parsed.destination, parsed.source, parsed.noise]) {
      expect(view.buffer).toBe(datagram.buffer)
    }
  })

  test('carries the low 32 bits of its number, and the low bit of its phase', () => {
    const datagram = new Uint8Array(packet.sealedHeaderBytes + packet.packetTagBytes)
    packet.writeSealedHeader(datagram, 'frames', 7, id, 5 * 2 ** 32 + 0xfedcba98)
    expect(packet.parsePacket(datagram)).toMatchObject({ kind: 'frames', phase: 1, numberLow: 0xfedcba98 })
    expect(toHex(datagram.subarray(packet.numberAt, packet.sealedHeaderBytes))).toBe('fedcba98')
    expect(datagram.subarray(packet.destinationAt, packet.destinationAt + 8)).toEqual(id)
  })

  test('writes over whatever the memory held before', () => {
    const datagram = new Uint8Array(30).fill(0xff)
    packet.writeSealedHeader(datagram, 'data', 0, id, 1)
    expect(toHex(datagram.subarray(0, 14))).toBe(`42${toHex(id)}0000000001`)
  })
})

describe('INIT', () => {
  const init = (noiseBytes: number) =>
    packet.writeInit({
      source: id,
      pattern: 'IK',
      suites: Uint8Array.of(1, 2),
      noise: new Uint8Array(noiseBytes),
    })

  test('§4-9: of 1,200 bytes is written, of one more is our bug', () => {
    const room = 1200 - packet.initHeaderBytes - 2
    expect(init(room).length).toBe(1200)
    expect(() => init(room + 1)).toThrow('§4-9')
  })

  test('§5: its clear part is in the prologue', () => {
    expect(toHex(packet.prologue(Uint8Array.of(1, 3)))).toBe('7066730000000001020103')
  })
})

describe('COOKIE', () => {
  test('§5-17: is never larger than the INIT it answers', () => {
    const answer = { destination: id, cookie: new Uint8Array(16) }
    expect(packet.writeCookie(answer, 25)?.length).toBe(25)
    expect(packet.writeCookie(answer, 24)).toBe(undefined)
  })

  test('§4-11: stands before an INIT that left room for it, and no other', () => {
    const cookied = (bytes: number) =>
      packet.writeCookied({ cookie: new Uint8Array(16), initBytes: new Uint8Array(bytes) })
    expect(cookied(packet.initBytesMax).length).toBe(1200)
    expect(() => cookied(packet.initBytesMax + 1)).toThrow('§4-11')
  })
})

describe('VERSION', () => {
  test('§4-5: is never larger than the INIT it answers', () => {
    const answer = { destination: id, versions: [1, 2] }
    expect(packet.writeVersion(answer, 18)?.length).toBe(18)
    expect(packet.writeVersion(answer, 17)).toBe(undefined)
  })
})
