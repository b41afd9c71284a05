// Reader and Writer: what is written is read back; what is not there turns the Reader `failed`, never into a throw.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  concat,
  equal,
  fromHex,
  Reader,
  readU32,
  toHex,
  varintMax,
  varintSize,
  Writer,
  writeU32,
} from '../../src/base/bytes.ts'

const number = (bits: number) =>
  bits > 30 ? fc.maxSafeNat().map(n => n % 2 ** bits) : fc.integer({ min: 0, max: 2 ** bits - 1 })

const field = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: number(8) }),
  fc.record({ kind: fc.constant('u16' as const), value: number(16) }),
  fc.record({ kind: fc.constant('u32' as const), value: number(32) }),
  fc.record({ kind: fc.constant('u48' as const), value: number(48) }),
  fc.record({ kind: fc.constant('u64' as const), value: fc.maxSafeNat() }),
  fc.record({
    kind: fc.constant('varint' as const),
    value: fc.oneof(number(6), number(14), number(30), fc.maxSafeNat()),
  }),
)

const widths = { u8: 1, u16: 2, u32: 4, u48: 6, u64: 8 } as const
const widthOf = (f: { kind: keyof typeof widths | 'varint'; value: number }) =>
  f.kind === 'varint' ? varintSize(f.value) : widths[f.kind]

describe('Reader and Writer', () => {
  test('give back every sequence of fields, and nothing is left', () => {
    fc.assert(
      fc.property(fc.array(field), fc.uint8Array(), (fields, tail) => {
        const size = fields.reduce((sum, f) => sum + widthOf(f), 0)
        const w = new Writer(new Uint8Array(size + tail.length))
        for (const f of fields) w[f.kind](f.value)
        expect(w.position).toBe(size)
        w.bytes(tail)
        expect(w.left).toBe(0)
        const r = new Reader(w.written())
        for (const f of fields) expect(r[f.kind]()).toBe(f.value)
        expect(r.position).toBe(size)
        expect(r.left).toBe(tail.length)
        expect(r.rest()).toEqual(tail)
        expect(r.failed).toBe(false)
      }),
    )
  })

  test('fail for good when anything is cut off, and yield zeros', () => {
    fc.assert(
      fc.property(field, f => {
        const w = new Writer(new Uint8Array(widthOf(f)))
        w[f.kind](f.value)
        const r = new Reader(w.written().subarray(0, -1))
        expect(r[f.kind]()).toBe(0)
        expect(r.failed).toBe(true)
        expect(r.u8()).toBe(0)
        expect(r.varint()).toBe(0)
        expect(r.bytes(1).length).toBe(0)
        expect(r.left).toBe(0)
        expect(r.failed).toBe(true)
      }),
    )
  })

  test('§2-1: 2^53 - 1 is the last number, in 64 bits and as a varint', () => {
    const last = fromHex('001fffffffffffff') ?? expect.fail()
    const past = fromHex('0020000000000000') ?? expect.fail()
    expect(new Reader(last).u64()).toBe(varintMax)
    const r = new Reader(past)
    expect(r.u64()).toBe(0)
    expect(r.failed).toBe(true)
    last[0] = 0xc0
    past[0] = 0xc0
    expect(new Reader(last).varint()).toBe(varintMax)
    const v = new Reader(past)
    expect(v.varint()).toBe(0)
    expect(v.failed).toBe(true)
  })

  test('change width exactly where a varint must', () => {
    for (const [value, size] of [
      [0x3f, 1],
      [0x40, 2],
      [0x3fff, 2],
      [0x4000, 4],
      [0x3fffffff, 4],
      [0x40000000, 8],
    ] as const) {
      expect(varintSize(value)).toBe(size)
      const w = new Writer(new Uint8Array(8))
      w.varint(value)
      expect(w.position).toBe(size)
    }
  })

  test('a count of zero takes nothing, one too large takes nothing and fails', () => {
    const r = new Reader(Uint8Array.of(1, 2, 3))
    expect(r.bytes(0).length).toBe(0)
    expect(r.bytes(4).length).toBe(0)
    expect(r.failed).toBe(true)
  })

  test('skip passes over one value and stops at the next or at the end', () => {
    const r = new Reader(Uint8Array.of(0, 0, 7, 0))
    expect(r.skip(0)).toBe(2)
    expect(r.skip(0)).toBe(0)
    expect(r.u8()).toBe(7)
    expect(r.skip(0)).toBe(1)
    expect(r.left).toBe(0)
    expect(r.failed).toBe(false)
  })

  test('a Writer that overruns is our bug', () => {
    const w = new Writer(new Uint8Array(3))
    expect(() => w.u32(1)).toThrow('internal error')
    expect(() => w.varint(varintMax + 1)).toThrow('internal error')
  })

  test('views are views, not copies', () => {
    const memory = Uint8Array.of(1, 2, 3)
    const view = new Reader(memory).bytes(2)
    memory[0] = 9
    expect(view[0]).toBe(9)
  })
})

describe('the small ones', () => {
  test('32 bits go in and out unsigned', () => {
    fc.assert(
      fc.property(number(32), value => {
        const bytes = new Uint8Array(4)
        writeU32(bytes, 0, value)
        expect(readU32(bytes, 0)).toBe(value)
      }),
    )
  })

  test('hex goes both ways, and only hex does', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        expect(fromHex(toHex(bytes))).toEqual(bytes)
      }),
    )
    for (const text of ['0', 'zz', '0x', ' 00', '00\n']) expect(fromHex(text)).toBe(undefined)
  })

  test('concat and equal agree', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), parts => {
        const whole = concat(...parts)
        expect(equal(whole, Uint8Array.from(parts.flatMap(part => [...part])))).toBe(true)
        const changed = whole.slice()
        if (changed.length === 0) return
        changed[changed.length - 1]! ^= 1
        expect(equal(whole, changed)).toBe(false)
        expect(equal(whole, whole.subarray(1))).toBe(false)
      }),
    )
  })
})
