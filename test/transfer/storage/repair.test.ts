// A verifier that holds damaged bytes finds exactly the damaged chunks by asking for tree nodes, asks for no more than
// it may, and believes nothing that does not add up.

import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { equal } from '../../../src/base/bytes.ts'
import { KiB, MiB } from '../../../src/base/units.ts'
import { entryLength, type PackedRecipe, RecipeBuilder } from '../../../src/cut/recipe.ts'
import { nodeChildren, topLevel } from '../../../src/cut/repair.ts'
import { Pool } from '../../../src/pool/pool.ts'
import { Repair, type RepairStep } from '../../../src/transfer/storage/repair.ts'
import { Verifier } from '../../../src/transfer/storage/verifier.ts'
import { randomBytes, scratch } from '../../pool/scratch.ts'

const size = 5 * MiB
const bytes = randomBytes(size, 1)
let pool: Pool
let recipe: PackedRecipe

beforeAll(async () => {
  pool = await Pool.create(join(scratch(true), 'pool'))
  const { fd, close } = opened(bytes)
  const rows = new RecipeBuilder()
  const scan = pool.scanner({ fd, limit: size, isFinal: true })
  while (scan.step(MiB, (_, length, id) => rows.add(length, id)) === 'more');
  recipe = rows.finish()
  close()
})
afterAll(() => pool.close())

function opened(content: Uint8Array): { readonly fd: number; readonly close: () => void } {
  const path = join(scratch(true), 'content')
  writeFileSync(path, content)
  const fd = openSync(path, 'r')
  return { fd, close: () => closeSync(fd) }
}

const scanOf = (of: Pool, fd: number) => (from: number, limit: number) =>
  of.scanner({ fd, from, limit, isFinal: true })

const nodesOf = (level: number, index: number) => {
  const asked = level === 63 ? topLevel(recipe.chunkCount) : level
  return { level: asked, index, nodes: nodeChildren(pool.hashes, pool.keys, recipe, asked, index) }
}

/** Hands over the nodes and compares, a little at a time. */
function heard(repair: Repair, message: Parameters<Repair['onNodes']>[0]): RepairStep | 'malformed' {
  if (!repair.onNodes(message)) return 'malformed'
  for (;;) {
    const step = repair.step(64 * KiB)
    if (step.kind !== 'more') return step
  }
}

/** Answers as a claimant would, to the end. */
function repaired(repair: Repair): { readonly end: RepairStep; readonly asked: number } {
  let step = repair.first()
  let asked = 0
  while (step.kind === 'want') {
    const { level, indexes } = step
    asked += indexes.length
    for (const index of indexes) step = heard(repair, nodesOf(level, index)) as RepairStep
  }
  return { end: step, asked }
}

/** The chunks that hold any of these bytes, neighbours joined. */
function chunksAt(places: readonly number[]) {
  const ranges: { start: number; end: number }[] = []
  let at = 0
  for (let i = 0; i < recipe.chunkCount; i++) {
    const end = at + entryLength(recipe.entry(i))
    const start = at
    if (places.some(place => place >= start && place < end)) {
      const last = ranges.at(-1)
      if (last?.end === start) last.end = end
      else ranges.push({ start, end })
    }
    at = end
  }
  return ranges
}

describe('a repair', () => {
  test('finds exactly the chunks that are damaged, wherever they are', () => {
    expect(topLevel(recipe.chunkCount)).toBe(1)
    fc.assert(
      fc.property(fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 6 }), places => {
        const wrong = Uint8Array.from(bytes)
        for (const place of places) wrong[place] = 255 - (bytes[place] ?? 0)
        const { fd, close } = opened(wrong)
        const { end, asked } = repaired(new Repair(pool, scanOf(pool, fd), size))
        close()
        expect(end).toEqual({ kind: 'wrong', ranges: chunksAt(places) })
        expect(asked).toBeLessThanOrEqual(1 + 6)
      }),
      { numRuns: 15 },
    )
  })
  test('of bytes that are right finds nothing', () => {
    const { fd, close } = opened(bytes)
    expect(repaired(new Repair(pool, scanOf(pool, fd), size)).end).toEqual({ kind: 'wrong', ranges: [] })
    close()
  })
  test('of bytes that have nothing in common finds everything', () => {
    const { fd, close } = opened(randomBytes(size, 2))
    expect(repaired(new Repair(pool, scanOf(pool, fd), size)).end).toEqual({
      kind: 'wrong',
      ranges: [{ start: 0, end: size }],
    })
    close()
  })
  test('of an object that was cut short finds its end', () => {
    const { fd, close } = opened(bytes.subarray(0, size - 100 * KiB))
    const { end } = repaired(new Repair(pool, scanOf(pool, fd), size))
    close()
    expect(end).toMatchObject({ kind: 'wrong', ranges: [{ end: size }] })
  })
})

