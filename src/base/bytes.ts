// Reader and Writer over one Uint8Array: the only place that checks bounds of what is parsed. Integers are
// big-endian; varints are QUIC's (RFC 9000 §16: two length bits, then 6, 14, 30 or 62 bits), held to 2^53 - 1.
// Neither throws on input: a Reader that runs out, or meets a number above 2^53 - 1, turns `failed` for good and
// yields zeros, so that a decoder reads straight through and asks once at the end.

import { assert } from './assert.ts'

export const varintMax = Number.MAX_SAFE_INTEGER
const empty = new Uint8Array(0)

export class Reader {
  readonly #bytes: Uint8Array
  #at = 0
  #failed = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** True once anything was asked for that is not there; stays true. */
  get failed(): boolean {
    return this.#failed
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#at
  }

  /** Marks the input as malformed, for rules a decoder checks itself. */
  fail(): void {
    this.#failed = true
    this.#at = this.#bytes.length
  }

  #take(count: number): number {
    const at = this.#at
    if (this.#failed || count > this.#bytes.length - at) {
      this.fail()
      return -1
    }
    this.#at = at + count
    return at
  }

  u8(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : this.#bytes[at]!
  }

  u16(): number {
    const at = this.#take(2)
    return at < 0 ? 0 : this.#bytes[at]! * 256 + this.#bytes[at + 1]!
  }

  u32(): number {
    const at = this.#take(4)
    return at < 0 ? 0 : readU32(this.#bytes, at)
  }

  u48(): number {
    const at = this.#take(6)
    if (at < 0) return 0
    return (this.#bytes[at]! * 256 + this.#bytes[at + 1]!) * 2 ** 32 + readU32(this.#bytes, at + 2)
  }

  u64(): number {
    const at = this.#take(8)
    return at < 0 ? 0 : this.#safe(readU32(this.#bytes, at), readU32(this.#bytes, at + 4))
  }

  varint(): number {
    const first = this.u8()
    const low = first & 0x3f
    switch (first >> 6) {
      case 0:
        return low
      case 1: {
        const at = this.#take(1)
        return at < 0 ? 0 : low * 2 ** 8 + this.#bytes[at]!
      }
      case 2: {
        const at = this.#take(3)
        return at < 0 ? 0 : readU32(this.#bytes, at - 1) - 2 ** 31
      }
      default: {
        const at = this.#take(7)
        return at < 0
          ? 0
          : this.#safe(readU32(this.#bytes, at - 1) - 3 * 2 ** 30, readU32(this.#bytes, at + 3))
      }
    }
  }

  // Two halves as one number; above 2^53 - 1 the input is malformed. §2-1
  #safe(high: number, low: number): number {
    if (high <= 0x1fffff) return high * 2 ** 32 + low
    this.fail()
    return 0
  }

  /** A view, not a copy; empty when it is not there. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count)
    return at < 0 ? empty : this.#bytes.subarray(at, at + count)
  }

  /** Passes over every byte equal to `value`; how many there were. */
  skip(value: number): number {
    const bytes = this.#bytes
    const from = this.#at
    let at = from
    while (at < bytes.length && bytes[at] === value) at++
    this.#at = at
    return at - from
  }

  /** A view of all that is left, none of which counts as read. */
  ahead(): Uint8Array {
    return this.#bytes.subarray(this.#at)
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.bytes(this.left)
  }
}

/** Writes into a buffer the caller sized; overrunning it is our bug. */
export class Writer {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get position(): number {
    return this.#at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** A view of all written so far. */
  written(): Uint8Array {
    // a view of a small array gives it a buffer of its own, and costs several times the array
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#at)
  }

  #take(count: number): number {
    const at = this.#at
    assert(at + count <= this.#bytes.length, 'writer overrun')
    this.#at = at + count
    return at
  }

  u8(value: number): void {
    this.#bytes[this.#take(1)] = value
  }

  u16(value: number): void {
    const at = this.#take(2)
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
  }

  u32(value: number): void {
    writeU32(this.#bytes, this.#take(4), value)
  }

  u48(value: number): void {
    this.u16(Math.floor(value / 2 ** 32))
    this.u32(value % 2 ** 32)
  }

  u64(value: number): void {
    this.u32(Math.floor(value / 2 ** 32))
    this.u32(value % 2 ** 32)
  }

  varint(value: number): void {
    if (value < 0x40) this.u8(value)
    else if (value < 0x4000) this.u16(0x4000 + value)
    else if (value < 0x40000000) this.u32(0x80000000 + value)
    else {
      assert(value <= varintMax, 'varint above 2^53 - 1')
      this.u32(0xc0000000 + Math.floor(value / 2 ** 32))
      this.u32(value % 2 ** 32)
    }
  }

  bytes(value: Uint8Array): void {
    this.#bytes.set(value, this.#take(value.length))
  }
}

export function varintSize(value: number): number {
  if (value < 0x40) return 1
  if (value < 0x4000) return 2
  return value < 0x40000000 ? 4 : 8
}

export function readU32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Not constant-time: for ids and frames, never for secrets or tags. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const digits = '0123456789abcdef'

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += digits[byte >> 4]! + digits[byte & 15]!
  return text
}

/** undefined unless `text` is an even number of hex digits. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
