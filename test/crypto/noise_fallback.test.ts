// Noise Pipes from both sides: an IK message that cannot be opened becomes an XXfallback handshake, and
// nobody can use that to end a handshake that would have worked. §6.1-6, §6.1-7

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { concat } from '../../src/base/bytes.ts'
import { createHandshake } from '../../src/crypto/noise.ts'
import { fallbackForResponder } from '../../src/crypto/noise_fallback.ts'
import { createPrimitives } from '../../src/host/primitives.ts'

const primitives = await createPrimitives()
const pair = (seed: number) => primitives.generateKeyPair(new Uint8Array(32).fill(seed))
const prologue = Uint8Array.of(1, 2, 3)
const client = pair(10)
const server = pair(20)
const stranger = pair(30)
const none = new Uint8Array(0)

const startIk = (remoteStatic: Uint8Array) =>
  createHandshake({
    pattern: 'IK',
    role: 'initiator',
    prologue,
    primitives,
    staticKeys: client,
    ephemeralRandom: new Uint8Array(32).fill(40),
    remoteStatic,
  })

const answerIk = () =>
  createHandshake({
    pattern: 'IK',
    role: 'responder',
    prologue,
    primitives,
    staticKeys: server,
    ephemeralRandom: new Uint8Array(32).fill(50),
  })

const answerFallback = (init: Uint8Array, staticKeys = server) =>
  fallbackForResponder(
    { prologue, primitives, staticKeys, ephemeralRandom: new Uint8Array(32).fill(60) },
    init,
  )

test('for any payloads, a fallback ends with the same secrets and the true static keys on both sides', () => {
  const payload = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(payload, payload, payload, (first, second, third) => {
      const ik = startIk(stranger.publicKey)
      const init = ik.writeMessage(first)
      expect(answerIk().readMessage(init)).toBeUndefined()

      const responder = must(answerFallback(init), 'a usable key')
      const initiator = ik.fallback()
      expect(initiator.readMessage(responder.writeMessage(second))).toEqual(second)
      expect(initiator.remoteStatic).toEqual(server.publicKey)
      expect(responder.readMessage(initiator.writeMessage(third))).toEqual(third)
      expect(responder.remoteStatic).toEqual(client.publicKey)

      const ours = initiator.split()
      const theirs = responder.split()
      expect(ours).toEqual({ send: theirs.receive, receive: theirs.send, hash: theirs.hash })
      expect(ours.send).not.toEqual(ours.receive)
    }),
    { numRuns: 30 },
  )
})

test('a forged fallback proves only the forger’s key, and the true answer still completes IK', () => {
  const ik = startIk(server.publicKey)
  const init = ik.writeMessage(none)
  const honest = answerIk()
  expect(honest.readMessage(init)).toEqual(none)

  const forger = must(answerFallback(init, stranger), 'a usable key')
  const fallback = ik.fallback()
  expect(fallback.readMessage(forger.writeMessage(none))).toEqual(none)
  expect(fallback.remoteStatic).toEqual(stranger.publicKey)
  fallback.wipe()

  expect(ik.readMessage(honest.writeMessage(none))).toEqual(none)
  expect(ik.split().send).toEqual(honest.split().receive)
})

test('nothing of the IK message but its first 32 bytes enters the fallback (§6.1-7)', () => {
  const ik = startIk(stranger.publicKey)
  const init = ik.writeMessage(Uint8Array.of(9, 9))
  const spoilt = concat(init.subarray(0, 32), new Uint8Array(init.length - 32))
  const responder = must(answerFallback(spoilt), 'a usable key')
  expect(ik.fallback().readMessage(responder.writeMessage(none))).toEqual(none)
})

test('there is no fallback from a message without a usable key', () => {
  const init = startIk(stranger.publicKey).writeMessage(none)
  expect(answerFallback(init.subarray(0, 32))).toBeDefined()
  expect(answerFallback(init.subarray(0, 31))).toBeUndefined()
  expect(answerFallback(new Uint8Array(96))).toBeUndefined()
})

test('the fallback keeps no view of the datagram it came from', () => {
  const ik = startIk(stranger.publicKey)
  const init = ik.writeMessage(none)
  const datagram = Buffer.from(init)
  const responder = must(answerFallback(datagram), 'a usable key')
  datagram.fill(0)
  expect(ik.fallback().readMessage(responder.writeMessage(none))).toEqual(none)
})

test('only an IK initiator that waits for its answer can fall back', () => {
  expect(() => startIk(server.publicKey).fallback()).toThrow('internal error')
  expect(() => answerIk().fallback()).toThrow('internal error')
})