describe('nodes', () => {
  // §13.5-3, §15.7-1
  const hash = new Uint8Array(32)
  const child = (byteLength: number) => ({ byteLength, hash })
  const whole = [child(size)]
  const wrong: readonly (readonly [string, Parameters<Repair['onNodes']>[0]])[] = [
    ['whose lengths fall short', { level: 1, index: 0, nodes: [child(size - 1)] }],
    ['whose lengths go beyond', { level: 1, index: 0, nodes: [child(size), child(1)] }],
    ['of no bytes', { level: 1, index: 0, nodes: [child(0), child(size)] }],
    ['without children', { level: 1, index: 0, nodes: [] }],
    [
      'with too many',
      { level: 1, index: 0, nodes: [...Array.from({ length: 64 }, () => child(1)), child(size - 64)] },
    ],
    ['of another index', { level: 1, index: 1, nodes: whole }],
  ]
  for (const [what, message] of wrong) {
    test(`${what} are malformed`, () => {
      const { fd, close } = opened(bytes)
      expect(heard(new Repair(pool, scanOf(pool, fd), size), message)).toBe('malformed')
      close()
    })
  }
  test('of another level than was asked for, and more than were, are malformed', () => {
    const { fd, close } = opened(randomBytes(size, 2))
    const level = new Repair(pool, scanOf(pool, fd), size)
    expect(heard(level, nodesOf(63, 0))).toMatchObject({ kind: 'want', level: 0 })
    expect(heard(level, { ...nodesOf(0, 0), level: 1 })).toBe('malformed')
    const more = new Repair(pool, scanOf(pool, fd), size)
    heard(more, nodesOf(63, 0))
    const { length } = nodesOf(63, 0).nodes
    for (let index = 0; index < length; index++) heard(more, nodesOf(0, index))
    expect(heard(more, nodesOf(0, 0))).toBe('malformed')
    close()
  })
  test('are asked for 1,024 at once and 65,536 in all, however much differs', () => {
    // §15.7-2; a verifier that finds every child wrong, of an object that is never read
    const blind = {
      hashes: pool.hashes,
      keys: pool.keys,
      scanner: () => ({ step: () => 'done' }),
    } as unknown as Pool
    const bytesOf = (level: number): number => 64 ** (level + 1) * 32 * KiB
    const top = 3
    const repair = new Repair(blind, scanOf(blind, 0), bytesOf(top))
    let step = repair.first()
    let asked = 0
    while (step.kind === 'want') {
      const { level, indexes } = step
      asked += indexes.length
      expect(indexes.length).toBeLessThanOrEqual(1024)
      expect(indexes.every((index, i) => i === 0 || index > (indexes[i - 1] ?? 0))).toBe(true)
      const known = level === 63 ? top : level
      const count = known === 0 ? 1 : 64 // one for the many: they are all wrong
      const nodes = Array.from({ length: count }, () => child(bytesOf(known) / count))
      for (const index of indexes) step = heard(repair, { level: known, index, nodes }) as RepairStep
    }
    expect(asked).toBeLessThanOrEqual(65_536)
    expect(asked).toBeGreaterThan(60_000)
    expect(step).toEqual({ kind: 'wrong', ranges: [{ start: 0, end: bytesOf(top) }] })
  }, 20_000)
})

describe('a verifier', () => {
  test('behind a file that grows gives it the name it has at the end', async () => {
    const { fd, close } = opened(bytes)
    const verifier = new Verifier(pool, pool.scanner({ fd, limit: 0, isFinal: false }), 'off')
    for (let limit = 0; limit < size; limit += 777_777) {
      verifier.extend(limit, false)
      while (verifier.step(KiB) === 'more');
      expect(verifier.verifiedBytes).toBeLessThanOrEqual(limit)
      expect(verifier.id).toBeUndefined()
    }
    verifier.extend(size, true)
    while (verifier.step(MiB) === 'more');
    close()
    const path = join(scratch(true), 'whole')
    writeFileSync(path, bytes)
    const { blobId } = await pool.import(path)
    expect(equal(verifier.id ?? new Uint8Array(0), blobId)).toBe(true)
  })
  test('of a file that ends before it should says so', () => {
    const { fd, close } = opened(bytes.subarray(0, MiB))
    const verifier = new Verifier(pool, pool.scanner({ fd, limit: 0, isFinal: false }), 'off')
    verifier.extend(size, true)
    let state = verifier.step(MiB)
    while (state === 'more') state = verifier.step(MiB)
    expect(state).toBe('short')
    close()
  })
})
