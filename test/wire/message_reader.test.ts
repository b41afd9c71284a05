// The control stream: its bounds, and what happens after a fault.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { writeU32 } from '../../src/base/bytes.ts'
import type { Violation } from '../../src/wire/codes.ts'
import { encodeMessage, type Message, messageTable } from '../../src/wire/message.ts'
import { MessageReader } from '../../src/wire/message_reader.ts'

const announce = (length: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  writeU32(bytes, 0, length)
  return bytes
}
const ignore = () => undefined
const syncEnd = encodeMessage({ type: 18 })

describe('the reader of messages', () => {
  test('§15.1-2: a length of 65,536 is waited for, 0 and one more are refused', () => {
    expect(new MessageReader().read(announce(65_536), ignore)).toBe(undefined)
    expect(new MessageReader().read(announce(65_537), ignore)?.code).toBe('MESSAGE_ERROR')
    expect(new MessageReader().read(announce(0), ignore)?.code).toBe('MESSAGE_ERROR')
    expect(new MessageReader().read(announce(2 ** 32 - 1), ignore)?.code).toBe('MESSAGE_ERROR')
  })

  test('§15.1-2: memory follows what has come, not what was announced', () => {
    const reader = new MessageReader()
    reader.read(announce(65_536), ignore)
    expect(reader.capacityBytes).toBe(1024)
    reader.read(new Uint8Array(2000), ignore)
    expect(reader.capacityBytes).toBeLessThanOrEqual(4096)
    reader.read(new Uint8Array(65_535 - 2000), ignore)
    expect(reader.heldBytes).toBe(4 + 65_535)
    expect(reader.capacityBytes).toBeLessThanOrEqual(2 * 65_540)
  })

  test('gives memory back after a large message', () => {
    const reader = new MessageReader()
    const blobs = Array.from({ length: 1024 }, () => ({ blob: new Uint8Array(32), size: 2 ** 43 }))
    let seen = 0
    reader.read(encodeMessage({ type: 16, part: 0, isLast: false, blobs }), () => {
      seen++
      return undefined
    })
    expect(seen).toBe(1)
    expect(reader.capacityBytes).toBe(1024)
  })

  test('§15.1-1: after a fault nothing more is read, and the fault stays', () => {
    const reader = new MessageReader()
    const messages: Message[] = []
    const take = (message: Message) => {
      messages.push(message)
      return undefined
    }
    expect(reader.read(syncEnd, take)).toBe(undefined)
    const first = reader.read(announce(0), take)
    expect(first?.code).toBe('MESSAGE_ERROR')
    expect(reader.read(syncEnd, take)).toBe(first)
    expect(messages.length).toBe(1)
  })

  test('a handler that finds a message out of turn ends the stream too', () => {
    const reader = new MessageReader()
    const outOfTurn: Violation = { code: 'MESSAGE_ERROR', frameType: 0, reason: 'out of turn' }
    let calls = 0
    const refuse = () => {
      calls++
      return outOfTurn
    }
    expect(reader.read(Uint8Array.from([...syncEnd, ...syncEnd]), refuse)).toBe(outOfTurn)
    expect(reader.read(syncEnd, refuse)).toBe(outOfTurn)
    expect(calls).toBe(1)
  })
})

describe('the table of messages', () => {
  test('is the table of §15.1', () => {
    const protocol = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')
    const section = protocol.slice(protocol.indexOf('### 15.1.'), protocol.indexOf('- [15.1-1]'))
    const rows = [...section.matchAll(/^\| (\d+) \| ([A-Z_]+) \|/gm)].map(row => [row[1], row[2]])
    expect(rows).toEqual(Object.entries(messageTable).map(([type, { name }]) => [type, name]))
  })

  test('a message that breaks its own rules is our bug, not the peer’s surprise', () => {
    const transfer = new Uint8Array(16)
    expect(() => encodeMessage({ type: 5, transfer, ranges: [] })).toThrow('MISS')
    expect(() => encodeMessage({ type: 8, transfer, blob: new Uint8Array(31) })).toThrow('DONE')
    expect(() => encodeMessage({ type: 9, transfer, reason: 'asking', done: 0.5, total: 1 })).toThrow('HOLD')
  })
})
