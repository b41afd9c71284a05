// The simulator's cipher is cheap, not blind: whatever would fail under a real one must fail here.

import { expect, test } from 'vitest'
import { isPainted, paint } from '../../netsim/painting.ts'
import { createSimAead } from '../../netsim/sim_aead.ts'
import { simNoise } from '../../netsim/sim_noise.ts'
import { equal } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import { createHandshake } from '../../src/crypto/noise.ts'

const prng = new Prng(3)
const key = prng.fill(new Uint8Array(32))
const nonce = (number: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number >> 8, number)

function sealed(aead = createSimAead(), number = 1): Uint8Array {
  const packet = new Uint8Array(14 + 50 + 16)
  new Prng(number).fill(packet.subarray(0, 64))
  aead.sealer(1, key).seal(packet, 14, 50, nonce(number))
  return packet
}

test('what was sealed opens to the same bytes wherever it lies in memory', () => {
  const packet = sealed()
  for (let shift = 0; shift < 8; shift++) {
    const moved = new Uint8Array(100).subarray(shift, shift + packet.length)
    moved.set(packet)
    expect(createSimAead().opener(1, key).open(moved, 14, nonce(1))).toEqual(packet.subarray(14, 64))
  }
})

test('any single flipped bit keeps it shut', () => {
  const packet = sealed()
  const opener = createSimAead().opener(1, key)
  for (let bit = 0; bit < 8 * packet.length; bit++) {
    const damaged = packet.slice()
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    expect(opener.open(damaged, 14, nonce(1)), `bit ${bit}`).toBeUndefined()
  }
})

test('another key, suite, nonce, header length or a cut keeps it shut', () => {
  const packet = sealed()
  const aead = createSimAead()
  const otherKey = key.map((byte, i) => (i === 31 ? byte ^ 1 : byte))
  expect(aead.opener(1, key).open(packet, 14, nonce(1))).toBeDefined()
  expect(aead.opener(1, otherKey).open(packet, 14, nonce(1))).toBeUndefined()
  expect(aead.opener(2, key).open(packet, 14, nonce(1))).toBeUndefined()
  expect(aead.opener(1, key).open(packet, 14, nonce(2))).toBeUndefined()
  expect(aead.opener(1, key).open(packet, 13, nonce(1))).toBeUndefined()
  expect(aead.opener(1, key).open(packet.slice(0, -1), 14, nonce(1))).toBeUndefined()
  expect(aead.opener(1, key).open(packet.slice(0, 20), 14, nonce(1))).toBeUndefined()
})

test('sealing a nonce twice under one key ends the run, whichever sealer does it (§6.3-3)', () => {
  const aead = createSimAead()
  sealed(aead, 1)
  sealed(aead, 2)
  expect(() => sealed(aead, 1)).toThrow('sealed twice')
  expect(aead.sealed).toBe(2)
})

test('the cheap primitives carry every Noise pattern pfs speaks', () => {
  const pair = (seed: number) => simNoise.generateKeyPair(new Prng(seed).fill(new Uint8Array(32)))
  const [ours, theirs] = [pair(1), pair(2)]
  for (const pattern of ['IK', 'XX'] as const) {
    const common = { pattern, prologue: key, primitives: simNoise }
    const initiator = createHandshake({
      ...common,
      role: 'initiator',
      staticKeys: ours,
      ephemeralRandom: key,
      ...(pattern === 'IK' ? { remoteStatic: theirs.publicKey } : {}),
    })
    const responder = createHandshake({
      ...common,
      role: 'responder',
      staticKeys: theirs,
      ephemeralRandom: key.toReversed(),
    })
    while (!initiator.isDone) {
      const [from, to] = initiator.isOurTurn ? [initiator, responder] : [responder, initiator]
      expect(to.readMessage(from.writeMessage(Uint8Array.of(1, 2, 3)))).toEqual(Uint8Array.of(1, 2, 3))
    }
    expect(equal(initiator.remoteStatic!, theirs.publicKey)).toBe(true)
    expect(equal(responder.remoteStatic!, ours.publicKey)).toBe(true)
    expect(initiator.split().send).toEqual(responder.split().receive)
  }
})

test('a changed or misaddressed handshake message does not open', () => {
  const pair = (seed: number) => simNoise.generateKeyPair(new Prng(seed).fill(new Uint8Array(32)))
  const initiator = (remoteStatic: Uint8Array) =>
    createHandshake({
      pattern: 'IK',
      role: 'initiator',
      prologue: key,
      primitives: simNoise,
      staticKeys: pair(1),
      ephemeralRandom: key,
      remoteStatic,
    })
  const responder = () =>
    createHandshake({
      pattern: 'IK',
      role: 'responder',
      prologue: key,
      primitives: simNoise,
      staticKeys: pair(2),
      ephemeralRandom: key.toReversed(),
    })
  const message = initiator(pair(2).publicKey).writeMessage(Uint8Array.of(7))
  expect(responder().readMessage(message)).toEqual(Uint8Array.of(7))
  for (let bit = 0; bit < 8 * message.length; bit++) {
    const damaged = message.slice()
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    expect(responder().readMessage(damaged), `bit ${bit}`).toBeUndefined()
  }
  expect(responder().readMessage(initiator(pair(3).publicKey).writeMessage(Uint8Array.of(7)))).toBeUndefined()
})

test('painted bytes are told from those of another place or stream', () => {
  for (const offset of [0, 1, 1162, 65_520, 65_521, 1_000_000, 2 ** 40]) {
    const bytes = new Uint8Array(3000)
    paint(5, offset, bytes)
    expect(isPainted(5, offset, bytes)).toBe(true)
    expect(isPainted(7, offset, bytes)).toBe(false)
    for (const apart of [1, 1162, 65_521]) expect(isPainted(5, offset + apart, bytes)).toBe(false)
    // a stretch read in two parts is the same bytes
    expect(isPainted(5, offset + 1000, bytes.subarray(1000))).toBe(true)
    bytes[2999]! ^= 1
    expect(isPainted(5, offset, bytes)).toBe(false)
  }
})
