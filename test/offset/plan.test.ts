// The planner: that old bytes and literals rebuild the new, and that runs are as long as they can be. §14.4

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, equal } from '../../src/base/bytes.ts'
import { RangeSet } from '../../src/base/ranges.ts'
import { PackedRecipe, RecipeBuilder, rowBytes } from '../../src/cut/recipe.ts'
import { CandidateIndex, none } from '../../src/offset/candidates.ts'
import { encodeOps } from '../../src/offset/encode.ts'
import { literalBlockBytesMax } from '../../src/offset/limits.ts'
import { makeInput } from '../cut/inputs.ts'
import { generatedRecipe } from '../cut/recipes.ts'
import { opsOf, planOf, recipeOf, transfer, zero } from './world.ts'

const edit = fc.record({
  at: fc.nat(),
  remove: fc.nat(3000),
  insert: fc.oneof(
    fc.nat(3000).map(length => makeInput('splitmix', length, length)),
    fc.nat(3000).map(length => makeInput('zero', length)),
  ),
})
const ranges = fc.array(fc.tuple(fc.nat(40_000), fc.nat(5000)), { maxLength: 6 })

function edited(
  old: Uint8Array,
  edits: readonly { at: number; remove: number; insert: Uint8Array }[],
): Uint8Array {
  let bytes = old
  for (const { at, remove, insert } of edits) {
    const start = at % (bytes.length + 1)
    bytes = concat(bytes.subarray(0, start), insert, bytes.subarray(Math.min(bytes.length, start + remove)))
  }
  return bytes
}

