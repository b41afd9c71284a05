// How seeds become inputs: a few changes of bytes, of the numbers that formats are made of, and of where parts begin and
// end; two seeds grafted together; nonsense. All chance is the generator's, so that a seed is a run.

import { Writer } from '../../src/base/bytes.ts'
import type { Prng } from '../../src/base/prng.ts'

/** Numbers that live at somebody's border. */
const borders = [
  0,
  1,
  2,
  0x3f,
  0x40,
  0x7f,
  0x80,
  0xff,
  0x100,
  0x3fff,
  0x4000,
  0xffff,
  2 ** 16,
  2 ** 20,
  2 ** 22,
  2 ** 26,
]
const wideBorders = [
  2 ** 30 - 1,
  2 ** 30,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 43,
  2 ** 43 + 1,
  2 ** 48,
  2 ** 53 - 1,
]
const allBorders = [...borders, ...wideBorders]

/** Longer inputs find nothing that these do not, and cost time. */
export const inputBytesMax = 4096

/** @param seeds at least one, none of them empty */
export function mutated(prng: Prng, seeds: readonly Uint8Array[]): Uint8Array {
  if (prng.chance(0.02)) return prng.fill(new Uint8Array(prng.below(96)))
  let bytes = picked(prng, seeds)
  if (prng.chance(0.1)) bytes = grafted(prng, bytes, picked(prng, seeds))
  for (let left = 1 + prng.below(4); left > 0; left--) bytes = changed(prng, bytes)
  return bytes.length > inputBytesMax ? bytes.subarray(0, inputBytesMax) : bytes
}

const picked = (prng: Prng, seeds: readonly Uint8Array[]): Uint8Array =>
  seeds[prng.below(seeds.length)]!.slice()

function grafted(prng: Prng, front: Uint8Array, back: Uint8Array): Uint8Array {
  return joined(front.subarray(0, prng.below(front.length + 1)), back.subarray(prng.below(back.length + 1)))
}

function changed(prng: Prng, bytes: Uint8Array): Uint8Array {
  const at = prng.below(bytes.length + 1)
  switch (prng.below(9)) {
    case 0:
      return withByte(bytes, at, prng.below(256))
    case 1:
      return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << prng.below(8)))
    case 2:
      return withByte(bytes, at, (bytes[at] ?? 0) + (prng.chance(0.5) ? 1 : 255))
    case 3:
      return spliced(bytes, at, 1 + prng.below(8), none)
    case 4:
      return spliced(bytes, at, 0, prng.fill(new Uint8Array(1 + prng.below(8))))
    case 5: // a part of it twice
      return spliced(bytes, at, 0, bytes.slice(prng.below(bytes.length + 1)).subarray(0, 1 + prng.below(64)))
    case 6:
      return spliced(bytes, at, prng.below(9), varint(allBorders[prng.below(allBorders.length)]!))
    case 7:
      return spliced(bytes, at, 1 + prng.below(8), fixed(prng))
    default:
      return bytes.subarray(0, at)
  }
}

const none = new Uint8Array(0)

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  if (at < bytes.length) bytes[at] = value
  return bytes
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, at), added, bytes.subarray(Math.min(bytes.length, at + removed)))
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function varint(value: number): Uint8Array {
  const w = new Writer(new Uint8Array(8))
  w.varint(value)
  return w.written()
}

/** A border in as many bytes as a fixed field has. */
function fixed(prng: Prng): Uint8Array {
  const w = new Writer(new Uint8Array(8))
  w.u64(allBorders[prng.below(allBorders.length)]!)
  return w.written().subarray(8 - 2 ** prng.below(4))
}

/** The smallest input that still does what `isBad` looks for, by leaving out parts and zeroing bytes. */
export function smallest(bytes: Uint8Array, isBad: (bytes: Uint8Array) => boolean): Uint8Array {
  let best = bytes
  for (let size = Math.max(1, best.length >> 1); size >= 1; size >>= 1) {
    for (let at = 0; at < best.length; ) {
      const without = spliced(best, at, size, none)
      if (isBad(without)) best = without
      else at += size
    }
  }
  for (let at = 0; at < best.length; at++) {
    if (best[at] === 0) continue
    const zeroed = best.slice()
    zeroed[at] = 0
    if (isBad(zeroed)) best = zeroed
  }
  return best
}
