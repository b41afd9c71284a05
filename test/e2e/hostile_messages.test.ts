// A hostile sender that has completed the handshake and then says what it may not: messages, rounds and ops. Real
// sockets, a real pfs recv. Each is closed or refused with its code, and the receiver goes on as if nothing had been.

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { concat, Writer } from '../../src/base/bytes.ts'
import { MiB } from '../../src/base/units.ts'
import { type Codec, loadCodecs } from '../../src/host/codec.ts'
import type { Op } from '../../src/offset/ops.ts'
import { type WireCodeName, wireCodeName } from '../../src/wire/codes.ts'
import { encodeMessage, type Message } from '../../src/wire/message.ts'
import * as refuseMessage from '../../src/wire/messages/refuse.ts'
import * as wantMessage from '../../src/wire/messages/want.ts'
import type { Hostile } from '../support/hostile.ts'
import { roundHeader, sendRound } from '../support/rounds.ts'
import { offer, Victim } from '../support/victim.ts'

let victim: Victim
beforeAll(async () => {
  victim = await Victim.start()
})
afterEach(async () => {
  await victim.isUnharmed()
  expect(existsSync(join(victim.machines.out, 'hostile')), 'nothing hostile was put in place').toBe(false)
})
afterAll(() => victim.remove())

const transfer = new Uint8Array(16)
const blob = new Uint8Array(32)
const transferOf = (count: number): Uint8Array => new Uint8Array(Uint32Array.of(count, 1, 2, 3).buffer)
const noBytes = new Uint8Array(0)

const literal = (output: number, length: number, at = 0): Op => ({
  kind: 'literal',
  output,
  length,
  literal: at,
})

/** How the receiver ended it: its CLOSE, or its REFUSE of the one transfer. */
async function ending(peer: Hostile): Promise<WireCodeName> {
  const isOver = ({ close, messages }: Hostile): boolean =>
    close !== undefined || messages.some(({ type }) => type === refuseMessage.type)
  await peer.until(isOver, 'CLOSE or REFUSE')
  const refusal = peer.messages.find(({ type }) => type === refuseMessage.type)
  return peer.close?.code ?? wireCodeName((refusal as refuseMessage.Refuse).code)
}

const framed = (body: Uint8Array, length = body.length): Uint8Array => {
  const writer = new Writer(new Uint8Array(4 + body.length))
  writer.u32(length)
  writer.bytes(body)
  return writer.written()
}