test('old bytes, a program and its literals make the new bytes, whatever was edited and held (§14.4-1)', () => {
  fc.assert(
    fc.property(
      fc.nat(40_000),
      fc.array(edit, { maxLength: 6 }),
      ranges,
      fc.integer({ min: 1, max: 50 }),
      fc.nat(3),
      (length, edits, heldRanges, batch, which) => {
        const old = makeInput('splitmix', length, length)
        const next = edited(old, edits)
        const held = new RangeSet()
        for (const [start, size] of heldRanges) held.add(start, Math.min(next.length, start + size))
        const olds = [[old], [], [makeInput('splitmix', 5000, 1), old], [old, next]][which] ?? []
        const { bytes, literalBytes } = transfer(next, olds, held, batch)
        expect(equal(bytes, next)).toBe(true)
        if (which === 3) expect(literalBytes).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
})

describe('runs', () => {
  const old = makeInput('splitmix', 60_000, 8)

  test('the same object again is one COPY', () => {
    expect(planOf(recipeOf(old), [recipeOf(old)])).toEqual([
      { kind: 'copy', source: 0, output: 0, length: old.length, offset: 0 },
    ])
  })

  test('an edit in place is COPY, literal, COPY, and the second goes on along the diagonal', () => {
    const next = old.slice()
    next.fill(1, 30_000, 30_010)
    const steps = planOf(recipeOf(next), [recipeOf(old)])
    expect(steps.map(step => step.kind)).toEqual(['copy', 'literal', 'copy'])
    for (const step of steps) if (step.kind === 'copy') expect(step.offset).toBe(step.output)
    expect(steps[1]?.length).toBeLessThan(4 * 512)
  })

  test('what repeats in the source is copied from where the run goes on', () => {
    const part = makeInput('splitmix', 3000, 1)
    const repeated = concat(part, part, part, makeInput('splitmix', 3000, 2))
    expect(planOf(recipeOf(repeated), [recipeOf(repeated)])).toEqual([
      { kind: 'copy', source: 0, output: 0, length: repeated.length, offset: 0 },
    ])
    const next = repeated.slice()
    next[4500]! ^= 1
    const copies = planOf(recipeOf(next), [recipeOf(repeated)]).filter(step => step.kind === 'copy')
    expect(copies.length).toBe(2)
    for (const copy of copies) expect(copy.offset).toBe(copy.output)
  })

  test('a chunk taken out, or two exchanged, end the run: what is copied is never what lies between', () => {
    const chunks = generatedRecipe(10)
    const at = (...order: number[]): PackedRecipe =>
      new PackedRecipe(concat(...order.map(i => chunks.entry(i))))
    const shape = (next: PackedRecipe): unknown =>
      planOf(next, [chunks]).map(step => [step.kind, step.output, step.length])
    const [a, b, c, d] = [16_384, 16_385, 16_386, 16_387]
    expect(shape(at(0, 1, 3))).toEqual([
      ['copy', 0, a + b],
      ['copy', a + b, d],
    ])
    expect(shape(at(1, 0, 2))).toEqual([
      ['copy', 0, b],
      ['copy', b, a],
      ['copy', a + b, c],
    ])
  })

  test('what comes behind the end of the source is literal, as is what the bound cut off', () => {
    const chunks = generatedRecipe(10)
    const [a, b] = [new PackedRecipe(chunks.rows.subarray(0, 4 * rowBytes)), generatedRecipe(3, 50)]
    const kinds = (olds: PackedRecipe[]): string[] => planOf(chunks, olds).map(step => step.kind)
    expect(kinds([a])).toEqual(['copy', 'literal'])
    expect(kinds([a, b])).toEqual(['copy', 'literal'])
    expect(kinds([a, new PackedRecipe(chunks.rows.subarray(4 * rowBytes))])).toEqual(['copy', 'copy'])
  })

  test('runs of zeros need neither source nor literal, and are one op', () => {
    const holes = concat(makeInput('splitmix', 1000, 1), new Uint8Array(1_000_000))
    const steps = planOf(recipeOf(holes), [])
    const zeros = steps.filter(step => step.kind === 'zero')
    expect(zeros.length).toBe(1)
    expect(zeros[0]?.length).toBeGreaterThan(999_000)
    expect(zeros[0]!.length % zero.length).toBe(0)
  })

  test('literals come in blocks of at most 256 KiB, whatever the batch', () => {
    const fresh = recipeOf(makeInput('splitmix', 2 * literalBlockBytesMax + 100, 3))
    for (const batch of [1, 100, 100_000]) {
      const steps = planOf(fresh, [], new RangeSet(), batch)
      expect(steps.map(step => step.length)).toEqual([literalBlockBytesMax, literalBlockBytesMax, 100])
    }
    const exact = recipeOf(makeInput('splitmix', literalBlockBytesMax, 3))
    expect(planOf(exact, []).map(step => step.length)).toEqual([literalBlockBytesMax])
  })

  test('nothing is planned for an empty object, nor for one that is held whole (§14.4-1)', () => {
    expect(planOf(recipeOf(new Uint8Array(0)), [])).toEqual([])
    const held = new RangeSet()
    held.add(0, old.length)
    expect(planOf(recipeOf(old), [], held)).toEqual([])
    const steps = planOf(recipeOf(old), [recipeOf(old)], held)
    expect(opsOf(steps)).toEqual([])
    // what comes beside it may go on from where it lies
    expect(steps).toEqual([{ kind: 'held', output: 0, length: old.length, source: 0, offset: 0 }])
  })

  test('a held range cuts COPY and literal to its edges (§14.4-1)', () => {
    const held = new RangeSet()
    held.add(100, 20_001)
    const shape = (olds: PackedRecipe[]): unknown =>
      opsOf(planOf(recipeOf(old), olds, held)).map(op => [op.kind, op.output, op.length])
    expect(shape([recipeOf(old)])).toEqual([
      ['copy', 0, 100],
      ['copy', 20_001, old.length - 20_001],
    ])
    expect(shape([])).toEqual([
      ['literal', 0, 100],
      ['literal', 20_001, old.length - 20_001],
    ])
  })
})

describe('candidates', () => {
  test('past the bound chunks are not seen, and nothing else changes', () => {
    const [a, b] = [generatedRecipe(100), generatedRecipe(100, 100)]
    const index = new CandidateIndex(
      [
        { alias: 5, recipe: a },
        { alias: 6, recipe: b },
      ],
      150,
    )
    expect(index.aliasOf(index.find(a.entry(99)))).toBe(5)
    const place = index.find(b.entry(49))
    expect(index.aliasOf(place)).toBe(6)
    expect(index.offsetOf(place)).toBe(49 * (16_384 + 100) + (49 * 48) / 2)
    expect(index.placeAt(place, index.offsetOf(place))).toBe(place)
    expect(index.placeAt(place, index.offsetOf(place) + 1)).toBe(none)
    // the end of what is seen is an offset, but no chunk begins there
    expect(index.placeAt(place, 50 * (16_384 + 100) + (50 * 49) / 2)).toBe(none)
    expect(index.find(b.entry(50))).toBe(none)
    expect(new CandidateIndex([]).find(a.entry(0))).toBe(none)
  })

  test('an id that agrees in its first bytes only is another chunk', () => {
    const rows = generatedRecipe(1).rows
    const index = new CandidateIndex([{ alias: 0, recipe: new PackedRecipe(rows) }])
    for (const at of [3, 12, 35]) {
      const other = rows.slice()
      other[at]! ^= 1
      expect(index.find(other)).toBe(none)
    }
    expect(index.find(rows)).toBe(0)
  })

  test('ids made to collide cost a bounded look, and no wrong hit', () => {
    const builder = new RecipeBuilder()
    for (let i = 0; i < 3000; i++) {
      const id = new Uint8Array(32)
      id[30] = i >> 8
      id[31] = i
      builder.add(1, id)
    }
    const recipe = builder.finish()
    let reads = 0
    const counting = { chunkCount: 3000, entry: (i: number) => [reads++, recipe.entry(i)][1] as Uint8Array }
    const index = new CandidateIndex([{ alias: 0, recipe: counting }])
    expect(reads).toBeLessThan(3000 * 130)
    reads = 0
    const place = index.find(recipe.entry(2999))
    expect(reads).toBeLessThan(130)
    expect(place).toBe(none)
    expect(index.find(recipe.entry(5))).toBe(5)
  })
})

test('1 GiB with four edits in place costs less than 60 bytes of ops', () => {
  const chunks = 32_768
  const old = generatedRecipe(chunks)
  const rows = old.rows.slice()
  for (const at of [100, 9000, 20_000, 32_000])
    for (let i = 0; i < 3; i++) rows[(at + i) * rowBytes + 20]! ^= 1
  const steps = planOf(new PackedRecipe(rows), [old], new RangeSet(), 1024)
  expect(steps.map(step => step.kind).filter(kind => kind === 'copy').length).toBe(5)
  const bytes = encodeOps(opsOf(steps)).reduce((sum, block) => sum + block.length, 0)
  expect(bytes).toBeLessThan(60)
})
