// Literal bytes find their places however they were cut and in whatever order they come, and every slab goes back once.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equal } from '../../../src/base/bytes.ts'
import type { CompressedOp, LiteralOp } from '../../../src/offset/ops.ts'
import { type LiteralPlaces, Literals, type Slab } from '../../../src/transfer/storage/literals.ts'
import { randomBytes } from '../../pool/scratch.ts'
import { shared } from '../../support/shared.ts'

/** Packs nothing: stores every byte twice as small as a reader of the test can follow. */
const halved = (bytes: Uint8Array): Uint8Array => bytes.filter((_, i) => i % 2 === 0)
const doubled = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: 2 * bytes.length }, (_, i) => bytes[i >> 1] ?? 0)

class Output implements LiteralPlaces {
  readonly bytes: Uint8Array
  writes = 0
  written = 0
  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }
  write(bytes: Uint8Array, output: number): void {
    this.bytes.set(bytes, output)
    this.writes++
    this.written += bytes.length
  }
  decode(op: CompressedOp, stored: Uint8Array): Uint8Array | undefined {
    const raw = doubled(stored)
    return raw.length === op.length ? raw : undefined
  }
}

type Part = { readonly size: number; readonly isPacked: boolean; readonly gap: number }

/** A program of these literals, its stream, and what it makes. */
function programOf(parts: readonly Part[]) {
  const ops: (LiteralOp | CompressedOp)[] = []
  const total = parts.reduce((sum, { size, gap }) => sum + gap + 2 * size, 0)
  const expected = new Uint8Array(total)
  const stream: number[] = []
  let output = 0
  for (const [i, { size, isPacked, gap }] of parts.entries()) {
    output += gap
    const stored = randomBytes(size, i + 1)
    const raw = isPacked ? doubled(stored) : stored
    const common = { output, length: raw.length, literal: stream.length }
    ops.push(
      isPacked
        ? { kind: 'compressed', ...common, codec: 1, storedLength: size }
        : { kind: 'literal', ...common },
    )
    expected.set(raw, output)
    stream.push(...stored)
    output += raw.length
  }
  return { ops, expected, stream: Uint8Array.from(stream) }
}

function slabsOf(stream: Uint8Array, cuts: readonly number[]): Slab[] {
  const edges = [...new Set([0, stream.length, ...cuts.map(cut => cut % (stream.length + 1))])].sort(
    (a, b) => a - b,
  )
  return edges.slice(1).map((end, i) => {
    const offset = edges[i] ?? 0
    return { offset, length: end - offset, buffer: shared(stream.subarray(offset, end)) }
  })
}

const part = fc.record({ size: fc.integer({ min: 1, max: 50 }), isPacked: fc.boolean(), gap: fc.nat(3) })

describe('literals', () => {
  test('reach their places for any cut, order and mixture, and all slabs go back once', () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(1000), { maxLength: 20 }),
        fc.infiniteStream(fc.nat(1000)),
        (parts, cuts, chance) => {
          const { ops, expected, stream } = programOf(parts)
          const next = (below: number): number => (chance.next().value ?? 0) % below
          const output = new Output(expected.length)
          const literals = new Literals(output)
          const slabs = slabsOf(stream, cuts)
          const lent = new Set(slabs)
          const release = (slab: Slab): void => {
            expect(lent.delete(slab), 'a slab that is out goes back').toBe(true)
          }
          const waiting = [...ops]
          while (waiting.length > 0 || slabs.length > 0) {
            if (slabs.length === 0 || (waiting.length > 0 && next(2) === 0)) literals.addOp(waiting.shift()!)
            else literals.addSlab(slabs.splice(next(slabs.length), 1)[0]!)
            if (next(3) === 0) expect(literals.settle(release)).toBe(true)
          }
          expect(literals.settle(release)).toBe(true)
          expect(equal(output.bytes, expected)).toBe(true)
          expect(lent.size).toBe(0)
          expect(literals.waitingOps).toBe(0)
          expect(literals.doneBytes).toBe(stream.length)
          expect(output.written, 'no byte twice').toBe(ops.reduce((sum, op) => sum + op.length, 0))
        },
      ),
    )
  })
  test('that are neighbours in the stream and the object go out in one write', () => {
    const { ops, stream, expected } = programOf(
      Array.from({ length: 10 }, () => ({ size: 9, isPacked: false, gap: 0 })),
    )
    const output = new Output(expected.length)
    const literals = new Literals(output)
    for (const op of ops) literals.addOp(op)
    for (const slab of slabsOf(stream, [])) literals.addSlab(slab)
    expect(literals.settle(() => {})).toBe(true)
    expect(output.writes).toBe(1)
  })
  test('wait for the ops that name them', () => {
    const { ops, stream, expected } = programOf([
      { size: 5, isPacked: false, gap: 0 },
      { size: 5, isPacked: false, gap: 0 },
    ])
    const output = new Output(expected.length)
    const literals = new Literals(output)
    const back: Slab[] = []
    for (const slab of slabsOf(stream, [7])) literals.addSlab(slab)
    literals.addOp(ops[0]!)
    expect(literals.settle(slab => back.push(slab))).toBe(true)
    expect({ back: back.length, done: literals.doneBytes, end: literals.knownEnd }).toEqual({
      back: 0,
      done: 5,
      end: 5,
    })
    literals.addOp(ops[1]!)
    expect(literals.settle(slab => back.push(slab))).toBe(true)
    expect(back.map(({ offset }) => offset)).toEqual([0, 7])
  })
  test('that do not decode are malformed, also where they span slabs', () => {
    for (const cuts of [[], [3]]) {
      const literals = new Literals(new Output(100))
      const stored = halved(randomBytes(20, 1))
      literals.addOp({ kind: 'compressed', output: 0, length: 19, literal: 0, codec: 1, storedLength: 10 })
      for (const slab of slabsOf(stored, cuts)) literals.addSlab(slab)
      expect(literals.settle(() => {})).toBe(false)
    }
  })
  test('that are abandoned give everything back', () => {
    const literals = new Literals(new Output(10))
    const slabs = slabsOf(randomBytes(100, 1), [10, 20, 30])
    for (const slab of slabs) literals.addSlab(slab)
    const back: Slab[] = []
    literals.abandon(slab => back.push(slab))
    literals.abandon(slab => back.push(slab))
    expect(back).toEqual(slabs)
  })
})