describe('a message', () => {
  const bodies: readonly (readonly [string, Uint8Array])[] = [
    ['of no length (§15.1-2)', framed(noBytes)],
    ['that promises 64 KiB and one byte', framed(Uint8Array.of(0x81), 65_537)],
    ['that promises 4 GiB', framed(Uint8Array.of(0x81), 2 ** 32 - 1)],
    ['of an unknown type', framed(Uint8Array.of(0x81, 0, 0x7f))],
    ['that is no map', framed(Uint8Array.of(0x90))],
    ['with a float', framed(Uint8Array.of(0x81, 0, 0xca, 0, 0, 0, 0))],
    ['with an extension', framed(Uint8Array.of(0x81, 0, 0xd4, 1, 1))],
    ['with an array of 2^32 - 1 entries', framed(Uint8Array.of(0x81, 0, 0xdd, 0xff, 0xff, 0xff, 0xff))],
    ['nested a thousand deep', framed(new Uint8Array(1000).fill(0x91))],
    ['of garbage', framed(new Uint8Array(randomBytes(1000)))],
  ]
  for (const [name, bytes] of bodies) {
    test(`${name} closes with MESSAGE_ERROR`, async () => {
      const peer = await victim.connect()
      peer.link.sendControl(bytes)
      expect(await peer.closed()).toBe('MESSAGE_ERROR')
    })
  }

  const untimely: readonly (readonly [string, Message])[] = [
    ['END', { type: 4, transfer, blob, size: 0, opBytes: 0, literalBytes: 0 }],
    ['NODES', { type: 6, transfer, level: 0, index: 0, nodes: [{ bytes: 1, hash: blob }] }],
    ['MISS', { type: 5, transfer, ranges: [{ start: 0, end: 1 }] }],
    ['WANT', { type: 7, transfer, level: 63, indexes: [0] }],
    ['DONE', { type: 8, transfer, blob }],
    ['SYNC_WANT', { type: 17, blobs: [] }],
    ['an OFFER of a blob nobody wants', { ...offer({ kind: 'blob', blob }) }],
  ]
  for (const [name, message] of untimely) {
    test(`${name} before any OFFER closes with MESSAGE_ERROR or says that it is not welcome`, async () => {
      const peer = await victim.connect()
      peer.send(message)
      expect(['MESSAGE_ERROR', 'REFUSED']).toContain(await peer.closed())
    })
    test(`${name} within a transfer closes with MESSAGE_ERROR or says that it is not welcome`, async () => {
      const { peer, offer } = await victim.offered()
      peer.send('transfer' in message ? { ...message, transfer: offer.transfer } : message)
      if (name === 'END') peer.send({ ...message, transfer: offer.transfer } as Message)
      expect(['MESSAGE_ERROR', 'REFUSED', 'SOURCE_CHANGED']).toContain(await ending(peer))
      peer.leave()
    })
  }

  for (const name of ['a/b', '../up', '.', '..', 'a\0b']) {
    test(`OFFER of the name ${JSON.stringify(name)} closes with MESSAGE_ERROR (§15.2-1)`, async () => {
      const peer = await victim.connect()
      const harmless = 'x'.repeat(name.length)
      const bytes = encodeMessage(offer({ name: harmless }))
      // key 3, a byte string of that length, and the name
      const before = [3, 0xc4, name.length]
      const at = Buffer.from(bytes).indexOf(Buffer.concat([Buffer.from(before), Buffer.from(harmless)]))
      expect(at).toBeGreaterThan(0)
      bytes.set(Buffer.from(name), at + before.length)
      peer.link.sendControl(bytes)
      expect(await peer.closed()).toBe('MESSAGE_ERROR')
      expect(readdirSync(victim.machines.at('.')).sort()).toEqual(['out', 'there'])
    })
  }

  test('OFFER of more than the disk has is refused with DISK_FULL', async () => {
    const peer = await victim.connect()
    peer.send(offer({ size: 2 ** 43 }))
    expect(await ending(peer)).toBe('DISK_FULL')
    peer.leave()
  })

  test('the same OFFER twice closes with MESSAGE_ERROR (§15.11-1)', async () => {
    const { peer, offer } = await victim.offered()
    peer.send(offer)
    expect(await peer.closed()).toBe('MESSAGE_ERROR')
  })

  test('10,000 OFFERs are answered one by one, and 100,000 messages to what is over are ignored', async () => {
    const peer = await victim.connect()
    const count = 10_000
    for (let i = 0; i < count; i++) peer.send(offer({ transfer: transferOf(i), size: 2 ** 43 }))
    await peer.until(({ messages }) => messages.length >= count, 'as many answers', 30_000)
    const late: Message = {
      type: 4,
      transfer: transferOf(count - 1),
      blob,
      size: 0,
      opBytes: 0,
      literalBytes: 0,
    }
    for (let i = 0; i < 100_000; i++) peer.send(late)
    await victim.takesAnHonestFile(peer)
    expect(peer.close).toBeUndefined()
    expect(victim.anonymousBytes).toBeLessThan(250 * MiB)
  })

  test('OFFERs by a peer that lets no answer through end in a CLOSE, with no memory held (§15.11-3)', async () => {
    const before = victim.anonymousBytes
    const peer = await victim.connect({ config: { streamWindowBytes: 4096, connectionWindowBytes: 4096 } })
    peer.link.handlers = undefined // nothing is consumed: the window stays shut
    for (let i = 0; i < 100_000 && !peer.close; i++) {
      peer.send(offer({ transfer: transferOf(i), size: 2 ** 43 }))
      if (i % 100 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    expect(await peer.closed()).toBe('MESSAGE_ERROR')
    expect(victim.anonymousBytes - before).toBeLessThan(60 * MiB)
  })
})

describe('a round', () => {
  test('of a transfer that was never offered closes with MESSAGE_ERROR (§15.5-3)', async () => {
    const peer = await victim.connect()
    peer.link.openOrdered()?.write(roundHeader(transfer, 1, 1))
    expect(await peer.closed()).toBe('MESSAGE_ERROR')
  })

  test('that comes before its turn closes with MESSAGE_ERROR', async () => {
    const { peer, offer } = await victim.offered()
    peer.link.openOrdered()?.write(roundHeader(offer.transfer, 2, 1))
    expect(await peer.closed()).toBe('MESSAGE_ERROR')
  })

  test('that ends before it says what it is closes with MESSAGE_ERROR', async () => {
    const { peer } = await victim.offered()
    const stream = peer.link.openOrdered()
    stream?.write(new Uint8Array(10))
    stream?.end()
    expect(await peer.closed()).toBe('MESSAGE_ERROR')
  })

  test('begun twice closes with MESSAGE_ERROR', async () => {
    const { peer, offer } = await victim.offered()
    peer.link.openOrdered()?.write(roundHeader(offer.transfer, 1, 1))
    peer.link.openOrdered()?.write(roundHeader(offer.transfer, 1, 3))
    expect(await peer.closed()).toBe('MESSAGE_ERROR')
  })

  test('END with a size of its own is a source that changed (§15.5-1)', async () => {
    const { peer, offer } = await victim.offered()
    peer.send({ type: 4, transfer: offer.transfer, blob, size: 999, opBytes: 0, literalBytes: 0 })
    expect(await ending(peer)).toBe('SOURCE_CHANGED')
    peer.leave()
  })

  test('whose bytes are not what END names is asked for, and refused when it cannot be shown (§13.5-1)', async () => {
    const { peer, offer } = await victim.offered()
    const content = new Uint8Array(1000)
    sendRound(peer, offer, 1, [literal(0, 1000)], content, blob)
    const { level, indexes } = await peer.said(wantMessage.type)
    expect([level, indexes]).toEqual([63, [0]])
    const nodes = [{ bytes: 1000, hash: new Uint8Array(32) }]
    // each time it asks again we send the same wrong bytes, and claim to have been right
    for (let asked = 1; !peer.close && !peer.messages.some(({ type }) => type === 3); asked++) {
      expect(asked, 'it gives up').toBeLessThan(6)
      const answers = peer.messages.length
      peer.send({ type: 6, transfer: offer.transfer, level: 0, index: 0, nodes })
      const isNew = ({ close, messages }: Hostile): boolean =>
        close !== undefined || messages.length > answers
      await peer.until(isNew, 'MISS, or the end')
      if (peer.messages.at(-1)?.type !== 5) continue
      const wants = peer.messages.length
      sendRound(peer, offer, asked + 1, [literal(0, 1000)], content, blob)
      await peer.until(
        ({ close, messages }) => close !== undefined || messages.length > wants,
        'WANT, or the end',
      )
    }
    expect(['CORRUPT', 'MESSAGE_ERROR']).toContain(await ending(peer))
    peer.leave()
  })
})

describe('a program', () => {
  const programs: readonly (readonly [string, readonly Op[] | Uint8Array, WireCodeName])[] = [
    ['that writes past the end', [literal(0, 1001)], 'PROGRAM_ERROR'],
    ['that writes at 2^40', [literal(2 ** 40, 100)], 'PROGRAM_ERROR'],
    ['whose outputs overlap', [literal(0, 500), literal(499, 100, 500)], 'PROGRAM_ERROR'],
    [
      'that copies from a blob nobody agreed on',
      [{ kind: 'copy', output: 0, length: 100, source: 7, offset: 0 }],
      'PROGRAM_ERROR',
    ],
    ['whose literals leave a gap', [literal(0, 100), literal(200, 100, 300)], 'PROGRAM_ERROR'],
    ['that expands a terabyte of zeros', [{ kind: 'zero', output: 0, length: 2 ** 40 }], 'PROGRAM_ERROR'],
    ['with an unknown codec', compressed(100, 50, 99), 'PROGRAM_ERROR'],
    ['of a block longer than any may be', Uint8Array.of(0x80, 0x01, 0x00, 0x01), 'PROGRAM_ERROR'],
    ['with a reserved op', block([0, 0, 0, 0, 0, 1, (6 << 5) | 5, 0]), 'PROGRAM_ERROR'],
    ['of an unknown flag', block([2, 0, 0, 0, 0, 1, (5 << 5) | 5, 0]), 'PROGRAM_ERROR'],
    ['of garbage', block([...randomBytes(60)].map(byte => byte | 2)), 'PROGRAM_ERROR'],
  ]
  for (const [name, ops, code] of programs) {
    test(`${name} ends with ${code}, and nothing of it is written (§14.5-1)`, async () => {
      const { peer, offer } = await victim.offered()
      sendRound(peer, offer, 1, ops, new Uint8Array(400), undefined)
      expect(await ending(peer)).toBe(code)
      peer.leave()
    })
  }

  test('that makes the granted bytes twice ends with a fault', async () => {
    const { peer, offer } = await victim.offered()
    const whole: Op = { kind: 'zero', output: 0, length: 1000 }
    sendRound(peer, offer, 1, [whole, whole], noBytes, undefined)
    expect(['GRANT_ERROR', 'PROGRAM_ERROR']).toContain(await ending(peer))
    peer.leave()
  })

  test('whose literal is a decompression bomb ends with PROGRAM_ERROR (§14.6-1)', async () => {
    const zstd = (await loadCodecs()).byId(1)
    if (!zstd) return
    const bomb = bombOf(zstd, 1000)
    const { peer, offer } = await victim.offered({ size: 2000 })
    const op: Op = {
      kind: 'compressed',
      output: 0,
      length: 2000,
      literal: 0,
      codec: 1,
      storedLength: bomb.length,
    }
    sendRound(peer, offer, 1, [op], bomb, blob)
    expect(await ending(peer)).toBe('PROGRAM_ERROR')
    peer.leave()
  })

  test('whose ops are a decompression bomb ends with PROGRAM_ERROR (§14.2-3)', async () => {
    const zstd = (await loadCodecs()).byId(1)
    if (!zstd) return
    const { peer, offer } = await victim.offered()
    const head = new Writer(new Uint8Array(16))
    head.u8(1)
    head.varint(262_144)
    const bomb = bombOf(zstd, 20_000)
    sendRound(peer, offer, 1, block([...head.written(), 0, 0, 0, 0, 1, ...bomb]), noBytes, undefined)
    expect(await ending(peer)).toBe('PROGRAM_ERROR')
    peer.leave()
  })

  test('of 200,000 ops of one byte is bounded, and ends as the rest does', async () => {
    const { peer, offer } = await victim.offered({ size: 400_000 })
    const ops: Op[] = []
    // every second byte: no two ranges touch
    for (let i = 0; i < 100_000; i++) ops.push({ kind: 'zero', output: 2 * i, length: 1 })
    sendRound(peer, offer, 1, ops, noBytes, undefined)
    expect(await ending(peer)).toBe('PROGRAM_ERROR')
    peer.leave()
  })
})

/** An op block with just these bytes. */
function block(bytes: readonly number[]): Uint8Array {
  const head = new Writer(new Uint8Array(8))
  head.varint(bytes.length)
  return concat(head.written(), Uint8Array.from(bytes))
}

function compressed(length: number, storedLength: number, codec: number): readonly Op[] {
  return [{ kind: 'compressed', output: 0, length, literal: 0, codec, storedLength }]
}

/** Well-formed frames of at most so many bytes in all, and a mebibyte of each once decoded. */
function bombOf({ encode }: Codec, bytesMax: number): Uint8Array {
  const frame = must(encode(new Uint8Array(MiB)), 'zeros get smaller')
  const count = Math.floor(bytesMax / frame.length)
  expect(count).toBeGreaterThan(4)
  return concat(...Array.from({ length: count }, () => frame))
}
