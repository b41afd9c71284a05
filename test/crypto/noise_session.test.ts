// The handshake as its owner sees it: turns, the end, the wiping of secrets, and our own mistakes. §6.1-6,
// §6.1-8

import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { createHandshake, type HandshakeOptions } from '../../src/crypto/noise.ts'
import type { KeyPair, Primitives } from '../../src/crypto/primitives.ts'
import { createPrimitives } from '../../src/host/primitives.ts'

const primitives = await createPrimitives()
const none = new Uint8Array(0)
const filled = (value: number) => new Uint8Array(32).fill(value)

const options: HandshakeOptions = {
  pattern: 'XX',
  role: 'initiator',
  prologue: none,
  primitives,
  staticKeys: primitives.generateKeyPair(filled(1)),
  ephemeralRandom: filled(2),
}
const answer: HandshakeOptions = {
  ...options,
  role: 'responder',
  staticKeys: primitives.generateKeyPair(filled(3)),
  ephemeralRandom: filled(4),
}

test('turns alternate and the last message ends them', () => {
  const initiator = createHandshake(options)
  const responder = createHandshake(answer)
  const turns: boolean[] = []
  while (!initiator.isDone) {
    turns.push(initiator.isOurTurn)
    expect(responder.isOurTurn).toBe(!initiator.isOurTurn)
    const [from, to] = initiator.isOurTurn ? [initiator, responder] : [responder, initiator]
    expect(to.readMessage(from.writeMessage(none))).toEqual(none)
  }
  expect(turns).toEqual([true, false, true])
  expect(responder.isDone).toBe(true)
  expect(initiator.isOurTurn || responder.isOurTurn).toBe(false)
})

test('the remote static key is unknown until a message has proved it', () => {
  const initiator = createHandshake(options)
  const responder = createHandshake(answer)
  responder.readMessage(initiator.writeMessage(none))
  expect(responder.remoteStatic).toBeUndefined()
  initiator.readMessage(responder.writeMessage(none))
  expect(initiator.remoteStatic).toEqual(answer.staticKeys.publicKey)
  responder.readMessage(initiator.writeMessage(none))
  expect(responder.remoteStatic).toEqual(options.staticKeys.publicKey)
})

// Remembers every pair and every input of HKDF's first step: the places a secret could be left in.
function watched() {
  const pairs: KeyPair[] = []
  const shared: Uint8Array[] = []
  const watcher: Primitives = {
    ...primitives,
    generateKeyPair(random) {
      const made = primitives.generateKeyPair(random)
      pairs.push(made)
      return made
    },
    dh(privateKey, publicKey) {
      const made = primitives.dh(privateKey, publicKey)
      if (made) shared.push(made)
      return made
    },
  }
  return { pairs, shared, watcher }
}

test('the split wipes the ephemeral private key and every DH result, but not the static key (§6.1-8)', () => {
  const { pairs, shared, watcher } = watched()
  const initiator = createHandshake({ ...options, primitives: watcher })
  const responder = createHandshake(answer)
  responder.readMessage(initiator.writeMessage(none))
  initiator.readMessage(responder.writeMessage(none))
  responder.readMessage(initiator.writeMessage(none))
  const ephemeral = must(pairs[0], 'the ephemeral pair')
  expect(ephemeral.privateKey).toEqual(options.ephemeralRandom)

  const secrets = initiator.split()
  expect(ephemeral.privateKey).toEqual(filled(0))
  expect(shared).toHaveLength(3)
  for (const bytes of shared) expect(bytes).toEqual(filled(0))
  expect(options.staticKeys.privateKey).toEqual(filled(1))
  expect(secrets.send).not.toEqual(filled(0))
  expect(() => initiator.split()).toThrow('internal error')
})

test('a wiped handshake neither writes, reads nor splits', () => {
  const initiator = createHandshake(options)
  initiator.wipe()
  expect(() => initiator.writeMessage(none)).toThrow('internal error')
  expect(() => initiator.split()).toThrow('internal error')
  const responder = createHandshake(answer)
  responder.wipe()
  expect(() => responder.readMessage(filled(9))).toThrow('internal error')
})

test('two handshakes of one ephemeral key sealed other payloads alike: chance must be fresh (§6.1-6)', () => {
  const first = createHandshake({ ...options }).writeMessage(none)
  const second = createHandshake({ ...options }).writeMessage(none)
  const third = createHandshake({ ...options, ephemeralRandom: filled(5) }).writeMessage(none)
  expect(second).toEqual(first)
  expect(third).not.toEqual(first)
})

describe('our own mistakes are internal errors', () => {
  const known = answer.staticKeys.publicKey
  const mistakes: readonly [string, HandshakeOptions][] = [
    ['IK without the responder’s key', { ...options, pattern: 'IK' }],
    ['XX with it', { ...options, remoteStatic: known }],
    ['an IK responder with one', { ...answer, pattern: 'IK', remoteStatic: known }],
    ['a psk where there is none', { ...options, psk: filled(7) }],
    ['no psk where there is one', { ...options, pattern: 'XXpsk3' }],
    ['a psk of 31 bytes', { ...options, pattern: 'XXpsk3', psk: new Uint8Array(31) }],
    ['a fallback on nothing', { ...answer, pattern: 'XXfallback' }],
    ['an ephemeral key of 31 bytes', { ...options, ephemeralRandom: new Uint8Array(31) }],
  ]
  for (const [name, wrong] of mistakes)
    test(name, () => expect(() => createHandshake(wrong)).toThrow('internal error'))

  test('writing out of turn', () => {
    expect(() => createHandshake(answer).writeMessage(none)).toThrow('internal error')
  })
  test('reading out of turn', () => {
    expect(() => createHandshake(options).readMessage(filled(9))).toThrow('internal error')
  })
  test('splitting before the end', () => {
    expect(() => createHandshake(options).split()).toThrow('internal error')
  })
})
