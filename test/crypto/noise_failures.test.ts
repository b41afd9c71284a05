// Every classified way a handshake message can be wrong, and what must still work after it. §6.1-2 to §6.1-5

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { handshakeMessageBytesMax } from '../../src/crypto/limits.ts'
import { createHandshake, type Handshake } from '../../src/crypto/noise.ts'
import type { PatternName, Role } from '../../src/crypto/noise_patterns.ts'
import { createPrimitives } from '../../src/host/primitives.ts'
import { make } from '../vectors/make_noise_failures.ts'
import vectors from '../vectors/noise_failures.json' with { type: 'json' }

const primitives = await createPrimitives()
const hex = (text: string) => must(fromHex(text), 'hex in a vector')

function readerOf(vector: (typeof vectors)[number]): Handshake {
  const reader = createHandshake({
    pattern: vector.pattern as PatternName,
    role: vector.reader as Role,
    prologue: hex(vector.prologue),
    primitives,
    staticKeys: primitives.generateKeyPair(hex(vector.static)),
    ephemeralRandom: hex(vector.ephemeral),
    ...(vector.psk && { psk: hex(vector.psk) }),
    ...(vector.remoteStatic && { remoteStatic: hex(vector.remoteStatic) }),
  })
  for (const step of vector.before) {
    if (step.writes) expect(toHex(reader.writeMessage(hex(vector.payload)))).toBe(step.message)
    else expect(toHex(must(reader.readMessage(hex(step.message)), 'opens'))).toBe(vector.payload)
  }
  return reader
}

test('noise_failures.json is what its maker makes', () => {
  expect(JSON.parse(JSON.stringify(make()))).toEqual(vectors)
})

describe('a wrong message does not open, and the honest one after it does', () => {
  for (const vector of vectors)
    test(vector.name, () => {
      const reader = readerOf(vector)
      const before = reader.remoteStatic
      expect(reader.readMessage(hex(vector.message))).toBeUndefined()
      expect(reader.readMessage(hex(vector.message))).toBeUndefined()
      expect(reader.remoteStatic).toEqual(before)
      expect(reader.isOurTurn || reader.isDone).toBe(false)
      if (vector.honest === undefined) return
      expect(toHex(must(reader.readMessage(hex(vector.honest)), '§6.1-4'))).toBe(vector.payload)
    })
})

test('no bytes make a reader throw', () => {
  const kinds = vectors.filter(
    vector => vector.name.endsWith('/truncated') || vector.name.endsWith('XX/0/no-key'),
  )
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 300 }), (vector, bytes) => {
      const isClear = vector.name.startsWith('noise/XX/0')
      if (isClear && bytes.length >= 32) return
      expect(readerOf(vector).readMessage(bytes)).toBeUndefined()
    }),
    { numRuns: 200 },
  )
})

test('a message of 65,535 bytes opens, one more does not (§6.1-5)', () => {
  const reader = () =>
    createHandshake({
      pattern: 'XX',
      role: 'responder',
      prologue: new Uint8Array(0),
      primitives,
      staticKeys: primitives.generateKeyPair(new Uint8Array(32).fill(3)),
      ephemeralRandom: new Uint8Array(32).fill(4),
    })
  const message = new Uint8Array(handshakeMessageBytesMax + 1)
  message.set(primitives.generateKeyPair(new Uint8Array(32).fill(5)).publicKey)
  expect(handshakeMessageBytesMax).toBe(65_535)
  expect(reader().readMessage(message.subarray(0, -1))).toHaveLength(65_535 - 32)
  expect(reader().readMessage(message)).toBeUndefined()
})
