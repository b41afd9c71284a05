// An arbitrary message of any type, within its rules.

import fc from 'fast-check'
import type { Range } from '../../src/base/ranges.ts'
import type { Message } from '../../src/wire/message.ts'
import { isFileName } from '../../src/wire/messages/offer.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const upTo = (most: number) =>
  fc.oneof(
    fc.nat(Math.min(most, 300)),
    fc.maxSafeNat().map(n => n % (most + 1)),
    fc.constant(most),
  )
const size = upTo(2 ** 43)
const transfer = bytes(16)
const blob = bytes(32)
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter(text => isFileName(text) && new TextEncoder().encode(text).length <= 255)

const ranges = (least: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: 2 ** 30 }), fc.integer({ min: 1, max: 2 ** 30 })), {
      minLength: least,
      maxLength: 40,
    })
    .map(steps => {
      const made: Range[] = []
      let at = -1
      for (const [gap, length] of steps) {
        made.push({ start: at + gap, end: at + gap + length })
        at += gap + length
      }
      return made
    })
const ascending = (least: number, most: number, few: number, many: number) =>
  fc
    .uniqueArray(fc.integer({ min: least, max: most }), { minLength: few, maxLength: many })
    .map(all => all.sort((a, b) => a - b))

const held = fc
  .tuple(ascending(0, 15, 0, 16), fc.array(fc.tuple(blob, size), { minLength: 16, maxLength: 16 }))
  .map(([places, blobs]) =>
    places.map((index, i) => ({
      index,
      alias: 255 - index,
      blob: blobs[i]?.[0] ?? new Uint8Array(32),
      size: blobs[i]?.[1] ?? 0,
    })),
  )

const offer = {
  type: fc.constant(1 as const),
  transfer,
  kind: fc.constantFrom('file' as const, 'blob' as const),
  name,
  size,
  mtimeMillis: fc.integer({ min: -(2 ** 47), max: 2 ** 47 }),
  mode: upTo(0o7777),
  poolId: bytes(16),
  chunking: upTo(255),
  candidates: fc.array(fc.record({ short: bytes(8), size }), { maxLength: 16 }),
}

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record(offer),
  fc.record({ ...offer, blob }),
  fc.record({ ...offer, inquiry: fc.boolean(), mtimeNanos: upTo(999_999), ticket: bytes(16) }),
  fc.record({
    ...offer,
    kind: fc.constant('tree' as const),
    list: fc.record({ blob, size }),
    listCandidates: offer.candidates,
  }),
  fc.record({
    ...offer,
    kind: fc.constant('stream' as const),
    size: fc.constant(0),
    candidates: fc.constant([]),
  }),
  fc.record({
    type: fc.constant(2 as const),
    transfer,
    state: fc.constantFrom(
      'whole' as const,
      'open' as const,
      'name' as const,
      'list' as const,
      'kept' as const,
    ),
    held: ranges(0),
    candidates: held,
    grant: size,
    codecs: ascending(1, 255, 0, 8),
    unwanted: fc.uint8Array({ maxLength: 300 }),
    heldFiles: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({
    type: fc.constant(3 as const),
    transfer,
    code: upTo(0xffff),
    text: fc.string({ maxLength: 60 }),
  }),
  fc.record({
    type: fc.constant(4 as const),
    transfer,
    blob,
    size,
    opBytes: upTo(2 ** 48),
    literalBytes: upTo(2 ** 48),
  }),
  fc.record({ type: fc.constant(5 as const), transfer, ranges: ranges(1) }),
  fc.record({
    type: fc.constant(6 as const),
    transfer,
    level: upTo(62),
    index: size,
    nodes: fc.array(fc.record({ bytes: size, hash: bytes(32) }), { minLength: 1, maxLength: 64 }),
  }),
  fc.record({
    type: fc.constant(7 as const),
    transfer,
    level: upTo(63),
    indexes: ascending(0, 2 ** 30, 1, 100),
  }),
  fc.record({ type: fc.constant(8 as const), transfer, blob }),
  fc.record({
    type: fc.constant(8 as const),
    transfer,
    blob,
    failed: fc.array(fc.record({ index: upTo(2 ** 20 - 1), code: upTo(0xffff) }), {
      minLength: 1,
      maxLength: 20,
    }),
    failures: fc.integer({ min: 20, max: 2 ** 20 }),
  }),
  fc.record({
    type: fc.constant(9 as const),
    transfer,
    reason: fc.constantFrom('asking' as const, 'building' as const, 'verifying' as const),
    done: size,
    total: size,
  }),
  fc.record({
    type: fc.constant(16 as const),
    part: upTo(2 ** 32 - 1),
    isLast: fc.boolean(),
    blobs: fc.array(fc.record({ blob, size }), { maxLength: 40 }),
  }),
  fc.record({ type: fc.constant(17 as const), blobs: fc.array(blob, { maxLength: 40 }) }),
  fc.record({ type: fc.constant(18 as const) }),
)
