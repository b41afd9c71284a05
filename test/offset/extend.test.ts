// Literals against old bytes: that what is split makes the same bytes with no more literals than before, that nothing
// worth an op is missed, and where the looking ends. §14.4

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, equal } from '../../src/base/bytes.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { Extender, type ReadOld } from '../../src/offset/extend.ts'
import { extensionsPerMiBMax, literalBlockBytesMax, missedBytesMax } from '../../src/offset/limits.ts'
import type { LiteralStep, Step } from '../../src/offset/plan.ts'
import { equalStretches, stretchBytesMin } from '../../src/offset/stretches.ts'
import { makeInput } from '../cut/inputs.ts'
import { planOf, recipeOf } from './world.ts'

const random = (length: number, seed: number): Uint8Array => makeInput('splitmix', length, seed)

/** The same bytes, so far behind a word's boundary. */
function skewed(bytes: Uint8Array, skew: number): Uint8Array {
  const room = new Uint8Array(bytes.length + skew)
  room.set(bytes, skew)
  return room.subarray(skew)
}

describe('equal stretches', () => {
  /** Byte by byte, as anybody would. */
  function plainly(a: Uint8Array, b: Uint8Array, from: number, to: number): { start: number; end: number }[] {
    const found: { start: number; end: number }[] = []
    let start = from
    for (let at = from; at <= to; at++) {
      if (at < to && a[at] === b[at]) continue
      if (at - start >= stretchBytesMin) found.push({ start, end: at })
      start = at + 1
    }
    return found
  }

  test('are those that comparing byte by byte finds, wherever they lie in memory', () => {
    fc.assert(
      fc.property(
        fc.nat(600),
        fc.array(fc.nat(600), { maxLength: 12 }),
        fc.nat(3),
        fc.nat(40),
        fc.nat(40),
        (length, changes, skew, before, behind) => {
          const ours = random(length, 1)
          const theirs = ours.slice()
          for (const at of changes) if (at < length) theirs[at]! ^= 1
          const from = Math.min(before, length)
          const to = Math.max(from, length - behind)
          const found = equalStretches(skewed(ours, skew), skewed(theirs, skew), from, to)
          expect(found).toEqual(plainly(ours, theirs, from, to))
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each([
    [stretchBytesMin, 1],
    [stretchBytesMin - 1, 0],
  ])('of %i bytes are found %i times', (length, count) => {
    for (let at = 100; at < 120; at++) {
      const ours = random(300, 1)
      const theirs = ours.map(byte => byte ^ 1)
      theirs.set(ours.subarray(at, at + length), at)
      expect(equalStretches(ours, theirs, 0, 300)).toEqual(count ? [{ start: at, end: at + length }] : [])
    }
  })
})

const reading =
  (...olds: readonly Uint8Array[]): ReadOld =>
  (source, offset, target) => {
    const there = olds[source]!.subarray(offset, offset + target.length)
    target.set(there)
    return there.length
  }

/** What becomes of a plan: each literal split by what is known when the step behind it is. */
function extended(steps: readonly Step[], next: Uint8Array, read: ReadOld, skew = 0): Step[] {
  const extender = new Extender(read, { source: 0, delta: 0 })
  return steps.flatMap((step, i): Step[] => {
    if (step.kind === 'literal') {
      const bytes = skewed(next.subarray(step.output, step.output + step.length), skew)
      return extender.split(step, bytes, steps[i + 1])
    }
    extender.pass(step)
    return [step]
  })
}

/** Throws where the steps leave a hole or do not follow each other. */
function played(steps: readonly Step[], next: Uint8Array, olds: readonly Uint8Array[]): Uint8Array {
  return concat(
    ...steps.map(step => {
      if (step.kind === 'zero') return new Uint8Array(step.length)
      if (step.kind === 'literal') return next.subarray(step.output, step.output + step.length)
      return olds[step.source]!.subarray(step.offset, step.offset + step.length)
    }),
  )
}

const literalBytesOf = (steps: readonly Step[]): number =>
  steps.reduce((sum, { kind, length }) => sum + (kind === 'literal' ? length : 0), 0)

test('old bytes, the steps and no more literals than before make the new bytes (§14.4-3)', () => {
  const edit = fc.record({ at: fc.nat(), remove: fc.nat(300), insert: fc.nat(300) })
  fc.assert(
    fc.property(
      fc.nat(20_000),
      fc.array(edit, { maxLength: 8 }),
      fc.nat(3),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (length, edits, skew, readable) => {
        const old = random(length, length)
        let next = old
        for (const { at, remove, insert } of edits) {
          const start = at % (next.length + 1)
          const behind = next.subarray(Math.min(next.length, start + remove))
          next = concat(next.subarray(0, start), random(insert, insert), behind)
        }
        const olds = [old, random(3000, 1)]
        const steps = planOf(recipeOf(next), olds.map(recipeOf))
        const read: ReadOld = (source, offset, target) =>
          Math.floor(readable * reading(...olds)(source, offset, target))
        const longer = extended(steps, next, read, skew)
        expect(equal(played(longer, next, olds), next)).toBe(true)
        expect(literalBytesOf(longer)).toBeLessThanOrEqual(literalBytesOf(steps))
        let output = 0
        for (const step of longer) {
          expect(step.output).toBe(output)
          output += step.length
        }
      },
    ),
    { numRuns: 200 },
  )
})

describe('a literal', () => {
  const old = random(40_000, 3)
  const shape = (next: Uint8Array): unknown => {
    const steps = planOf(recipeOf(next), [recipeOf(old)])
    return literalBytesOf(extended(steps, next, reading(old)))
  }

  test('between copies of one diagonal costs the bytes that differ', () => {
    const next = old.slice()
    for (const at of [10_000, 25_000, 25_001]) next[at]! ^= 1
    expect(shape(next)).toBe(3)
  })
  test('where bytes were put in, at the front, in the middle or at the end, costs those', () => {
    const more = random(37, 9)
    for (const at of [0, 20_000, 40_000])
      expect(shape(concat(old.subarray(0, at), more, old.subarray(at))), `at ${at}`).toBe(37)
  })
  test('where bytes were taken out costs nothing', () => {
    expect(shape(concat(old.subarray(0, 20_000), old.subarray(20_037)))).toBe(0)
    expect(shape(old.subarray(37))).toBe(0)
    expect(shape(old.subarray(0, 39_000))).toBe(0)
  })
  test('of a file that has no whole chunk left is found where it was', () => {
    const next = old.slice()
    for (let at = 500; at < next.length; at += 1500) for (let i = at; i < at + 300; i++) next[i]! ^= 1
    const whole: LiteralStep = { kind: 'literal', output: 0, length: next.length }
    expect(literalBytesOf(extended([whole], next, reading(old)))).toBe(27 * 300)
  })
  test('whose old bytes cannot be read stays what it is', () => {
    const step: LiteralStep = { kind: 'literal', output: 100, length: 1000 }
    const extender = new Extender(() => 0, { source: 0, delta: 0 })
    expect(extender.split(step, old.subarray(0, 1000))).toEqual([step])
  })
  test('in front of the old bytes asks for none of them', () => {
    const asked: number[] = []
    const extender = new Extender(
      (_, offset) => {
        asked.push(offset)
        return 0
      },
      { source: 0, delta: -50 },
    )
    const split = (output: number, length: number) =>
      extender.split({ kind: 'literal', output, length }, old.subarray(0, length))
    split(0, 40)
    expect(asked).toEqual([])
    split(40, 100)
    expect(asked).toEqual([0])
  })
})

describe('limits', () => {
  test('a literal is broken up by so many copies and no more, and it is the longest that are kept', () => {
    const length = 128 * KiB
    const countMax = (length / MiB) * extensionsPerMiBMax
    const old = random(length, 1)
    const splitWith = (distance: number) => {
      const next = old.slice()
      for (let at = 0; at < length; at += distance) next[at]! ^= 1
      const extender = new Extender(reading(old), { source: 0, delta: 0 })
      const steps = extender.split({ kind: 'literal', output: 0, length }, next)
      expect(equal(played(steps, next, [old]), next)).toBe(true)
      return steps.filter(({ kind }) => kind === 'copy')
    }
    expect(splitWith(KiB)).toHaveLength(countMax)
    expect(splitWith(KiB - 1).length).toBeLessThanOrEqual(countMax)
    const mixed = old.slice()
    for (let at = 0; at < length / 2; at += 40) mixed[at]! ^= 1
    const extender = new Extender(reading(old), { source: 0, delta: 0 })
    const copies = extender.split({ kind: 'literal', output: 0, length }, mixed)
    expect(copies.filter(({ kind }) => kind === 'copy')).toMatchObject([{ length: 64 * KiB + 15 }])
  })

  test('so many literal bytes without a likeness end the looking, the next copy begins it again', () => {
    let reads = 0
    const extender = new Extender(() => {
      reads++
      return 0
    })
    const bytes = random(literalBlockBytesMax, 1)
    const split = (output: number) => extender.split({ kind: 'literal', output, length: bytes.length }, bytes)
    split(0)
    expect(reads, 'with no copy there is nothing to look for').toBe(0)
    extender.pass({ kind: 'copy', output: 0, length: 10, source: 0, offset: 0 })
    for (let i = 0; i < 20; i++) split(i * bytes.length)
    expect(reads).toBe(missedBytesMax / literalBlockBytesMax)
    extender.pass({ kind: 'copy', output: 0, length: 10, source: 0, offset: 0 })
    split(0)
    expect(reads).toBe(missedBytesMax / literalBlockBytesMax + 1)
  })
})
