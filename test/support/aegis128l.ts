// AEGIS-128L by the letter of draft-irtf-cfrg-aegis-aead-18, byte by byte: the reference for the addon's, and what makes
// the vectors. Slow, and its table makes it anything but constant in time: for tests only.

import { equal } from '../../src/base/bytes.ts'
import type { AeadFactory } from '../../src/crypto/aead.ts'
import { suiteAegis128L } from '../../src/crypto/suites.ts'

const blockBytes = 16
const rateBytes = 32

const double = (a: number): number => ((a << 1) ^ (a >> 7 ? 0x11b : 0)) & 0xff

/** FIPS 197 §5.1.1: the inverse in GF(2^8), walked by powers of the generator 3, then an affine map. */
const sBox = ((): Uint8Array => {
  const box = new Uint8Array(256)
  let power = 1
  let inverse = 1
  do {
    power = power ^ double(power)
    // the inverse of 3 is 0xf6: its powers run the other way
    inverse ^= inverse << 1
    inverse ^= inverse << 2
    inverse ^= inverse << 4
    inverse &= 0xff
    if (inverse & 0x80) inverse ^= 0x09
    const twice = inverse * 0x101
    box[power] = (inverse ^ (twice >> 7) ^ (twice >> 6) ^ (twice >> 5) ^ (twice >> 4) ^ 0x63) & 0xff
  } while (power !== 1)
  box[0] = 0x63
  return box
})()

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ b[i]!)
const and = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte & b[i]!)

/** SubBytes, ShiftRows, MixColumns, AddRoundKey. */
function aesRound(block: Uint8Array, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(blockBytes)
  for (let column = 0; column < 4; column++) {
    const s = [0, 1, 2, 3].map(row => sBox[block[4 * ((column + row) % 4) + row]!]!)
    for (let row = 0; row < 4; row++) {
      const [a, b, c, d] = [0, 1, 2, 3].map(i => s[(row + i) % 4]!) as [number, number, number, number]
      out[4 * column + row] = double(a) ^ double(b) ^ b ^ c ^ d ^ key[4 * column + row]!
    }
  }
  return out
}

const c0 = Uint8Array.of(0, 1, 1, 2, 3, 5, 8, 0x0d, 0x15, 0x22, 0x37, 0x59, 0x90, 0xe9, 0x79, 0x62)
const c1 = Uint8Array.of(
  ...[0xdb, 0x3d, 0x18, 0x55, 0x6d, 0xc2, 0x2f, 0xf1, 0x20, 0x11, 0x31, 0x42, 0x73, 0xb5, 0x28, 0xdd],
)

class Aegis128L {
  #s: Uint8Array[]

  constructor(key: Uint8Array, nonce: Uint8Array) {
    const both = xor(key, nonce)
    this.#s = [both, c1, c0, c1, both, xor(key, c0), xor(key, c1), xor(key, c0)]
    for (let i = 0; i < 10; i++) this.#update(nonce, key)
  }

  absorb(header: Uint8Array): void {
    for (let at = 0; at < header.length; at += rateBytes) this.#absorb(padded(header.subarray(at), rateBytes))
  }

  /** The other of plain and sealed text. */
  crypt(text: Uint8Array, seals: boolean): Uint8Array {
    const out = new Uint8Array(text.length)
    for (let at = 0; at < text.length; at += rateBytes) {
      const s = (i: number) => this.#s[i]!
      const input = padded(text.subarray(at), rateBytes)
      const cover = [xor(xor(s(6), s(1)), and(s(2), s(3))), xor(xor(s(2), s(5)), and(s(6), s(7)))]
      const turned = input.map((byte, i) => byte ^ cover[i >> 4]![i & 15]!).subarray(0, text.length - at)
      out.set(turned, at)
      this.#absorb(seals ? input : padded(turned, rateBytes))
    }
    return out
  }

  tag(headerBytes: number, textBytes: number, tagBytes: 16 | 32): Uint8Array {
    const lengths = new Uint8Array(blockBytes)
    const view = new DataView(lengths.buffer)
    view.setUint32(0, 8 * headerBytes, true)
    view.setUint32(8, 8 * textBytes, true)
    const t = xor(lengths, this.#s[2]!)
    for (let i = 0; i < 7; i++) this.#update(t, t)
    if (tagBytes === 16) return this.#s.slice(0, 7).reduce(xor)
    return Uint8Array.of(...this.#s.slice(0, 4).reduce(xor), ...this.#s.slice(4).reduce(xor))
  }

  #absorb(rate: Uint8Array): void {
    this.#update(rate.subarray(0, blockBytes), rate.subarray(blockBytes))
  }

  #update(m0: Uint8Array, m1: Uint8Array): void {
    this.#s = this.#s.map((block, i, all) => {
      const key = i === 0 ? xor(block, m0) : i === 4 ? xor(block, m1) : block
      return aesRound(all[(i + 7) % 8]!, key)
    })
  }
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  out.set(bytes.subarray(0, length))
  return out
}

export function aegisSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  header: Uint8Array,
  plain: Uint8Array,
  tagBytes: 16 | 32,
): { readonly text: Uint8Array; readonly tag: Uint8Array } {
  const aegis = new Aegis128L(key, nonce)
  aegis.absorb(header)
  const text = aegis.crypt(plain, true)
  return { text, tag: aegis.tag(header.length, plain.length, tagBytes) }
}

/** The reference as a factory, so that the suite for all judges it too. */
export function createSoftAegis(): AeadFactory {
  return {
    suites: [suiteAegis128L],
    sealer: (_suite, given) => {
      const key = given.slice()
      return {
        seal(packet, headerBytes, plainBytes, nonce) {
          const end = headerBytes + plainBytes
          if (packet.length !== end + blockBytes) throw new Error('internal error: room for a tag')
          const header = packet.subarray(0, headerBytes)
          const { text, tag } = aegisSeal(key, nonce, header, packet.slice(headerBytes, end), 16)
          packet.set(text, headerBytes)
          packet.set(tag, end)
        },
      }
    },
    opener: (_suite, given) => {
      const key = given.slice()
      return {
        open(packet, headerBytes, nonce) {
          const end = packet.length - blockBytes
          if (end < headerBytes) return undefined
          const aegis = new Aegis128L(key, nonce)
          aegis.absorb(packet.subarray(0, headerBytes))
          const plain = aegis.crypt(packet.slice(headerBytes, end), false)
          const tag = aegis.tag(headerBytes, plain.length, 16)
          return equal(tag, packet.subarray(end)) ? plain : undefined
        },
      }
    },
  }
}
