// Noise against its published vectors, message by message, and both transport directions after the split.
// §6.1-1

import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { createHandshake, type Handshake } from '../../src/crypto/noise.ts'
import { fallbackForResponder } from '../../src/crypto/noise_fallback.ts'
import { type PatternName, patterns } from '../../src/crypto/noise_patterns.ts'
import { createPrimitives } from '../../src/host/primitives.ts'
import vectors from '../vectors/noise.json' with { type: 'json' }

const primitives = await createPrimitives()
const hex = (text: string) => must(fromHex(text), 'hex in a vector')

type Vector = (typeof vectors)[number]

function sides(vector: Vector): { initiator: Handshake; responder: Handshake } {
  const pattern = vector.pattern as PatternName
  const shared = { prologue: hex(vector.prologue), primitives, ...(vector.psk && { psk: hex(vector.psk) }) }
  const initiator = createHandshake({
    ...shared,
    role: 'initiator',
    pattern: pattern === 'XXfallback' ? 'IK' : pattern,
    staticKeys: primitives.generateKeyPair(hex(vector.initiatorStatic)),
    ephemeralRandom: hex(vector.initiatorEphemeral),
    ...(vector.remoteStatic && { remoteStatic: hex(vector.remoteStatic) }),
  })
  const responder = createHandshake({
    ...shared,
    role: 'responder',
    pattern: pattern === 'XXfallback' ? 'IK' : pattern,
    staticKeys: primitives.generateKeyPair(hex(vector.responderStatic)),
    ephemeralRandom: hex(vector.responderEphemeral),
  })
  return { initiator, responder }
}

// The first message of a fallback vector is the IK message that fails; the two sides then change over.
function fallBack(vector: Vector, initiator: Handshake, responder: Handshake) {
  const first = must(vector.messages[0], 'a first message')
  const sent = initiator.writeMessage(hex(first.payload))
  expect(toHex(sent)).toBe(first.ciphertext)
  expect(responder.readMessage(sent)).toBeUndefined()
  const options = {
    prologue: hex(vector.prologue),
    primitives,
    staticKeys: primitives.generateKeyPair(hex(vector.responderStatic)),
    ephemeralRandom: hex(vector.responderEphemeral),
  }
  return {
    initiator: initiator.fallback(),
    responder: must(fallbackForResponder(options, sent), 'a usable key'),
  }
}

test('the vectors cover every pattern we speak', () => {
  expect(vectors.map(vector => vector.pattern).sort()).toEqual(Object.keys(patterns).sort())
})

for (const vector of vectors) {
  test(`${vector.name}: every message, the hash and both directions are as published`, () => {
    let { initiator, responder } = sides(vector)
    let messages = vector.messages
    if (vector.pattern === 'XXfallback') {
      ;({ initiator, responder } = fallBack(vector, initiator, responder))
      messages = messages.slice(1)
    }
    while (!initiator.isDone) {
      const message = must(messages[0], 'a message')
      messages = messages.slice(1)
      const [writer, reader] = initiator.isOurTurn ? [initiator, responder] : [responder, initiator]
      const sent = writer.writeMessage(hex(message.payload))
      expect(toHex(sent)).toBe(message.ciphertext)
      expect(toHex(must(reader.readMessage(sent), 'opens'))).toBe(message.payload)
    }
    expect(responder.isDone).toBe(true)
    expect(initiator.remoteStatic).toEqual(primitives.generateKeyPair(hex(vector.responderStatic)).publicKey)
    expect(responder.remoteStatic).toEqual(primitives.generateKeyPair(hex(vector.initiatorStatic)).publicKey)

    const ours = initiator.split()
    const theirs = responder.split()
    expect(toHex(ours.hash)).toBe(vector.handshakeHash)
    expect(toHex(theirs.hash)).toBe(vector.handshakeHash)
    expect(ours.send).toEqual(theirs.receive)
    expect(ours.receive).toEqual(theirs.send)
    expectTransport(vector, messages, ours.send, theirs.send)
  })
}

// After the handshake the vectors go on in turns, each direction with its own counter.
function expectTransport(
  vector: Vector,
  messages: Vector['messages'],
  initiatorKey: Uint8Array,
  responderKey: Uint8Array,
) {
  expect(messages.length).toBeGreaterThanOrEqual(3)
  const counts = new Map<Uint8Array, number>()
  const before = vector.messages.length - messages.length
  messages.forEach((message, index) => {
    const key = (before + index) % 2 === 0 ? initiatorKey : responderKey
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    const nonce = new Uint8Array(12)
    nonce[4] = count
    const sealed = primitives.seal(key, nonce, new Uint8Array(0), hex(message.payload))
    expect(toHex(sealed)).toBe(message.ciphertext)
  })
}
