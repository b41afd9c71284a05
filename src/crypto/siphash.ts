// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein): a keyed hash for a few bytes at a time, where HMAC of the
// host costs ten times as much in calls and garbage. Knows words of 32 bits; nothing of what it is for.

import { assert } from '../base/assert.ts'

export const sipKeyBytes = 16

// the four 64-bit words of the state: low half, high half. One call at a time, and none keeps anything here
const state = new Uint32Array(8)

export function sipHash128(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  assert(key.length === sipKeyBytes, 'a SipHash key has 16 bytes')
  const [k0, k1, k2, k3] = [word(key, 0), word(key, 4), word(key, 8), word(key, 12)]
  begin(0, k0 ^ 0x70736575, k1 ^ 0x736f6d65)
  begin(1, k2 ^ 0x6e646f6d ^ 0xee, k3 ^ 0x646f7261)
  begin(2, k0 ^ 0x6e657261, k1 ^ 0x6c796765)
  begin(3, k2 ^ 0x79746573, k3 ^ 0x74656462)
  const whole = bytes.length - (bytes.length % 8)
  for (let at = 0; at < whole; at += 8) absorb(word(bytes, at), word(bytes, at + 4))
  const left = bytes.length - whole
  // the last word ends with the length, modulo 256
  absorb(
    partOf(bytes, whole, Math.min(left, 4)),
    (partOf(bytes, whole + 4, Math.max(0, left - 4)) | ((bytes.length & 0xff) << 24)) >>> 0,
  )
  const out = new Uint8Array(16)
  state[4]! ^= 0xee
  finish(out, 0)
  state[2]! ^= 0xdd
  finish(out, 8)
  return out
}

function begin(lane: number, low: number, high: number): void {
  state[2 * lane] = low
  state[2 * lane + 1] = high
}

function absorb(low: number, high: number): void {
  state[6]! ^= low
  state[7]! ^= high
  round()
  round()
  state[0]! ^= low
  state[1]! ^= high
}

function finish(out: Uint8Array, at: number): void {
  for (let i = 0; i < 4; i++) round()
  for (let half = 0; half < 2; half++) {
    const value = state[half]! ^ state[2 + half]! ^ state[4 + half]! ^ state[6 + half]!
    for (let i = 0; i < 4; i++) out[at + 4 * half + i] = value >>> (8 * i)
  }
}

function round(): void {
  add(0, 1)
  turn(1, 13)
  mix(1, 0)
  swap(0)
  add(2, 3)
  turn(3, 16)
  mix(3, 2)
  add(0, 3)
  turn(3, 21)
  mix(3, 0)
  add(2, 1)
  turn(1, 17)
  mix(1, 2)
  swap(2)
}

/** lane a += lane b, of 64 bits. */
function add(a: number, b: number): void {
  const low = state[2 * a]! + state[2 * b]!
  state[2 * a + 1]! += state[2 * b + 1]! + (low > 0xffffffff ? 1 : 0)
  state[2 * a] = low
}

function mix(a: number, b: number): void {
  state[2 * a]! ^= state[2 * b]!
  state[2 * a + 1]! ^= state[2 * b + 1]!
}

/** To the left, by less than 32. */
function turn(lane: number, bits: number): void {
  const low = state[2 * lane]!
  const high = state[2 * lane + 1]!
  state[2 * lane] = (low << bits) | (high >>> (32 - bits))
  state[2 * lane + 1] = (high << bits) | (low >>> (32 - bits))
}

/** By 32. */
function swap(lane: number): void {
  const low = state[2 * lane]!
  state[2 * lane] = state[2 * lane + 1]!
  state[2 * lane + 1] = low
}

function word(bytes: Uint8Array, at: number): number {
  return partOf(bytes, at, 4)
}

/** Little-endian, of up to four bytes. */
function partOf(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = 0; i < count; i++) value |= bytes[at + i]! << (8 * i)
  return value >>> 0
}
